"""What is wrong with a value that breaks a JSON Schema, in words that never repeat the value."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Final

import jsonschema_rs

_SHOWN_NAMES: Final = 20
_WORDS: Final = {
    "anyOf": "the value is not valid under any of the schemas listed in the 'anyOf' keyword",
    "contains": "too few or too many items match the schema in 'contains'",
    "falseSchema": "no value is allowed here",
    "not": "the value is valid under the schema in 'not'",
    "oneOf": "the value is not valid under exactly one of the schemas in 'oneOf'",
    "schema": "the value does not match its schema",
    "unevaluatedItems": "the list has items that the schema does not allow",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One value that breaks a schema.

    Attributes:
        pointer: JSON Pointer of the value, from the validated document's root.
        message: what is wrong; the value itself is never in it.
        keyword: the JSON Schema keyword that was broken.
        rule: the schema's own words for a cross-field rule, or "".
        allowed: the values or names that would do, when the keyword lists them.
        given: the name that was not expected, or "".
    """

    pointer: str
    message: str
    keyword: str
    rule: str = ""
    allowed: tuple[str, ...] = ()
    given: str = ""

    @property
    def hint(self) -> str:
        """Return what to do about it, or ""."""
        close = get_close_matches(self.given, self.allowed, n=1) if self.given else []
        if close:
            return f"did you mean {close[0]!r}?"
        if not self.rule and self.keyword == "enum":
            return f"one of {', '.join(self.allowed)}"
        return self.rule


@dataclass(frozen=True, slots=True)
class Spot:
    """A value, held against a schema.

    Attributes:
        at: JSON Pointer of the schema.
        value: the value.
        pointer: JSON Pointer of the value.
        rule: the schema's own words for the cross-field rule that applies here, or "".
    """

    at: str
    value: Any
    pointer: str = ""
    rule: str = ""

    def under(self, *names: str | int, rule: str = "") -> Spot:
        """Return the same value, held against a schema inside this one."""
        return Spot(self.at + pointer_of(names), self.value, self.pointer, rule or self.rule)

    def child(self, key: str | int, *names: str | int) -> Spot:
        """Return a part of the value, held against a schema inside this one."""
        pointer = self.pointer + pointer_of([key])
        return Spot(self.at + pointer_of(names), self.value[key], pointer, self.rule)

    def broken(self, keyword: str) -> Problem:
        """Return that a keyword is broken here."""
        text = _WORDS.get(keyword, f"the value breaks the rule of {keyword!r}")
        return Problem(self.pointer, text, keyword, self.rule)

    def unexpected(self, keyword: str, names: Iterable[str], known: Iterable[str]) -> Problem:
        """Return that the object has members which it must not have."""
        given = [str(name) for name in names]
        shown = ", ".join(map(repr, given[:_SHOWN_NAMES]))
        more = f" and {len(given) - _SHOWN_NAMES} more" if len(given) > _SHOWN_NAMES else ""
        text = (
            f"{shown}{more} {'is not a known field' if len(given) == 1 else 'are not known fields'}"
        )
        pointer = self.pointer + pointer_of(given[:1])
        return Problem(pointer, text, keyword, self.rule, tuple(known), given[0])

    def told(self, error: jsonschema_rs.ValidationError, schema: Mapping[str, Any]) -> Problem:
        """Return what a validator found about this value itself, not about its parts."""
        kind, keyword = error.kind.as_dict(), error.kind.name
        if keyword == "required":
            name = str(kind.get("property", ""))
            pointer = self.pointer + pointer_of([name])
            return Problem(pointer, f"{name!r} is required", keyword, self.rule)
        if keyword == "additionalProperties":
            known = map(str, schema.get("properties", ()))
            return self.unexpected(keyword, kind.get("unexpected", ()), known)
        allowed = tuple(map(str, kind.get("options", ()))) if keyword == "enum" else ()
        return Problem(self.pointer, error.message, keyword, self.rule, allowed)


def pointer_of(path: Iterable[str | int]) -> str:
    """Return the JSON Pointer (RFC 6901) of a path of names and indexes."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)
