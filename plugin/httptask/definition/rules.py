"""Rules between the keys of one object, each said once: as a check and as JSON Schema.

``given`` below is the object without its null values: null is the same as absent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any


@dataclass(frozen=True, slots=True)
class Rule:
    """What must hold between the keys of one object.

    Attributes:
        code: ``rule_conflict``, ``rule_missing`` or ``rule_needs``.
        message: what the author reads.
        broken: tells whether the given keys and values break the rule.
        schema: the same rule as JSON Schema.
    """

    code: str
    message: str
    broken: Callable[[Mapping[str, Any]], bool]
    schema: Mapping[str, Any]


def present(*names: str) -> dict[str, Any]:
    """Return the JSON Schema of "these keys are there and not null"."""
    return {
        "required": list(names),
        "properties": {name: {"not": {"type": "null"}} for name in names},
    }


def at_most_one(*names: str) -> Rule:
    """Return the rule that two of these keys are never given together."""
    keys = frozenset(names)
    return Rule(
        "rule_conflict",
        f"only one of {_listed(names)} may be given",
        lambda given: len(keys & given.keys()) > 1,
        {"not": {"anyOf": [present(*pair) for pair in combinations(names, 2)]}},
    )


def at_least_one(*names: str) -> Rule:
    """Return the rule that one of these keys must be given."""
    return Rule(
        "rule_missing",
        f"one of {_listed(names)} must be given",
        lambda given: not any(name in given for name in names),
        {"anyOf": [present(name) for name in names]},
    )


def needs(name: str, other: str) -> Rule:
    """Return the rule that ``name`` is only allowed together with ``other``."""
    return Rule(
        "rule_needs",
        f'"{name}" needs "{other}" beside it',
        lambda given: name in given and other not in given,
        {"if": present(name), "then": present(other)},
    )


def needs_value(name: str, other: str, value: str) -> Rule:
    """Return the rule that ``name`` is only allowed where ``other`` has this value."""
    return Rule(
        "rule_needs",
        f'"{name}" needs "{other}": "{value}" beside it',
        lambda given: name in given and given.get(other) != value,
        {
            "if": present(name),
            "then": {"required": [other], "properties": {other: {"const": value}}},
        },
    )


def needed_by(names: tuple[str, ...], other: str, *values: str) -> Rule:
    """Return the rule that one of ``names`` must be given where ``other`` has one of the values."""
    return Rule(
        "rule_missing",
        f'{_either(names)} must be given where "{other}" is {_either(values)}',
        lambda given: given.get(other) in values and not any(name in given for name in names),
        {
            "if": {"required": [other], "properties": {other: {"enum": list(values)}}},
            "then": {"anyOf": [present(name) for name in names]},
        },
    )


def excluded_by(name: str, other: str, value: bool) -> Rule:
    """Return the rule that ``name`` is not allowed where ``other`` has this truth value."""
    text = str(value).lower()
    return Rule(
        "rule_conflict",
        f'"{name}" contradicts "{other}": {text}',
        lambda given: name in given and given.get(other) is value,
        {
            "not": {
                "required": [name, other],
                "properties": {name: {"not": {"type": "null"}}, other: {"const": value}},
            }
        },
    )


def _either(texts: tuple[str, ...]) -> str:
    *first, last = (f'"{text}"' for text in texts)
    return f"{', '.join(first)} or {last}" if first else last


def _listed(names: tuple[str, ...]) -> str:
    quoted = [f'"{name}"' for name in names]
    return f"{', '.join(quoted[:-1])} and {quoted[-1]}"
