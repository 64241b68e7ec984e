"""Scripts in the embedded JavaScript engine: values, what a server stores of them, limits."""

from __future__ import annotations

import json
import os
import threading
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from soon import SOON

from httptask.core.digits import number
from httptask.errors import ExpressionError
from httptask.expressions import HeaderMap
from httptask.scripts import (
    Excerpt,
    Script,
    ScriptError,
    compile_script,
    script_text,
)

ROOT = {
    "k": "a",
    "n": 5,
    "l": [3, 1, 2],
    "m": {"x": 1, "size": 7},
    "f": 5.0,
    "nul": None,
    "loop": {"iteration": 2},
    "id": 9007199254740993,
    "big": 12345678901234567890,
    "with-dash": {"a b": [{"c": None}]},
    "empty": {},
}

VALUES = [
    ("$.k == 'a' ? 'a' : 'b'", "a"),
    ("if ($.k == 'b') 'a'; else if ($.n > 3) 'c'; else 'd'", "c"),
    ("if ($.k == 'b') { 'a' }", None),
    ("(function () { if ($.n > 3) { return 'a'; } else { return 'b'; } })()", "a"),
    ("function e() { return 'b'; } e();", "b"),
    ("$.zz", None),
    ("$.m", {"x": 1, "size": 7}),
    ("$.f", 5),
    ("10 / 2", 5),
    ("$['with-dash']['a b'][0].c === null", True),
    ("typeof $.q", "undefined"),
    ("0.1 + 0.2", 0.30000000000000004),
    ("1 / 0", "Infinity"),
    ("[0 / 0, -1 / 0, -0]", ["NaN", "-Infinity", -0.0]),
    ("3000000000", 3000000000),
    ("1e21", 1e21),
    ("2n ** 53n + 1n", 2**53 + 1),
    ("2n ** 70n", 2.0**70),
    ("new Date(0)", {}),
    ("[/a/, new Set([1]), Symbol('x'), () => 1, new Error('e')]", [{}] * 5),
    ("new Map([['a', 1]])", {"a": 1}),
    ("({f: function () {}, u: undefined})", {"f": {}, "u": None}),
    ("[, 1]", [None, 1]),
    ("new Uint8Array(2)", [0, 0]),
    ("[new String('s'), new Number(2), new Boolean(false)]", ["s", 2, False]),
    ("class A { constructor() { this.x = 1 } get y() { return 2 } } new A()", {"x": 1}),
    ("JSON.stringify($.m)", '{"x":1,"size":7}'),
    ("Object.keys($.m)", ["x", "size"]),
    ("console.log($.m); 1", 1),
    ("({...$.m, y: 2})", {"x": 1, "size": 7, "y": 2}),
    ("var {x} = $.m; [...$.l].sort().map(v => v + x)", [2, 3, 4]),
    ("$.l.sort()", [1, 2, 3]),
    ("for (var i in $.l) { i }", "2"),
    ("let t = 0; for (const v of $.l) t += v; t", 6),
    ("$.l.size() + $.l.get(0)", 6),
    ("$.m.get('x') + $.l.get(2)", 3),
    ("$.m.get('none')", None),
    ("$.m.size", 7),
    ("$.empty.size()", 0),
    ("$.m.containsKey('x') && !$.l.isEmpty() && $.l.contains(2)", True),
    ("Array.isArray($.l) && $.m instanceof Object", True),
    ("`${$.k}${$.n}`", "a5"),
    ("return_ = 1", 1),
    ("this === globalThis", True),
    ("$.id", 2**53 + 1),
    ("$.id + ''", "9007199254740993"),
    ("$.id > 5 && $.id == 9007199254740993n", True),
    ("JSON.stringify({id: $.id})", '{"id":9007199254740993}'),
    ("var a = 1; // a comment", None),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), VALUES)
def test_value(text: str, expected: Any) -> None:
    found = compile_script(text).evaluate(ROOT)
    assert (found, type(found)) == (expected, type(expected))


def test_a_whole_number_beyond_64_bits_is_a_double_as_on_a_server() -> None:
    assert compile_script("$.big").evaluate(ROOT) == 12345678901234567890.0
    assert compile_script("$.big + ''").evaluate(ROOT) == "12345678901234567890"


