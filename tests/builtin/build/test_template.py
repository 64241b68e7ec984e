from __future__ import annotations

import json
from pathlib import Path

import pytest

from httptask.builtin.build.template import expand, parse_expression
from httptask.errors import InputError

FILES = {
    "uritemplate-spec-examples.json": 64,
    "uritemplate-spec-examples-by-section.json": 117,
    "uritemplate-extended-tests.json": 53,
    "uritemplate-negative-tests.json": 36,
}


def outcome(template: str, values: dict[str, object]) -> str | bool:
    try:
        return expand(template, values)
    except InputError:
        return False


@pytest.mark.parametrize(("name", "count"), FILES.items())
def test_every_shared_case(shared: Path, name: str, count: int) -> None:
    suites = json.loads((shared / "corpora" / name).read_text())
    checked = 0
    for suite in suites.values():
        for template, expected in suite["testcases"]:
            accepted = expected if isinstance(expected, list) else [expected]
            assert outcome(template, suite["variables"]) in accepted, template
            checked += 1
    assert checked >= count


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{x}", "1"),
        ("{flag}", "true"),
        ("{ratio}", "100.0"),
        ("{holes}", "a,b"),
        ("{nulls}", ""),
        ("{?nulls,x}", "?x=1"),
        ("{nested}", "%7B%22a%22%3A1%7D"),
        ("{big}", "123456789012345678901234567890"),
        ("{+pct}", "%41%25"),
        ("{pct}", "%2541%25"),
        ("{emoji:1}", "%F0%9F%98%80"),
    ],
)
def test_json_values(template: str, expected: str) -> None:
    values = {
        "x": 1, "flag": True, "ratio": 100.0, "holes": ["a", None, "b"], "nulls": [None],
        "nested": [{"a": 1}], "big": 123456789012345678901234567890, "pct": "%41%",
        "emoji": "😀😀",
    }  # fmt: skip
    assert expand(template, values) == expected


def test_error_points_at_the_value() -> None:
    with pytest.raises(InputError) as caught:
        expand("{x}", {"x": float("inf")})
    assert caught.value.pointer == "/x"


def test_optional_operators() -> None:
    optional = {sign for sign in ("", "+", "#", ".", "/", ";", "?", "&")
                if (found := parse_expression(f"{sign}x")) and found.optional}  # fmt: skip
    assert optional == {";", "?", "&"}
