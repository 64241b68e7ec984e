"""Where the keyboard is: all the way with it alone, and never taken from the user."""

from __future__ import annotations

import json
from typing import Any

import pytest
from panel import ACTIVE, BODY, EDITOR, Gate, add_image, add_operation, open_start, wait_for


def test_a_new_field_has_the_focus_before_anything_else_can_happen(page: Any, editor: Any) -> None:
    add_image(page, editor)
    focused_at_once = """() => new Promise(resolve => {
        const editor = document.querySelector('http-task-editor');
        window.requestAnimationFrame = () => 0;
        const next = new MessageChannel();
        next.port1.onmessage = () => resolve(editor.shadowRoot.activeElement?.id);
        editor.shadowRoot.querySelector('[aria-label="Add partial_images"]').click();
        next.port2.postMessage(null); })"""
    assert page.evaluate(focused_at_once) == f"f{BODY}/partial_images"


def test_focus_stays_where_the_user_went_while_the_server_was_asked(page: Any, editor: Any) -> None:
    add_operation(page, editor, "generate image")
    page.get_by_label("workflow.input.prompt").wait_for()
    gate = Gate(page, "**/api/check")
    page.get_by_role("button", name="Test request").click()
    gate.wait_for_a_call()
    page.get_by_label("URL", exact=True).click()
    gate.open()
    page.locator("[data-ask].bad").first.wait_for()
    assert page.evaluate(f"{ACTIVE}.id") == "hte-uri"
    page.get_by_role("button", name="Test request").click()
    wait_for(page, f"{ACTIVE}?.dataset?.ask === 'workflow.input.prompt'")


def test_nothing_can_be_done_before_the_workflow_is_there(page: Any, editor: Any) -> None:
    gate = Gate(page, "**/api/workflow")
    page.goto(editor.link)
    gate.wait_for_a_call()
    button = page.get_by_role("button", name="Add HTTP Task")
    place = button.bounding_box()
    page.mouse.click(place["x"] + 5, place["y"] + 5)
    assert page.evaluate(f"{EDITOR}.store.state.task") is None
    gate.open()
    button.click()
    page.locator(".step[aria-current=step]").wait_for()


def tab_to(page: Any, condition: str, *, back: bool = False) -> None:
    """Press Tab until the focused element meets a condition."""
    for _ in range(80):
        page.keyboard.press("Shift+Tab" if back else "Tab")
        if page.evaluate(f"(each => {condition})({ACTIVE})"):
            return
    pytest.fail(f"nothing with the focus meets {condition}")


def test_the_whole_way_by_keyboard_only(page: Any, editor: Any, images: Any) -> None:
    """Search, prepare, test, map, chain, save: nothing needs a pointer."""
    open_start(page, editor)
    tab_to(page, "each?.textContent.trim() === 'Add HTTP Task'")
    page.keyboard.press("Enter")
    page.keyboard.type("generate image")
    page.locator(".hit").first.wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    wait_for(page, f"{ACTIVE}?.dataset?.ask === 'workflow.input.prompt'")
    page.keyboard.type("an otter")
    page.keyboard.press("Tab")
    page.keyboard.type("gpt-image-1")
    page.keyboard.press("Control+Enter")
    page.locator(".verdict.good").wait_for()
    assert images.requests[-1].json()["model"] == "gpt-image-1"
    tab_to(page, "each?.classList.contains('node')")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    wait_for(page, f"{ACTIVE}?.id === 'hte-copy'")
    tab_to(page, "each?.ariaLabel === 'Output name'")
    page.keyboard.press("Control+a")
    page.keyboard.type("when")
    page.keyboard.press("Enter")
    wait_for(page, f"{EDITOR}.task.inputParameters.httptask.output?.when")
    page.keyboard.press("Control+k")
    wait_for(page, f"{ACTIVE}?.getAttribute('role') === 'combobox'")
    tab_to(page, "each?.textContent.trim() === 'Step'")
    page.keyboard.press("Enter")
    wait_for(page, f"{EDITOR}.workflow.tasks.length === 2")
    wait_for(page, f"{ACTIVE}?.getAttribute('role') === 'combobox'")
    page.keyboard.press("Control+a")
    page.keyboard.type("replace thing")
    page.locator(".hit").first.wait_for()
    page.keyboard.press("Enter")
    wait_for(page, f"{EDITOR}.task.inputParameters.http_request.uri.includes('widgets')")
    tab_to(page, "each?.id?.endsWith('/body/name')")
    page.keyboard.press("Control+a")
    page.keyboard.type("${generate_image.output.wh")
    page.get_by_role("option", name="when").wait_for()
    page.keyboard.press("Enter")
    chained = "${generate_image.output.when}"
    wait_for(page, f"{EDITOR}.task.inputParameters.http_request.body.name === '{chained}'")
    page.keyboard.press("Control+s")
    page.get_by_role("button", name="Saved").wait_for()
    saved = json.loads(editor.workflow.read_text())
    assert saved["tasks"][1]["inputParameters"]["http_request"]["body"]["name"] == chained
