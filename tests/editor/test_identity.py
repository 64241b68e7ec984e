"""Steps keep their identity: while a host sends copies, names change, and tests run."""

from __future__ import annotations

from typing import Any

import pytest
from panel import (
    ACTIVE,
    BODY,
    EDITOR,
    Gate,
    add_image,
    choose,
    field,
    flow,
    http,
    open_flow,
    open_step,
    press_test,
    settle,
    shown_task,
    wait_for,
)


@pytest.mark.parametrize("late", [0, 60])
def test_a_host_that_sets_back_a_copy_changes_nothing(page: Any, editor: Any, late: int) -> None:
    open_flow(page, editor, flow(http("first"), http("second"), http("third")))
    page.evaluate(
        f"""late => {EDITOR}.addEventListener('httptask-change', ({{detail}}) => {{
              const copy = JSON.stringify(detail.workflow);
              const set = () => {{ {EDITOR}.workflow = JSON.parse(copy); }};
              if (late) setTimeout(set, late); else set(); }})""",
        late,
    )
    choose(page, "third")
    box = page.get_by_label("URL", exact=True)
    box.fill("")
    box.press_sequentially("https://two.example.com/abc", delay=25)
    for _ in range(3):
        box.press("ArrowLeft")
    box.press_sequentially("Z", delay=25)
    page.wait_for_timeout(150)
    assert shown_task(page)["taskReferenceName"] == "third"
    assert box.input_value() == "https://two.example.com/Zabc"
    assert page.evaluate(f"{ACTIVE}.id") == "hte-uri"
    assert page.evaluate(f"{ACTIVE}.selectionStart") == len("https://two.example.com/Z")


def test_a_host_may_insert_and_rename_while_a_step_is_open(page: Any, editor: Any) -> None:
    open_flow(page, editor, flow(http("first"), http("second")))
    choose(page, "second")
    changed = flow(http("zero"), http("first"), http("second", "https://changed.example.com/"))
    page.evaluate(f"flow => {{ {EDITOR}.workflow = flow; }}", changed)
    box = page.get_by_label("URL", exact=True)
    wait_for(page, f"{EDITOR}.task.inputParameters.http_request.uri.includes('changed')")
    assert box.input_value() == "https://changed.example.com/"
    renamed = flow(http("zero"), http("first"), http("last", "https://changed.example.com/"))
    page.evaluate(f"flow => {{ {EDITOR}.workflow = flow; }}", renamed)
    wait_for(page, f"{EDITOR}.task.taskReferenceName === 'last'")
    assert page.evaluate(f"{EDITOR}.taskReference") == "last"


def test_nothing_of_it_is_in_the_definition(page: Any, editor: Any) -> None:
    written = flow(http("first"), http("second"))
    open_flow(page, editor, written)
    choose(page, "second")
    assert page.evaluate(f"{EDITOR}.workflow") == written


def test_choosing_tells_the_host(page: Any, editor: Any) -> None:
    open_flow(page, editor, flow(http("first"), http("second")))
    page.evaluate(
        f"{EDITOR}.addEventListener('httptask-select', e => {{ window.chosen = e.detail; }})"
    )
    choose(page, "second")
    assert page.evaluate("window.chosen.taskReference") == "second"
    assert page.evaluate("window.chosen.pointer") == "/tasks/1"
    assert page.evaluate(f"{EDITOR}.taskReference") == "second"
    assert page.evaluate(f"{EDITOR}.task.taskReferenceName") == "second"
    page.evaluate(f"{EDITOR}.taskReference = 'first'")
    wait_for(page, f"{EDITOR}.task.taskReferenceName === 'first'")


def test_findings_are_at_their_steps(page: Any, editor: Any) -> None:
    switch = {
        "name": "s", "taskReferenceName": "s", "type": "SWITCH", "evaluatorType": "value-param",
        "expression": "kind", "inputParameters": {"kind": "a"},
        "decisionCases": {"a": [http("inner", method="NO METHOD")]},
    }  # fmt: skip
    loop = {
        "name": "again", "taskReferenceName": "again", "type": "DO_WHILE",
        "loopCondition": "false", "loopOver": [http("looped", method="NO METHOD")],
    }  # fmt: skip
    again = http("first", "https://b.example.com/")
    open_flow(page, editor, flow(http("first"), switch, loop, again))
    marked = page.locator(".step:has(.dot.error)")
    marked.nth(2).wait_for()
    names = page.locator(".step:has(.dot.error) .step-name")
    assert names.all_text_contents() == ["inner", "looped", "first"]
    marked.nth(2).click()
    page.get_by_text("is also the taskReferenceName of /tasks/0").wait_for()
    assert page.get_by_label("URL", exact=True).input_value() == "https://b.example.com/"


def test_a_new_reference_is_followed_by_what_reads_it(page: Any, editor: Any) -> None:
    reader = http("reader")
    reader["inputParameters"]["http_request"]["body"] = {
        "text": "got ${first.output.response.body.id} of ${first_2.output.x}"
    }
    join = {"name": "j", "taskReferenceName": "j", "type": "JOIN", "joinOn": ["first"]}
    open_flow(page, editor, flow(http("first"), http("first_2"), join, reader))
    page.get_by_label("Task reference name").fill("renamed")
    page.get_by_label("Task reference name").press("Tab")
    wait_for(page, f"{EDITOR}.workflow.tasks[0].taskReferenceName === 'renamed'")
    tasks = page.evaluate(f"{EDITOR}.workflow.tasks")
    text = tasks[3]["inputParameters"]["http_request"]["body"]["text"]
    assert text == "got ${renamed.output.response.body.id} of ${first_2.output.x}"
    assert tasks[2]["joinOn"] == ["renamed"]
    assert open_step(page) == "renamed"


