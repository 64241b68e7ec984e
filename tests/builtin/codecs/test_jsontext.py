from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from httptask.builtin.codecs.jsontext import decode_json
from httptask.errors import DecodeError


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b'{"id":12345678901234567890123}', {"id": 12345678901234567890123}),
        (b"-9223372036854775809", -9223372036854775809),
        (b"18446744073709551616", 18446744073709551616),
        (b'{"a":1,"a":2}', {"a": 2}),
        (b"\xef\xbb\xbf[1]", [1]),
        ("\ufeff[1]", [1]),
        ('"é"', "é"),
        (b'"\\ud83d\\ude00"', "\U0001f600"),
        (b" \r\n null \t", None),
        (b"1e-400", 0.0),
    ],
)
def test_values(data: bytes | str, expected: Any) -> None:
    assert decode_json(data) == expected


def test_number_types_are_kept() -> None:
    assert [type(value) for value in decode_json(b"[100.0,100,true]")] == [float, int, bool]
    assert isinstance(decode_json(b"1e2"), float)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b" ",
        b"NaN",
        b"[Infinity]",
        b"-Infinity",
        b"1 2",
        b'{"a":1},',
        b"{'a':1}",
        b"01",
        b"9" * 5000,
        b'"\\ud800"',
        b'"\\udc00\\ud800"',
        b'"\xff"',
        b'"\xed\xa0\x80"',
        '"\ud800"',
        b'"a\nb"',
        b"[1,]",
        b"<html>",
        b"\xff\xfe[\x00]\x00",
        b"[" * 200_000,
        b"[" * 200_000 + b"]" * 200_000,
        b'{"a":' * 200_000,
    ],
)
def test_refused_without_crash(data: bytes | str) -> None:
    with pytest.raises(DecodeError) as caught:
        decode_json(data)
    assert caught.value.code == "json_invalid"


def test_message_does_not_repeat_the_data() -> None:
    with pytest.raises(DecodeError) as caught:
        decode_json(b'{"token": "s3cret" "x"}')
    assert "s3cret" not in str(caught.value)


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.text(st.characters(exclude_categories=["Cs"])),
        lambda inner: st.lists(inner) | st.dictionaries(st.text("ab"), inner),
        max_leaves=20,
    )
)
def test_agrees_with_the_standard_library(value: Any) -> None:
    text = json.dumps(value)
    assert decode_json(text.encode()) == decode_json(text) == value


@given(st.binary())
def test_any_bytes_are_a_value_or_our_error(data: bytes) -> None:
    try:
        value = decode_json(data)
    except DecodeError:
        return
    assert json.loads(data) == value


@pytest.mark.parametrize("pair", ["[]", ('{"a":', "}")])
def test_two_hundred_levels(pair: tuple[str, str]) -> None:
    start, end = pair
    inside = "1" if end == "}" else ""
    assert decode_json(start * 200 + inside + end * 200)
    with pytest.raises(DecodeError, match="nested deeper than 200 levels"):
        decode_json(start * 201 + inside + end * 201)
    wide = json.dumps([{"a": [1]}] * 1000)
    assert len(decode_json(wide)) == 1000
