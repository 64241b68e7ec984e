"""``httptask.Engine`` and ``run_workflow`` from threads, an event loop, forks; after failures."""

from __future__ import annotations

import asyncio
import json
import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from waiting import wait_until

import httptask
from httptask.errors import InputError
from httptask.testing import LoopbackServer

Make = Callable[..., dict[str, Any]]


@pytest.fixture
def settings(tmp_path: Path) -> httptask.Settings:
    return httptask.Settings.from_environment(allow_hosts=["127.0.0.1"], data=tmp_path / "data")


@pytest.fixture
def engine(settings: httptask.Settings) -> Iterator[httptask.Engine]:
    with httptask.Engine.open(settings=settings) as opened:
        yield opened


@pytest.fixture
def flow(httptask_server: LoopbackServer) -> Make:
    def make(*paths: str, **fields: Any) -> dict[str, Any]:
        tasks = [
            {
                "name": f"t{at}",
                "taskReferenceName": f"t{at}",
                "type": "HTTP",
                "inputParameters": {
                    "http_request": {"uri": f"{httptask_server.url}{path}", "method": "GET"}
                },
                **fields,
            }
            for at, path in enumerate(paths)
        ]
        return {"name": "w", "version": 1, "tasks": tasks}

    return make


def test_the_whole_life_of_runs(
    engine: httptask.Engine, flow: Make, httptask_server: LoopbackServer
) -> None:
    done = engine.run(flow("/echo"), workflow_id="order-1")
    assert done["status"] == "COMPLETED"
    assert engine.get("order")["output"] == done["output"]
    waiting = engine.start(flow("/echo", asyncComplete=True), workflow_id="order-2")
    wait_until(lambda: bool(engine.get("order-2").get("waiting")))
    assert not waiting.done()
    engine.complete("last", "t0", output={"approved": True})
    assert waiting.result(20)["tasks"][0]["outputData"]["approved"] is True
    failed = engine.run(flow("/status/404"), workflow_id="failing")
    assert failed["status"] == "FAILED"
    assert engine.retry("failing")["tasks"][-1]["retryCount"] == 1
    assert [info.workflow_id for info in engine.list(status="FAILED")] == ["failing"]
    assert len(engine.list(limit=2)) == 2
    with pytest.raises(InputError):
        engine.get("order")
    assert engine.terminate("order-1")["status"] == "COMPLETED"


def test_a_run_that_was_started_is_there(engine: httptask.Engine, flow: Make) -> None:
    handles = [engine.start(flow("/echo")) for _ in range(20)]
    assert {engine.get(handle.id)["workflowName"] for handle in handles} == {"w"}
    assert {handle.result(60)["status"] for handle in handles} == {"COMPLETED"}


def test_a_run_that_cannot_be_started_has_its_error_in_the_handle(
    engine: httptask.Engine, flow: Make
) -> None:
    assert engine.run(flow("/echo"), workflow_id="taken")["status"] == "COMPLETED"
    with pytest.raises(InputError, match="another definition"):
        engine.start(flow("/echo", optional=True), workflow_id="taken").result(60)


def test_a_retry_uses_what_is_mended_on_the_machine(
    flow: Make, settings: httptask.Settings, tmp_path: Path
) -> None:
    """The address was refused by the policy; the one who retries allows it."""
    strict = httptask.Settings.from_environment(data=settings.data)
    with httptask.Engine.open(settings=strict) as engine:
        assert engine.run(flow("/echo"), workflow_id="r")["status"] == "FAILED"
    with httptask.Engine.open(settings=settings) as engine:
        assert engine.retry("r")["status"] == "COMPLETED"