@pytest.mark.parametrize(
    ("value", "text"),
    [(5.0, "5"), (2.5, "2.5"), ({"x": 1}, "{x=1}"), ([1, "a"], "[1, a]"), (None, "null")],
)
def test_the_text_of_a_value_is_a_servers(value: Any, text: str) -> None:
    assert script_text(value) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$.h.etag + $.h['ETAG']", "v1v1"),
        ("$.r.response.headers.eTag", "v1"),
        ("'etag' in $.h && Object.hasOwn($.h, 'etag') && $.h.hasOwnProperty('etag')", True),
        ("$.h.get('x-id') === 9007199254740993n && $.h.containsKey('ETAG')", True),
        ("$.h.none === undefined && !('none' in $.h) && $.h.get('none') === null", True),
        ("Object.keys($.h)", ["ETag", "X-Id"]),
        ("JSON.stringify($.h)", '{"ETag":"v1","X-Id":9007199254740993}'),
        ("$.h.etag = 'v2'; $.h", {"ETag": "v2", "X-Id": 9007199254740993}),
        ("delete $.h.etag; $.h.size()", 1),
        ("({...$.h, more: $.h.size()})", {"ETag": "v1", "X-Id": 9007199254740993, "more": 2}),
    ],
)
def test_names_of_headers_have_no_case(text: str, expected: Any) -> None:
    headers = HeaderMap({"ETag": "v1", "X-Id": 9007199254740993})
    root = {"h": headers, "r": {"response": {"headers": headers}}}
    assert compile_script(text).evaluate(root) == expected


def test_a_number_with_digits_of_its_own_is_a_double() -> None:
    root = {"n": number("1.10"), "list": [number("12345678.90")]}
    assert compile_script("$.n + $.list[0]").evaluate(root) == 12345680.0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("$.zz.y", "TypeError: Cannot read property 'y' of undefined` at line 1"),
        ("1;\n\nnope()", "ReferenceError: nope is not defined` at line 3"),
        ("throw new Error('boom')", "Error: boom`"),
        ("throw 'text'", "text` at line 1"),
        ("throw {code: 5}", "Error` at line 1"),
        ("$.l.get(9)", "Index 9 out of bounds for length 3"),
        ("$.id + 1", "TypeError: Cannot convert BigInt to number"),
        ("function f() { return f() } f()", "RangeError: Maximum call stack size exceeded"),
        ("var a = {}; a.a = a; a", "RangeError: the result is nested too deep"),
        ("require('fs')", "ReferenceError: require is not defined"),
        ("const a = 1; a = 2", 'TypeError: Assignment to constant "a"` at line 1'),
        ("throw new SyntaxError('x')", "SyntaxError: x` at line 1"),
        ("JSON.parse('{bad')", "SyntaxError: Unexpected token b in JSON at position 1`"),
        ("JSON.parse('[1,\\n x]')", "SyntaxError: Unexpected token x in JSON at position 5`"),
        ("JSON.parse('')", "SyntaxError: Unexpected end of JSON input`"),
        ("JSON.parse('1', () => { throw new Error('x') })", "Error: x`"),
        ("eval('(')", "SyntaxError: unexpected token in expression: ''` at line 1"),
    ],
)
def test_failure(text: str, message: str) -> None:
    with pytest.raises(ScriptError) as raised:
        compile_script(text).evaluate(ROOT)
    assert str(raised.value).startswith(f"Error evaluating the script `{message}")
    assert not raised.value.late


@pytest.mark.parametrize(
    ("text", "place", "line"),
    [
        ("return 5", "1:0 Invalid return statement\nreturn 5\n^", 1),
        ('{"a": 1, "b": 2}', '1:4 Expected ; but found :\n{"a": 1, "b": 2}\n    ^', 1),
        ("function (", "1:9 Expected ident but found (\nfunction (\n         ^", 1),
        ("1;\nvar b = ;\n", "2:8 Expected an operand but found ;\nvar b = ;\n        ^", 2),
        ("if (", "1:4 Expected an operand but found eof\nif (\n    ^", 1),
        ("[1, 2", "1:5 Unexpected end of input\n[1, 2\n     ^", 1),
    ],
)
def test_a_syntax_error_is_told_with_its_place(text: str, place: str, line: int) -> None:
    with pytest.raises(ScriptError) as raised:
        Script(text).evaluate({})
    told = f"Error evaluating the script `SyntaxError: inline:{place}\n` at line {line}"
    assert str(raised.value) == told


def test_a_broken_regular_expression_has_no_place() -> None:
    with pytest.raises(ScriptError) as raised:
        Script("1;\n/(/").evaluate({})
    assert str(raised.value) == "Error evaluating the script `SyntaxError: expecting ')'`"


@pytest.mark.parametrize("text", ["$.k ===", "return 1", "var b = ;", "(1", "'open", "function ("])
def test_a_syntax_error_is_refused_before_anything_runs(text: str) -> None:
    with pytest.raises(ExpressionError) as raised:
        compile_script(text)
    assert raised.value.code == "script_invalid"


def test_the_line_of_a_syntax_error_is_told() -> None:
    with pytest.raises(ExpressionError, match=r"line 2"):
        compile_script("1;\n  while(")


def test_checking_the_syntax_executes_nothing() -> None:
    compile_script("while (true) {}")


def test_dates_in_words_are_english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    text = (
        "var d = new Date(2020, 6, 1, 9, 5); [`${d}`, d.toLocaleString(), d.toLocaleDateString()]"
    )
    assert compile_script(text).evaluate({}) == [
        "Wed Jul 01 2020 09:05:00 GMT+0000 (GMT)", "7/1/2020, 9:05:00 AM", "7/1/2020",
    ]  # fmt: skip
    monkeypatch.undo()
    time.tzset()


