"""No finding of axe of any level, and nothing that sticks out, in every state of the panel."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from panel import EDITOR, open_start, wait_for
from panel_states import STATES, State, responses, show

WIDE = {"width": 1400, "height": 900}
LOOKS = {"light": WIDE, "dark": {"width": 400, "height": 900}}
STYLE = ("color-contrast", "link-in-text-block", "scrollable-region-focusable", "target-size")
"""The rules that colours and sizes matter to: all others have been asked of the first look."""

AT_ONCE = 15
PARTS = [STATES[start : start + AT_ONCE] for start in range(0, len(STATES), AT_ONCE)]


@pytest.fixture
def target(httptask_loopback: Any) -> Any:
    """A server with the responses of the states."""
    return httptask_loopback(responses())


def violations(page: Any, rules: Sequence[str] = ()) -> list[str]:
    """What axe finds by rules, or by all, as ``rule (impact): target``."""
    found = page.evaluate(
        "rules => axe.run(document, {resultTypes: ['violations'], preload: {assets: ['media']},"
        " ...(rules.length ? {runOnly: rules} : {})})",
        rules,
    )
    return [
        f"{each['id']} ({each['impact']}): {node['target']} {node['failureSummary'][:300]}"
        for each in found["violations"]
        for node in each["nodes"]
    ]


def sticking_out(page: Any) -> list[str]:
    """What is wider than its place, by class, and the page itself if it scrolls."""
    return list(
        page.evaluate(
            f"""() => {{
              const page = document.documentElement;
              const panes = [...{EDITOR}.shadowRoot.querySelectorAll('.pane, header.bar')];
              const beyond = panes.flatMap((pane) => {{
                const edge = pane.getBoundingClientRect().right + 1;
                const scrolls = (each) => each.closest(
                  '.tree, .tabs, .scroll, .raw, .cm-editor, .sr, select, .steps');
                return [...pane.querySelectorAll('*')].filter((each) => !scrolls(each) &&
                  each.getBoundingClientRect().right > edge).map((each) => each.className); }});
              return [...beyond,
                ...(page.scrollWidth > innerWidth ? ['page, sideways'] : []),
                ...(page.scrollHeight > innerHeight ? ['page, down'] : [])]; }}"""
        )
    )


@pytest.mark.parametrize("states", PARTS, ids=lambda states: states[0].name)
def test_every_state_can_be_used_by_everybody(
    page: Any, start_editor: Any, target: Any, examples: Path, states: Sequence[State]
) -> None:
    axe = (examples / "node_modules/axe-core/axe.min.js").read_text()
    editor = start_editor(allow=(target.url.removeprefix("http://"),))
    page.emulate_media(reduced_motion="reduce")  # colours are there at once
    found: dict[tuple[str, str], list[str]] = {}

    open_start(page, editor)
    page.evaluate(axe)
    token = page.evaluate(f"{EDITOR}.token")
    for state in states:
        page.set_viewport_size(WIDE)
        show(page, state, target.url)
        for scheme, size in LOOKS.items():
            page.emulate_media(color_scheme=scheme)
            page.set_viewport_size(size)
            page.evaluate(f"{EDITOR}.updateComplete.then(() => null)")
            rules = STYLE if scheme == "dark" else ()
            if bad := [*violations(page, rules), *sticking_out(page)]:
                found[state.name, scheme] = bad
        page.evaluate(
            f"token => {{ {EDITOR}.token = token; {EDITOR}.saveState = null; {EDITOR}.cancel(); }}",
            token,
        )
        wait_for(page, f"!{EDITOR}.store.state.run?.running")
    assert found == {}


def test_there_are_enough_states_and_each_is_another() -> None:
    names = [state.name for state in STATES]
    assert len(set(names)) == len(names) >= 60
