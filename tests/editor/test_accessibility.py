"""No serious or critical finding of axe, at every width and in both themes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

SEVERE = {"serious", "critical"}
WIDTHS = (360, 400, 900, 1400)


def severe(page: Any) -> list[str]:
    """Findings that matter, as ``rule: target``."""
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{each['id']}: {node['target']} {node['failureSummary'][:300]}"
        for each in found["violations"]
        if each["impact"] in SEVERE
        for node in each["nodes"]
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(page: Any, editor: Any, examples: Path, scheme: str) -> None:
    axe = (examples / "node_modules/axe-core/axe.min.js").read_text()
    page.emulate_media(color_scheme=scheme)

    def hold(widths: Sequence[int] = WIDTHS) -> None:
        for width in widths:
            page.set_viewport_size({"width": width, "height": 900})
            page.wait_for_timeout(150)
            assert severe(page) == [], width

    page.goto(editor.link)
    page.locator(".start").wait_for()
    page.evaluate(axe)
    hold()
    page.get_by_role("button", name="Add HTTP Task").click()
    page.get_by_role("combobox", name="Search APIs").fill("send parcel")
    page.locator(".hit").first.click()
    page.get_by_label("Shape of the body").wait_for()
    hold()
    page.get_by_role("combobox", name="Search APIs").fill("generate image")
    page.get_by_role("option", name="Generate images").click()
    page.get_by_role("button", name="Replace this task").click()
    page.get_by_label("workflow.input.prompt").fill("an otter")
    page.get_by_label("workflow.input.model").fill("gpt-image-1")
    page.get_by_role("button", name="Test request").click()
    page.locator(".verdict").wait_for()
    page.get_by_role("treeitem", name="created").press("Enter")
    hold()
    sides = {
        "Timing": "Headers",
        "Request": "Auth",
        "History": "Retry",
        "cURL": "Output",
        "Outputs": "JSON",
    }
    for response, request in sides.items():
        page.get_by_role("tablist", name="Response").get_by_role("tab", name=response).click()
        page.get_by_role("tablist", name="Request").get_by_role("tab", name=request).click()
        hold((360, 1400))


def test_nothing_sticks_out_sideways(page: Any, editor: Any) -> None:
    page.goto(editor.link)
    page.get_by_role("button", name="Add HTTP Task").click()
    page.get_by_role("combobox", name="Search APIs").fill("replace thing")
    page.locator(".hit").first.click()
    page.locator(".docs h2").wait_for()
    page.get_by_role("button", name="Add metadata").click()
    page.get_by_role("button", name="Add shape").click()
    for width in (360, 400, 720, 900, 1150, 1400, 2200):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), width
        assert page.evaluate("document.documentElement.scrollHeight <= innerHeight"), width
        wide = page.evaluate(
            """() => [...document.querySelector('http-task-editor').shadowRoot
                 .querySelectorAll('.pane')]
                 .filter(each => each.scrollWidth > each.clientWidth + 1)
                 .map(each => each.className)"""
        )
        assert wide == [], width
