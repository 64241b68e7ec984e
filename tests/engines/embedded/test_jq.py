"""jq in a kept child process."""

from __future__ import annotations

import os
from typing import Any

import pytest

from httptask.engines.embedded.jq import JqError, check_query, children, transform
from httptask.errors import ExpressionError

VALUE = {"a": 12345678901234567890, "b": [1.0, 3], "s": "x", "env": 1, "input": 2}


@pytest.mark.parametrize(
    ("query", "results"),
    [
        (".a", [12345678901234567890]),
        (".b", [[1.0, 3]]),
        ("1, 2", [1, 2]),
        ("empty", []),
        (".env, .input, {env}", [1, 2, {"env": 1}]),
        ("[nan, infinite]", [["NaN", "Infinity"]]),
        ("def f: 1; f # comment", [1]),
        ("if .s then 1 end", [1]),
        ("[{x: [1]} | leaf_paths]", [[["x", 0]]]),
    ],
)
def test_results(query: str, results: list[Any]) -> None:
    check_query(query)
    assert transform(query, VALUE) == results


@pytest.mark.parametrize(
    "query", ["env", "$ENV", "input", "inputs", "halt", '"\\(env)"', "1 | halt_error"]
)
def test_what_reads_the_machine_is_refused(query: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_OF_TEST", "hidden")
    with pytest.raises(ExpressionError, match="is refused"):
        check_query(query)
    with pytest.raises(JqError, match="is refused"):
        transform(query, VALUE)


@pytest.mark.parametrize("query", ['import "a" as a; 1', ".a |", ".x[", "nofun", ""])
def test_errors_are_found_before_a_run(query: str) -> None:
    with pytest.raises(ExpressionError) as refused:
        check_query(query)
    assert refused.value.code == "query_invalid"


def test_errors_have_the_words_of_a_server() -> None:
    for query, words in {
        "nofun(1)": "Function nofun/1 does not exist",
        "$x": "Undefined variable: $x",
        '.s | error("boom")': "boom",
        ".s[]": "Cannot iterate over string",
        ".s.x": 'Cannot index string with string "x"',
        ".s[0]": "Cannot index string with number",
        "1 / 0": "number (1) and number (0) cannot be divided because the divisor is zero",
        "{a: [1, 2, 3, 4]} + 1": 'object ({"a":[1,2,3...) and number (1) cannot be added',
    }.items():
        with pytest.raises(JqError) as failed:
            transform(query, VALUE)
        assert str(failed.value) == words


def test_limits_end_the_child_and_the_next_query_gets_another(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(children, "SECONDS", 0.5)
    with pytest.raises(JqError, match="did not end within"):
        transform("last(repeat(1))", None)
    monkeypatch.setattr(children, "SECONDS", 100)
    if os.name == "posix":
        with pytest.raises(JqError, match="needed more than 512 MiB"):
            transform("[range(1e9)]", None)
    assert transform(".", 5) == [5]