def test_everything_can_be_undone_and_done_again(page: Any, editor: Any) -> None:
    written = flow(http("first"), http("second"))
    open_flow(page, editor, written)
    choose(page, "second")
    page.get_by_role("button", name="Remove this task").click()
    assert open_step(page) == "first"
    page.locator(".toast").get_by_role("button", name="Undo").click()
    assert page.evaluate(f"{EDITOR}.workflow") == written
    assert open_step(page) == "second"
    box = page.get_by_label("URL", exact=True)
    box.press_sequentially("/more")
    page.keyboard.press("Control+z")
    assert box.input_value() == "https://api.example.com/items"
    page.keyboard.press("Control+y")
    assert box.input_value() == "https://api.example.com/items/more"
    page.keyboard.press("Control+z")
    assert page.evaluate(f"{EDITOR}.workflow") == written
    page.get_by_role("button", name="Redo").click()
    assert box.input_value() == "https://api.example.com/items/more"


def test_a_test_goes_on_while_another_step_is_opened(page: Any, editor: Any, images: Any) -> None:
    images.delay = 0.6
    add_image(page, editor, stream=True)
    page.evaluate(f"{EDITOR}.store.edits.addTask()")
    choose(page, "generate_image")
    page.get_by_role("button", name="Test request").click()
    page.get_by_role("button", name="Cancel").wait_for()
    choose(page, "http_request")
    assert page.get_by_role("button", name="Test request").is_visible()
    page.locator(".step .spinner").wait_for()
    choose(page, "generate_image")
    assert page.get_by_role("button", name="Cancel").is_visible()
    choose(page, "http_request")
    page.locator(".step .ok").wait_for()
    choose(page, "generate_image")
    assert page.locator(".status.s2").inner_text() == "200 OK"
    assert page.locator(".pictures img").count() == 3


def test_a_test_is_cancelled_after_coming_back_to_its_step(
    page: Any, editor: Any, images: Any
) -> None:
    images.delay = 1.5
    add_image(page, editor, stream=True)
    page.evaluate(f"{EDITOR}.store.edits.addTask()")
    choose(page, "generate_image")
    page.get_by_role("button", name="Test request").click()
    page.locator(".stages .now").wait_for()
    choose(page, "http_request")
    choose(page, "generate_image")
    page.keyboard.press("Escape")
    page.locator(".facts").get_by_text("cancelled").wait_for()


def test_results_stay_with_their_step_when_it_is_renamed(page: Any, editor: Any) -> None:
    add_image(page, editor)
    press_test(page)
    page.get_by_label("Task reference name").fill("picture")
    page.get_by_label("Task reference name").press("Tab")
    wait_for(page, f"{EDITOR}.task.taskReferenceName === 'picture'")
    assert page.locator(".status.s2").is_visible()
    field(page, f"{BODY}/prompt").fill("another")
    page.get_by_text("stale").wait_for()
    field(page, f"{BODY}/prompt").fill("an otter")
    assert page.get_by_text("stale").count() == 0


def test_the_first_click_after_typing_an_input_is_not_lost(page: Any, editor: Any) -> None:
    open_flow(page, editor, flow(http("first", "https://api.example.com/${workflow.input.id}")))
    page.get_by_label("workflow.input.id").fill("7")
    place = page.get_by_text("Expected response").or_(page.get_by_text("The response appears"))
    before = place.first.bounding_box()
    page.get_by_role("tab", name="Headers").click()
    assert place.first.bounding_box() == before
    assert page.get_by_role("tab", name="Headers").get_attribute("aria-selected") == "true"


def test_broken_json_is_kept_and_the_test_says_what_it_runs(page: Any, editor: Any) -> None:
    open_flow(page, editor, flow(http("first"), http("second")))
    page.get_by_role("tab", name="JSON").click()
    page.locator(".cm-content").wait_for()
    page.evaluate(
        f"""{EDITOR}.shadowRoot.querySelector('hte-json').view.dispatch(
              {{changes: {{from: 0, to: 1, insert: '{{ broken'}}}})"""
    )
    page.get_by_text("Not JSON yet").wait_for()
    choose(page, "second")
    choose(page, "first")
    page.locator(".cm-content").get_by_text("broken").wait_for()
    assert page.locator(".test-bar").get_by_text("a test runs the last version").is_visible()


def test_inputs_that_nothing_reads_go_again(page: Any, editor: Any) -> None:
    open_flow(page, editor, flow(http("first")))
    box = page.get_by_label("URL", exact=True)
    box.fill("https://api.example.com/${workflow.input.n}")
    assert page.evaluate(f"{EDITOR}.workflow.inputParameters") == ["n"]
    box.fill("https://api.example.com/${workflow.input.name}")
    assert page.evaluate(f"{EDITOR}.workflow.inputParameters") == ["name"]


def test_a_held_check_of_another_step_says_nothing_here(page: Any, editor: Any) -> None:
    open_flow(page, editor, flow(http("first", method="NO METHOD"), http("second")))
    page.locator(".step .dot.error").wait_for()
    gate = Gate(page, "**/api/check")
    page.get_by_label("URL", exact=True).fill("https://api.example.com/other")
    gate.wait_for_a_call()
    choose(page, "second")
    with page.expect_response("**/api/check"):
        gate.open()
    settle(page)
    assert page.locator(".message.error").count() == 0
