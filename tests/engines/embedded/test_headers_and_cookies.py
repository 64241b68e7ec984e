"""Header names without case, and cookies, through loops, forks, scripts and the journal."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from httptask.core.result import TaskResult, TaskStatus
from httptask.engines.embedded import Engine, RunEvent
from httptask.engines.step import PipelineStep, compile_tasks
from httptask.pipeline import Pipeline
from httptask.plugins import build_manager
from httptask.settings import Settings
from httptask.testing import LoopbackServer, Reply

SID = "s3cr%2Bet==longer"
ETAG = "${a.output.response.headers.ETag[0]}"


def response(*_: Any) -> TaskResult:
    headers = {"etag": ["v1"], "LINK": ["next"]}
    return TaskResult(
        TaskStatus.COMPLETED, {"response": {"statusCode": 200, "headers": headers, "body": None}}
    )


@pytest.fixture
def engine(open_engine: Callable[..., Engine]) -> Iterator[Engine]:
    with open_engine(response, env={}) as opened:
        yield opened


def script(kind: str, ref: str, **fields: Any) -> dict[str, Any]:
    return {"name": ref, "taskReferenceName": ref, "type": kind, "inputParameters": {}, **fields}


def test_outputs_keep_the_spelling(engine: Engine, build: SimpleNamespace) -> None:
    outputs = {"e": ETAG, "all": "${a.output.response.headers}"}
    run = engine.run(build.workflow(build.http("a"), outputParameters=outputs))
    assert run["output"] == {"e": "v1", "all": {"etag": ["v1"], "LINK": ["next"]}}
    stored = engine.get(run["workflowId"])
    assert json.dumps(stored["output"]) == json.dumps(run["output"])
    assert stored["tasks"][0]["outputData"] == run["tasks"][0]["outputData"]


def test_in_a_loop_and_behind_it(engine: Engine, build: SimpleNamespace) -> None:
    condition = "$.loop['iteration'] < 2 && $.a['response']['headers']['Link'] != null"
    loop = script("DO_WHILE", "loop", loopOver=[build.http("a")], loopCondition=condition)
    outputs = {
        "n": "${loop.output.iteration}",
        "e": "${loop.output['1'].a.response.headers.ETAG[0]}",
        "all": "${loop.output[*].a.response.headers.Link[0]}",
    }
    run = engine.run(build.workflow(loop, outputParameters=outputs))
    assert run["output"] == {"n": 2, "e": "v1", "all": ["next", "next"]}


@pytest.mark.parametrize("fields", [{}, {"h": "${a.output.response.headers}"}])
def test_in_a_switch(engine: Engine, build: SimpleNamespace, fields: dict[str, Any]) -> None:
    expression = "$.h['ETag'][0]" if fields else "$.r['response']['headers']['ETag'][0]"
    switch = script(
        "SWITCH",
        "s",
        evaluatorType="javascript",
        expression=expression,
        inputParameters=fields or {"r": "${a.output}"},
        decisionCases={"v1": [build.http("yes")]},
    )
    run = engine.run(build.workflow(build.http("a"), switch))
    assert run["tasks"][-1]["referenceTaskName"] == "yes"
    assert "error" not in run["tasks"][1]


def test_before_in_and_behind_a_fork(engine: Engine, build: SimpleNamespace) -> None:
    branch = build.http("b", body={"e": ETAG})
    outputs = {"b": "${b.output.response.headers.ETag}", "j": "${f_join.output.b..LINK}"}
    workflow = build.workflow(
        build.http("a"), *build.fork("f", [branch], [build.http("c")]), outputParameters=outputs
    )
    run = engine.run(workflow)
    assert run["output"] == {"b": ["v1"], "j": [["next"]]}
    ran = next(task for task in run["tasks"] if task["referenceTaskName"] == "b")
    assert ran["inputData"]["http_request"]["body"] == {"e": "v1"}


def test_in_the_output_of_another_run(engine: Engine, build: SimpleNamespace) -> None:
    inner = {"name": "inner", "tasks": [build.http("a")]}
    inner["outputParameters"] = {"response": "${a.output.response}"}
    sub = script("SUB_WORKFLOW", "sub", subWorkflowParam={"workflowDefinition": inner})
    switch = script(
        "SWITCH",
        "s",
        evaluatorType="javascript",
        expression="$.r.response.headers.link[0]",
        inputParameters={"r": "${sub.output}"},
        decisionCases={"next": [build.http("yes")]},
    )
    outputs = {"e": "${sub.output.response.headers.ETag[0]}"}
    run = engine.run(build.workflow(sub, switch, outputParameters=outputs))
    assert run["output"] == {"e": "v1"}
    assert run["tasks"][-1]["referenceTaskName"] == "yes"


@pytest.fixture
def real(
    httptask_server: LoopbackServer, tmp_path: Path, build: SimpleNamespace
) -> Callable[[Any], dict[str, Any]]:
    """Run a workflow with the real pipeline; its events are in ``events``."""
    httptask_server.route("/login", lambda _: Reply(200, (("Set-Cookie", f"sid={SID}; Path=/"),)))
    settings = Settings.from_environment(allow_hosts=["127.0.0.1"], data=tmp_path)

    def run(workflow: Any) -> dict[str, Any]:
        step = PipelineStep(
            Pipeline(build_manager(installed=False)), settings, compile_tasks(workflow)
        )
        events: list[RunEvent] = []
        options = {"files": settings.files, "env": {}, "may_repeat": step.may_repeat}
        with Engine.open(tmp_path / "runs", step, **options) as engine:
            found = engine.run(workflow, watch=events.append)
            again = engine.get(found["workflowId"])
        shown = json.dumps([found, again, [event.document for event in events]], default=str)
        assert SID not in shown
        assert "***" in shown
        return found

    return run


def test_a_cookie_is_used_by_later_tasks_and_stands_in_no_journal(
    real: Callable[[Any], dict[str, Any]],
    httptask_server: LoopbackServer,
    tmp_path: Path,
    build: SimpleNamespace,
) -> None:
    def task(ref: str, path: str, method: str = "POST", **options: Any) -> dict[str, Any]:
        request = {"uri": httptask_server.url + path, "method": method}
        inputs = {"http_request": request, "httptask": options}
        return {"name": ref, "taskReferenceName": ref, "type": "HTTP", "inputParameters": inputs}

    sid = {"sid": "${login.output.sid}"}
    workflow = build.workflow(
        task("login", "/login", output={"sid": "$.response.cookies.sid"}),
        task("one", "/echo", cookies=sid),
        *build.fork("f", [task("two", "/echo", cookies=sid)], [task("three", "/echo")]),
        script("SET_VARIABLE", "v", inputParameters=sid),
        task("four", "/echo", cookies={"sid": "${workflow.variables.sid}"}),
        outputParameters={"sid": "${login.output.sid}", "echoed": "${four.output.response}"},
    )
    found = real(workflow)
    assert found["status"] == "COMPLETED"
    assert found["output"]["sid"] == "***"
    assert found["variables"] == {"sid": "***"}
    cookies = sorted(request.header("Cookie") for request in httptask_server.requests)
    assert cookies == ["", "", *[f"sid={SID}"] * 3]
    holding = [
        path for path in tmp_path.rglob("*") if path.is_file() and SID.encode() in path.read_bytes()
    ]
    assert [path.parent.parent.name for path in holding] == ["kept"]
