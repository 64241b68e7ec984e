"""Validate values against the JSON Schemas that a task carries: offline, and without echoes."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any, Final, NoReturn

import jsonschema_rs

from httptask.core.first_use import IMPORTING, cached_property
from httptask.core.json_text import decode, doubles, encode
from httptask.definition.schema_problem import Problem, pointer_of
from httptask.definition.schema_report import Report
from httptask.definition.schema_size import LARGEST, has_more_values, is_too_large, may_be_too_large
from httptask.errors import DefinitionError

_BACKTRACK_LIMIT: Final = 100_000
_KEPT: Final = 1_024
_KEPT_SIZE: Final = 50_000
_EXPLAINED: Final = 5_000
"""Values that a broken schema may have for jsonschema to say what is wrong."""


class _TooLargeError(Exception):
    """A schema stands for too many schemas."""


class JsonSchema:
    """A JSON Schema (draft 2020-12 unless it says otherwise), compiled at its first use."""

    def __init__(self, document: dict[str, Any] | bool, pointer: str = "") -> None:
        self.document = doubles(document)
        self.pointer = pointer

    @cached_property
    def _validator(self) -> Any:
        try:
            text = encode(self.document)
            return _kept(text) if len(text) <= _KEPT_SIZE else _usable(self.document)
        except _TooLargeError:
            raise DefinitionError(
                f"this JSON Schema expands to more than {LARGEST} schemas once its references are "
                "replaced by what they lead to",
                code="schema_too_large",
                pointer=self.pointer,
                hint="refer to the schema fewer times, or leave parts of it open",
            ) from None
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
        """Say which rule of its dialect the schema breaks, and where.

        jsonschema finds the place inside the lists of schemas of older dialects, where
        jsonschema-rs stops at the list; but it would take seconds for a large schema.
        """
        if has_more_values(self.document, _EXPLAINED):
            try:
                jsonschema_rs.meta.validate(self.document)
            except jsonschema_rs.ValidationError as error:
                self._refuse(error.kind.name, error.instance_path)
            return
        with IMPORTING:
            from jsonschema import exceptions, validators  # noqa: PLC0415 - start-up: few need it

        kind = validators.validator_for(self.document, default=validators.Draft202012Validator)
        found = exceptions.best_match(kind(kind.META_SCHEMA).iter_errors(self.document))
        if found is not None:
            self._refuse(found.validator, found.absolute_path)

    def _refuse(self, rule: object, path: Iterable[str | int]) -> NoReturn:
        own = self.document.get("$schema") if isinstance(self.document, dict) else None
        dialect = own or "https://json-schema.org/draft/2020-12/schema"
        raise DefinitionError(
            f"this JSON Schema breaks the rules of {rule!r}",
            code="schema_invalid",
            pointer=self.pointer + pointer_of(path),
            hint=f"see the dialect {dialect}",
        )

    def problems(self, value: Any, limit: int = 20) -> list[Problem]:
        """Return at most ``limit`` ways in which the value breaks this schema.

        Raises:
            DefinitionError: the schema itself cannot be used.
        """
        value = doubles(value)
        if self._validator.is_valid(value):
            return []
        return Report(self.document, _compiled).problems(value, limit)


@lru_cache(maxsize=_KEPT)
def _kept(text: bytes) -> Any:
    """Return the validator of a schema's text: tasks of one operation have one."""
    schema = doubles(decode(text))
    return _usable(schema) if may_be_too_large(text) else _compiled(schema)


def _usable(schema: dict[str, Any] | bool) -> Any:
    if is_too_large(schema):
        raise _TooLargeError
    return _compiled(schema)


def _compiled(schema: dict[str, Any] | bool, registry: jsonschema_rs.Registry | None = None) -> Any:
    return jsonschema_rs.validator_for(
        schema,
        registry=registry,
        offline=True,
        mask="the value",
        validate_formats=False,
        pattern_options=jsonschema_rs.FancyRegexOptions(backtrack_limit=_BACKTRACK_LIMIT),
    )


def obeys_its_dialect(document: Any) -> bool:
    """Tell whether a schema is one, much faster than jsonschema says what is wrong and where."""
    try:
        return bool(jsonschema_rs.meta.is_valid(document))
    except (jsonschema_rs.ReferencingError, ValueError):
        return False
