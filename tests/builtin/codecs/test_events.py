from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from httptask.builtin.codecs.events import Event, EventStreamParser, structured_data
from httptask.errors import DecodeError

BOM = "\ufeff".encode()


def parse(*chunks: bytes, limit: int = 1 << 20) -> list[Event]:
    parser = EventStreamParser(limit)
    events = [event for chunk in chunks for event in parser.feed(chunk)]
    return events + parser.close()


def suite(shared: Path, name: str) -> list[dict[str, Any]]:
    cases = json.loads((shared / "corpora" / "sse-cases.json").read_text())[name]["cases"]
    return [case for case in cases if "error" not in case]


def agree(found: list[Event], expected: list[dict[str, str]]) -> bool:
    return len(found) == len(expected) and all(
        event.data == wanted["data"]
        and event.event == wanted.get("event", "message")
        and event.id == wanted.get("lastEventId", wanted.get("id", event.id))
        for event, wanted in zip(found, expected, strict=True)
    )


def test_web_platform_cases(shared: Path) -> None:
    checked = 0
    for case in suite(shared, "wpt"):
        if not case.get("content_type", "text/event-stream").startswith("text/event-stream"):
            continue  # which body is an event stream is for the caller to tell
        data = case["input"].encode()
        for size in (1, 2, 3, 7, len(data)):
            parser = EventStreamParser()
            pieces = [data[at : at + size] for at in range(0, len(data), size)]
            found = [event for piece in pieces for event in parser.feed(piece)]
            assert agree(found + parser.close(), case["events"]), (case["name"], size)
            assert parser.retry == case.get("retry", parser.retry), case["name"]
        checked += 1
    assert checked >= 13


def as_bytes(chunks: list[str]) -> list[bytes]:
    """Return the bytes behind the fixture's texts.

    Its parser was fed texts: a byte-order mark stands there as three Latin-1 characters, and a
    U+FEFF at the start is what is left after a decoder has taken the first mark off.
    """
    found = [chunk.replace("\u00ef\u00bb\u00bf", "\ufeff").encode() for chunk in chunks]
    if chunks and chunks[0].startswith("\ufeff"):
        found[0] = BOM + found[0]
    return found


def test_eventsource_parser_cases(shared: Path) -> None:
    cases = suite(shared, "eventsource-parser")
    for case in cases:
        chunks = as_bytes(case["chunks"])
        assert agree(parse(*chunks), case["events"]), case["name"]
        assert agree(parse(b"".join(chunks)), case["events"]), case["name"]
    assert len(cases) >= 20


@pytest.mark.parametrize(
    ("chunks", "expected"),
    [
        (
            [b"data: a\r", b"\n\r", b"\ndata: b\n\n"],
            [Event("message", "", "a"), Event("message", "", "b")],
        ),
        ([b"data: a\r\n\r\n"], [Event("message", "", "a")]),
        ([b"data: a\r\r"], [Event("message", "", "a")]),
        ([b"data: a\n\r\n"], [Event("message", "", "a")]),
        ([b"\xef", b"\xbb", b"\xbfdata: a\n\n"], [Event("message", "", "a")]),
        ([b"\xef\xbb", b"data: a\n\n"], []),
        ([b"", b"data:  a\n", b"", b"\n"], [Event("message", "", " a")]),
        ([b"data\ndata:\n\n"], [Event("message", "", "\n")]),
        ([b"id: 1\nid: 2\x003\ndata: a\n\n"], [Event("message", "1", "a")]),
        (
            [b"id: 7\n\ndata: a\n\nid\ndata: b\n\n"],
            [Event("message", "7", "a"), Event("message", "", "b")],
        ),
        ([b"event: x\n\ndata: a\n\n"], [Event("message", "", "a")]),
        ([b"event: x\nevent: y\ndata: a\n\n"], [Event("y", "", "a")]),
        ([b": note\n:\nDATA: a\ndata : a\n\n"], []),
        ([b"data: \xff\n\n"], [Event("message", "", "\ufffd")]),
        ([b"data: a\n"], []),
        ([b"data: a\n\ndata: b\n\r"], [Event("message", "", "a"), Event("message", "", "b")]),
        (["data: \u2028\x85\x0b\n\n".encode()], [Event("message", "", "\u2028\x85\x0b")]),
    ],
)
def test_details_of_the_standard(chunks: list[bytes], expected: list[Event]) -> None:
    assert parse(*chunks) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [(b"1500", 1500), (b"007", 7), (b"1.5", None), (b"-1", None), (b"", None), (b"9" * 9000, None)],
)
def test_retry(value: bytes, expected: int | None) -> None:
    parser = EventStreamParser()
    assert parser.feed(b"retry: " + value + b"\n\n") == []
    assert parser.retry == expected


@pytest.mark.parametrize(
    "stream",
    [b"data: " + b"x" * 200, b": " + b"x" * 200 + b"\n", b"data: 1234567890\n" * 20, b"x" * 200],
)
@pytest.mark.parametrize("size", [1, 13, 1000])
def test_buffer_is_bounded(stream: bytes, size: int) -> None:
    pieces = [stream[at : at + size] for at in range(0, len(stream), size)]
    with pytest.raises(DecodeError) as caught:
        parse(*pieces, limit=100)
    assert caught.value.code == "event_too_large"


def test_endless_comments_and_events_stay_within_the_bound() -> None:
    assert parse(b": keep-alive\n\n" * 1000, limit=50) == []
    assert len(parse(b"data: x\n\n" * 1000, limit=50)) == 1000


def test_event_is_a_value() -> None:
    event = Event("done", "7", "{}")
    assert event.to_json() == {"event": "done", "id": "7", "data": "{}"}
    assert hash(event) == hash(Event("done", "7", "{}"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"a": 1}', {"a": 1}),
        (" [1]\n", [1]),
        ("[DONE]", "[DONE]"),
        ("{broken", "{broken"),
        ("42", "42"),
        ("true", "true"),
        ('"x"', '"x"'),
        ("", ""),
        ("plain", "plain"),
    ],
)
def test_structured_data(text: str, expected: Any) -> None:
    assert structured_data(text) == expected


STREAM = st.lists(
    st.sampled_from(
        [
            b"data",
            b"event",
            b"id",
            b"retry",
            b":",
            b" ",
            b"\r",
            b"\n",
            b"\r\n",
            b"\n\n",
            b"x",
            b"7",
            b"\0",
            BOM,
            b"\xef",
            b"\xbb",
            "é".encode(),
            b"\xff",
        ]
    ),
    max_size=60,
).map(b"".join)


def reference(data: bytes) -> list[Event]:
    """Parse a whole stream the slow way, straight from the standard's text."""
    text = data.decode("utf-8", "replace").removeprefix("\ufeff")
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")[:-1]
    events, kind, last_id, buffer = [], "", "", ""
    for line in lines:
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if not line:
            if buffer:
                events.append(Event(kind or "message", last_id, buffer[:-1]))
            kind = buffer = ""
        elif name == "data":
            buffer += value + "\n"
        elif name == "event":
            kind = value
        elif name == "id" and "\0" not in value:
            last_id = value
    return events


@given(STREAM, st.lists(st.integers(0, 200)))
@example(b"\xef\xbb\xbf\rdata:x\r\r\n", [1, 2, 4])
@example(b"data:x\n\n\r", [8])
def test_chunking_makes_no_difference(data: bytes, cuts: list[int]) -> None:
    edges = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    expected = reference(data)
    assert parse(data) == expected
    assert parse(*(data[start:end] for start, end in pairwise(edges))) == expected
    assert parse(*(data[at : at + 1] for at in range(len(data)))) == expected
