"""CSV as a list of objects."""

from __future__ import annotations

import csv
import io
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from soon import SOON

from httptask.builtin.codecs.csv_text import MAX_RECORDS, decode_csv
from httptask.errors import DecodeError


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", []),
        ("a,b\n", []),
        ("a,b\n1,2\n", [{"a": "1", "b": "2"}]),
        ("a,b\r\n1,2", [{"a": "1", "b": "2"}]),
        ("a,b\r1,2\r", [{"a": "1", "b": "2"}]),
        ("\n\na\n\n1\n\n", [{"a": "1"}]),
        ("a;b\n1,5;2\n", [{"a": "1,5", "b": "2"}]),
        ("a\tb\n1\t2\n", [{"a": "1", "b": "2"}]),
        ("a|b\n1|2\n", [{"a": "1", "b": "2"}]),
        ('a,b\n"x ""y""\nz","1,2"\n', [{"a": 'x "y"\nz', "b": "1,2"}]),
        ("a,b\n1\n", [{"a": "1", "b": None}]),
        ("a,a,,a_2\n1,2,3,4\n", [{"a": "1", "a_2": "2", "column_3": "3", "a_2_4": "4"}]),
        ('a\n5" pipe\n', [{"a": '5" pipe'}]),
    ],
)
def test_tables(text: str, value: Any) -> None:
    assert decode_csv(text) == value


def test_options() -> None:
    assert decode_csv("1,2\n3\n", header=False) == [["1", "2"], ["3"]]
    assert decode_csv("a#b;c\n1#2;3\n", "#") == [{"a": "1", "b;c": "2;3"}]


def test_a_schema_says_which_columns_are_numbers() -> None:
    columns = {"n": {"type": "integer"}, "on": {"type": "boolean"}, "t": {"type": "string"}}
    schema = {"type": "array", "items": {"properties": columns}}
    found = decode_csv("n,on,t,x\n007,1,1,1\n7,no,2,2\n", None, schema)
    assert found == [
        {"n": "007", "on": True, "t": "1", "x": "1"},
        {"n": 7, "on": "no", "t": "2", "x": "2"},
    ]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("a,b\n1,2,3\n", "line 2 has 3 cells, and the header 2"),
        ('a\n"secret', "line 2: unexpected end"),
        ('a,b\n"secret" ,2\n', "line 2"),
    ],
)
def test_what_is_not_a_table(text: str, why: str) -> None:
    with pytest.raises(DecodeError, match=why) as caught:
        decode_csv(text)
    assert caught.value.code == "csv_invalid"
    assert "secret" not in caught.value.message


@pytest.mark.parametrize(
    "text",
    [
        "a\n" + "1\n" * (MAX_RECORDS + 1),
        "," * 4_000_000,
        ("," * 9 + "\n") * 400_000,
        "," * 20_000 + "\n" + "1\n" * 20_000,
    ],
    ids=["records", "cells", "both", "columns"],
)
def test_a_table_without_end_costs_little(text: str) -> None:
    began = time.process_time()
    with pytest.raises(DecodeError, match="too many to decode"):
        decode_csv(text)
    assert time.process_time() - began < SOON


def test_a_long_cell_is_read_and_the_limit_of_the_process_stays() -> None:
    limit = csv.field_size_limit()
    long = "x" * (limit + 1)
    assert decode_csv(f"a,b\n1,{long}\n") == [{"a": "1", "b": long}]
    with pytest.raises(DecodeError):
        decode_csv(f'a\n"{long}')
    assert csv.field_size_limit() == limit


def test_long_cells_of_several_threads() -> None:
    limit = csv.field_size_limit()
    texts = [f"a\n{'x' * (limit + 1 + at * limit)}\n" * 3 for at in range(8)]
    with ThreadPoolExecutor(len(texts)) as threads:
        found = list(threads.map(decode_csv, texts))
    assert [len(each) for each in found] == [5] * len(texts)
    assert csv.field_size_limit() == limit


cells = st.text(st.characters(blacklist_categories=("Cs",)), max_size=6)


@given(st.lists(st.lists(cells, min_size=2, max_size=2), min_size=1), st.sampled_from(",;\t|"))
def test_what_python_writes_is_read(rows: list[list[str]], delimiter: str) -> None:
    file = io.StringIO(newline="")
    csv.writer(file, delimiter=delimiter, quoting=csv.QUOTE_ALL).writerows(rows)
    assert decode_csv(file.getvalue(), delimiter, header=False) == rows


@given(st.text(max_size=60) | st.text('a,;\t|"\r\n', max_size=60))
def test_any_text_is_a_list_or_one_of_our_errors(text: str) -> None:
    with suppress(DecodeError):
        assert isinstance(decode_csv(text), list)
