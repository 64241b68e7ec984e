"""Another reference for a task: every place that refers to it, and none that does not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from httptask.app.rename import renamed
from httptask.check.workflow import NAME
from httptask.cli.app import run
from httptask.errors import DefinitionError


def task(kind: str, ref: str, **fields: Any) -> dict[str, Any]:
    return {"name": ref, "taskReferenceName": ref, "type": kind, **fields}


def flow(*tasks: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"name": "w", "tasks": [task("SIMPLE", "a"), *tasks], **fields}


def using(text: Any, ref: str = "b") -> dict[str, Any]:
    return task("SIMPLE", ref, inputParameters={"x": text})


def in_input(text: str, new: str = "new") -> str:
    """Return what becomes of a text in an input when ``a`` is renamed."""
    found: str = renamed(flow(using(text)), "a", new).document["tasks"][1]["inputParameters"]["x"]
    return found


@pytest.mark.parametrize(
    ("written", "after"),
    [
        ("${a.output.x}", "${new.output.x}"),
        ("${ a.status}", "${ new.status}"),
        ("${a['output']['a']}", "${new['output']['a']}"),
        ("${a}", "${new}"),
        ("x ${a.output.a} ${a.output.b}", "x ${new.output.a} ${new.output.b}"),
        ("${b.output.${a.output.x}}", "${b.output.${new.output.x}}"),
        ("$${a.output.x}", "$${a.output.x}"),
        ("${aa.output.x} ${b.output.a} a.output ${workflow.input.a}", None),
    ],
)
def test_expressions(written: str, after: str | None) -> None:
    assert in_input(written) == (written if after is None else after)


@pytest.mark.parametrize(
    ("condition", "after"),
    [
        ("$.a['x'] < 3 && $['a'].y", "$.new['x'] < 3 && $['new'].y"),
        ("$.a.response.body.a == '$.a'", "$.new.response.body.a == '$.a'"),
        ("$.aa.x // $.a", "$.aa.x // $.a"),
        ("$.loop.a < 3", "$.loop.a < 3"),
        ("$.j.a.x", "$.j.new.x"),
    ],
)
def test_conditions_of_loops(condition: str, after: str) -> None:
    join = task("JOIN", "j", joinOn=["a"])
    inside = [task("SIMPLE", "a"), join]
    document = {"name": "w", "tasks": [loop := task("DO_WHILE", "loop", loopOver=inside)]}
    loop["loopCondition"] = condition
    assert renamed(document, "a", "new").document["tasks"][0]["loopCondition"] == after


def test_a_name_with_a_dash_in_a_condition() -> None:
    loop = task("DO_WHILE", "loop", loopOver=[task("SIMPLE", "a")], loopCondition="$.a.x < 3")
    done = renamed({"name": "w", "tasks": [loop]}, "a", "a-b").document
    assert done["tasks"][0]["loopCondition"] == "$['a-b'].x < 3"


def test_an_input_of_a_loop_hides_the_task() -> None:
    loop = task("DO_WHILE", "loop", loopOver=[task("SIMPLE", "a")], loopCondition="$.a < 3")
    loop["inputParameters"] = {"a": 1}
    done = renamed({"name": "w", "tasks": [loop]}, "a", "new").document
    assert done["tasks"][0]["loopCondition"] == "$.a < 3"


def test_outputs_of_joins_and_loops_hold_those_of_their_tasks() -> None:
    join = task("JOIN", "j", joinOn=["a"])
    loop = task("DO_WHILE", "loop", loopOver=[task("SIMPLE", "a")], loopCondition="false")
    for holder, path in ((join, "j.output"), (loop, "loop.output.1"), (loop, "loop.output['2']")):
        text = f"${{{path}.a.x}} ${{{path}['a'].y}} ${{{path}.ab}} ${{other.output.a}}"
        document = {"name": "w", "tasks": [task("SIMPLE", "a"), holder, using(text)]}
        document["tasks"] = document["tasks"][holder is loop :]
        after = renamed(document, "a", "new").document["tasks"][-1]["inputParameters"]["x"]
        assert after == f"${{{path}.new.x}} ${{{path}['new'].y}} ${{{path}.ab}} ${{other.output.a}}"


def test_lists_outputs_and_output_filters() -> None:
    http = {"outputFilter": {"id": "$${a.output.response.body.id} ${workflow.input.a}"}}
    document = flow(
        task("JOIN", "j", joinOn=["a", "b"]),
        task("EXCLUSIVE_JOIN", "e", joinOn=["a"], defaultExclusiveJoinTask=["a"]),
        task("HTTP", "h", inputParameters={"http_request": http}),
        outputParameters={"a": "${a.output.x}"},
    )
    done = renamed(document, "a", "new")
    assert done.document["tasks"][1]["joinOn"] == ["new", "b"]
    assert done.document["tasks"][2]["defaultExclusiveJoinTask"] == ["new"]
    request = done.document["tasks"][3]["inputParameters"]["http_request"]
    assert request["outputFilter"]["id"] == "$${new.output.response.body.id} ${workflow.input.a}"
    assert done.document["outputParameters"] == {"a": "${new.output.x}"}
    assert done.places == (
        "/tasks/0/taskReferenceName",
        "/tasks/1/joinOn",
        "/tasks/2/joinOn",
        "/tasks/2/defaultExclusiveJoinTask",
        "/tasks/3/inputParameters/http_request/outputFilter/id",
        "/outputParameters/a",
    )


def test_a_definition_inside_has_names_of_its_own() -> None:
    inner = {"name": "i", "tasks": [task("SIMPLE", "a"), using("${a.output.x}")]}
    outer = task("SUB_WORKFLOW", "s", subWorkflowParam={"name": "i", "workflowDefinition": inner})
    done = renamed(flow(outer), "a", "new").document
    assert done["tasks"][1]["subWorkflowParam"]["workflowDefinition"] == inner


def test_scripts_that_may_mean_the_task() -> None:
    script = {"evaluatorType": "javascript", "expression": "$.all.a.x", "all": "${j.output}"}
    own = {"evaluatorType": "javascript", "expression": "$.a.x", "a": "${a.output}"}
    first, second = task("INLINE", "i", inputParameters=script), task("INLINE", "k")
    second["inputParameters"] = own
    done = renamed(flow(first, second), "a", "new")
    assert done.left == ("/tasks/1/inputParameters/expression",)
    assert done.document["tasks"][2]["inputParameters"] == {**own, "a": "${new.output}"}


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("none", "new", "reference_unknown"),
        ("a", "b", "duplicate_reference"),
        ("a", "a.b", "reference_name"),
        ("a", "workflow", "reference_name"),
        ("a", "", "reference_name"),
    ],
)
def test_what_is_refused(old: str, new: str, code: str) -> None:
    with pytest.raises(DefinitionError) as raised:
        renamed(flow(using("x")), old, new)
    assert raised.value.code == code


@given(st.from_regex(NAME, fullmatch=True).filter(lambda name: name not in ("a", "b")))
def test_back_again(new: str) -> None:
    text = "x ${a.output.a} $${a} ${b.output.x[?(@.a == 'a')]} {{a}} a"
    join = task("JOIN", "j", joinOn=["a"])
    document = flow(using(text), join if new != "j" else using("y", "z"))
    there = renamed(document, "a", new).document
    assert renamed(there, new, "a").document == document


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "flow.json"
    path.write_text(json.dumps(flow(using("${a.output.x}"))))
    assert run(["rename", str(path), "a", "first", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told == {
        "places": ["/tasks/0/taskReferenceName", "/tasks/1/inputParameters/x"],
        "left": [],
        "files": [],
    }
    assert "${first.output.x}" in path.read_text()
    assert run(["rename", str(path), "none", "x"]) == 2
    other = flow(using("${a.output.x}"))
    path.write_text(json.dumps([flow(), other]))
    assert run(["rename", str(path), "a", "first"]) == 0
    assert json.loads(path.read_text()) == [renamed(flow(), "a", "first").document, other]
    path.write_text("[]")
    assert run(["rename", str(path), "a", "x"]) == 2


def test_tests_and_fixtures_are_rewritten(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    written = {
        "flow.json": flow(using("${a.output.x}")),
        "flow.test.json": {
            "tests": [
                {"fixtures": [{"task": "a"}, {"task": "b"}, {"task": "a", "workflow": "other"}]},
                {"fixtures": "some.json", "expect": {"requests": [{"ref": "b"}, {"ref": "a"}]}},
                "odd",
            ]
        },
        "some.json": {"fixtures": [{"task": "a__2", "workflow": "w"}, {"task": "ab"}]},
        "more.test.json": {"workflow": "flow.json", "tests": [{"fixtures": [{"task": "a"}]}]},
        "other.test.json": {"tests": [{"fixtures": [{"task": "a"}]}]},
    }
    for name, document in written.items():
        (tmp_path / name).write_text(json.dumps(document))
    (tmp_path / "broken.test.json").write_text("{")
    assert run(["rename", str(tmp_path / "flow.json"), "a", "first", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)["files"]
    assert {Path(each["file"]).name: each["places"] for each in told} == {
        "flow.test.json": ["/tests/0/fixtures/0/task", "/tests/1/expect/requests/1/ref"],
        "some.json": ["/fixtures/0/task"],
        "more.test.json": ["/tests/0/fixtures/0/task"],
    }
    assert json.loads((tmp_path / "some.json").read_text())["fixtures"][0]["task"] == "first__2"
    other = (tmp_path / "other.test.json").read_text()
    assert other == json.dumps(written["other.test.json"])
    assert run(["rename", str(tmp_path / "flow.json"), "first", "a"]) == 0
    assert "renamed it in" in capsys.readouterr().err
    assert {name: (tmp_path / name).read_text() for name in written} == {
        name: json.dumps(document) for name, document in written.items()
    }
