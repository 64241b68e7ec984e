"""A step is tested with the results of the steps before; what has none yet is executed first."""

from __future__ import annotations

from typing import Any

import pytest
from panel import choose, flow, http, open_flow, press_test

from httptask.testing.replies import json_reply


@pytest.fixture
def paths() -> list[str]:
    """The paths that were asked for, in order."""
    return []


@pytest.fixture
def target(httptask_loopback: Any, paths: list[str]) -> Any:
    """A server that gives an order, and says what it was asked."""

    def reply(request: Any) -> Any:
        paths.append(request.target)
        return json_reply({"id": "o-1", "total": 42})

    return httptask_loopback(dict.fromkeys(("/order", "/double/84"), reply))


@pytest.fixture
def editor(start_editor: Any, target: Any) -> Any:
    """An editor that may call the server."""
    return start_editor(allow=(target.url.removeprefix("http://"),))


def chain(target: Any) -> dict[str, Any]:
    """An HTTP step, one that computes, and one that reads it."""
    double = {
        "name": "double", "taskReferenceName": "double", "type": "INLINE",
        "inputParameters": {
            "evaluatorType": "javascript", "expression": "$.total * $.factor",
            "total": "${first.output.response.body.total}", "factor": "${workflow.input.factor}",
        },
    }  # fmt: skip
    last = http("last", f"{target.url}/double/${{double.output.result}}")
    return flow(http("first", f"{target.url}/order"), double, last)


def test_what_has_no_result_is_executed_first(
    page: Any, editor: Any, target: Any, paths: list[str]
) -> None:
    open_flow(page, editor, chain(target))
    choose(page, "last")
    page.get_by_role("button", name="Test from here").click()
    page.get_by_label("workflow.input.factor").fill("2")
    page.get_by_label("workflow.input.factor").press("Enter")
    page.locator(".facts .status").get_by_text("200").wait_for()
    assert paths == ["/order", "/double/84"]
    page.get_by_role("button", name="Test from here").click()
    page.get_by_role("tab", name="History 2").wait_for()
    assert paths == ["/order", "/double/84", "/double/84"]
    choose(page, "double")
    page.get_by_role("treeitem", name="result").get_by_text("84").wait_for()


def test_a_failed_step_before_ends_it(page: Any, editor: Any, target: Any) -> None:
    lost = http("first", f"{target.url}/lost")
    last = http("last", f"{target.url}/order?of=${{first.output.response.body.id}}")
    open_flow(page, editor, flow(lost, last))
    choose(page, "last")
    page.get_by_role("button", name="Test from here").click()
    page.get_by_text("first did not succeed").wait_for()
    page.get_by_role("button", name="Open").click()
    page.locator(".facts .status").get_by_text("404").wait_for()


def test_an_earlier_result_is_given_when_it_is_chosen(
    page: Any, start_editor: Any, httptask_loopback: Any
) -> None:
    counted: list[str] = []

    def number(request: Any) -> Any:
        counted.append(request.target)
        return json_reply({"number": len(counted)})

    target = httptask_loopback({"/number": number, "/of/1": number, "/of/2": number})
    editor = start_editor(allow=(target.url.removeprefix("http://"),))
    last = http("last", f"{target.url}/of/${{first.output.response.body.number}}")
    open_flow(page, editor, flow(http("first", f"{target.url}/number"), last))
    press_test(page)
    press_test(page)
    page.get_by_role("tab", name="History").click()
    page.get_by_role("button", name="Give to later steps").nth(1).click()
    choose(page, "last")
    page.get_by_text("chosen in its history").wait_for()
    press_test(page)
    assert counted[-1] == "/of/1"


@pytest.mark.parametrize("kind", ["case", "fork", "loop"])
def test_steps_inside_branches_are_executed_with_them(editor: Any, target: Any, kind: str) -> None:
    first, double, last = chain(target)["tasks"]
    inside = {
        "case": {"type": "SWITCH", "evaluatorType": "value-param", "expression": "k",
                 "inputParameters": {"k": "yes"}, "decisionCases": {"yes": [double]}},
        "fork": {"type": "FORK_JOIN", "forkTasks": [[double], [http("other", target.url)]]},
        "loop": {"type": "DO_WHILE", "loopCondition": "false", "loopOver": [double]},
    }[kind]  # fmt: skip
    join = [{"name": "j", "taskReferenceName": "j", "type": "JOIN", "joinOn": ["double", "other"]}]
    around = {"name": "around", "taskReferenceName": "around", **inside}
    workflow = {"name": "f", "tasks": [first, around, *(join if kind == "fork" else []), last]}
    place = f"/tasks/{len(workflow['tasks']) - 1}"
    order = {
        "task": last, "workflow": workflow, "place": place, "fromHere": True,
        "inputs": {"workflow.input.factor": 2, "first.output.response.body.total": 42},
    }  # fmt: skip
    text = editor.call("POST", "/api/tests", json=order).text
    assert '"type":"step"' in text.replace(" ", "")
    assert "/double/84" in text, text[-600:]
