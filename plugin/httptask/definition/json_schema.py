"""Validate values against the JSON Schemas that a task carries: offline, and without echoes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import jsonschema_rs

from httptask.core.json_text import doubles
from httptask.errors import DefinitionError

_BACKTRACK_LIMIT = 100_000


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


class JsonSchema:
    """A JSON Schema (draft 2020-12 unless it says otherwise), compiled at its first use."""

    def __init__(self, document: dict[str, Any] | bool, pointer: str = "") -> None:
        self.document = doubles(document)
        self.pointer = pointer

    @cached_property
    def _validator(self) -> Any:
        try:
            return jsonschema_rs.validator_for(
                self.document,
                offline=True,
                mask="the value",
                validate_formats=False,
                pattern_options=jsonschema_rs.FancyRegexOptions(backtrack_limit=_BACKTRACK_LIMIT),
            )
        except (jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError, ValueError) as error:
            raise DefinitionError(
                f"this JSON Schema cannot be used: {str(error).splitlines()[0]}",
                code="schema_invalid",
                pointer=self.pointer,
                hint="references may only point inside the schema itself",
            ) from error

    def check(self) -> None:
        """Check this schema against its own dialect's schema, and compile it.

        Raises:
            DefinitionError: the schema is invalid, or refers to another document; the pointer is
                the place in it.
        """
        if not obeys_its_dialect(self.document):
            self._refuse_broken()
        _ = self._validator

    def _refuse_broken(self) -> None:
        """Say which rule of its dialect the schema breaks, and where."""
        from jsonschema import exceptions, validators  # noqa: PLC0415 - start-up: few need it

        kind = validators.validator_for(self.document, default=validators.Draft202012Validator)
        found = exceptions.best_match(kind(kind.META_SCHEMA).iter_errors(self.document))
        if found is not None:
            where = pointer_of([str(part) for part in found.absolute_path])
            raise DefinitionError(
                f"this JSON Schema breaks the rules of {found.validator!r}",
                code="schema_invalid",
                pointer=self.pointer + where,
                hint=f"see the dialect {kind.META_SCHEMA.get('$id', '')}",
            )

    def problems(self, value: Any, limit: int = 20) -> list[Problem]:
        """Return at most ``limit`` ways in which the value breaks this schema.

        Raises:
            DefinitionError: the schema itself cannot be used.
        """
        value = doubles(value)
        if self._validator.is_valid(value):
            return []
        found: list[Problem] = []
        for error in self._validator.iter_errors(value):
            found.append(self._problem(error))
            if len(found) == limit:
                break
        return found

    def _problem(self, error: jsonschema_rs.ValidationError) -> Problem:
        kind = error.kind.as_dict()
        keyword = error.kind.name
        path = [str(part) for part in error.instance_path]
        given = ""
        if keyword == "required":
            path.append(str(kind.get("property", "")))
        unexpected = kind.get("unexpected")
        if isinstance(unexpected, list) and unexpected:
            given = str(unexpected[0])
            path.append(given)
        return Problem(
            pointer_of(path),
            _message(keyword, kind, error.message),
            keyword,
            _rule(self.document, error.schema_path),
            _allowed(self.document, keyword, kind, error.schema_path),
            given,
        )


def obeys_its_dialect(document: Any) -> bool:
    """Tell whether a schema is one, much faster than jsonschema says what is wrong and where."""
    try:
        return bool(jsonschema_rs.meta.is_valid(document))
    except (jsonschema_rs.ReferencingError, ValueError):
        return False


def pointer_of(path: Sequence[str | int]) -> str:
    """Return the JSON Pointer (RFC 6901) of a path of names and indexes."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)


def _message(keyword: str, kind: Mapping[str, Any], text: str) -> str:
    if keyword == "required":
        return f"{kind.get('property')!r} is required"
    if keyword == "additionalProperties":
        return f"{', '.join(map(repr, kind.get('unexpected', [])))} is not a known field"
    return text


def _allowed(
    schema: Any, keyword: str, kind: Mapping[str, Any], path: Sequence[str | int]
) -> tuple[str, ...]:
    if keyword == "enum":
        return tuple(str(option) for option in kind.get("options", ()))
    if keyword == "additionalProperties":
        owner = _at(schema, path[:-1])
        names = owner.get("properties", {}) if isinstance(owner, Mapping) else {}
        return tuple(str(name) for name in names)
    return ()


def _rule(schema: Any, path: Sequence[str | int]) -> str:
    for position in range(len(path) - 1, -1, -1):
        if path[position] in {"then", "else", "dependentSchemas", "not"}:
            owner = _at(schema, path[:position])
            branch = _at(schema, path[: position + 1])
            for place in (branch, owner):
                if isinstance(place, Mapping) and isinstance(place.get("description"), str):
                    return str(place["description"])
    return ""


def _at(document: Any, path: Sequence[str | int]) -> Any:
    for part in path:
        if isinstance(document, Mapping):
            document = document.get(str(part))
        elif isinstance(document, list) and isinstance(part, int) and part < len(document):
            document = document[part]
        else:
            return None
    return document
