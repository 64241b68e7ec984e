"""Read documents at run time, when their expressions are resolved.

The models ask at each field for an expression that may stand in its place. What is read here has
none any more, so that pydantic reads it without a call of Python code at each field.
"""

from __future__ import annotations

from functools import cache
from typing import Any, TypeVar

from pydantic_core import SchemaValidator

from httptask.definition.marks import Model, typed_or_expression

M = TypeVar("M", bound=Model)


def read(model: type[M], document: Any) -> M:
    """Return a resolved document as a model.

    Raises:
        ValidationError: it is not one of this model; text with ``${`` counts as any other text.
    """
    found: M = _reader(model).validate_python(document)
    return found


@cache
def _reader(model: type[Model]) -> SchemaValidator:
    model.model_rebuild()
    return SchemaValidator(_resolved(model.__pydantic_core_schema__))


def _resolved(schema: Any) -> Any:
    """Return pydantic's schema of a model with a ``T`` in place of every ``Expr[T]``."""
    if isinstance(schema, list):
        return [_resolved(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    wraps = schema.get("type") == "function-wrap"
    if wraps and schema["function"]["function"] is typed_or_expression:
        return _resolved(schema["schema"])
    return {key: item if key == "default" else _resolved(item) for key, item in schema.items()}
