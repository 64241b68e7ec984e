"""The specification's own table, the gaps it leaves, and a round trip through a small parser."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from httptask.builtin.build.styles import (
    DEFAULT_STYLE,
    ParameterStyle,
    cookie_header,
    header_value,
    path_value,
    query_pairs,
    query_string,
)
from httptask.errors import InputError

EMPTY, TEXT, LIST, MAP = "", "blue", ["blue", "black", "brown"], {"R": 100, "G": 200, "B": 150}
NOT_SENT = None

PATH_TABLE = [
    (
        "matrix",
        False,
        [";color", ";color", ";color=blue", ";color=blue,black,brown", ";color=R,100,G,200,B,150"],
    ),
    (
        "matrix",
        True,
        [
            ";color",
            ";color",
            ";color=blue",
            ";color=blue;color=black;color=brown",
            ";R=100;G=200;B=150",
        ],
    ),
    ("label", False, [".", ".", ".blue", ".blue,black,brown", ".R,100,G,200,B,150"]),
    ("label", True, [".", ".", ".blue", ".blue.black.brown", ".R=100.G=200.B=150"]),
    ("simple", False, ["", "", "blue", "blue,black,brown", "R,100,G,200,B,150"]),
    ("simple", True, ["", "", "blue", "blue,black,brown", "R=100,G=200,B=150"]),
]
QUERY_TABLE = [
    ("form", False, ["color=", "color=blue", "color=blue,black,brown", "color=R,100,G,200,B,150"]),
    (
        "form",
        True,
        ["color=", "color=blue", "color=blue&color=black&color=brown", "R=100&G=200&B=150"],
    ),
    (
        "spaceDelimited",
        False,
        ["color=", "color=blue", "color=blue%20black%20brown", "color=R%20100%20G%20200%20B%20150"],
    ),
    (
        "pipeDelimited",
        False,
        ["color=", "color=blue", "color=blue%7Cblack%7Cbrown", "color=R%7C100%7CG%7C200%7CB%7C150"],
    ),
    (
        "pipeDelimited",
        True,
        ["color=", "color=blue", "color=blue&color=black&color=brown", "R=100&G=200&B=150"],
    ),
    (
        "deepObject",
        True,
        [
            "color=",
            "color=blue",
            "color%5B0%5D=blue&color%5B1%5D=black&color%5B2%5D=brown",
            "color%5BR%5D=100&color%5BG%5D=200&color%5BB%5D=150",
        ],
    ),
]


@pytest.mark.parametrize(("style", "explode", "expected"), PATH_TABLE)
def test_path_table(style: str, explode: bool, expected: list[str]) -> None:
    how = ParameterStyle(style, explode)
    assert [path_value("color", v, how) for v in (None, EMPTY, TEXT, LIST, MAP)] == expected


@pytest.mark.parametrize(("style", "explode", "expected"), QUERY_TABLE)
def test_query_table(style: str, explode: bool, expected: list[str]) -> None:
    how = {"color": ParameterStyle(style, explode)}
    assert [query_string({"color": v}, how) for v in (EMPTY, TEXT, LIST, MAP)] == expected


def test_defaults_of_explode() -> None:
    assert query_pairs("c", LIST) == ["c=blue", "c=black", "c=brown"]
    assert query_pairs("c", LIST, ParameterStyle("spaceDelimited")) == ["c=blue%20black%20brown"]
    assert path_value("c", MAP) == "R,100,G,200,B,150"
    assert header_value(MAP) == "R,100,G,200,B,150"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, ""),
        ([], ""),
        ({}, ""),
        ([None], ""),
        ({"a": None}, ""),
        ("", "c="),
        ([""], "c="),
        (True, "c=true"),
        (False, "c=false"),
        (0, "c=0"),
        (100.0, "c=100.0"),
        (10**30, f"c={10**30}"),
        ([1, None, 2], "c=1&c=2"),
        ({"a": None, "b": ""}, "b="),
        ([[1, 2]], "c=%5B1%2C2%5D"),
        ({"a": {"b": 1}}, "a=%7B%22b%22%3A1%7D"),
        ("a b&=+#", "c=a%20b%26%3D%2B%23"),
    ],
)
def test_form_values(value: Any, expected: str) -> None:
    assert query_string({"c": value}) == expected


def test_deep_objects_nest() -> None:
    value = {"a": {"b": [1, {"c": 2}]}, "x y": True, "none": None, "empty": {}}
    assert query_pairs("f", value, ParameterStyle("deepObject")) == [
        "f%5Ba%5D%5Bb%5D%5B0%5D=1",
        "f%5Ba%5D%5Bb%5D%5B1%5D%5Bc%5D=2",
        "f%5Bx%20y%5D=true",
    ]


def test_deep_objects_have_a_limit() -> None:
    value: Any = 1
    for _ in range(100):
        value = {"a": value}
    with pytest.raises(InputError):
        query_pairs("f", value, ParameterStyle("deepObject"))


def test_allow_reserved_keeps_what_divides_nothing() -> None:
    how = ParameterStyle(allow_reserved=True)
    assert query_pairs("q", "a/b?c:d@e!$'()*,;%41% #[]&=+", how) == [
        "q=a/b?c:d@e!$'()*,;%41%25%20%23%5B%5D%26%3D%2B"
    ]
    assert path_value("q", "a/b?c:d@e;#", how) == "a%2Fb%3Fc:d@e;%23"


def test_content_parameters() -> None:
    how = ParameterStyle(content_type="application/json")
    assert query_pairs("f", {"a": [1, None]}, how) == ["f=%7B%22a%22%3A%5B1%2Cnull%5D%7D"]
    assert query_pairs("f", "x", how) == ["f=%22x%22"]
    assert path_value("f", [1], how) == "%5B1%5D"
    assert header_value({"a": 1}, how) == '{"a":1}'
    assert query_pairs("f", "a b", ParameterStyle(content_type="text/plain")) == ["f=a%20b"]
    with pytest.raises(InputError):
        query_pairs("f", [1], ParameterStyle(content_type="text/plain"))


def test_headers_are_not_percent_encoded() -> None:
    assert header_value(["a b", "c/d"]) == "a b,c/d"
    assert (
        header_value({"a": 1, "b": None, "c": True}, ParameterStyle(explode=True)) == "a=1,c=true"
    )


def test_cookies() -> None:
    cookies = {"id": "a+/b==", "note": "x; y,é", "none": None, "list": [1, 2], "map": {"k": "v"}}
    assert cookie_header(cookies) == "id=a+/b==; note=x%3B%20y%2C%C3%A9; list=1; list=2; k=v"
    form = {"id": ParameterStyle("form"), "list": ParameterStyle("form", False)}
    assert cookie_header({"id": "a=", "list": [1, 2]}, form) == "id=a%3D; list=1,2"
    assert cookie_header({"id": 'a "b"'}, {"id": ParameterStyle("cookie")}) == 'id=a "b"'
    assert cookie_header({}) == cookie_header({"a": None}) == ""


@pytest.mark.parametrize("value", ["a;b", "a\r\nb", "é", "\x00"])
def test_raw_cookie_refuses_what_breaks_it(value: str) -> None:
    with pytest.raises(InputError) as caught:
        cookie_header({"a/b": value}, {"a/b": ParameterStyle("cookie")})
    assert caught.value.pointer == "/cookies/a~1b"


@pytest.mark.parametrize(
    "call",
    [
        lambda: path_value("a", 1, ParameterStyle("form"), "/path/a"),
        lambda: query_pairs("a", 1, ParameterStyle("simple"), "/path/a"),
        lambda: header_value(1, ParameterStyle("form"), "/path/a"),
        lambda: query_pairs("a", "\ud800", DEFAULT_STYLE, "/path/a"),
        lambda: query_pairs("\ud800", "a", DEFAULT_STYLE, "/path/a"),
        lambda: query_pairs("a", float("nan"), DEFAULT_STYLE, "/path/a"),
    ],
)
def test_errors_have_the_pointer(call: Any) -> None:
    with pytest.raises(InputError) as caught:
        call()
    assert caught.value.pointer == "/path/a"


def parse(text: str, kind: str, explode: bool, shape: str, name: str) -> Any:
    """Read a styled parameter back: what RFC 6570 delimits, then percent-decoding."""
    prefix, separator, pair = {
        "simple": ("", ",", "="),
        "label": (".", "." if explode else ",", "="),
        "matrix": (";", ";" if explode else ",", "="),
        "form": ("", "&" if explode else ",", "="),
        "spaceDelimited": ("", "%20", "="),
        "pipeDelimited": ("", "%7C", "="),
    }[kind]
    text = text.removeprefix(prefix)
    named = kind not in {"simple", "label"} and not (shape == "map" and explode)
    if named and not (explode and shape == "list"):
        text = text.partition("=")[2]
    parts = text.split(separator)
    if shape == "text":
        return unquote(text)
    if shape == "list":
        return [unquote(part.partition("=")[2] if named and explode else part) for part in parts]
    if explode:
        return {
            unquote(key): unquote(value) for key, _, value in (p.partition(pair) for p in parts)
        }
    return dict(zip(map(unquote, parts[::2]), map(unquote, parts[1::2]), strict=True))


WORDS = st.text(st.characters(exclude_categories=["Cs"]))
KEYS = WORDS.filter(bool)
KINDS = [
    (kind, explode)
    for kind in ("simple", "label", "matrix", "form", "spaceDelimited", "pipeDelimited")
    for explode in (False, True)
    if not (explode and kind.endswith("Delimited"))
]


@pytest.mark.parametrize(("kind", "explode"), KINDS)
@given(data=st.data())
def test_round_trip(kind: str, explode: bool, data: st.DataObject) -> None:
    # Delimiters that are unreserved, or that percent-decoding makes, cannot be told from data.
    taken = {"label": ".", "spaceDelimited": " ", "pipeDelimited": "|"}.get(kind, "")
    words = WORDS.filter(lambda text: not set(text) & set(taken))
    keys = KEYS.filter(lambda text: not set(text) & set(taken))
    shape, value = data.draw(
        st.one_of(
            st.tuples(st.just("text"), words),
            st.tuples(st.just("list"), st.lists(words, min_size=1)),
            st.tuples(st.just("map"), st.dictionaries(keys, words, min_size=1)),
        )
    )
    how = ParameterStyle(kind, explode)
    if kind in {"simple", "label", "matrix"}:
        text = path_value("näme", value, how)
    else:
        text = query_string({"näme": value}, {"näme": how})
    assert text.isascii()
    assert parse(text, kind, explode, shape, "näme") == value
