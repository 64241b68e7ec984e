from __future__ import annotations

from collections.abc import Iterator

import pytest

from httptask.core.body import Body
from httptask.core.execution import Execution
from httptask.core.message import Headers, HttpRequest, Origin
from httptask.core.urls import resolve_reference


def test_headers_keep_order_and_compare_without_case() -> None:
    headers = Headers([("A", "1"), ("b", "2"), ("a", "3")])
    assert headers.get("a") == "1"
    assert headers.get_all("A") == ["1", "3"]
    assert headers.to_map() == {"a": ["1", "3"], "b": ["2"]}
    assert headers.with_header("B", "9").lines == (("A", "1"), ("a", "3"), ("B", "9"))
    assert "B" in headers
    assert "c" not in headers
    assert "1" not in repr(headers)


@pytest.mark.parametrize(
    ("url", "origin", "authority"),
    [
        ("HTTP://Example.COM./a", "http://example.com", "example.com"),
        ("https://example.com:443/", "https://example.com", "example.com"),
        ("http://example.com:8080", "http://example.com:8080", "example.com:8080"),
        ("http://[::1]:80/", "http://[::1]", "[::1]"),
    ],
)
def test_origins(url: str, origin: str, authority: str) -> None:
    assert str(Origin.of(url)) == origin
    assert Origin.of(url).authority == authority


def test_target() -> None:
    assert HttpRequest("GET", "http://h?a=1", Headers()).target == "/?a=1"
    assert HttpRequest("GET", "http://h/a%20b", Headers()).target == "/a%20b"


def test_a_body_is_read_from_the_start_every_time() -> None:
    opened = []

    def source() -> Iterator[bytes]:
        opened.append(1)
        yield b"abc"
        yield b"def"

    body = Body("", 6, source=source)
    assert b"".join(body.chunks()) == b"".join(body.chunks()) == b"abcdef"
    assert body.head(4) == b"abcd"
    opened.clear()
    assert body.head(0) == b""
    assert opened == []


@pytest.mark.parametrize(
    ("reference", "url"),
    [
        ("/b c", "http://h/b%20c"),
        ("../x?y=1#z", "http://h/x?y=1"),
        ("//other/p", "http://other/p"),
        ("http://o/%zz%20", "http://o/%25zz%20"),
        ("/caf\xe9", "http://h/caf%C3%A9"),
        (" /\xe0\t", "http://h/%C3%A0"),
        ("/%E9?a=\u20ac", "http://h/%E9?a=%E2%82%AC"),
    ],
)
def test_locations(reference: str, url: str) -> None:
    assert resolve_reference("http://h/a/b", reference) == url


def test_the_idempotency_key_is_that_of_the_execution() -> None:
    first = Execution("wf", "call", retry=0, task_id="a")
    assert first.idempotency_key == Execution("wf", "call", retry=3, task_id="b").idempotency_key
    assert first.idempotency_key != Execution("wf", "call", 1).idempotency_key
    assert first.idempotency_key != Execution.fresh("call").idempotency_key
