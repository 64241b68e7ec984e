"""The supported part of JavaScript: values by the rules of the language, and what is refused."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from httptask.engines.embedded.scripts import ScriptError, compile_script, is_true, script_text
from httptask.errors import ExpressionError

ROOT = {
    "k": "a",
    "n": 5,
    "l": [1, 2],
    "m": {"x": 1},
    "f": 5.0,
    "loop": {"iteration": 2},
    "big": 9007199254740993,
    "with-dash": {"a b": [{"c": None}]},
    "text": "Hello",
}

VALUES = [
    ("$.k == 'a' ? 'a' : 'b'", "a"),
    ("if ($.k == 'a') { 'a' } else { 'b' }", "a"),
    ("if ($.k == 'b') 'a'; else if ($.n > 3) 'c'; else 'd'", "c"),
    ("if ($.k == 'b') { 'a' }", "null"),
    ("$.n + 1", "6"),
    ("$.n / 2", "2.5"),
    ("$.n > 3", "true"),
    ("(function(){ if ($.n > 3) { return 'a'; } else { return 'b'; } })()", "a"),
    ("(function () { return; }())", "null"),
    ("function e() { if ($.n > 9) { return 'a'; } return 'b'; } e();", "b"),
    ("$.zz", "null"),
    ("null", "null"),
    ("$.k + $.n", "a5"),
    ("$.l.length", "2"),
    ("$.l.includes(2)", "true"),
    ("$.l.indexOf(3)", "-1"),
    ("$.m['x']", "1"),
    ("$.m", "{x=1}"),
    ("$.l", "[1, 2]"),
    ("$.f", "5"),
    ("'' + $.f", "5"),
    ("$['with-dash']['a b'][0].c === null", "true"),
    ("$.l[5] === undefined", "true"),
    ("$.a?.b?.c", "null"),
    ("$.m?.['x']", "1"),
    ("typeof $.q", "undefined"),
    ("typeof null", "object"),
    ("-$.n", "-5"),
    ("+'12'", "12"),
    ("!$.k", "false"),
    ("1 + 2 * 3 - 4 / 2 % 3", "5"),
    ("(1 + 2) * 3", "9"),
    ("7 % -3", "1"),
    ("0.1 + 0.2", "0.30000000000000004"),
    ("1 / 0", "Infinity"),
    ("-1 / 0", "-Infinity"),
    ("0 / 0", "NaN"),
    ("5 % 0", "NaN"),
    ("0x1F", "31"),
    ("1e3", "1000"),
    ("'5' == 5", "true"),
    ("'5' === 5", "false"),
    ("5.0 === 5", "true"),
    ("true == 1", "true"),
    ("null == undefined", "true"),
    ("null === undefined", "false"),
    ("null == 0", "false"),
    ("null >= 0", "true"),
    ("undefined > 0", "false"),
    ("'' == 0", "true"),
    ("' 12 ' == 12", "true"),
    ("'b' > 'a'", "true"),
    ("'10' < '9'", "true"),
    ("'10' < 9", "false"),
    ("$.l == '1,2'", "true"),
    ("$.m == '[object Object]'", "false"),
    ("$.l + ''", "1,2"),
    ("$.m + ''", "[object Object]"),
    ("[] + 1", "1"),
    ("null ?? 'd'", "d"),
    ("0 ?? 'd'", "0"),
    ("0 || 'd'", "d"),
    ("'x' && 'y'", "y"),
    ("false && $.zz.y", "false"),
    ("$.text.toLowerCase() + $.text.toUpperCase()", "helloHELLO"),
    ("$.text.startsWith('He') && $.text.endsWith('lo')", "true"),
    ("$.text.includes('ell')", "true"),
    ("$.text.indexOf('l')", "2"),
    ("$.text.length", "5"),
    ("$.text[0]", "H"),
    ("' x '.trim()", "x"),
    ("(12).toString()", "12"),
    (r"'it\'s\n\u0041'", "it's\nA"),
    ("`tick`", "tick"),
    ("1; 2; 3", "3"),
    ("1\n2", "2"),
    ("/* why */ 1 // end", "1"),
    ("{ 4 }", "4"),
    ("[1, 'a', null][1]", "a"),
    ("1 < 2 == true", "true"),
    ("2 > 1 ? 'x' : 1 ? 'y' : 'z'", "x"),
    ("if ($.loop['iteration'] < 3) { true; } else { false; }", "true"),
    (
        "if ( ($.loop['iteration'] < $.n ) || ( $.m['x'] > 10)) { false; } else { true; }",
        "false",
    ),
    ("$.big + 1", "9007199254740992"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), VALUES)
def test_value(text: str, expected: str) -> None:
    assert script_text(compile_script(text).evaluate(ROOT)) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("$.zz.y", "TypeError: Cannot read property 'y' of undefined"),
        ("null.y", "TypeError: Cannot read property 'y' of null"),
        ("$.zz['a' + 1]", "TypeError: Cannot read property 'a1' of undefined"),
        ("$.n.trim()", "TypeError: trim is not a function of number"),
        ("$.zz.trim()", "TypeError: trim is not a function of undefined"),
    ],
)
def test_failure_while_running(text: str, message: str) -> None:
    with pytest.raises(ScriptError) as raised:
        compile_script(text).evaluate(ROOT)
    assert str(raised.value) == message


@pytest.mark.parametrize(
    "text",
    [
        "", "   ", "$.k ===", "a = 1", "$.k = 1", "while (true) {}", "for (;;) {}", "x", "return 1",
        "eval('1')", "$.constructor('a')", "this", "new Date()", "() => 1", "function f(a) {}",
        "/a/.test($.k)", "`a${1}`", "$.k 5", "1 +", "(1", "[1", "{ 1", "if (1) ", "if 1 { 2 }",
        "'open", "a ? b", "let x = 1", "$.l.map(1)", "$.", "$[", "@", "1 ? 2", "f()", "$..a",
        "(" * 500, "!" * 500, "[" * 500, "1" + "+1" * 20_000, "if(1)" * 500,
    ],
)  # fmt: skip
def test_refused_before_anything_runs(text: str) -> None:
    with pytest.raises(ExpressionError) as raised:
        compile_script(text)
    assert raised.value.code == "script_unsupported"


def test_the_place_is_told() -> None:
    with pytest.raises(ExpressionError, match=r"line 2, column 3"):
        compile_script("1;\n  while(1)")


@given(st.text(alphabet="$.kn[]'()+-*/%<>=!&|?:{};if else0 1", max_size=40))
def test_any_text_is_a_script_or_refused(text: str) -> None:
    try:
        script = compile_script(text)
    except ExpressionError:
        return
    try:
        script.evaluate(ROOT)
    except ScriptError:
        return


NUMBERS = st.integers(-(2**40), 2**40) | st.floats(-1e12, 1e12, allow_nan=False)


@given(NUMBERS, NUMBERS)
def test_arithmetic_is_that_of_doubles(left: float, right: float) -> None:
    root = {"a": left, "b": right}
    assert compile_script("$.a + $.b").evaluate(root) == float(left) + float(right)
    assert compile_script("$.a * $.b").evaluate(root) == pytest.approx(float(left) * float(right))
    assert compile_script("$.a < $.b").evaluate(root) is (left < right)
    assert compile_script("$.a == $.b").evaluate(root) is (left == right)


@given(st.integers(-(10**400), 10**400), st.integers(-(10**400), 10**400))
def test_integers_of_any_size_do_not_break_it(left: int, right: int) -> None:
    for sign in ("+", "-", "*", "/", "%", "<", "=="):
        value = compile_script(f"$.a {sign} $.b").evaluate({"a": left, "b": right})
        assert isinstance(value, (bool, int, float))


@pytest.mark.parametrize(
    ("value", "truth"),
    [
        (None, False), (0, False), (0.0, False), (math.nan, False), ("", False), (False, False),
        (1, True), ("0", True), ([], True), ({}, True), (-0.5, True),
    ],
)  # fmt: skip
def test_truth(value: Any, truth: bool) -> None:
    assert is_true(value) is truth


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$.a + ''", "Infinity"),
        ("$.a + 1", "Infinity"),
        (f"'0x{'f' * 1000}' / 3", "Infinity"),
        (f"'0x{'f' * 1000}' % 3", "NaN"),
    ],
)
def test_integers_beyond_what_a_double_holds(text: str, expected: str) -> None:
    assert script_text(compile_script(text).evaluate({"a": 10**400})) == expected
