"""RFC 6570 URI templates, all four levels.

Strict where the ``uritemplate`` package is not: of the negative cases that circulate with the
standard it accepts 33 out of 36.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain

from httptask.builtin.build.values import (
    Encode,
    Json,
    child,
    encode_strictly,
    lenient_encoder,
    text_of,
)
from httptask.errors import InputError

_CHARACTER = r"(?:[A-Za-z0-9_]|%[0-9A-Fa-f]{2})"
_VARIABLE = re.compile(rf"({_CHARACTER}+(?:\.{_CHARACTER}+)*)(?::([1-9][0-9]{{0,3}})|(\*))?")
_BRACES = re.compile(r"\{([^{}]*)\}")
_RESERVED = ":/?#[]@!$&'()*+,;="
encode_reserved = lenient_encoder(_RESERVED)


@dataclass(frozen=True, slots=True)
class Operator:
    """How an expression's values are joined.

    Attributes:
        first: text before the first value.
        separator: text between values.
        named: whether values are written ``name=value``.
        if_empty: what follows the name of an empty value.
        encode: how values are percent-encoded.
    """

    first: str
    separator: str
    named: bool
    if_empty: str
    encode: Encode


_OPERATORS = {
    "": Operator("", ",", False, "", encode_strictly),
    "+": Operator("", ",", False, "", encode_reserved),
    "#": Operator("#", ",", False, "", encode_reserved),
    ".": Operator(".", ".", False, "", encode_strictly),
    "/": Operator("/", "/", False, "", encode_strictly),
    ";": Operator(";", ";", True, "", encode_strictly),
    "?": Operator("?", "&", True, "=", encode_strictly),
    "&": Operator("&", "&", True, "=", encode_strictly),
}


@dataclass(frozen=True, slots=True)
class Variable:
    """One variable of an expression: its name, ``:prefix`` length or 0, and ``*``."""

    name: str
    prefix: int
    explode: bool


@dataclass(frozen=True, slots=True)
class Expression:
    """What stands between two braces.

    Attributes:
        operator: how values are joined.
        variables: in the order written.
        optional: True for ``{?x}``, ``{&x}`` and ``{;x}``, where a value may be left out.
    """

    operator: Operator
    variables: tuple[Variable, ...]
    optional: bool


@lru_cache(maxsize=512)
def parse_expression(text: str) -> Expression | None:
    """Return the expression between two braces, or None when RFC 6570 has no such one."""
    sign = text[:1] if text[:1] in _OPERATORS else ""
    found = [_VARIABLE.fullmatch(part) for part in text[len(sign) :].split(",")]
    variables = [Variable(m[1], int(m[2] or 0), bool(m[3])) for m in found if m]
    if len(variables) < len(found):
        return None
    return Expression(_OPERATORS[sign], tuple(variables), sign in {"?", "&", ";"})


def is_undefined(value: Json) -> bool:
    """Tell whether RFC 6570 calls a value undefined: null, and lists and maps of nothing else."""
    if isinstance(value, dict):
        return all(item is None for item in value.values())
    if isinstance(value, list | tuple):
        return all(item is None for item in value)
    return value is None


def expand_expression(expression: Expression, values: Mapping[str, Json], pointer: str = "") -> str:
    """Expand one expression; undefined variables leave nothing.

    Raises:
        InputError: a prefix asked of a list or map, or a value without a text.
    """
    operator = expression.operator
    parts: list[str] = []
    for variable in expression.variables:
        value = values.get(variable.name)
        if not is_undefined(value):
            parts += _parts(operator, variable, value, child(pointer, variable.name))
    return operator.first + operator.separator.join(parts) if parts else ""


def expand(template: str, values: Mapping[str, Json]) -> str:
    """Expand a whole template as RFC 6570 says.

    Raises:
        InputError: the template is malformed, or a value does not fit.
    """
    done, position = [], 0
    for match in _BRACES.finditer(template):
        expression = parse_expression(match[1])
        if expression is None:
            raise _malformed(match[0])
        done += [
            _literal(template[position : match.start()]),
            expand_expression(expression, values),
        ]
        position = match.end()
    return "".join((*done, _literal(template[position:])))


def _literal(text: str) -> str:
    if "{" in text or "}" in text:
        raise _malformed(text)
    return encode_reserved(text)


def _malformed(text: str) -> InputError:
    return InputError(f"{text!r} is not a URI template", code="template_invalid")


def _parts(operator: Operator, variable: Variable, value: Json, pointer: str) -> list[str]:
    def text(item: Json) -> str:
        return operator.encode(text_of(item, pointer))

    name = variable.name
    if isinstance(value, dict | list | tuple):
        if variable.prefix:
            raise InputError("A prefix can only be taken from a text", pointer=pointer)
        if variable.explode:
            return _exploded(operator, name, value, text)
        joined = ",".join(chain.from_iterable(_flat(value, text)))
    else:
        whole = text_of(value, pointer)
        joined = operator.encode(whole[: variable.prefix] if variable.prefix else whole)
    return [_named(operator, name, joined) if operator.named else joined]


def _flat(value: Json, text: Callable[[Json], str]) -> list[tuple[str, ...]]:
    if isinstance(value, dict):
        return [(text(key), text(item)) for key, item in value.items() if item is not None]
    return [(text(item),) for item in value if item is not None]


def _exploded(operator: Operator, name: str, value: Json, text: Callable[[Json], str]) -> list[str]:
    if isinstance(value, dict):
        return [f"{key}={item}" for key, item in _flat(value, text)]
    items = [item for (item,) in _flat(value, text)]
    return [_named(operator, name, item) for item in items] if operator.named else items


def _named(operator: Operator, name: str, value: str) -> str:
    return f"{name}={value}" if value else name + operator.if_empty
