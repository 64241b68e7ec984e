"""kill -9 at any time: no recorded step runs twice, nothing is lost, a doubtful call is asked."""

from __future__ import annotations

import os
import random
import signal
import time
from collections import Counter
from typing import Any

import pytest
from held import Held

from httptask.testing import LoopbackServer

STEPS = 8


def _flow(*tasks: Any) -> dict[str, Any]:
    return {
        "name": "steps", "version": 1, "schemaVersion": 2, "tasks": list(tasks),
        "outputParameters": {"last": f"${{s{STEPS - 1}.output.response.body.path}}"},
    }  # fmt: skip


def _kill(process: Any) -> None:
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate(timeout=60)


@pytest.mark.parametrize("last", ["run", "resume"])
def test_killed_at_random_until_it_is_done(
    start_command: Any, command: Any, httptask_server: LoopbackServer, write: Any, task: Any,
    last: str,
) -> None:  # fmt: skip
    chance = random.Random(f"crash {last}")
    paths = [f"/echo/{n}" for n in range(STEPS)]
    slow = [task(f"{httptask_server.url}/slow?seconds=0.1&n={n}", f"w{n}") for n in range(STEPS)]
    quick = [task(f"{httptask_server.url}{path}", f"s{n}") for n, path in enumerate(paths)]
    write("flow.json", _flow(*(each for pair in zip(slow, quick, strict=True) for each in pair)))
    run = ["run", "flow.json", "--id", "one", "-i", "n=1", "--json"]
    recorded: Counter[str] = Counter()
    for kill in range(3):
        before = len(httptask_server.requests)
        process = start_command(*run)
        wanted = before + chance.randint(1, 5)
        while len(httptask_server.requests) < wanted and process.poll() is None:
            time.sleep(0.002)
        time.sleep(chance.random() * 0.1)
        _kill(process)
        shown = command("runs", "show", "one", "--json").document
        done = {t["referenceTaskName"] for t in shown["tasks"] if t["status"] == "COMPLETED"}
        sent = Counter(each.target for each in httptask_server.requests)
        for target, times in recorded.items():
            assert sent[target] == times, f"{target} was recorded, and sent again"
        recorded = Counter({t: n for t, n in sent.items() if _ref(t) in done})
        assert kill + 1 >= max(sent.values())
    ended = command(*run) if last == "run" else command("resume", "one", "--json")
    assert ended.code == 0, ended.err
    assert ended.document["status"] == "COMPLETED"
    assert ended.document["output"]["last"] == paths[-1]
    sent = Counter(each.target for each in httptask_server.requests)
    assert all(sent[target] == times for target, times in recorded.items())
    assert set(paths) <= set(sent)
    again = command(*run)
    assert again.document == ended.document
    assert Counter(each.target for each in httptask_server.requests) == sent
    other = command("run", "flow.json", "--id", "one", "-i", "n=2", "--json")
    assert (other.code, other.document["error"]["code"]) == (2, "run_differs")


def _ref(target: str) -> str:
    kind = "w" if target.startswith("/slow") else "s"
    return kind + target.rpartition("=" if kind == "w" else "/")[2]


@pytest.mark.parametrize(
    ("options", "known"),
    [({}, False), ({"idempotent": True}, True), ({"idempotencyKey": True}, True)],
    ids=["plain", "idempotent", "key"],
)
def test_an_interrupted_post_is_not_made_again_unasked(
    start_command: Any, command: Any, httptask_server: LoopbackServer, write: Any, task: Any,
    options: dict[str, Any], known: bool,
) -> None:  # fmt: skip
    held = Held()
    httptask_server.route("/held", held)
    post = task(f"{httptask_server.url}/held", "post", "POST", body={}, httptask=options)
    first = task(f"{httptask_server.url}/echo", "first")
    write("flow.json", {**_flow(first, post), "outputParameters": {}})
    process = start_command("run", "flow.json", "--id", "one")
    assert held.arrived.wait(60)
    _kill(process)
    held.leave.set()
    resumed = command("resume", "one", "--json")
    if known:
        assert (resumed.code, len(httptask_server.requests)) == (0, 3)
        keys = {each.header("Idempotency-Key") for each in httptask_server.requests[1:]}
        assert len(keys) == 1
        return
    assert (resumed.code, len(httptask_server.requests)) == (1, 2)
    assert "not known" in resumed.document["reasonForIncompletion"]
    assert resumed.document["tasks"][-1]["error"]["code"] == "outcome_unknown"
    assert "httptask resume one --resend makes the call again" in command("resume", "one").out
    resent = command("resume", "one", "--resend", "--json")
    assert (resent.code, len(httptask_server.requests)) == (0, 3)
    assert resent.document["status"] == "COMPLETED"
