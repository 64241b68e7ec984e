"""What ``check --fix`` writes, and what it leaves to the author."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from httptask.app.fix import fix, with_fixes
from httptask.app.load import Surroundings
from httptask.cli.app import run
from httptask.definition.findings import Finding, Fix

SCHEMA = {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}}}
TAKEN = {"type": "object", "properties": {"name": {"type": "string"}}}


def http(ref: str, body: Any = None, **options: Any) -> dict[str, Any]:
    request: dict[str, Any] = {"uri": "https://api.example.com/v1", "method": "POST"}
    request |= {} if body is None else {"body": body}
    inputs = {"http_request": request, "httptask": {"responseSchema": SCHEMA, **options}}
    return {"name": ref, "taskReferenceName": ref, "type": "HTTP", "inputParameters": inputs}


def second(**changed: Any) -> dict[str, Any]:
    return {"name": "w", "version": 1, "tasks": [http("first"), http("second", **changed)]}


def fixed(folder: Path, document: Any) -> tuple[Any, list[str], list[str]]:
    """Return the document afterwards, the codes that were fixed, and those that are left."""
    path = folder / "flow.json"
    path.write_text(json.dumps(document))
    done = fix(path, Surroundings(), "httptask")
    left = [one.code for one in done.loaded.findings]
    return json.loads(path.read_text()), [one.code for one in done.applied], left


@pytest.mark.parametrize(
    ("wrong", "right", "codes"),
    [
        (
            {"body": {"a": "of ${frst.output.response.body.id}"}},
            {"body": {"a": "of ${first.output.response.body.id}"}},
            ["reference_unknown"],
        ),
        (
            {"body": {"a": "${first.output.response.body.ids}"}},
            {"body": {"a": "${first.output.response.body.id}"}},
            ["path_not_in_schema"],
        ),
        (
            {"body": {"a": "${frst.output.respnse.body.id}"}},
            {"body": {"a": "${first.output.response.body.id}"}},
            ["reference_unknown", "path_unknown"],
        ),
        (
            {"body": {"a": "{{first.output.response.body.id}}"}},
            {"body": {"a": "${first.output.response.body.id}"}},
            ["expression_almost"],
        ),
        (
            {"body": {"nme": "x"}, "requestSchema": TAKEN},
            {"body": {"name": "x"}, "requestSchema": TAKEN},
            ["body_field_unknown"],
        ),
        ({"deadlineMS": 5}, {"deadlineMs": 5}, ["unknown_key"]),
        (
            {"output": {"id": "$.response.boddy.id"}},
            {"output": {"id": "$.response.body.id"}},
            ["path_unknown"],
        ),
    ],
)
def test_what_can_be_meant_in_one_way(tmp_path: Path, wrong: Any, right: Any, codes: Any) -> None:
    assert fixed(tmp_path, second(**wrong)) == (second(**right), codes, [])


@pytest.mark.parametrize(
    "body",
    [
        {"a": "${other.output.response.body.id}"},
        {"a": "${first.output.response.body.identity}"},
    ],
)
def test_what_is_left_to_the_author(tmp_path: Path, body: Any) -> None:
    document = second(body=body)
    after, applied, left = fixed(tmp_path, document)
    assert (after, applied) == (document, [])
    assert len(left) == 1


def test_two_names_are_as_near(tmp_path: Path) -> None:
    tasks = [http("order1"), http("order2"), http("last", {"a": "${order.output.response.body}"})]
    document = {"name": "w", "tasks": tasks}
    assert fixed(tmp_path, document)[:2] == (document, [])


def test_a_join_waits_for_what_is_read(tmp_path: Path) -> None:
    fork = {
        "name": "f", "taskReferenceName": "f", "type": "FORK_JOIN",
        "forkTasks": [[http("left")], [http("right")]],
    }  # fmt: skip
    join = {"name": "j", "taskReferenceName": "j", "type": "JOIN", "joinOn": ["right"]}
    last = http("last", {"a": "${left.output.response.body.id}"})
    after, applied, left = fixed(tmp_path, {"name": "w", "tasks": [fork, join, last]})
    assert after["tasks"][1]["joinOn"] == ["right", "left"]
    assert (applied, left) == (["join_incomplete"], [])


def test_a_file_that_is_right_is_not_written(tmp_path: Path) -> None:
    path = tmp_path / "flow.json"
    path.write_text(text := json.dumps(second()) + "   ")
    assert fix(path, Surroundings(), "httptask").applied == ()
    assert path.read_text() == text
    assert fix(tmp_path / "none.json", Surroundings(), "httptask").applied == ()


def test_definitions_behind_the_first_stay(tmp_path: Path) -> None:
    wrong = second(body={"a": "${frst.output.response.body.id}"})
    right = second(body={"a": "${first.output.response.body.id}"})
    after, codes, _ = fixed(tmp_path, [wrong, wrong])
    assert (after, codes) == ([right, wrong], ["reference_unknown"])


def test_numbers_keep_their_digits(tmp_path: Path) -> None:
    document = json.dumps(second(body={"a": "${frst.output.response.body.id}", "n": 7}))
    path = tmp_path / "flow.json"
    path.write_text(document.replace(": 7", ": 1.50e3"))
    assert len(fix(path, Surroundings(), "httptask").applied) == 1
    assert "1.50e3" in path.read_text()


@pytest.mark.parametrize(
    ("pointer", "change"),
    [
        ("/a/x", Fix("rename", "y")),
        ("/a/x", Fix("replace", "y", "z")),
        ("/b/7", Fix("set", 1)),
        ("/none/at/all", Fix("set", 1)),
        ("/a/n", Fix("rename", "k")),
        ("/b/0", Fix("rename", "k")),
        ("", Fix("rename", "k")),
    ],
)
def test_a_fix_whose_place_has_changed_is_not_applied(pointer: str, change: Fix) -> None:
    document = {"a": {"n": 1, "k": 2}, "b": [1]}
    finding = Finding("some_code", "warning", "text", pointer, fix=change)
    assert with_fixes(document, [finding]) == (document, [])


def test_keys_keep_their_order() -> None:
    document = {"a": {"x": {"p": "old"}, "y": 2}}
    findings = [
        Finding("one", "warning", "", "/a/x", fix=Fix("rename", "z")),
        Finding("two", "warning", "", "/a/x/p", fix=Fix("replace", "new", "old")),
    ]
    after, applied = with_fixes(document, findings)
    assert json.dumps(after) == json.dumps({"a": {"z": {"p": "new"}, "y": 2}})
    assert [one.code for one in applied] == ["two", "one"]
    assert document == {"a": {"x": {"p": "old"}, "y": 2}}


def test_the_command_shows_what_it_did(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "flow.json"
    path.write_text(json.dumps(second(body={"a": "${frst.output.response.body.id}"})))
    assert run(["check", str(path), "--json"]) == 2
    (told,) = json.loads(capsys.readouterr().out)
    assert told["fix"] == {
        "change": "replace",
        "new": "${first.output.response.body.id}",
        "old": "${frst.output.response.body.id}",
    }
    assert run(["check", str(path), "--fix"]) == 0
    shown = capsys.readouterr().out
    assert "fixed" in shown
    assert "${first.output.response.body.id}" in shown
    assert run(["check", str(path), "--fix", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == []
