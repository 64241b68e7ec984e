"""Runs whose process is killed: kill -9 at any time, then go on."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from soon import LATE, SOON

from httptask.engines.embedded import Engine
from httptask.errors import EngineError

WORKER = Path(__file__).with_name("worker.py")


class Runner:
    """Starts workers on one store, and reads what their steps have noted."""

    def __init__(self, folder: Path, definition: dict[str, Any]) -> None:
        folder.mkdir()
        self.folder = folder
        (folder / "workflow.json").write_text(json.dumps(definition))

    def start(self, mode: str = "run", run_id: str = "r1") -> subprocess.Popen[str]:
        command = [sys.executable, str(WORKER), str(self.folder), mode, run_id]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def finish(self, mode: str = "run") -> dict[str, Any]:
        process = self.start(mode)
        out, err = process.communicate(timeout=60)
        assert process.returncode == 0, err
        assert err == ""
        found: dict[str, Any] = json.loads(out)
        return found

    def calls(self, kind: str = "start") -> list[str]:
        path = self.folder / "calls"
        lines = path.read_text().splitlines() if path.exists() else []
        return [name for what, name in map(str.split, lines) if what == kind]

    def wait_for(self, count: int, kind: str = "start") -> None:
        deadline = time.monotonic() + 60
        while len(self.calls(kind)) < count:
            assert time.monotonic() < deadline
            time.sleep(0.01)

    def engine(self) -> Engine:
        def refuse(*_: Any) -> Any:
            raise AssertionError("nothing is executed here")

        return Engine.open(self.folder / "runs", refuse, files=self.folder / "files", env={})

    def recorded(self) -> set[str]:
        with self.engine() as engine:
            if not engine.list():
                return set()
            tasks = engine.get("r1")["tasks"]
        return {_name(entry) for entry in tasks if entry["status"] == "COMPLETED"}


def _name(entry: dict[str, Any]) -> str:
    base = entry["referenceTaskName"].partition("__")[0]
    return f"{base}/{entry['iteration']}/{entry['retryCount']}"


def kill(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=60)


@pytest.fixture
def document(build: SimpleNamespace) -> dict[str, Any]:
    """A chain, a loop and a fork in a fork, all with GET."""
    inner = build.fork("g", [build.http("x1"), build.http("x2")], [build.http("y1")])
    return {
        "name": "killed",
        "tasks": [
            build.http("a"),
            build.task("SET_VARIABLE", "v", inputParameters={"seen": "${a.output.pid}"}),
            build.task(
                "DO_WHILE", "l", loopCondition="$.l['iteration'] < 3", loopOver=[build.http("h")]
            ),
            *build.fork("f", [build.http("b1"), build.http("b2"), *inner], [build.http("c1")]),
            build.http("z"),
        ],
        "outputParameters": {"pid": "${a.output.pid}", "v": "${workflow.variables.seen}"},
    }


TASKS = {
    "a", "v", "l", "h__1", "h__2", "h__3", "f", "f_join", "b1", "b2", "c1",
    "g", "g_join", "x1", "x2", "y1", "z",
}  # fmt: skip


@pytest.mark.parametrize("seed", range(3))
def test_no_recorded_task_runs_twice_and_nothing_is_lost(
    tmp_path: Path, document: dict[str, Any], seed: int
) -> None:
    chance = random.Random(seed)
    runner = Runner(tmp_path / "w", document)
    done: set[str] = set()
    seen = 0
    for _ in range(6):
        process = runner.start(chance.choice(["run", "run", "resume"]) if done else "run")
        runner.wait_for(len(runner.calls("opened")), "opened")
        time.sleep(chance.uniform(0.05, 0.6) if process.poll() is None else 0)
        kill(process)
        calls = runner.calls()
        assert not done.intersection(calls[seen:])
        seen, done = len(calls), runner.recorded()
    final = runner.finish()
    assert not done.intersection(runner.calls()[seen:])
    assert final["status"] == "COMPLETED"
    names = [entry["referenceTaskName"] for entry in final["tasks"]]
    assert sorted(names) == sorted(TASKS)
    assert final["output"]["pid"] == final["output"]["v"] is not None
    ended = Counter(runner.calls("end"))
    assert set(ended) == {_name(entry) for entry in final["tasks"] if entry["taskType"] == "HTTP"}


def test_a_run_killed_while_a_get_is_under_way_repeats_only_that(
    tmp_path: Path, build: SimpleNamespace
) -> None:
    slow = build.http("slow")
    slow["inputParameters"]["seconds"] = LATE
    runner = Runner(tmp_path / "w", {"name": "w", "tasks": [build.http("a"), slow]})
    process = runner.start()
    runner.wait_for(2)
    kill(process)
    with runner.engine() as engine:
        unfinished = engine.get("r1")
        assert [info.active for info in engine.list()] == [False]
    assert [entry["status"] for entry in unfinished["tasks"]] == ["COMPLETED", "SCHEDULED"]
    assert unfinished["status"] == "RUNNING"
    final = runner.finish("resume")
    assert final["status"] == "COMPLETED"
    assert runner.calls() == ["a/0/0", "slow/0/0", "slow/0/0"]


def post(build: SimpleNamespace, ref: str) -> dict[str, Any]:
    task: dict[str, Any] = build.http(ref, method="POST")
    task["inputParameters"]["seconds"] = LATE
    return task


def test_an_interrupted_post_ends_unknown_and_resend_makes_it_again(
    tmp_path: Path, build: SimpleNamespace
) -> None:
    tasks = [build.http("a"), post(build, "p"), build.http("z")]
    runner = Runner(tmp_path / "w", {"name": "w", "tasks": tasks})
    process = runner.start()
    runner.wait_for(2)
    kill(process)
    unknown = runner.finish("resume")
    assert unknown["status"] == "FAILED"
    assert unknown["tasks"][1]["status"] == "FAILED_WITH_TERMINAL_ERROR"
    assert unknown["tasks"][1]["error"]["code"] == "outcome_unknown"
    assert unknown["tasks"][1]["outputData"]["response"]["statusCode"] is None
    assert runner.finish("run") == unknown
    assert runner.calls() == ["a/0/0", "p/0/0"]
    again = runner.finish("resend")
    assert again["status"] == "COMPLETED"
    assert runner.calls() == ["a/0/0", "p/0/0", "p/0/0", "z/0/0"]
    assert again["workflowId"] == unknown["workflowId"] == "r1"


def test_resend_at_once_asks_no_more(tmp_path: Path, build: SimpleNamespace) -> None:
    runner = Runner(tmp_path / "w", {"name": "w", "tasks": [post(build, "p")]})
    process = runner.start()
    runner.wait_for(1)
    kill(process)
    assert runner.finish("resend")["status"] == "COMPLETED"
    assert runner.calls() == ["p/0/0", "p/0/0"]


def test_an_interrupted_post_in_a_branch_is_found_and_made_again(
    tmp_path: Path, build: SimpleNamespace
) -> None:
    inner = build.fork("g", [post(build, "p"), build.http("q")], [build.http("r")])
    tasks = [*build.fork("f", [build.http("b"), *inner], [build.http("c")]), build.http("z")]
    runner = Runner(tmp_path / "w", {"name": "w", "tasks": tasks})
    process = runner.start()
    runner.wait_for(4)
    time.sleep(0.2)
    kill(process)
    unknown = runner.finish("resume")
    assert unknown["status"] == "FAILED"
    again = runner.finish("resend")
    assert again["status"] == "COMPLETED"
    assert Counter(runner.calls()) == Counter(
        {"b/0/0": 1, "c/0/0": 1, "r/0/0": 1, "p/0/0": 2, "q/0/0": 1, "z/0/0": 1}
    )


def test_a_run_of_a_living_process_is_not_taken_over(
    tmp_path: Path, build: SimpleNamespace
) -> None:
    slow = build.http("slow")
    slow["inputParameters"]["seconds"] = LATE
    runner = Runner(tmp_path / "w", {"name": "w", "tasks": [slow]})
    process = runner.start()
    runner.wait_for(1)
    with runner.engine() as engine:
        assert [info.active for info in engine.list()] == [True]
        with pytest.raises(EngineError) as raised:
            engine.resume("r1")
    assert raised.value.code == "run_active"
    (runner.folder / "leave").touch()
    out, _ = process.communicate(timeout=60)
    assert json.loads(out)["status"] == "COMPLETED"
    assert runner.calls() == ["slow/0/0"]


@pytest.mark.parametrize("forked", [False, True])
def test_an_interrupt_from_the_keyboard_ends_the_process_at_once(
    tmp_path: Path, build: SimpleNamespace, forked: bool
) -> None:
    slow = build.http("slow")
    slow["inputParameters"]["seconds"] = LATE
    tasks = build.fork("f", [slow], [build.http("b")]) if forked else [slow]
    runner = Runner(tmp_path / "w", {"name": "w", "tasks": tasks})
    process = runner.start()
    runner.wait_for(2 if forked else 1)
    time.sleep(0.1)
    os.kill(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=SOON)
    assert process.returncode == 130
    assert err == ""
    with runner.engine() as engine:
        assert engine.get("r1")["status"] == "RUNNING"


def test_values_in_files_survive(tmp_path: Path, build: SimpleNamespace) -> None:
    large = build.http("large")
    large["inputParameters"]["large"] = True
    slow = build.http("slow")
    slow["inputParameters"].update(seconds=LATE, again="${large.output.text}")
    runner = Runner(tmp_path / "w", {"name": "w", "tasks": [large, slow]})
    process = runner.start()
    runner.wait_for(2)
    kill(process)
    final = runner.finish("resume")
    assert final["tasks"][0]["outputData"]["text"] == "x" * 100_000
    assert final["tasks"][1]["inputData"]["again"] == "x" * 100_000
    assert len(list((runner.folder / "files").glob("??/*.json"))) == 1
