"""What only some targets refuse."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import httptask
from httptask.app.check import Target, check
from httptask.app.load import Surroundings

FILE = {"uri": "https://h.example.com/", "method": "PUT", "httptask": {"file": "photo.png"}}


def errors(target: Target, **changed: Any) -> list[tuple[str, str]]:
    task = {"name": "t", "taskReferenceName": "t", "type": "HTTP", **changed}
    found = check({"name": "w", "tasks": [task]}, Surroundings(), target).findings
    return [(each.code, each.pointer) for each in found if each.severity == "error"]


@pytest.mark.parametrize(
    ("target", "refuses"),
    [("httptask", False), ("conductor-oss", False), ("worker", True), ("server", False)],
)
def test_a_worker_elsewhere_has_no_file_beside_the_definition(
    target: Target, refuses: bool
) -> None:
    pointer = "/tasks/0/inputParameters/httptask/file"
    wanted = [("server_unsupported", pointer)] if refuses else []
    assert errors(target, inputParameters=FILE) == wanted


@pytest.mark.parametrize(
    ("target", "refused"),
    [("httptask", False), ("conductor-oss", True), ("worker", False), ("server", False)],
)
def test_what_a_server_has_no_task_for(target: Target, refused: bool) -> None:
    """OSS has no HTTP_POLL of its own, and our worker runs it."""
    inputs = {"http_request": {"uri": "https://h.example.com/", "method": "GET"}}
    wanted = [("server_unsupported", "/tasks/0/type")] if refused else []
    assert errors(target, type="HTTP_POLL", inputParameters=inputs) == wanted


def test_python_gives_functions_and_task_definitions(tmp_path: Path) -> None:
    greet = {"name": "greet", "taskReferenceName": "g", "type": "SIMPLE"}
    flow = {"name": "w", "tasks": [greet]}
    (found,) = httptask.check_workflow(flow)
    assert (found.code, found.pointer) == ("task_type_unsupported", "/tasks/0/type")
    functions = {"greet": lambda call: None}
    assert httptask.check_workflow(flow, {}, functions=functions) == []  # type: ignore[arg-type]
    gone = httptask.check_workflow(tmp_path / "gone.json")
    assert [each.code for each in gone] == ["file_unreadable"]


def test_what_stands_beside_is_read_again_when_it_changes(tmp_path: Path) -> None:
    starter = {"name": "s", "taskReferenceName": "s", "type": "SUB_WORKFLOW"}
    main = {"name": "main", "tasks": [{**starter, "subWorkflowParam": {"name": "child"}}]}
    (tmp_path / "main.json").write_text(json.dumps(main))
    beside = Surroundings()

    def names() -> list[str]:
        found = beside.library(beside.workflow(tmp_path / "main.json"))
        return [one.name for one in found.workflows]

    assert names() == ["main"]
    child = tmp_path / "child.json"
    child.write_text("{")
    assert names() == ["main"]
    for name in ("child", "another"):
        child.write_text(json.dumps({"name": name, "tasks": [{**starter, "type": "NOOP"}]}))
        assert names() == ["main", name]


@pytest.mark.parametrize("target", ["httptask", "worker"])
def test_an_expression_with_a_blank_is_refused_by_every_target(target: Target) -> None:
    request = {"uri": "https://h.example.com/", "method": "POST"}

    def found(text: str) -> list[tuple[str, str]]:
        return errors(target, inputParameters={"http_request": {**request, "body": text}})

    wanted = [("expression_problem", "/tasks/0/inputParameters/http_request/body")]
    assert found("${ workflow.input.x }") == wanted
    assert found("$${ workflow.input.x } ${workflow.input['a b']} ${ open") == []
