"""The engine's own interface: runs, ids, documents, events, cancelling."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from waiting import wait_until

from httptask.core.result import TaskResult, TaskStatus
from httptask.engines.embedded import Engine, Origin, RunEvent
from httptask.errors import DefinitionError, EngineError, InputError, StatusError


def test_a_chain(engine: Engine, target: Any, build: SimpleNamespace) -> None:
    workflow = build.workflow(
        build.http("a"),
        build.http("b", body={"seen": "${a.output.response.statusCode}", "id": "${CPEWF_TASK_ID}"}),
        outputParameters={"code": "${b.output.response.statusCode}", "q": "${workflow.input.q}"},
        version=3,
    )
    document = engine.run(workflow, {"q": [1]})
    assert target.calls == [("a", 0, 0), ("b", 0, 0)]
    assert document["status"] == "COMPLETED"
    assert document["output"] == {"code": 200, "q": [1]}
    assert (document["workflowName"], document["workflowVersion"]) == ("w", 3)
    first, second = document["tasks"]
    assert first["executed"]
    assert not second["executed"]
    assert second["inputData"]["http_request"]["body"] == {"seen": 200, "id": second["taskId"]}
    assert second["inputData"]["asyncComplete"] is False
    assert second["workflowInstanceId"] == document["workflowId"]
    assert first["startTime"] <= first["endTime"] <= second["startTime"] <= document["endTime"]
    assert "reasonForIncompletion" not in document


def test_secrets_stay_placeholders(engine: Engine, target: Any, build: SimpleNamespace) -> None:
    task = build.http("a", body={"key": "${workflow.secrets.TOKEN}"})
    document = engine.run(build.workflow(task))
    inputs = document["tasks"][0]["inputData"]
    assert inputs["http_request"]["body"] == {"key": "${workflow.secrets.TOKEN}"}


def test_templates_fill_the_workflow_input(engine: Engine, build: SimpleNamespace) -> None:
    workflow = build.workflow(build.http("a"), inputTemplate={"a": 9, "b": 9, "c": "${x}"})
    assert engine.run(workflow, {"a": 1, "b": None})["input"] == {"a": 1, "b": 9, "c": "${x}"}


def test_the_step_gets_the_inputs_of_the_task_definition(
    engine: Engine, target: Any, build: SimpleNamespace
) -> None:
    defs = {
        "a": build.task_def("a", retryCount=0, inputTemplate={"extra": "e", "http_request": {}})
    }
    document = engine.run(build.workflow(build.http("a")), task_defs=defs)
    assert target.inputs[0]["extra"] == document["tasks"][0]["inputData"]["extra"] == "e"
    assert target.inputs[0]["http_request"]["uri"] == "http://target/json"


def test_an_unsupported_definition_runs_nothing(
    engine: Engine, target: Any, build: SimpleNamespace
) -> None:
    with pytest.raises(DefinitionError):
        engine.run(build.workflow(build.http("a"), build.task("SIMPLE", "s")))
    assert target.calls == []
    assert engine.list() == []


def test_the_same_id_gives_the_finished_run_back(
    engine: Engine, target: Any, build: SimpleNamespace
) -> None:
    workflow = build.workflow(build.http("a"))
    first = engine.run(workflow, {"q": 1}, workflow_id="order-17")
    again = engine.run(workflow, {"q": 1}, workflow_id="order-17")
    assert again == first
    assert target.refs == ["a"]
    assert first["workflowId"] == "order-17"


@pytest.mark.parametrize("other", ["input", "definition", "task definition"])
def test_the_same_id_for_something_else_is_refused(
    engine: Engine, build: SimpleNamespace, other: str
) -> None:
    engine.run(build.workflow(build.http("a")), {"q": 1}, workflow_id="x")
    task = build.http("a", path="/other" if other == "definition" else "/json")
    defs = {"a": build.task_def("a", retryCount=1)} if other == "task definition" else None
    given = {"q": 2 if other == "input" else 1}
    with pytest.raises(InputError) as raised:
        engine.run(build.workflow(task), given, workflow_id="x", task_defs=defs)
    assert raised.value.code == "run_differs"


@pytest.mark.parametrize("name", ["", "a/b", "../x", "a b", "%", "x" * 129, ".hidden", "a\n"])
def test_ids_are_plain_names(engine: Engine, build: SimpleNamespace, name: str) -> None:
    with pytest.raises(InputError) as raised:
        engine.run(build.workflow(build.http("a")), workflow_id=name)
    assert raised.value.code == "run_id_invalid"


@pytest.mark.parametrize("action", ["get", "resume", "terminate", "origin", "definition"])
def test_an_unknown_run_is_told(engine: Engine, action: str) -> None:
    with pytest.raises(InputError) as raised:
        getattr(engine, action)("nonesuch")
    assert raised.value.code == "run_unknown"
    assert raised.value.exit_code == 2


def test_runs_are_listed_newest_first(engine: Engine, build: SimpleNamespace) -> None:
    engine.run(build.workflow(build.http("a")), workflow_id="one")
    engine.run(build.workflow(build.http("a", path="/status/404")), workflow_id="two")
    infos = engine.list()
    assert {info.workflow_id: info.status for info in infos} == {
        "one": "COMPLETED",
        "two": "FAILED",
    }
    assert [info.active for info in infos] == [False, False]
    assert infos[0].to_json()["workflowName"] == "w"
    assert len(engine.list(limit=1)) == 1
    assert [info.workflow_id for info in engine.list(offset=1)] == [infos[1].workflow_id]


def test_events(engine: Engine, build: SimpleNamespace) -> None:
    seen: list[RunEvent] = []
    loop = build.task("DO_WHILE", "l", loopCondition="false", loopOver=[build.http("h")])
    document = engine.run(build.workflow(loop), watch=seen.append)
    assert [(event.kind, event.document.get("status")) for event in seen] == [
        ("workflow_started", "RUNNING"),
        ("task_scheduled", "COMPLETED"),
        ("task_scheduled", "COMPLETED"),
        ("task_updated", "COMPLETED"),
        ("task_updated", "COMPLETED"),
        ("workflow_finished", "COMPLETED"),
    ]
    assert {event.workflow_id for event in seen} == {document["workflowId"]}
    assert "tasks" not in seen[-1].document


def test_origin_and_definition_are_kept(
    engine: Engine, build: SimpleNamespace, tmp_path: Path
) -> None:
    workflow = build.workflow(build.http("a"), description="d")
    origin = Origin("flow.json", tmp_path)
    run_id = engine.run(workflow, origin=origin)["workflowId"]
    assert engine.origin(run_id) == origin
    assert engine.definition(run_id)["description"] == "d"


def test_the_environment_is_frozen_with_the_run(
    open_engine: Callable[..., Engine], target: Any, build: SimpleNamespace
) -> None:
    workflow = build.workflow(build.http("a", body="${workflow.env.A}"))
    with open_engine(target, env={"A": "1", "B": "2"}) as engine:
        run_id = engine.run(workflow)["workflowId"]
    assert target.contexts[0].env == {"A": "1"}
    with open_engine(target, env={"A": "other"}) as engine:
        assert engine.get(run_id)["tasks"][0]["inputData"]["http_request"]["body"] == "1"


def test_the_environment_of_the_process_is_the_default(
    open_engine: Callable[..., Engine],
    target: Any,
    build: SimpleNamespace,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CONDUCTOR_ENV_A", "from outside")
    with open_engine(target) as engine:
        engine.run(build.workflow(build.http("a", body="${workflow.env.A}")))
    assert target.contexts[0].env == {"A": "from outside"}


def test_an_error_of_the_step_ends_the_task(open_engine: Callable[..., Engine], build: Any) -> None:
    def step(*_: Any) -> TaskResult:
        raise StatusError("404 is not accepted", pointer="/p")

    with open_engine(step) as engine:
        document = engine.run(build.workflow(build.http("a")))
    entry = document["tasks"][0]
    assert entry["status"] == "FAILED_WITH_TERMINAL_ERROR"
    assert entry["reasonForIncompletion"] == "404 is not accepted"
    assert (entry["error"]["code"], entry["error"]["pointer"]) == ("status_not_accepted", "/p")


def test_the_error_behind_a_failure_is_in_the_document(
    open_engine: Callable[..., Engine], build: SimpleNamespace
) -> None:
    error = StatusError("no", hint="log in")

    def step(*_: Any) -> TaskResult:
        return TaskResult(TaskStatus.FAILED, {"response": {}}, "no", error, retry_after=0.5)

    with open_engine(step) as engine:
        document = engine.run(build.workflow(build.http("a")))
    assert document["tasks"][0]["error"]["hint"] == "log in"


def test_cancelling_a_run_that_runs_here(
    engine: Engine, target: Any, build: SimpleNamespace
) -> None:
    found: dict[str, Any] = {}
    workflow = build.workflow(build.http("a"), build.http("g", path="/gate"), build.http("z"))

    def run() -> None:
        found.update(engine.run(workflow, workflow_id="c"))

    thread = threading.Thread(target=run)
    thread.start()
    assert target.reached.wait(60)
    assert engine.get("c")["status"] == "RUNNING"
    cancelled = engine.terminate("c")
    target.gate.set()
    thread.join(60)
    assert cancelled["status"] == found["status"] == "TERMINATED"
    assert cancelled["reasonForIncompletion"] == "the run was terminated"
    assert [entry["status"] for entry in cancelled["tasks"]] == ["COMPLETED", "CANCELED"]
    assert engine.resume("c") == engine.get("c")
    assert target.refs == ["a", "g"]
    assert engine.list()[0].status == "TERMINATED"


def _completed(document: dict[str, Any]) -> set[str]:
    entries = document["tasks"]
    return {each["referenceTaskName"] for each in entries if each["status"] == "COMPLETED"}


def test_cancelling_reaches_branches(engine: Engine, target: Any, build: SimpleNamespace) -> None:
    fork = build.fork("f", [build.http("g", path="/gate"), build.http("never")], [build.http("b")])
    thread = threading.Thread(
        target=lambda: engine.run(build.workflow(*fork), workflow_id="c"), daemon=True
    )
    thread.start()
    assert target.reached.wait(60)
    wait_until(lambda: "b" in _completed(engine.get("c")))
    document = engine.terminate("c")
    target.gate.set()
    thread.join(60)
    assert not thread.is_alive()
    status = {entry["referenceTaskName"]: entry["status"] for entry in document["tasks"]}
    assert status == {"f": "COMPLETED", "g": "CANCELED", "b": "COMPLETED", "f_join": "CANCELED"}
    assert "never" not in target.refs


def test_engines_on_one_store_and_on_several_run_side_by_side(
    engine: Engine, store: Path, target: Any, build: SimpleNamespace, tmp_path: Path
) -> None:
    workflow = build.workflow(build.http("a"))
    with (
        Engine.open(store, target, files=tmp_path / "files") as same,
        Engine.open(tmp_path / "other", target, files=tmp_path / "files") as other,
    ):
        for number, each in enumerate((engine, same, other)):
            each.run(workflow, workflow_id=f"r{number}")
        assert {info.workflow_id for info in same.list()} == {"r0", "r1"}
        assert {info.workflow_id for info in other.list()} == {"r2"}
    assert engine.run(workflow)["status"] == "COMPLETED"


def test_a_store_is_read_while_another_process_could_write(
    engine: Engine, store: Path, target: Any, build: SimpleNamespace, tmp_path: Path
) -> None:
    run_id = engine.run(build.workflow(build.http("a")))["workflowId"]
    with Engine.open(store, target, files=tmp_path / "files") as reader:
        assert reader.get(run_id) == engine.get(run_id)


def test_several_runs_at_once(engine: Engine, target: Any, build: SimpleNamespace) -> None:
    workflow = build.workflow(
        build.http("a"), *build.fork("f", [build.http("b")], [build.http("c")])
    )
    found: list[dict[str, Any]] = []
    threads = [
        threading.Thread(target=lambda: found.append(engine.run(workflow))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert [document["status"] for document in found] == ["COMPLETED"] * 4
    assert len(target.calls) == 12


def test_a_closed_engine_runs_nothing(
    open_engine: Callable[..., Engine], target: Any, build: SimpleNamespace
) -> None:
    engine = open_engine(target)
    engine.close()
    engine.close()
    with pytest.raises(EngineError):
        engine.run(build.workflow(build.http("a")))


@pytest.mark.parametrize("durability", ["normal", "full"])
def test_durability(
    open_engine: Callable[..., Engine], target: Any, build: SimpleNamespace, durability: str
) -> None:
    with open_engine(target, durability=durability) as engine:
        assert engine.run(build.workflow(build.http("a")))["status"] == "COMPLETED"
        (found,) = engine._journal._one("PRAGMA synchronous")
    assert found == {"normal": 1, "full": 2}[durability]


def test_an_unknown_durability_is_refused(open_engine: Callable[..., Engine], target: Any) -> None:
    with pytest.raises(EngineError):
        open_engine(target, durability="some")


def test_a_store_that_cannot_be_made_is_told(
    open_engine: Callable[..., Engine], target: Any, store: Path
) -> None:
    store.write_text("a file in the way")
    with pytest.raises(EngineError) as raised:
        open_engine(target)
    assert raised.value.code == "store_unusable"
