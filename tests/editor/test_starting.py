"""What happens between the press of Test and the request."""

from __future__ import annotations

from typing import Any

from panel import EDITOR, Gate, add_operation


def test_the_inputs_are_given_whatever_else_asks_for_a_check(
    page: Any, editor: Any, images: Any
) -> None:
    add_operation(page, editor, "generate image")
    for name, value in (("prompt", "an otter"), ("n", "1"), ("model", "m")):
        page.get_by_label(f"workflow.input.{name}").fill(value)
    gate = Gate(page, "**/api/check")
    page.evaluate(f"{EDITOR}.store.checks.soon()")
    page.get_by_role("button", name="Test request").click()
    gate.wait_for_a_call()
    page.evaluate(f"{EDITOR}.store.checks.soon()")
    gate.open()
    page.locator(".verdict").wait_for()
    assert page.locator(".verdict.good").count() == 1
