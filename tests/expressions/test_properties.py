"""What holds for every text and every value."""

from __future__ import annotations

from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from httptask.errors import ExpressionError
from httptask.expressions import Context, compile_path, compile_template

CONTEXT = Context.build(
    input={"s": "str", "l": [1, {"a": [2, None]}], "m": {"x": {"y": "$${z}"}}},
    tasks={"t": {"output": {"a": 1}}},
)
MARKS = "${ $${ [?( && || =~ .. /a/i length() [*] [0] workflow. input. t.output secrets.X env.X l m"
PIECES = st.sampled_from([*"${}[]().*?@'\"\\/=~!&|<>,:- x0", *MARKS.split(" "), " in "])
TEXTS = st.lists(PIECES, max_size=40).map("".join) | st.text(max_size=40)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(TEXTS)
def test_any_text_resolves_in_both_modes(text: str) -> None:
    template = compile_template(text)
    stored = template.evaluate(CONTEXT)
    assert template.evaluate(CONTEXT) == stored
    template.evaluate(CONTEXT, {"X": "secret"}.get)
    template.evaluate(CONTEXT, lambda _name: None)


@given(TEXTS)
def test_any_inside_resolves_to_json_of_the_context(inside: str) -> None:
    value = compile_template("${" + inside + "}").evaluate(CONTEXT)
    assert value is None or isinstance(value, str | int | float | list | dict)


@given(TEXTS, VALUES)
def test_any_path_is_refused_or_finds_a_list(text: str, value: Any) -> None:
    try:
        path = compile_path("$" + text)
    except ExpressionError:
        return
    assert len(path.find(value)) <= 1 or not path.singular


@given(st.text())
def test_a_text_without_references_is_itself(text: str) -> None:
    assume("${" not in text)
    assert compile_template(text).evaluate(CONTEXT) == text
    assert compile_template(text).problems == ()


@given(VALUES)
def test_a_literal_value_is_itself(value: Any) -> None:
    assume("${" not in repr(value))
    assert compile_template(value).evaluate(CONTEXT) == value


@given(TEXTS)
def test_an_escaped_text_comes_out_as_it_was_meant(text: str) -> None:
    assume("$${" not in text)
    escaped = text.replace("${", "$${")
    assert compile_template(escaped).evaluate(CONTEXT) == text
    assert compile_template(escaped).references == ()


@given(VALUES)
def test_a_whole_reference_gives_the_value_itself(value: Any) -> None:
    context = Context.build(input={"v": value})
    found = compile_template({"k": ["${workflow.input.v}"]}).evaluate(context)
    assert found["k"][0] is value


@given(VALUES)
def test_data_is_never_resolved_again(value: Any) -> None:
    context = Context.build(input={"v": value, "p": "${workflow.secrets.X}"})
    template = compile_template(["${workflow.input.v}", "a ${workflow.input.p}"])
    assert template.evaluate(context, lambda _name: "SECRET") == [
        value,
        "a ${workflow.secrets.X}",
    ]


@given(st.integers(1, 200), VALUES)
def test_deep_templates_resolve(depth: int, value: Any) -> None:
    template: Any = "${workflow.input.v}"
    expected: Any = value
    for level in range(depth):
        template = {"k": template} if level % 2 else [template]
        expected = {"k": expected} if level % 2 else [expected]
    assert compile_template(template).evaluate(Context.build(input={"v": value})) == expected


@given(st.dictionaries(st.text(min_size=1), VALUES, min_size=1))
def test_any_name_is_reachable_in_brackets(members: dict[str, Any]) -> None:
    assume(not any(mark in name for name in members for mark in "{}\\'$"))
    context = Context.build(input=members)
    for name, value in members.items():
        assert compile_template("${workflow.input['" + name + "']}").evaluate(context) == value
