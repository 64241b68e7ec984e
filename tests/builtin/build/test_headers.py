from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from httptask.builtin.build.headers import build_headers
from httptask.builtin.build.styles import ParameterStyle
from httptask.errors import InputError

DEFAULTS = [("Accept", "application/json"), ("Content-Type", "application/json")]


def test_values() -> None:
    headers = {
        "X-Text": "a b",
        "X-Int": 5,
        "X-Float": 5.5,
        "X-True": True,
        "X-None": None,
        "X-Empty": "",
        "X-List": ["a", None, 2],
        "X-Map": {"a": 1, "b": [2]},
        "X-Latin": "é",
        "X-Tab": " a\tb ",
    }
    assert build_headers(headers) == [
        ("X-Text", "a b"),
        ("X-Int", "5"),
        ("X-Float", "5.5"),
        ("X-True", "true"),
        ("X-Empty", ""),
        ("X-List", "a"),
        ("X-List", "2"),
        ("X-Map", "a,1,b,[2]"),
        ("X-Latin", "é"),
        ("X-Tab", "a\tb"),
    ]


def test_defaults_are_replaced_and_not_doubled() -> None:
    assert build_headers(None, DEFAULTS) == DEFAULTS
    own = {"content-TYPE": "text/plain", "ACCEPT": ["a/b", "c/d"]}
    assert build_headers(own, DEFAULTS) == [
        ("content-TYPE", "text/plain"),
        ("ACCEPT", "a/b"),
        ("ACCEPT", "c/d"),
    ]
    assert build_headers({"accept": None}, DEFAULTS) == DEFAULTS[1:]


@pytest.mark.parametrize(
    ("headers", "cookie"),
    [
        ({"Cookie": ["a=1", None, "b=2", "a=1"]}, ("Cookie", "a=1; b=2; a=1")),
        ({"cookie": "a=1", "COOKIE": ["b=2"]}, ("cookie", "a=1; b=2")),
        ({"Cookie": ["a=1", "a=1"]}, ("Cookie", "a=1; a=1")),
        ({"Cookie": "a=1; b=2"}, ("Cookie", "a=1; b=2")),
        ({"Cookie": ["", "a=1"]}, ("Cookie", "a=1")),
    ],
)
def test_cookies_are_one_line(headers: dict[str, Any], cookie: tuple[str, str]) -> None:
    lines = build_headers({"X": "1", **headers, "Y": ["2", "3"]})
    assert lines == [("X", "1"), cookie, ("Y", "2"), ("Y", "3")]


def test_framing_follows_the_body() -> None:
    assert build_headers({"content-length": 5, "Transfer-Encoding": "chunked"}) == []


def test_styles() -> None:
    styles = {"X-L": ParameterStyle("simple"), "X-M": ParameterStyle(explode=True)}
    lines = build_headers({"X-L": [1, 2], "X-M": {"a": 1, "b": 2}}, (), styles)
    assert lines == [("X-L", "1,2"), ("X-M", "a=1,b=2")]


@pytest.mark.parametrize(
    ("headers", "pointer"),
    [
        ({"X": "a\r\nY: b"}, "/headers/X"),
        ({"X": "a\n"}, "/headers/X"),
        ({"X": "\x00"}, "/headers/X"),
        ({"X": "\x7f"}, "/headers/X"),
        ({"X": ["a", "b\r"]}, "/headers/X/1"),
        ({"X": "日"}, "/headers/X"),
        ({"X": "\ud800"}, "/headers/X"),
        ({"X": {"a": "\n"}}, "/headers/X"),
        ({"X Y": "a"}, "/headers/X Y"),
        ({"": "a"}, "/headers/"),
        ({"X:": "a"}, "/headers/X:"),
        ({"X\r\n": "a"}, "/headers/X\r\n"),
        ({"é": "a"}, "/headers/é"),
        ({"a/b~c": "a"}, "/headers/a~1b~0c"),
        ({"X": float("nan")}, "/headers/X"),
    ],
)
def test_refused(headers: dict[str, Any], pointer: str) -> None:
    with pytest.raises(InputError) as caught:
        build_headers(headers)
    assert caught.value.pointer == pointer


def test_errors_do_not_repeat_values() -> None:
    with pytest.raises(InputError) as caught:
        build_headers({"Authorization": "Bearer s3cret\n"})
    assert "s3cret" not in str(caught.value)


@given(st.dictionaries(st.text(min_size=1), st.text() | st.lists(st.text())))
def test_no_input_adds_a_line(headers: dict[str, Any]) -> None:
    try:
        lines = build_headers(headers, DEFAULTS)
    except InputError:
        return
    wire = "".join(f"{name}: {value}\r\n" for name, value in lines).encode("latin-1")
    assert wire.count(b"\n") == wire.count(b"\r") == len(lines)
    assert b"\0" not in wire
    assert all(
        wire_line.split(b":")[0].decode() == line[0]
        for wire_line, line in zip(wire.split(b"\r\n"), lines, strict=False)
    )
