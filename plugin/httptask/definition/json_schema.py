"""Validate values against the JSON Schemas that a task carries: offline, and without echoes."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import jsonschema_rs

from httptask.definition.schema_problem import Problem, pointer_of
from httptask.definition.schema_report import Report
from httptask.errors import DefinitionError

_BACKTRACK_LIMIT = 100_000


class JsonSchema:
    """A JSON Schema (draft 2020-12 unless it says otherwise), compiled at its first use."""

    def __init__(self, document: dict[str, Any] | bool, pointer: str = "") -> None:
        self.document = document
        self.pointer = pointer

    @cached_property
    def _validator(self) -> Any:
        try:
            return _compiled(self.document)
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
        if not _obeys_its_dialect(self.document):
            self._refuse_broken()
        _ = self._validator

    def _refuse_broken(self) -> None:
        """Say which rule of its dialect the schema breaks, and where."""
        from jsonschema import exceptions, validators  # noqa: PLC0415 - start-up: few need it

        kind = validators.validator_for(self.document, default=validators.Draft202012Validator)
        found = exceptions.best_match(kind(kind.META_SCHEMA).iter_errors(self.document))
        if found is not None:
            where = pointer_of(found.absolute_path)
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
        if self._validator.is_valid(value):
            return []
        return Report(self.document, _compiled).problems(value, limit)


def _compiled(schema: dict[str, Any] | bool, registry: jsonschema_rs.Registry | None = None) -> Any:
    return jsonschema_rs.validator_for(
        schema,
        registry=registry,
        offline=True,
        mask="the value",
        validate_formats=False,
        pattern_options=jsonschema_rs.FancyRegexOptions(backtrack_limit=_BACKTRACK_LIMIT),
    )


def _obeys_its_dialect(document: Any) -> bool:
    """Tell it a hundred times faster than jsonschema can say what is wrong and where."""
    try:
        return bool(jsonschema_rs.meta.is_valid(document))
    except (jsonschema_rs.ReferencingError, ValueError):
        return False
