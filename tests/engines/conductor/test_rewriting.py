"""Queries, media types and numbers as the built-in HTTP task of a real server sent them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from httptask.core.digits import Number
from httptask.engines.conductor.rewriting import has_java_text, sent_media_type, sent_query


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("a=1&b", "a=1&b"),
        ("a=1&&b=2&", "a=1&b=2"),
        ("&&", ""),
        ("=", ""),
        ("=a", "a"),
        ("a==", "a=%3D"),
        ("a==b", "a=%3Db"),
        ("a=b=", "a=b%3D"),
        ("a?b=c=d", "a?b=c%3Dd"),
    ],
)
def test_queries(written: str, sent: str) -> None:
    assert sent_query(written) == sent


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("application/json", "application/json"),
        ("Text/HTML", "text/html"),
        ("text/html; q=0.5", "text/html;q=0.5"),
        ("text/plain ;charset=utf-8", "text/plain;charset=utf-8"),
        ('text/plain;Charset="UTF-8"', 'text/plain;Charset="UTF-8"'),
        ("text/plain;;a=b", "text/plain;a=b"),
        ("text/plain;a=b;a=c", "text/plain;a=c"),
        ("text/plain;z=b;a=c", "text/plain;z=b;a=c"),
        ('a/b;c="d;e"', 'a/b;c="d;e"'),
        ("*", "*/*"),
        ("text/*", "text/*"),
        ("", None),
        ("json", None),
        ("text/", None),
        ("*/json", None),
        ("text/html, a/b", None),
        ("text/html;q=2", None),
        ("text/plain;charset=nope", None),
        ("text/plain;=x", None),
    ],
)
def test_media_types(written: str, sent: str | None) -> None:
    assert sent_media_type(written) == sent


@given(st.text('aA/;="\\ ,*q1', max_size=30))
def test_what_is_sent_is_sent_as_it_is(written: str) -> None:
    sent = sent_media_type(written)
    assert sent is None or sent_media_type(sent) == sent
    assert sent_query(sent_query(written)).count("&&") == 0


def test_numbers() -> None:
    as_java = [1e7, 1e20, 1e-4, -12345678.5, Number("1.10"), Number("1e400")]
    as_json = [0.0, -0.0, 1.5, 0.001, 1234567.5, 10**20, True, "1e20"]
    assert [value for value in as_java + as_json if has_java_text(value)] == as_java
