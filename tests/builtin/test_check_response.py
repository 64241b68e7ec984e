from __future__ import annotations

from email.utils import formatdate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from httptask.builtin.check_response import MAX_RETRY_AFTER, describe, matches, retry_after
from httptask.core.message import Headers, HttpResponse, MemoryStream

NOW = 1_700_000_000.0


@pytest.mark.parametrize(
    ("status", "pattern", "expected"),
    [
        (200, "2xx", True),
        (200, "2XX", True),
        (404, 404, True),
        (404, "404", True),
        (404, "40x", False),
        (404, "5xx", False),
    ],
)
def test_matches(status: int, pattern: str | int, expected: bool) -> None:
    assert matches(status, [pattern]) is expected


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, None),
        ("0", 0.0),
        (" 12 ", 12.0),
        ("99999999999", MAX_RETRY_AFTER),
        ("-1", None),
        ("1.5", None),
        ("soon", None),
        ("", None),
        (formatdate(NOW + 30, usegmt=True), 30.0),
        (formatdate(NOW - 30, usegmt=True), 0.0),
        ("Tue, 14 Nov 2023 22:13:50", 30.0),
        ("Tue, 99 Nov 2023 22:13:50 GMT", None),
        ("²", None),
    ],
)
def test_retry_after(value: str | None, seconds: float | None) -> None:
    assert retry_after(value, NOW) == seconds


@given(st.text(max_size=40))
def test_retry_after_never_raises(value: str) -> None:
    found = retry_after(value, NOW)
    assert found is None or 0 <= found <= MAX_RETRY_AFTER


def test_the_reason_is_worded_as_conductor_does() -> None:
    url = "http://h/a?token=x"
    response = HttpResponse(503, "", Headers(), MemoryStream(b""), url)
    text = describe("GET", response, "two\r\nlines")
    assert text == '503 Service Unavailable on GET request for "http://h/a": "two<EOL>lines"'
    assert describe("GET", response, None).endswith("[no body]")
    assert describe("GET", response, "x" * 3000).endswith('x"…')
    odd = HttpResponse(599, "Odd", Headers(), MemoryStream(b""), url)
    assert describe("PUT", odd, {"a": "é"}).endswith(
        '599 Odd on PUT request for "http://h/a": "{"a": "é"}"'
    )
