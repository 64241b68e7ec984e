"""Strict JSON: what is refused, and where."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from httptask.definition.reading import MAX_BYTES, MAX_DEPTH, parse, read_document
from httptask.errors import DefinitionError

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner, max_size=4)
    ),
    max_leaves=20,
)


@pytest.mark.parametrize(
    ("text", "code", "message", "pointer"),
    [
        ('{"a": 1,\n "b": }', "json_invalid", "line 2, column 7", ""),
        ("", "json_invalid", "line 1, column 1", ""),
        ('{"a": 1} x', "json_invalid", "line 1, column 10", ""),
        ('{"a": [0, {"b": 1,\n  "b": 2}]}', "json_duplicate_key", "line 2, column 3", "/a/1/b"),
        ('{"x/y": {"~": 1, "~": 1}}', "json_duplicate_key", '"~" appears twice', "/x~1y/~0"),
        ('{"\\u0061": 1, "a": 2}', "json_duplicate_key", "column 15", "/a"),
        ('[true, null, "NaN", NaN]', "json_number", "NaN is not a JSON number", "/3"),
        ('{"a": -Infinity}', "json_number", "line 1, column 7", "/a"),
        ('{"a": [1e999, -Infinity]}', "json_number", "-Infinity", "/a/1"),
        ("9" * 5000, "json_number", "too many digits", ""),
        ("[" * 101 + "]" * 101, "json_too_deep", f"{MAX_DEPTH} levels", ""),
        ("[" * 100_000, "json_too_deep", f"{MAX_DEPTH} levels", ""),
        ('"\\ud800"', "json_encoding", "surrogate", ""),
    ],
)
def test_refused(text: str, code: str, message: str, pointer: str) -> None:
    with pytest.raises(DefinitionError) as caught:
        parse(text.encode(), "a.json")
    assert (caught.value.code, caught.value.pointer) == (code, pointer)
    assert message in caught.value.message
    assert caught.value.source == "a.json"


def test_not_utf8() -> None:
    with pytest.raises(DefinitionError, match="line 2 is not UTF-8"):
        parse(b'{\n"a": "\xff"}')


def test_depth_at_the_limit() -> None:
    assert parse(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH)


def test_file(tmp_path: Path) -> None:
    path = tmp_path / "task.json"
    path.write_text('{"a": 1}')
    document = read_document(path)
    assert (document.value, document.source, document.base_dir) == ({"a": 1}, str(path), tmp_path)


@pytest.mark.parametrize("name", ["absent.json", ".", "a\0b"])
def test_unreadable_file(tmp_path: Path, name: str) -> None:
    with pytest.raises(DefinitionError) as caught:
        read_document(f"{tmp_path}/{name}")
    assert caught.value.code == "file_unreadable"


def test_large_file(tmp_path: Path) -> None:
    path = tmp_path / "large.json"
    with path.open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    with pytest.raises(DefinitionError) as caught:
        read_document(path)
    assert caught.value.code == "json_too_large"
    with pytest.raises(DefinitionError):
        parse(bytes(MAX_BYTES + 1))


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ({"a": float("nan")}, "json_invalid"),
        ({"a": object()}, "json_invalid"),
        ({"a": "\ud800"}, "json_encoding"),
        ({("a",): 1}, "json_invalid"),
    ],
)
def test_document_in_memory_is_json_too(value: Any, code: str) -> None:
    with pytest.raises(DefinitionError) as caught:
        read_document(value)
    assert caught.value.code == code


def test_document_in_memory_is_copied() -> None:
    value: dict[str, Any] = {"a": [1]}
    document = read_document(value)
    value["a"].append(2)
    assert document.value == {"a": [1]}


def test_endless_document_in_memory() -> None:
    value: list[Any] = []
    value.append(value)
    with pytest.raises(DefinitionError):
        read_document(value)


@given(JSON)
def test_strict_json_comes_back(value: Any) -> None:
    assert parse(json.dumps(value).encode()) == value
    assert parse(json.dumps(value, ensure_ascii=False, indent=1).encode()) == value


@given(st.binary() | st.text().map(lambda text: text.encode(errors="replace")))
def test_anything_else_is_a_definition_error(content: bytes) -> None:
    with contextlib.suppress(DefinitionError):
        json.dumps(parse(content), allow_nan=False)


@given(JSON, st.sampled_from(["a", "~/"]))
def test_duplicates_are_found_wherever_they_are(value: Any, key: str) -> None:
    inner = json.dumps(value)
    text = f'{{"first": {inner}, "in": [{inner}, {{"{key}": {inner}, "{key}": {inner}}}]}}'
    with pytest.raises(DefinitionError) as caught:
        parse(text.encode())
    assert caught.value.pointer == "/in/1/" + key.replace("~", "~0").replace("/", "~1")
