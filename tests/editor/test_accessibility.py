"""No serious or critical finding of axe, at every width and in both themes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

SEVERE = {"serious", "critical"}


def severe(page: Any, axe: str) -> list[str]:
    """Findings that matter, as ``rule: target``."""
    page.evaluate(axe)
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{each['id']}: {node['target']} {node['failureSummary'][:300]}"
        for each in found["violations"]
        if each["impact"] in SEVERE
        for node in each["nodes"]
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1400, 900, 400, 360])
def test_axe_finds_nothing_serious(
    page: Any, editor: Any, examples: Path, width: int, scheme: str
) -> None:
    axe = (examples / "node_modules/axe-core/axe.min.js").read_text()
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(editor.link)
    page.locator(".start").wait_for()
    assert severe(page, axe) == []
    page.get_by_role("button", name="Add HTTP Task").click()
    page.get_by_role("combobox", name="Search APIs").fill("generate image")
    page.locator(".hit").first.click()
    page.locator(".docs h2").wait_for()
    page.get_by_label("workflow.input.prompt").fill("an otter")
    page.get_by_label("workflow.input.model").fill("gpt-image-1")
    page.get_by_role("button", name="Test request").click()
    page.locator(".verdict").wait_for()
    page.get_by_role("treeitem", name="created").press("Enter")
    assert severe(page, axe) == []
    for name in ("Timing", "Request", "History"):
        page.get_by_role("tablist", name="Response").get_by_role("tab", name=name).click()
    for name in ("Headers", "Auth", "Retry", "Output", "JSON"):
        page.get_by_role("tablist", name="Request").get_by_role("tab", name=name).click()
        page.wait_for_timeout(150)
        assert severe(page, axe) == []


@pytest.mark.parametrize("width", [360, 400, 720, 900, 1150, 1400, 2200])
def test_nothing_sticks_out_sideways(page: Any, editor: Any, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(editor.link)
    page.get_by_role("button", name="Add HTTP Task").click()
    page.get_by_role("combobox", name="Search APIs").fill("replace thing")
    page.locator(".hit").first.click()
    page.locator(".docs h2").wait_for()
    page.get_by_role("button", name="Add metadata").click()
    page.get_by_role("button", name="Add shape").click()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    wide = page.evaluate(
        """() => [...document.querySelector('http-task-editor').shadowRoot
             .querySelectorAll('.pane')]
             .filter(each => each.scrollWidth > each.clientWidth + 1).map(each => each.className)"""
    )
    assert wide == []
