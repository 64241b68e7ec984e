"""What tests do with the panel in a browser."""

from __future__ import annotations

import json
import time
from typing import Any

EDITOR = "document.querySelector('http-task-editor')"
ACTIVE = f"{EDITOR}.shadowRoot.activeElement"
BODY = "/inputParameters/http_request/body"


def http(
    ref: str, uri: str = "https://api.example.com/items", method: str = "POST"
) -> dict[str, Any]:
    """An HTTP task."""
    inputs = {"http_request": {"uri": uri, "method": method, "body": {"text": "x"}}}
    return {"name": ref, "taskReferenceName": ref, "type": "HTTP", "inputParameters": inputs}


def flow(*tasks: dict[str, Any]) -> dict[str, Any]:
    """A workflow definition."""
    return {"name": "flow", "version": 1, "schemaVersion": 2, "tasks": list(tasks)}


def open_start(page: Any, editor: Any) -> None:
    """Open the panel without a workflow; once its file was asked for, nothing replaces a test's."""
    page.goto(editor.link)
    page.locator("http-task-editor:not([inert]) .start").wait_for()


def open_flow(page: Any, editor: Any, workflow: dict[str, Any]) -> None:
    """Open the panel with a workflow file."""
    editor.workflow.write_text(json.dumps(workflow))
    page.goto(editor.link)
    page.locator(".step[aria-current=step]").wait_for()


def choose(page: Any, name: str) -> None:
    """Open a step by its reference."""
    page.get_by_role("tree", name="Tasks").get_by_role("treeitem", name=name).first.click()


def open_step(page: Any) -> str:
    """The reference of the open step: its text also where the row is not painted yet."""
    return str(page.locator(".step[aria-current=step] .step-name").text_content())


def field(page: Any, pointer: str) -> Any:
    """The widget of a field, by JSON Pointer."""
    return (
        page.locator(f'[data-pointer="{pointer}"]')
        .locator("textarea, select, input, [role=radiogroup]")
        .first
    )


def shown_task(page: Any) -> dict[str, Any]:
    """The task as the element has it."""
    text = page.evaluate(
        "import('/assets/src/lossless.js').then(({stringify}) => "
        "stringify(document.querySelector('http-task-editor').task))"
    )
    return dict(json.loads(text))


def body(page: Any) -> Any:
    """The body of the task's request."""
    return shown_task(page)["inputParameters"]["http_request"]["body"]


def add_operation(page: Any, editor: Any, words: str) -> None:
    """From the link to a prepared request."""
    page.goto(editor.link)
    page.get_by_role("button", name="Add HTTP Task").click()
    page.get_by_role("combobox", name="Search APIs").fill(words)
    page.locator(".hit").first.click()
    page.locator(".docs h2").wait_for()
    wait_for(page, f"{EDITOR}.task.inputParameters.http_request.uri !== ''")


def add_image(page: Any, editor: Any, *, stream: bool = False) -> None:
    """The image operation, with values where it needs them."""
    add_operation(page, editor, "generate image")
    values = {"prompt": "an otter", "model": "gpt-image-1", "n": "1"}
    for name, value in values.items():
        field(page, f"{BODY}/{name}").fill(value)
    if stream:
        page.get_by_role("button", name="Add stream").click()
        page.get_by_role("button", name="Add partial_images").click()
        field(page, f"{BODY}/partial_images").fill("2")


PATIENCE = 60
"""Seconds after which what is waited for does not happen: beside eight busy processes 10 pass."""


def wait_for(page: Any, condition: str) -> None:
    """Wait until a condition holds; the policy forbids the driver's own way."""
    held = page.evaluate(
        f"""(async () => {{
              for (const end = Date.now() + {PATIENCE * 1000}; Date.now() < end;) {{
                if (await ({condition})) return true;
                await new Promise((resolve) => setTimeout(resolve, 10)); }} }})()"""
    )
    assert held, f"never true: {condition}"


def settle(page: Any) -> None:
    """Wait until the open task is checked, and the panel is drawn."""
    page.evaluate(
        f"""(async ({{store}} = {EDITOR}) => {{
              if (store.api && store.state.connected && store.state.task) await store.checks.now();
              await {EDITOR}.updateComplete; }})()"""
    )


class Gate:
    """Holds calls of the page back until it is opened."""

    def __init__(self, page: Any, pattern: str) -> None:
        self.page = page
        self.held: list[Any] | None = []
        page.route(pattern, self.meet)

    def meet(self, route: Any) -> None:
        """Keep a call, or let it through."""
        if self.held is None:
            route.continue_()
        else:
            self.held.append(route)

    def wait_for_a_call(self) -> None:
        """Wait until a call is held back."""
        end = time.monotonic() + PATIENCE
        while not self.held:
            assert time.monotonic() < end, "no call was made"
            self.page.wait_for_timeout(10)

    def open(self) -> None:
        """Let all calls through."""
        held, self.held = self.held or [], None
        for route in held:
            route.continue_()


def press_test(page: Any) -> None:
    """Test, and wait for the end of this very test."""
    page.evaluate(f"{EDITOR}.tested = {EDITOR}.store.tests.of()[0]")
    page.get_by_role("button", name="Test request").click()
    last = f"{EDITOR}.store.tests.of()[0]"
    wait_for(page, f"{last} && {last} !== {EDITOR}.tested && !{last}.running")
    page.locator(".verdict").wait_for()
