"""The response pane: streams as they arrive, large bodies, errors told once, earlier tests."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from panel import EDITOR, choose, flow, http, open_flow, press_test, wait_for

from httptask.testing.replies import Reply, json_reply
from httptask.testing.servers import LoopbackServer

WORDS = ["The", "quick", "brown", "fox", "jumps", "over", "the", "lazy", "dog"]
JSON = (("Content-Type", "application/json"),)
BIG = json.dumps([{"id": number, "text": "lorem ipsum " * 12} for number in range(25_000)])


class Target:
    """What the tests call."""

    def __init__(self) -> None:
        self.calls = 0

    def count(self, request: Any) -> Reply:
        """How often it was called."""
        del request
        self.calls += 1
        return json_reply({"calls": self.calls})

    def words(self, request: Any) -> Reply:
        """A stream of words, slow enough to be seen."""
        del request
        return Reply(200, (("Content-Type", "text/event-stream"),), self.events())

    def events(self) -> Iterator[bytes | float]:
        """One event for each word."""
        for number, word in enumerate(WORDS):
            data = {"type": "response.output_text.delta", "delta": f"{word} ", "number": number}
            yield f"event: response.output_text.delta\ndata: {json.dumps(data)}\n\n".encode()
            yield 0.2


@pytest.fixture
def counted() -> Target:
    """The state behind the server."""
    return Target()


@pytest.fixture
def target(counted: Target) -> Iterator[LoopbackServer]:
    """A server with every kind of response."""
    routes = {
        "/count": counted.count,
        "/words": counted.words,
        "/big": lambda _: Reply(200, JSON, BIG.encode()),
        "/long": lambda _: json_reply([*range(300_000), "the last"]),
        "/note": lambda _: Reply(200, (("Content-Type", "text/plain"),), b"a\nb"),
        "/lines": lambda _: Reply(200, (("Content-Type", "application/x-ndjson"),), b"{}\n[1]\n"),
        "/events": lambda _: Reply(
            200,
            (("Content-Type", "text/event-stream"),),
            b'id: 1\ndata: {"a": 1}\n\nevent: end\ndata: two\ndata: lines\n\n',
        ),
        "/pdf": lambda _: Reply(200, (("Content-Type", "application/pdf"),), b"%PDF\xff\x00"),
        "/latin": lambda _: Reply(
            200, (("Content-Type", "text/plain; charset=latin-1"),), "Stra\xdfe".encode("latin-1")
        ),
        "/bad": lambda _: json_reply({"error": "x" * 3000}, status=400),
    }
    with LoopbackServer(routes) as found:
        yield found


@pytest.fixture
def opened(page: Any, start_editor: Any, target: LoopbackServer) -> Any:
    """The panel with one step for each response."""
    editor = start_editor(allow=(target.url.removeprefix("http://"),))
    names = ("count", "words", "big", "bad", "long")
    steps = [http(name, f"{target.url}/{name}", "GET") for name in names]
    for step in steps:
        del step["inputParameters"]["http_request"]["body"]
    open_flow(page, editor, flow(*steps))
    return page


def tab(page: Any, name: str) -> None:
    """Show a tab of the response."""
    page.get_by_role("tablist", name="Response").get_by_role("tab", name=name).click()


def test_the_text_of_a_stream_is_shown_as_it_arrives(opened: Any) -> None:
    choose(opened, "words")
    opened.get_by_role("button", name="Test request").click()
    text = opened.get_by_label("Text of the stream")
    text.get_by_text("quick").wait_for()
    assert opened.get_by_role("button", name="Cancel").is_visible()
    assert "dog" not in text.inner_text()
    opened.locator(".verdict.good").wait_for()
    assert text.inner_text().strip() == " ".join(WORDS)


def test_events_are_a_table_with_a_filter(opened: Any) -> None:
    choose(opened, "words")
    press_test(opened)
    opened.get_by_role("button", name="Events").click()
    rows = opened.get_by_role("region", name="Events").locator("tbody tr")
    assert rows.count() == len(WORDS)
    opened.get_by_label("Filter the events").fill("lazy")
    assert rows.count() == 1
    rows.get_by_role("button").click()
    dialog = opened.get_by_role("dialog", name="Use this value")
    assert "${words.output.response.body[7].data}" in dialog.inner_text()


def test_a_large_body_is_browsed(opened: Any) -> None:
    choose(opened, "big")
    press_test(opened)
    tree = opened.get_by_role("tree", name="Stored document")
    tree.get_by_role("treeitem", name="show 100 of").wait_for()
    assert tree.get_by_role("treeitem").count() < 200


def test_a_long_list_is_searched_to_its_end(opened: Any) -> None:
    choose(opened, "long")
    press_test(opened)
    opened.get_by_label("Search the response").fill("the last")
    opened.get_by_role("treeitem", name="300000").wait_for()
    opened.get_by_label("Search the response").fill("1")
    opened.get_by_text("The first 200 matches.").wait_for()


def test_raw_json_is_coloured_and_copied(opened: Any) -> None:
    press_test(opened)
    opened.get_by_role("button", name="Raw").click()
    assert opened.get_by_label("Raw body").locator(".key").inner_text() == '"calls"'
    opened.get_by_role("button", name="Copy the body on one line").click()
    opened.locator(".toast").wait_for()
    assert opened.evaluate("navigator.clipboard.readText()") == '{"calls":1}'
    opened.get_by_role("button", name="Copy the body", exact=True).click()
    assert opened.evaluate("navigator.clipboard.readText()") == '{\n  "calls": 1\n}'
    opened.get_by_role("button", name="Tree").click()
    opened.get_by_role("treeitem", name="calls").click()
    opened.get_by_role("button", name="Value").click()
    wait_for(opened, "navigator.clipboard.readText().then(text => text === '1')")
    opened.get_by_role("button", name="Path", exact=True).click()
    wait_for(
        opened, "navigator.clipboard.readText().then(text => text === '$.response.body.calls')"
    )


def test_an_error_does_not_repeat_the_body(opened: Any) -> None:
    choose(opened, "bad")
    press_test(opened)
    assert len(opened.locator(".problem").inner_text()) < 700


def test_an_earlier_request_is_restored(opened: Any, target: LoopbackServer) -> None:
    press_test(opened)
    box = opened.get_by_label("URL", exact=True)
    box.fill(f"{target.url}/other")
    tab(opened, "History")
    opened.get_by_role("button", name="Restore the request").click()
    assert box.input_value() == f"{target.url}/count"
    opened.keyboard.press("Control+z")
    assert box.input_value() == f"{target.url}/other"


def test_a_response_stands_in_for_the_network(opened: Any, counted: Target) -> None:
    press_test(opened)
    press_test(opened)
    tab(opened, "History")
    opened.get_by_role("button", name="Use as fixture").nth(1).click()
    opened.get_by_text("stands in").wait_for()
    press_test(opened)
    assert counted.calls == 2
    assert opened.evaluate(f"{EDITOR}.store.state.run.body.calls") == 1
    with opened.expect_download() as download:
        opened.get_by_role("button", name="Save as fixture").first.click()
    saved = json.loads(Path(download.value.path()).read_text())
    assert (saved["status"], saved["body"]) == (200, {"calls": 1})
    opened.get_by_role("button", name="use the network").click()
    press_test(opened)
    assert counted.calls == 3


STAND_INS = ("note", "lines", "events", "pdf", "latin")


def test_a_response_of_any_kind_stands_in(opened: Any, target: LoopbackServer) -> None:
    steps = [http(name, f"{target.url}/{name}", "GET") for name in STAND_INS]
    opened.evaluate(f"flow => {{ {EDITOR}.workflow = flow }}", flow(*steps))
    body = f"JSON.stringify({EDITOR}.store.state.run.body)"
    for name in STAND_INS:
        choose(opened, name)
        press_test(opened)
        came, calls = opened.evaluate(body), len(target.requests)
        tab(opened, "History")
        opened.get_by_role("button", name="Use as fixture").click()
        opened.get_by_text("stands in").wait_for()
        press_test(opened)
        assert opened.evaluate(body) == came
        assert len(target.requests) == calls


def test_a_response_that_is_too_large_to_stand_in_says_so(opened: Any) -> None:
    kept = {"body": {"size": 6_000_000, "truncated": True}}
    output = {"response": {"statusCode": 200, "body": {"a": 1}, "headers": {}}}
    trace = {"output": output, "exchanges": [{"response": kept}]}
    opened.evaluate(
        f"""trace => {{ const {{store}} = {EDITOR}; const run = {{step: store.state.here,
              task: store.state.task, trace, stages: [], events: [], times: [], images: [],
              body: trace.output.response.body, startedAt: new Date(), running: false}};
              store.set({{run, runs: new Map([[store.state.here, [run]]])}}); }}""",
        trace,
    )
    tab(opened, "History")
    assert opened.get_by_text("6.0 MB are too large for a fixture here").is_visible()
    assert opened.get_by_role("button", name="Use as fixture").count() == 0


def test_tests_are_there_again_after_a_reload(opened: Any) -> None:
    press_test(opened)
    opened.reload()
    opened.locator(".step .ok").wait_for()
    opened.get_by_role("treeitem", name="calls").wait_for()
    assert opened.locator(".status.s2").is_visible()
