from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from httptask.builtin.codecs.lines import JsonLinesParser
from httptask.errors import DecodeError

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text("abc"), inner),
    max_leaves=5,
)


def parse(*chunks: bytes, limit: int = 1000) -> list[Any]:
    parser = JsonLinesParser(limit)
    return [value for chunk in chunks for value in parser.feed(chunk)] + parser.close()


@pytest.mark.parametrize(
    ("chunks", "expected"),
    [
        ([b'{"a":1}\n{"a":2}\n'], [{"a": 1}, {"a": 2}]),
        ([b'{"a"', b":1}\r", b"\n[2]"], [{"a": 1}, [2]]),
        ([b"\n \r\n1\n\n\t\n2"], [1, 2]),
        ([b"\xef\xbb\xbf1\n2\n"], [1, 2]),
        ([b""], []),
        ([b"12345678901234567890123\n"], [12345678901234567890123]),
        (['"\u2028\x85"\n'.encode()], ["\u2028\x85"]),
    ],
)
def test_lines(chunks: list[bytes], expected: list[Any]) -> None:
    assert parse(*chunks) == expected


def test_values_come_as_soon_as_their_line_ends() -> None:
    parser = JsonLinesParser()
    assert parser.feed(b"1\n2") == [1]
    assert parser.feed(b"\n") == [2]
    assert parser.close() == []


@pytest.mark.parametrize(
    ("chunks", "line"),
    [([b"1\n\nx\n"], 3), ([b"1\n", b"2\n{", b"\n"], 3), ([b"1\n{"], 2), ([b"1\nNaN\n"], 2)],
)
def test_errors_name_the_line(chunks: list[bytes], line: int) -> None:
    with pytest.raises(DecodeError, match=f"Line {line}: ") as caught:
        parse(*chunks)
    assert caught.value.code == "json_invalid"


@pytest.mark.parametrize("chunks", [[b"1\n", b"1" * 60, b"1" * 60], [b"1\n" + b"1" * 120 + b"\n"]])
def test_long_lines_are_refused(chunks: list[bytes]) -> None:
    with pytest.raises(DecodeError, match="Line 2") as caught:
        parse(*chunks, limit=100)
    assert caught.value.code == "line_too_long"


@given(st.lists(VALUES), st.sampled_from([b"\n", b"\r\n"]), st.lists(st.integers(0, 300)))
def test_chunking_makes_no_difference(values: list[Any], end: bytes, cuts: list[int]) -> None:
    data = end.join(json.dumps(value, ensure_ascii=False).encode() for value in values)
    edges = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    assert parse(*(data[a:b] for a, b in pairwise(edges)), limit=1 << 20) == values
    assert parse(data + end, limit=1 << 20) == values
