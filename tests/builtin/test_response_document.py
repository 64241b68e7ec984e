"""Cookies, locations and links of a response, as output mapping reads them."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from soon import SOON

from httptask.builtin.response_document import cookies, links

NOW = 1_700_000_000.0
PAST, FUTURE = "Thu, 01 Jan 1970 00:00:00 GMT", "Wed, 09-Jun-2100 10:18:14 GMT"
BASE = "https://api.example.com/v1/jobs?page=1"
LINE = st.text(st.characters(max_codepoint=255, exclude_characters="\r\n"), max_size=60)


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        (["sid=s3cr%2Bet==; Path=/; HttpOnly"], {"sid": "s3cr%2Bet=="}),
        ([' sid = "a b" ;Secure'], {"sid": '"a b"'}),
        (["a=1", "b=2", "a=3"], {"b": "2", "a": "3"}),
        (["a=; Path=/"], {"a": ""}),
        (["a", "=b", "", ";", "c=d"], {"c": "d"}),
        (["SID=1", "sid=2"], {"SID": "1", "sid": "2"}),
        (["a=1", "a=; Max-Age=0"], {}),
        (["a=1; max-age=-5"], {}),
        (["a=1; Max-Age=00"], {}),
        (["a=1; Max-Age=60"], {"a": "1"}),
        (["a=1; Max-Age=soon"], {"a": "1"}),
        ([f"a=1; Expires={PAST}"], {}),
        ([f"a=1; expires={FUTURE}"], {"a": "1"}),
        (["a=1; Expires=never"], {"a": "1"}),
        ([f"a=1; Max-Age=60; Expires={PAST}"], {"a": "1"}),
        ([f"a=1; Max-Age=0; Expires={FUTURE}"], {}),
        ([f"a=1; Expires={PAST}", "a=2"], {"a": "2"}),
    ],
)
def test_cookies(lines: list[str], found: dict[str, str]) -> None:
    assert cookies(lines, NOW) == found


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        (["</v1/jobs?page=2>; rel=next"], {"next": "https://api.example.com/v1/jobs?page=2"}),
        (['<?page=2>; rel="Next last"'], dict.fromkeys(("next", "last"), f"{BASE[:-1]}2")),
        (['<b;c=1,d>; title="x,y;=<z>"; rel=next'], {"next": "https://api.example.com/v1/b;c=1,d"}),
        (["<a>; rel=next, <b>; rel=prev"], {
            "next": "https://api.example.com/v1/a", "prev": "https://api.example.com/v1/b",
        }),
        (["<a>;rel=next", "<b>;rel=next"], {"next": "https://api.example.com/v1/a"}),
        (["<a>; rel=next; rel=prev"], {"next": "https://api.example.com/v1/a"}),
        (['<a>; rel="next"; anchor="/other"'], {}),
        (["<https://other.example/x>; rel=next"], {"next": "https://other.example/x"}),
        (["<a>", "a; rel=next", "<a; rel=next", ""], {}),
        (["<//[>; rel=next"], {}),
    ],
)  # fmt: skip
def test_links(lines: list[str], found: dict[str, str]) -> None:
    assert links(lines, BASE) == found


@given(st.lists(LINE, max_size=4))
def test_whatever_a_server_sends_is_read_or_passed_over(lines: list[str]) -> None:
    for value in cookies(lines, NOW).values():
        assert any(value in line for line in lines)
    assert all(isinstance(url, str) for url in links(lines, BASE).values())


HOSTILE = [
    "<" * 100_000,
    "<a>" + ';a="\\"' * 15_000,
    "<a>" + ";" * 100_000,
    "<a>" + "; a=" * 25_000,
    "<a>;a" + " " * 100_000,
]


@pytest.mark.parametrize("line", HOSTILE)
def test_a_hostile_line_costs_little(line: str) -> None:
    began = time.process_time()
    links([line], BASE)
    cookies([line, f"a=b; Expires={line}"], NOW)
    assert time.process_time() - began < SOON
