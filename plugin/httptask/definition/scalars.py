"""Leaf types of the models. They are strict: no text for a number, no number for a truth value."""

from __future__ import annotations

import math
import re
from typing import Annotated, Any, Final, TypeVar

from pydantic import (
    BeforeValidator,
    Discriminator,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    Strict,
    StrictBool,
    Tag,
    WithJsonSchema,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from httptask.core.digits import Number as WrittenNumber

T = TypeVar("T")
D = TypeVar("D")

TOKEN: Final = r"^[!#$%&'*+\-.^_`|~0-9A-Za-z]+(?!\n)$"  # noqa: S105 - an RFC 9110 token, no secret
MEDIA_TYPE: Final = r"^[^\s/*;,]+/[^\s/*;,]+\s*(;.*)?$"
OR_LIST: Final = " or a list"
OR_OBJECT: Final = " or an object"
"""Tags of the simple branch of a union; messages end with them."""

STATUS: Final = "^[1-5]([0-9][0-9]|[xX][xX])$"
SHA256: Final = "^[0-9a-f]{64}$"
MAX_MS: Final = 99_999_999
DEFAULT_TIMEOUT_MS: Final = 3000

_DIGITS: Final = re.compile("[0-9]{0,8}")
_WORDS: Final[dict[Any, bool]] = {"true": True, "false": False}
_KINDS: Final[dict[type, str]] = {
    str: "string",
    int: "number",
    float: "number",
    WrittenNumber: "number",
    bool: "boolean",
    type(None): "null",
    list: "array",
    dict: "object",
}


class Kinds:
    """Annotation: the value is of one of these JSON types, and is kept as it is."""

    def __init__(self, *kinds: str) -> None:
        self.kinds = kinds

    def _check(self, value: Any) -> Any:
        if _KINDS.get(type(value)) not in self.kinds:
            raise PydanticCustomError("wrong_type", "wrong type", {"kinds": self.kinds})
        return value

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self._check)

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {"type": list(self.kinds)}


def _whole(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _milliseconds(value: Any) -> Any:
    if isinstance(value, str) and _DIGITS.fullmatch(value):
        return int(value) if value else DEFAULT_TIMEOUT_MS
    if isinstance(value, float) and math.isfinite(value) and 0 <= value <= MAX_MS:
        return math.floor(value)
    return value


def _status(value: Any) -> Any:
    value = _whole(value)
    return str(value) if type(value) is int else value


WHOLE: Final = BeforeValidator(_whole)
"""Last annotation of a whole number: 5.0 is 5, as JSON Schema has it."""

Flag = StrictBool
LenientFlag = Annotated[
    bool,
    Strict(),
    BeforeValidator(lambda value: _WORDS.get(value, value) if isinstance(value, str) else value),
    WithJsonSchema({"enum": [True, False, "true", "false"]}),
]
"""A truth value as Conductor reads it: also as text."""

Name = Annotated[str, Field(min_length=1)]
Integer = Annotated[int, Strict(), WHOLE]
Number = Annotated[float, Strict(), Field(allow_inf_nan=False)]
Count = Annotated[int, Strict(), Field(ge=0), WHOLE]
Positive = Annotated[int, Strict(), Field(ge=1), WHOLE]
Duration = Annotated[int, Strict(), Field(ge=0, le=MAX_MS), WHOLE]

LenientDuration = Annotated[
    int,
    Strict(),
    Field(ge=0, le=MAX_MS),
    BeforeValidator(_milliseconds),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "number", "minimum": 0, "maximum": MAX_MS},
                {"type": "string", "pattern": "^[0-9]{0,8}$"},
            ]
        }
    ),
]
"""Milliseconds as Conductor reads them: digits in text, "" for the default, fractions cut off."""

StatusCode = Annotated[
    str,
    Field(pattern=STATUS),
    BeforeValidator(_status),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "pattern": STATUS},
                {"type": "integer", "minimum": 100, "maximum": 599},
            ]
        }
    ),
]
"""A status code ("404", 404) or family ("4xx"); always text once read."""

HeaderName = Annotated[str, Field(pattern=TOKEN)]
MediaType = Annotated[str, Field(pattern=MEDIA_TYPE)]
Scalar = Annotated[str | float | bool, Kinds("string", "number", "boolean")]
ScalarOrNull = Annotated[str | float | bool | None, Kinds("string", "number", "boolean", "null")]
Value = Annotated[Any, Kinds("string", "number", "boolean", "array", "object")]
Anything = Annotated[Any, Kinds("string", "number", "boolean", "null", "array", "object")]
JsonSchemaDocument = Annotated[dict[str, Any] | bool, Kinds("boolean", "object")]


def _list_or_one(value: Any) -> str:
    return "list" if isinstance(value, list) else OR_LIST


def _object_or_one(value: Any) -> str:
    return "object" if isinstance(value, dict) else OR_OBJECT


OneOrList = Annotated[
    Annotated[T, Tag(OR_LIST)] | Annotated[list[T], Tag("list")], Discriminator(_list_or_one)
]
"""``OneOrList[T]``: a ``T`` or a list of them; told apart before either is read."""

ObjectOr = Annotated[
    Annotated[D, Tag("object")] | Annotated[T, Tag(OR_OBJECT)], Discriminator(_object_or_one)
]
"""``ObjectOr[D, T]``: a ``D`` where an object is written, else a ``T``."""
