"""Inputs that a server resolved, made ready."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from httptask.engines.conductor.inputs import in_order, ready_inputs
from httptask.errors import CredentialsError
from httptask.expressions import Context, compile_template

SECRETS = {"A": "secret-value-a", "B": "b/secret:value", "E": ""}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=8,
)


def ready(written: dict[str, Any], data: Any = None, lookup: Any = None) -> Any:
    template = compile_template(written)
    context = Context.build(input=data or {})
    stored = template.evaluate(context)
    secrets = {name: value for name, value in SECRETS.items() if value}
    delivered = _substituted(stored, secrets)
    return ready_inputs(
        template, written, delivered, stored=lambda: stored, lookup=lookup or (lambda name: None)
    )


def _substituted(value: Any, secrets: dict[str, str]) -> Any:
    """Put secrets in as the server does: everywhere, also in data."""
    if isinstance(value, dict):
        return {key: _substituted(value[key], secrets) for key in reversed(value)}
    if isinstance(value, list):
        return [_substituted(item, secrets) for item in value]
    if not isinstance(value, str):
        return value
    for name in SECRETS:
        placeholder = f"${{workflow.secrets.{name}}}"
        if value == placeholder:
            return secrets.get(name)
        value = value.replace(placeholder, secrets.get(name, ""))
    return value


def test_a_whole_secret_and_one_in_a_text_are_found() -> None:
    found = ready({"h": {"x": "${workflow.secrets.A}", "y": "Bearer ${workflow.secrets.B}!"}})
    assert found.values == {"h": {"x": SECRETS["A"], "y": f"Bearer {SECRETS['B']}!"}}
    assert found.names == {"A", "B"}
    assert found.secrets == {SECRETS["A"], SECRETS["B"]}


def test_a_secret_beside_data_is_told_apart_from_it() -> None:
    written = {"x": "${workflow.input.user}:${workflow.secrets.B}:${workflow.input.user}"}
    found = ready(written, {"user": "a:b"})
    assert found.values == {"x": f"a:b:{SECRETS['B']}:a:b"}
    assert found.secrets == {SECRETS["B"]}


def test_a_placeholder_in_data_stays_data() -> None:
    written = {"a": "${workflow.input.t}", "b": "${workflow.secrets.A} ${workflow.input.t}"}
    found = ready(written, {"t": "${workflow.secrets.B}"})
    placeholder = "${workflow.secrets.B}"
    assert found.values == {"a": placeholder, "b": f"{SECRETS['A']} {placeholder}"}
    assert found.names == {"A"}


@pytest.mark.parametrize("written", ["${workflow.secrets.E}", "x ${workflow.secrets.E} y"])
def test_a_secret_that_the_server_lacks_is_looked_up(written: str) -> None:
    with pytest.raises(CredentialsError, match="'E' is not set"):
        ready({"h": written})
    found = ready({"h": written}, lookup={"E": "own-secret-value"}.get)
    assert found.values == {"h": written.replace("${workflow.secrets.E}", "own-secret-value")}
    assert "own-secret-value" in found.secrets


def test_two_secrets_side_by_side_are_put_together_again() -> None:
    found = ready({"h": "${workflow.secrets.A}${workflow.secrets.B}"})
    assert found.values == {"h": SECRETS["A"] + SECRETS["B"]}
    assert SECRETS["A"] + SECRETS["B"] in found.secrets


@pytest.mark.parametrize(
    ("written", "value", "texts"),
    [
        ("${A}-${B}", "a-b-c", {"a", "b-c"}),
        ("x${A}--${B}-y", "xa-b--c-y", {"a-b", "c"}),
        ("${A}${B}", "abc", {"a", "bc"}),
        ("${A}:${A}", "a:b:a:b", {"a:b"}),
        ("${A}${A}", "abab", {"ab"}),
        ("[${A}|${B}|${A}]", "[a|b|a]", {"a", "b"}),
    ],
)
def test_secrets_are_found_between_literal_texts(written: str, value: str, texts: set[str]) -> None:
    found = delivered(written, value)
    assert texts <= found.secrets
    assert found.values == {"h": value}


@pytest.mark.parametrize("names", ["A", "AB", "ABCD", "ABAB", "AAAA"])
@pytest.mark.parametrize("length", [600, 200_000])
def test_no_text_is_searched_again_and_again(names: str, length: int) -> None:
    written = "-".join(f"${{{name}}}" for name in names) + "!"
    value = "-" * length
    found = delivered(written, value)
    assert found.values == {"h": value}
    assert value in found.secrets


def delivered(written: str, value: str) -> Any:
    text = re.sub(r"\$\{(.)\}", r"${workflow.secrets.\1}", written)
    template = compile_template({"h": text})
    return ready_inputs(template, {"h": text}, {"h": value}, stored=dict, lookup={"A": "own"}.get)


def test_without_secrets_and_data_nothing_is_asked() -> None:
    def refuse() -> Any:
        raise AssertionError("the server is asked")

    template = compile_template({"a": 1})
    found = ready_inputs(template, {"a": 1}, {"a": 1}, stored=refuse, lookup=lambda name: None)
    assert (found.values, found.names, found.secrets) == ({"a": 1}, frozenset(), frozenset())


@given(JSON)
def test_order_is_the_authors_and_values_are_the_servers(value: Any) -> None:
    shuffled = _shuffled(value)
    ordered = in_order(value, shuffled)
    assert ordered == value
    assert _keys(ordered) == _keys(value)


def _shuffled(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _shuffled(value[key]) for key in reversed(value)}
    return [_shuffled(item) for item in value] if isinstance(value, list) else value


def _keys(value: Any) -> Any:
    if isinstance(value, dict):
        return [(key, _keys(item)) for key, item in value.items()]
    return [_keys(item) for item in value] if isinstance(value, list) else None
