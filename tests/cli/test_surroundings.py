"""Functions and definitions beside a definition: --functions, --workflow-defs, files beside it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

FUNCTIONS = """
import httptask

@httptask.simple_task("greet")
def greet(name, times=1):
    return {"text": "hello " * times + name}
"""


def task(kind: str, ref: str, **more: Any) -> Any:
    return {"name": ref, "taskReferenceName": ref, "type": kind, **more}


MAIN = {
    "name": "main",
    "label": "from a server",
    "tasks": [
        task("SIMPLE", "greet", inputParameters={"name": "${workflow.input.name}"}),
        task("SUB_WORKFLOW", "s", subWorkflowParam={"name": "child"},
             inputParameters={"t": "${greet.output.text}"}),
    ],
}  # fmt: skip
SCRIPT = {"t": "${workflow.input.t}", "expression": "$.t.toUpperCase()"}
CHILD = {"name": "child", "tasks": [task("INLINE", "i", inputParameters=SCRIPT)]}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "my_functions.py").write_text(FUNCTIONS)
    (tmp_path / "main.json").write_text(json.dumps(MAIN))
    return tmp_path


def test_functions_and_files_beside(folder: Path, command: Callable[..., Any]) -> None:
    (folder / "child.json").write_text(json.dumps(CHILD))
    (folder / "broken.json").write_text("{")
    given = ["--functions", str(folder / "my_functions.py"), "-i", "name=Ann", "--json"]
    ran = command("run", str(folder / "main.json"), *given)
    assert ran.code == 0, ran.err
    assert json.loads(ran.out)["output"]["result"] == "HELLO ANN"


def test_a_folder_of_definitions(folder: Path, command: Callable[..., Any]) -> None:
    other = folder / "flows"
    other.mkdir()
    (other / "child.json").write_text(json.dumps([CHILD]))
    given = ["--functions", str(folder / "my_functions.py"), "--workflow-defs", str(other)]
    ran = command("check", str(folder / "main.json"), *given, "--json")
    assert ran.code == 0, ran.out
    assert [one["code"] for one in json.loads(ran.out)] == ["key_dropped"]
    assert command("check", str(folder / "main.json"), *given, "--strict").code == 2


def test_what_is_missing_is_named(folder: Path, command: Callable[..., Any]) -> None:
    ran = command("check", str(folder / "main.json"), "--json")
    assert "task_type_unsupported" in [one["code"] for one in json.loads(ran.out)]
    given = ["--functions", str(folder / "my_functions.py")]
    ran = command("check", str(folder / "main.json"), *given, "--json")
    assert "sub_workflow_missing" in [one["code"] for one in json.loads(ran.out)]
    ran = command("run", str(folder / "main.json"), "--functions", "no_such_module_here")
    assert ran.code == 2
    assert "functions_unusable" in ran.err


def test_advice(folder: Path, command: Callable[..., Any]) -> None:
    body = [task("NOOP", "n")]
    tasks = [
        task("DO_WHILE", "l", loopCondition="true", loopOver=body),
        task("INLINE", "i", inputParameters={"expression": "var = 1"}),
        task("JSON_JQ_TRANSFORM", "q", inputParameters={"queryExpression": ".a |"}),
        task("EVENT", "e", sink="conductor"),
        task("NOOP", "p", taskDefinition={"pollTimeoutSeconds": 5}),
    ]
    path = folder / "advice.json"
    path.write_text(json.dumps({"name": "w", "tasks": tasks}))
    ran = command("check", str(path), "--json")
    found = {one["code"]: one["pointer"] for one in json.loads(ran.out)}
    assert ran.code == 0
    assert found == {
        "loop_unbounded": "/tasks/0/loopCondition",
        "script_invalid": "/tasks/1/inputParameters/expression",
        "query_invalid": "/tasks/2/inputParameters/queryExpression",
        "event_undelivered": "/tasks/3/sink",
        "field_ignored": "/tasks/4/taskDefinition/pollTimeoutSeconds",
    }


def test_what_a_server_cannot_do_is_told(folder: Path, command: Callable[..., Any]) -> None:
    inner = task(
        "DO_WHILE", "m", loopCondition="$.m['iteration'] < 2", loopOver=[task("NOOP", "n")]
    )
    tasks = [
        task("INLINE", "i", inputParameters={"expression": "JSON.stringify($.x)", "x": {}}),
        task("JSON_JQ_TRANSFORM", "q", inputParameters={"queryExpression": "now | todate"}),
        task("DO_WHILE", "l", loopCondition="$.l['iteration'] < 2", loopOver=[inner]),
        task("JSON_JQ_TRANSFORM", "p", inputParameters={"queryExpression": ".now, .trim"}),
    ]
    path = folder / "server.json"
    path.write_text(json.dumps({"name": "w", "tasks": tasks}))
    ran = command("check", str(path), "--target", "conductor-oss", "--json")
    found = {one["code"]: one["pointer"] for one in json.loads(ran.out)}
    assert found == {
        "script_on_server": "/tasks/0/inputParameters/expression",
        "query_on_server": "/tasks/1/inputParameters/queryExpression",
        "server_unsupported": "/tasks/2/loopOver/0/type",
    }
    assert command("check", str(path), "--json").document == []
