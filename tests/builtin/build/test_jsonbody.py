from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from httptask.builtin.build.jsonbody import encode_body
from httptask.errors import InputError

JSON = "application/json"
WORDS = st.text(st.characters(exclude_categories=["Cs"]))
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | WORDS,
    lambda inner: st.lists(inner) | st.dictionaries(WORDS, inner),
    max_leaves=20,
)


@pytest.mark.parametrize(
    ("value", "content_type", "expected"),
    [
        ({"b": 1, "a": [None, True, "é"]}, JSON, '{"b":1,"a":[null,true,"é"]}'.encode()),
        (100.0, JSON, b"100.0"),
        (2**70, JSON, str(2**70).encode()),
        ([1], "application/problem+json; charset=utf-8", b"[1]"),
        (["é"], "application/json;charset=ISO-8859-1", b'["\xe9"]'),
        ("as it is", JSON, b"as it is"),
        ("é", "text/plain", b"\xc3\xa9"),
        ("é", "text/plain; charset=latin-1", b"\xe9"),
        ("", JSON, None),
        ("", "application/problem+json", None),
        ("", "text/plain", b""),
        ('""', JSON, b'""'),
        (None, JSON, None),
        ("a=1", "application/x-www-form-urlencoded", b"a=1"),
        ("x", "", b"x"),
    ],
)
def test_bodies(value: Any, content_type: str, expected: bytes | None) -> None:
    assert encode_body(value, content_type) == expected


@pytest.mark.parametrize(
    ("value", "content_type", "pointer"),
    [
        ({"a": [None, float("nan")]}, JSON, "/body/a/1"),
        ({"a/b": {"~": float("-inf")}}, JSON, "/body/a~1b/~0"),
        (float("inf"), JSON, "/body"),
        (["\ud800"], JSON, "/body"),
        ("\ud800", JSON, "/body"),
        ([10**5000], JSON, "/body"),
        ({"a": 1}, "text/plain", "/body"),
        ({"a": 1}, "multipart/form-data", "/body"),
        ([1], "", "/body"),
        ("é", "text/plain; charset=ascii", "/body"),
        ("é", "text/plain; charset=klingon", "/body"),
        ("é", "text/plain; charset=hex", "/body"),
    ],
)
def test_refused(value: Any, content_type: str, pointer: str) -> None:
    with pytest.raises(InputError) as caught:
        encode_body(value, content_type)
    assert caught.value.pointer == pointer


def test_form_types_say_where_fields_belong() -> None:
    with pytest.raises(InputError, match=r"httptask\.form"):
        encode_body({"a": 1}, "application/x-www-form-urlencoded")


def test_deep_nesting_is_an_error_and_not_a_crash() -> None:
    value: Any = 1
    for _ in range(100_000):
        value = [value]
    with pytest.raises(InputError, match="too deeply"):
        encode_body(value, JSON)


@given(VALUES)
def test_round_trip(value: Any) -> None:
    data = encode_body([value], JSON)
    assert data is not None
    assert json.dumps(json.loads(data)) == json.dumps([value]), "a type or a digit differs"