def test_one_call_from_many_threads_and_an_event_loop(
    flow: Make, settings: httptask.Settings, tmp_path: Path
) -> None:
    path = tmp_path / "flow.json"
    path.write_text(json.dumps(flow("/echo", "/slow?seconds=0.05")))

    def run(number: int) -> str:
        return str(
            httptask.run_workflow(path, workflow_id=f"r{number}", settings=settings)["status"]
        )

    async def many() -> list[str]:
        return await asyncio.gather(*(asyncio.to_thread(run, n) for n in range(12, 24)))

    with ThreadPoolExecutor(12) as threads:
        assert set(threads.map(run, range(12))) == {"COMPLETED"}
        assert set(threads.submit(asyncio.run, many()).result()) == {"COMPLETED"}
    seen: list[str] = []

    def nested(event: Any) -> None:
        if event.kind == "workflow_finished":
            seen.append(run(99))

    httptask.run_workflow(path, settings=settings, watch=nested)
    assert seen == ["COMPLETED"]


def test_a_folder_that_is_made_anew_is_used_anew(
    flow: Make, settings: httptask.Settings, tmp_path: Path
) -> None:
    for _ in range(2):
        assert httptask.run_workflow(flow("/echo"), settings=settings)["status"] == "COMPLETED"
        settings.data.rename(tmp_path / os.urandom(4).hex())


def test_forked_children_run_workflows_of_their_own(
    flow: Make, settings: httptask.Settings
) -> None:
    document = flow("/echo")
    pause = {"name": "n", "taskReferenceName": "n", "type": "NOOP", "inputParameters": {}}
    idle = {"name": "idle", "version": 1, "tasks": [pause]}
    httptask.run_workflow(idle, workflow_id="parent", settings=settings)
    children = []
    for number in range(3):
        pid = os.fork()
        if not pid:
            code = 1
            try:
                found = httptask.run_workflow(
                    document, workflow_id=f"child{number}", settings=settings
                )
                code = 0 if found["workflowId"] == f"child{number}" else 2
            finally:
                os._exit(code)
        children.append(pid)
    assert [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in children] == [0, 0, 0]
    with httptask.Engine.open(settings=settings) as engine:
        assert {info.status for info in engine.list()} == {"COMPLETED"}
        assert len(engine.list()) == 4


def test_settings_and_a_folder_are_not_both_given(settings: httptask.Settings) -> None:
    with pytest.raises(TypeError):
        httptask.Engine.open("data", settings=settings)


@pytest.mark.parametrize("call", ["run", "start"])
def test_a_misspelt_option_is_refused(engine: httptask.Engine, flow: Make, call: str) -> None:
    with pytest.raises(TypeError, match="inputs"):
        getattr(engine, call)(flow("/echo"), inputs={"a": 1})
    assert list(engine.list()) == []


def test_a_time_limit_closes_the_call(
    engine: httptask.Engine, flow: Make, httptask_server: LoopbackServer
) -> None:
    limit = {"name": "t0", "retryCount": 0, "timeoutSeconds": 1, "timeoutPolicy": "TIME_OUT_WF"}
    read_timeout = {"readTimeOut": 60_000}
    definition = flow("/slow?seconds=30", taskDefinition=limit)
    definition["tasks"][0]["inputParameters"]["http_request"].update(read_timeout)
    document = engine.run(definition)
    assert document["status"] == "TIMED_OUT"
    assert "Task timed out after 1 seconds" in document["reasonForIncompletion"]
    wait_until(lambda: not _calls_under_way(), seconds=60)


def test_a_time_limit_stops_the_task_s_own_retries(
    engine: httptask.Engine, flow: Make, httptask_server: LoopbackServer
) -> None:
    limit = {"name": "t0", "retryCount": 0, "timeoutSeconds": 1, "timeoutPolicy": "RETRY"}
    definition = flow("/status/500", taskDefinition=limit)
    retry = {"maxAttempts": 50, "initialDelayMs": 300, "multiplier": 1, "jitter": False}
    definition["tasks"][0]["inputParameters"]["httptask"] = {"retry": retry}
    document = engine.run(definition)
    wait_until(lambda: not _calls_under_way(), seconds=60)
    made = len(httptask_server.requests)
    assert document["status"] in ("TIMED_OUT", "FAILED")
    assert 1 < made < 6


def _calls_under_way() -> list[threading.Thread]:
    return [each for each in threading.enumerate() if each.name == "httptask-call"]
