"""A JSON text is changed only where its document has changed."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from httptask.app.in_place import in_place

TEXT = '{"a": 1,\n\t"b" : [ "x", {"c":null} ],"d":{}, "e": 1.50}\n'


def changed(text: str, **members: Any) -> str | None:
    old = json.loads(text)
    return in_place(text, old, {**old, **members})


@pytest.mark.parametrize(
    ("members", "wrong", "right"),
    [
        ({"a": 2}, '"a": 1', '"a": 2'),
        ({"b": ["é", {"c": None}]}, '"x"', '"é"'),
        ({"b": ["x", {"c": {"n": [1]}}]}, "null", '{"n":[1]}'),
        ({"e": True}, "1.50", "true"),
    ],
)
def test_a_value(members: dict[str, Any], wrong: str, right: str) -> None:
    assert changed(TEXT, **members) == TEXT.replace(wrong, right)


def test_a_name() -> None:
    old = json.loads(TEXT)
    new = {"z" if name == "b" else name: value for name, value in old.items()}
    assert in_place(TEXT, old, new) == TEXT.replace('"b"', '"z"')


@pytest.mark.parametrize("members", [{"b": ["x"]}, {"f": 1}, {"d": []}, {"d": {"x": 1}}])
def test_another_shape(members: dict[str, Any]) -> None:
    assert changed(TEXT, **members) is None


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(VALUES, st.sampled_from([None, 1, "\t"]), st.text())
def test_only_what_has_changed(value: Any, indent: Any, text: str) -> None:
    def other(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: other(item) for name, item in value.items()}
        if isinstance(value, list):
            return [other(item) for item in value]
        return text if isinstance(value, str) else value

    written = json.dumps(value, indent=indent)
    assert in_place(written, value, value) == written
    done = in_place(written, value, other(value))
    assert done is not None
    assert json.loads(done) == other(value)
