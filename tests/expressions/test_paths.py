"""Paths of RFC 9535."""

from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from soon import SOON

from httptask.errors import ExpressionError
from httptask.expressions import compile_path, rfc9535
from httptask.expressions.rfc9535_library import compile_general

VALUE = {
    "response": {
        "body": {"items": [{"id": 1, "n": "ab"}, {"id": 2, "n": "a\nb"}], "a b": {"it's": 3}},
        "headers": {"Content-Type": ["text/plain"]},
        "empty": None,
    }
}


@pytest.mark.parametrize(
    ("path", "found", "segments"),
    [
        ("$", [VALUE], ()),
        ("$.response.body.items[1].id", [2], ("response", "body", "items", 1, "id")),
        ("$.response.empty", [None], ("response", "empty")),
        ("$['response'][\"body\"]['a b']", [{"it's": 3}], ("response", "body", "a b")),
        ("$.response.nope.x", [], ("response", "nope", "x")),
        ("$.response.body.items[9]", [], ("response", "body", "items", 9)),
        ("$.response.body[0]", [], ("response", "body", 0)),
        ("$.response.body.items[-1].id", [2], None),
        ("$.response.body['a b']['it\\'s']", [3], None),
    ],
)
def test_singular_paths(path: str, found: list[Any], segments: tuple[Any, ...] | None) -> None:
    compiled = compile_path(path)
    assert compiled.singular
    assert compiled.segments == segments
    assert compiled.find(VALUE) == found
    assert compiled.first(VALUE, "default") == (found[0] if found else "default")


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("$.response.body.items[*].id", [1, 2]),
        ("$.response.body.items[?@.id > 1].id", [2]),
        ("$..id", [1, 2]),
        ("$.response.body.items[::-1].id", [2, 1]),
        ("$.response.body.items[?match(@.n, 'a.')].id", [1]),
        ("$.response.body.items[?match(@.n, 'a.b')].id", []),
        ("$.response.body.items[?search(@.n, '[.b]')].id", [1, 2]),
        ("$.response.body.items[?match(@.n, '(?=a)a')].id", []),
        ("$.response.body.items[?length(@.n) == 3].id", [2]),
        ("$.response.nope[*]", []),
    ],
)
def test_other_paths(path: str, found: list[Any]) -> None:
    compiled = compile_path(path)
    assert not compiled.singular
    assert compiled.find(VALUE) == found
    assert compiled.first(VALUE, "default") == (found[0] if found else "default")


@pytest.mark.parametrize(
    "path",
    [
        "",
        "response.body",
        "$.",
        "$.a b",
        " $.a",
        "$.a ",
        "$[01]",
        "$['a'",
        "$.a | $.b",
        "$.a[?(@.b =~ /x/)]",
        "$.a.length()",
        "$[?foo(@)]",
        "${a.output}",
        "$." + "a" * 5000,
        "$[?" + "(" * 2000 + "@" + ")" * 2000 + "]",
    ],
)
def test_a_malformed_path_is_refused(path: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        compile_path(path)
    assert caught.value.message
    assert caught.value.pointer == ""


@pytest.mark.parametrize("value", ['{"id": 1}', "[1", 5, None, True])
def test_a_scalar_is_never_parsed(value: Any) -> None:
    assert compile_path("$").find(value) == [value]
    assert compile_path("$..id").find(value) == []
    assert compile_path("$.id").find(value) == []


def test_hostile_patterns_and_values_end() -> None:
    started = time.process_time()
    assert compile_path("$[?match(@, '(a*)*b')]").find(["a" * 100_000]) == []
    deep: Any = [1]
    for _ in range(800):
        deep = [deep]
    with pytest.raises(ExpressionError) as caught:
        compile_path("$..*").find(deep)
    assert caught.value.code == "expression_too_deep"
    wide = [[[[[1] * 10] * 10] * 10] * 10] * 10
    with pytest.raises(ExpressionError) as caught:
        compile_path("$..*..*..*").find(wide)
    assert caught.value.code == "expression_too_costly"
    assert time.process_time() - started < SOON


MIXED = {
    "items": [
        {"a": 1, "b": {"c": "x"}}, {"a": True}, {"a": 1.0}, {"a": None}, {"b": {"c": None}},
        {"a": "1"}, {"a": [1]}, "a", 5, None, [{"a": 1}],
    ],
    "object": {"p": {"a": 1}, "q": {"a": 0}, "r": "a"},
}  # fmt: skip


@pytest.mark.parametrize("start", ["$.items", "$.object", "$['items'][0]", "$.none", "$[*]", "$.*"])
@pytest.mark.parametrize(
    "rest",
    [
        "[*]", ".*", "[*].a", "[*][0]", "[?@.a==1]", "[?@.a!=1]", "[? @.b.c == 'x' ].a",
        '[?@.b.c!="x"]', "[?@.a==true]", "[?@.a==null]", "[?@.a!=null]", "[?@.a==0]",
        "[?@.a==-0]", "[?@.a=='1'].a", "[?@.a==false][*]",
    ],
)  # fmt: skip
def test_wildcards_and_simple_filters_find_what_the_library_finds(start: str, rest: str) -> None:
    path = compile_path(start + rest)
    find, singular = compile_general(start + rest)
    assert path.find(MIXED) == find(MIXED)
    assert [type(each) for each in path.find(MIXED)] == [type(each) for each in find(MIXED)]
    assert path.singular == singular
    assert path.segments is None


def test_a_path_finds_a_limited_number_of_values(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rfc9535, "MAX_FOUND", 5)
    with pytest.raises(ExpressionError) as caught:
        compile_path("$[*][*]").find([[1, 2, 3], [4, 5, 6]])
    assert caught.value.code == "expression_too_costly"


TEXTS = st.sampled_from(["", "a", "abc", "a\nc", "b.c", "a\\c", "\ud800", "\u00e4"])
PATTERNS = ["'a.c'", '"a"', "'b'", "''", "'a|b'", "'a[.]c'", "'(a'", r"'a\\\\c'"]


@pytest.mark.parametrize("function", ["match", "search"])
@pytest.mark.parametrize("pattern", PATTERNS)
@given(values=st.lists(TEXTS | st.integers() | st.fixed_dictionaries({"t": TEXTS | st.none()})))
@settings(max_examples=30)
def test_a_simple_pattern_is_the_general_one(
    function: str, pattern: str, values: list[Any]
) -> None:
    for subject in ("@", "@.t", "@.t.u"):
        path = f"$[?{function}({subject}, {pattern})]"
        for value in (values, {"v": values, "t": "abc"}):
            assert compile_path(path).find(value) == compile_general(path)[0](value)
