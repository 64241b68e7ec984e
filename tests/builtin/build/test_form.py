from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from httptask.builtin.build.form import encode_form
from httptask.builtin.build.styles import ParameterStyle
from httptask.errors import InputError

WORDS = st.text(st.characters(exclude_categories=["Cs"]))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("a b+c&d", b"f=a+b%2Bc%26d"), ("é", b"f=%C3%A9"), (None, b""), ("", b"f="), (1, b"f=1"),
        (1.0, b"f=1.0"), (True, b"f=true"), ([1, None, "x"], b"f=1&f=x"), ([], b""),
        ({"a": [1]}, b"f=%7B%22a%22%3A%5B1%5D%7D"), ([{"a": 1}], b"f=%7B%22a%22%3A1%7D"),
        ({}, b"f=%7B%7D"),
    ],
)  # fmt: skip
def test_defaults(value: Any, expected: bytes) -> None:
    assert encode_form({"f": value}) == expected


@pytest.mark.parametrize(
    ("value", "how", "expected"),
    [
        ({"a": {"b": 1}}, ParameterStyle("deepObject"), b"f%5Ba%5D%5Bb%5D=1"),
        ([1, 2], ParameterStyle(explode=False), b"f=1,2"),
        ({"a": "x y"}, ParameterStyle("form"), b"a=x+y"),
        ([1, 2], ParameterStyle("pipeDelimited"), b"f=1%7C2"),
        ([1, 2], ParameterStyle(content_type="application/json"), b"f=%5B1%2C2%5D"),
        ("a", ParameterStyle(content_type="text/plain; charset=utf-8"), b"f=a"),
        ("a", ParameterStyle("form", content_type="application/json"), b"f=a"),
        ("a/b", ParameterStyle(allow_reserved=True), b"f=a/b"),
    ],
)
def test_encoding(value: Any, how: ParameterStyle, expected: bytes) -> None:
    assert encode_form({"f": value}, {"f": how}) == expected


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"a": "\ud800"}, "/form/a"),
        ({"a": [1, float("nan")]}, "/form/a/1"),
        ({"a": {"b": float("inf")}}, "/form/a/b"),
    ],
)
def test_errors_have_the_pointer(fields: dict[str, Any], pointer: str) -> None:
    with pytest.raises(InputError) as caught:
        encode_form(fields)
    assert caught.value.pointer == pointer


@given(st.dictionaries(WORDS, st.one_of(WORDS, st.lists(WORDS, min_size=1))))
def test_round_trip(fields: dict[str, str | list[str]]) -> None:
    sent = [(k, v) for k, vs in fields.items() for v in (vs if isinstance(vs, list) else [vs])]
    body = encode_form(fields)
    assert parse_qsl(body.decode("ascii"), keep_blank_values=True) == sent
