"""Texts as Java writes them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from httptask.core.digits import Number
from httptask.expressions.java_text import java_float, java_text, json_text


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0.0, "0.0"),
        (-0.0, "-0.0"),
        (100.0, "100.0"),
        (0.001, "0.001"),
        (0.000999, "9.99E-4"),
        (9999999.0, "9999999.0"),
        (1e7, "1.0E7"),
        (-12345678.9, "-1.23456789E7"),
        (1e20, "1.0E20"),
        (1.7976931348623157e308, "1.7976931348623157E308"),
        (5e-324, "5.0E-324"),
        (float("inf"), "Infinity"),
        (float("-inf"), "-Infinity"),
        (float("nan"), "NaN"),
    ],
)
def test_floats(number: float, text: str) -> None:
    assert java_float(number) == text


@given(st.floats(allow_nan=False))
def test_a_float_reads_back(number: float) -> None:
    assert float(java_float(number)) == number


@pytest.mark.parametrize(
    ("value", "java", "json"),
    [
        ({"x": 1, "y": {"z": "q"}}, "{x=1, y={z=q}}", '{"x":1,"y":{"z":"q"}}'),
        ([1, "a", None, True, 1e20], "[1, a, null, true, 1.0E20]", '[1,"a",null,true,1.0E20]'),
        ({}, "{}", "{}"),
        ([], "[]", "[]"),
        ([float("inf")], "[Infinity]", "[null]"),
        ([Number("1.10"), Number("1e400")], "[1.10, 1e400]", "[1.10,1e400]"),
    ],
)
def test_containers(value: Any, java: str, json: str) -> None:
    assert java_text(value) == java
    assert json_text(value) == json