def test_nothing_leaks_to_the_next_script() -> None:
    compile_script("leaked = 1; Array.prototype.map = null; Object.prototype.x = 1").evaluate({})
    assert compile_script("[typeof leaked, typeof [].map, ({}).x]").evaluate({}) == [
        "undefined",
        "function",
        None,
    ]


@pytest.mark.parametrize(
    "text",
    [
        "while (true) {}",
        "while (true) { try { while (true) {} } catch (e) {} }",
        "/^(a+)+$/.test('a'.repeat(50) + 'b')",
        "({get a() { while (true) {} }})",
    ],
)
def test_time_is_limited(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("httptask.scripts.javascript.SECONDS", 0.2)
    begun = time.process_time()
    with pytest.raises(ScriptError, match="not evaluated within 4 seconds") as raised:
        compile_script(text).evaluate({})
    assert raised.value.late
    assert time.process_time() - begun < SOON


@pytest.mark.parametrize(
    "text",
    [
        "var a = []; while (true) a.push('x'.repeat(1000))",
        "'x'.repeat(1e9)",
        "new Array(1e9).fill(0)",
    ],
)
def test_memory_is_limited(text: str) -> None:
    with pytest.raises(ScriptError):
        compile_script(text).evaluate({})


def test_nothing_of_the_machine_can_be_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_OF_TEST", "hidden")
    names = ["process", "require", "std", "os", "fetch", "setTimeout", "Java", "print", "load"]
    script = compile_script(f"[{', '.join(f'typeof {name}' for name in names)}]")
    assert set(script.evaluate({})) == {"undefined"}
    everything = "JSON.stringify(Object.getOwnPropertyNames(globalThis))"
    assert os.environ["SECRET_OF_TEST"] not in compile_script(everything).evaluate({})


def test_threads_evaluate_at_the_same_time() -> None:
    found: list[Any] = []
    script = compile_script("let t = 0; for (let i = 0; i < 20000; i++) t += $.n; t")
    threads = [
        threading.Thread(target=lambda n=n: found.append(script.evaluate({"n": n})))
        for n in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == [20000 * n for n in range(8)]


@settings(max_examples=50)
@given(st.text(alphabet="$.kn[]'()+-*/%<>=!&|?:{};if else0 1", max_size=40))
def test_any_text_is_a_script_or_refused(text: str) -> None:
    try:
        compile_script(text).evaluate(ROOT)
    except (ExpressionError, ScriptError):
        return


JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)


@settings(max_examples=100)
@given(JSON_VALUES)
def test_data_passes_through_unchanged(value: Any) -> None:
    assert compile_script("$.v").evaluate({"v": value}) == json.loads(json.dumps(value))


@pytest.mark.parametrize(
    ("text", "repeats"), [("$.n > 5", True), ("Date.now() > 5", False), ("Math.random()", False)]
)
def test_what_reads_clock_or_chance_is_known(text: str, repeats: bool) -> None:
    assert compile_script(text).repeats_itself is repeats


PASSES = {"iteration": 3, "1": {"a": {"n": 1}}, "2": {"a": {"n": 2}}, "3": {"a": {"n": 3}}}


@pytest.mark.parametrize(
    "text",
    [
        "$.l.iteration < 5 && $.l['3'].a.n",
        "$.l[$.l.iteration - 1].a.n + $.l.get('3').a.n",
        "$.l[1].a.n",
        "$.l.get('1') === null",
        "$.l.missing === undefined",
        "try { $.l[1].a.n } catch (e) { 'hidden' }",
        "'1' in $.l || 'no'",
        "$.l.size()",
        "$.l",
        "$",
        "JSON.stringify($.l)",
        "Object.keys($.l)",
        "$.l.put('1', 5); $.l",
        "delete $.l[1]; $.l",
        "$.l.x = 1; $.l.x",
        "$.l + ''",
        "$.l.nope.nope",
        "$.l[1] = $.l",
    ],
)
def test_a_script_that_is_given_an_excerpt_does_not_notice(text: str) -> None:
    def outcome(passes: Any) -> Any:
        try:
            return compile_script(text).evaluate({"l": passes, "n": 1})
        except ScriptError as error:
            return str(error)

    part = {name: PASSES[name] for name in ("iteration", "3")}
    assert outcome(Excerpt(PASSES, part)) == outcome(PASSES)


def test_the_rest_is_read_only_when_it_is_asked_for() -> None:
    excerpt = Excerpt({"kept": 1, "other": 2}, {"kept": "part"})
    assert compile_script("$.l.kept").evaluate({"l": excerpt}) == "part"
    assert compile_script("$.l.kept + $.l.other").evaluate({"l": excerpt}) == 3
