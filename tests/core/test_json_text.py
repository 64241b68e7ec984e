"""Numbers that are read and written with the same digits."""

from __future__ import annotations

import copy
import json
import pickle
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from httptask.core.digits import Number
from httptask.core.json_text import (
    NotFiniteError,
    decode,
    doubles,
    encode,
    encode_finite,
    encode_sorted,
    pretty,
)

DIGITS = st.text("0123456789", min_size=1, max_size=30)
NUMBERS = st.builds(
    lambda sign, whole, fraction, exponent: f"{sign}{int(whole)}{fraction}{exponent}",
    st.sampled_from(["", "-"]),
    DIGITS,
    st.one_of(st.just(""), DIGITS.map(lambda digits: f".{digits}")),
    st.sampled_from(["", "e5", "E+5", "e-400", "E400", "e0"]),
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(st.lists(NUMBERS))
def test_numbers_are_written_as_they_were_read(numbers: list[str]) -> None:
    text = f"[{','.join(numbers)}]"
    assert encode(decode(text)).decode() == text
    assert encode(decode(text.encode())).decode() == text


@given(NUMBERS)
def test_a_number_computes_as_any_other_reader_has_it(text: str) -> None:
    assert decode(text) == json.loads(text)


@pytest.mark.parametrize(
    "text",
    ['{"a":-0}', "-0", "[-0,1]", '{"-0":"-0","a":[-0,-0.0,-0e1]}', '["2026-01-05"," -0 "]'],
)
def test_the_sign_of_zero_stays(text: str) -> None:
    assert encode(decode(text)) == text.encode()
    assert encode(decode(text.replace(",", " , ").replace("[", "[ "))).count(b"-0") == text.count(
        "-0"
    )


def test_other_numbers_are_plain() -> None:
    kinds = [type(value) for value in decode("[0.0,1.5,-899.1,100.0,7,0.001]")]
    assert kinds == [float, float, float, float, int, float]


@pytest.mark.parametrize("text", ["1.10", "1e400", "-0"])
def test_a_copy_has_the_digits(text: str) -> None:
    number = decode(text)
    for other in (copy.copy(number), copy.deepcopy(number), pickle.loads(pickle.dumps(number))):
        assert (type(other), str(other), f"{other}") == (Number, text, text)


@given(VALUES)
def test_people_get_what_the_standard_library_writes(value: Any) -> None:
    assert pretty(value) == json.dumps(value, indent=2, ensure_ascii=False)
    assert pretty(value, 0) == json.dumps(value, ensure_ascii=False)


def test_a_decimal_is_a_number() -> None:
    assert encode({"price": Decimal("1.10")}) == b'{"price":1.10}'


def test_what_is_not_finite_is_found() -> None:
    value = {"a": [None, {"b": float("nan")}], "c": Number("1e400")}
    with pytest.raises(NotFiniteError) as caught:
        encode_finite(value)
    assert caught.value.path == ("a", 1, "b")
    assert encode_finite([None, Number("1e400")]) == b"[null,1e400]"


def test_sorted_text_is_the_same_in_any_order() -> None:
    one, other = decode('{"b":1.10,"a":{"d":1,"c":2}}'), decode('{"a":{"c":2,"d":1},"b":1.10}')
    assert encode_sorted(one) == encode_sorted(other) == b'{"a":{"c":2,"d":1},"b":1.10}'
    assert encode_sorted({"b": "\ud800", "a": 1}) == b'{"a":1,"b":"\\ud800"}'


def test_a_lone_surrogate_is_escaped() -> None:
    assert encode(["\ud800", 1]) == b'["\\ud800",1]'
    with pytest.raises(UnicodeEncodeError):
        encode_finite("\ud800")


def test_what_is_not_json_is_refused() -> None:
    with pytest.raises(TypeError):
        encode({"a": object()})


def test_doubles_for_those_who_know_no_others() -> None:
    found = doubles({"a": [Number("1.10"), Number("-1e400"), "x"]})
    assert found == {"a": [1.1, -1.7976931348623157e308, "x"]}
    assert [type(value) for value in found["a"]] == [float, float, str]
