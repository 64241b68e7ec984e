"""The waterfall of a test: its attempts, the calls for a token, and the phases of each."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import pytest
from panel import EDITOR, press_test

from httptask.testing import LoopbackServer, json_reply
from httptask.testing.replies import Reply


@pytest.fixture
def service() -> Iterator[LoopbackServer]:
    """A service that wants a token: refused once, busy once, then served."""
    tokens = itertools.count(1)
    replies = iter([Reply(401), Reply(503, delay=0.06), json_reply({"answer": 42})])
    routes: dict[str, Any] = {
        "POST /token": lambda _: Reply(
            200, (), f"secret-token-{next(tokens)}".encode(), delay=0.05
        ),
        "GET /thing": lambda _: next(replies),
    }
    with LoopbackServer(routes) as found:
        yield found


def test_token_calls_and_attempts_are_in_the_waterfall(
    page: Any, start_editor: Any, service: LoopbackServer
) -> None:
    editor = start_editor(allow=(service.url.removeprefix("http://"),))
    page.goto(editor.link)
    page.get_by_role("button", name="Add HTTP Task").click()
    page.evaluate(
        f"""url => {EDITOR}.store.edits.setTask({{...{EDITOR}.task, inputParameters: {{
              http_request: {{uri: url + '/thing', method: 'GET'}},
              httptask: {{auth: {{type: 'token', url: url + '/token'}}, retry: {{maxAttempts: 3,
                          initialDelayMs: 200}}}}}}}})""",
        service.url,
    )
    press_test(page)
    page.locator(".verdict.good").wait_for()
    page.get_by_role("tablist", name="Response").get_by_role("tab", name="Timing").click()
    rows = page.get_by_role("table", name="Exchanges").locator("tr:not(.phases)")
    heads = [row.get_by_role("rowheader").inner_text().split("\n")[0] for row in rows.all()]
    again = "challenge GET 503"
    assert heads == ["token POST 200", "GET 401", "token POST 200", again, "GET 200"]
    bars = [row.locator("rect.wait").bounding_box() for row in rows.all()]
    starts = [bar["x"] for bar in bars]
    assert starts == sorted(starts)
    assert min(bars[0]["width"], bars[2]["width"]) > bars[1]["width"]
    attempts = page.get_by_role("list", name="Attempts").get_by_role("listitem").all_inner_texts()
    assert [text.split()[0] for text in attempts] == ["1", "2"]
    assert "503" in attempts[0]
    layers = page.get_by_role("table", name="Stages and layers").inner_text()
    assert "authorize token" in layers
    assert "2 times inward" in layers
    assert "secret-token" not in page.locator("body").inner_text()
