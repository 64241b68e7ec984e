"""Evaluate the tree of a script by JavaScript's rules."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from httptask.engines.embedded.scripts.operations import (
    UNDEFINED,
    ScriptError,
    binary,
    is_true,
    member,
    method,
    to_number,
    type_name,
)
from httptask.engines.embedded.scripts.parse import Node, parse
from httptask.expressions import java_text

__all__ = ["Script", "ScriptError", "compile_script", "is_true", "script_text"]


@dataclass(frozen=True, slots=True)
class Script:
    """A script that was read once.

    Attributes:
        text: the script as written.
    """

    text: str
    _tree: Node

    def evaluate(self, root: Mapping[str, Any]) -> Any:
        """Return the script's value for the values below ``$``; undefined comes back as None.

        Raises:
            ScriptError: a property of null or undefined is read; its text is the server's.
        """
        try:
            value = _block(self._tree, root)
        except _Return as returned:
            value = returned.value
        return None if value is UNDEFINED else value


def compile_script(text: str) -> Script:
    """Read a script.

    Raises:
        ExpressionError: it is not in the supported part of the language.
    """
    return Script(text, parse(text))


def script_text(value: Any) -> str:
    """Return a script's value as the server writes it: 5.0 is ``5``, an object ``{x=1}``."""
    if isinstance(value, float) and math.isfinite(value) and value.is_integer():
        return str(int(value))
    return java_text(value)


class _Return(Exception):  # noqa: N818 - control flow
    def __init__(self, value: Any) -> None:
        self.value = value
        super().__init__()


def _block(node: Node, root: Mapping[str, Any]) -> Any:
    value: Any = UNDEFINED
    for statement in node[1]:
        value = _statement(statement, root)
    return value


def _statement(node: Node, root: Mapping[str, Any]) -> Any:
    kind = node[0]
    if kind == "expression":
        return _value(node[1], root)
    if kind == "block":
        return _block(node, root)
    if kind == "return":
        raise _Return(_value(node[1], root))
    _, test, then, otherwise = node
    if is_true(_value(test, root)):
        return _statement(then, root)
    return UNDEFINED if otherwise is None else _statement(otherwise, root)


def _value(node: Node, root: Mapping[str, Any]) -> Any:
    match node:
        case ("value", value):
            return value
        case ("root",):
            return root
        case ("undefined",):
            return UNDEFINED
        case ("list", items):
            return [_value(item, root) for item in items]
        case ("member", owner, name, optional):
            return _member(_value(owner, root), name, optional, root)
        case ("method", owner, name, arguments):
            found = _value(owner, root)
            return method(found, name, [_value(argument, root) for argument in arguments])
        case ("choice", test, then, otherwise):
            return _value(then if is_true(_value(test, root)) else otherwise, root)
        case ("unary", sign, operand):
            return _unary(sign, _value(operand, root))
        case ("call", body):
            return _call(body, root)
    return _binary(node, root)


def _member(owner: Any, name: Node, optional: bool, root: Mapping[str, Any]) -> Any:
    if optional and (owner is None or owner is UNDEFINED):
        return UNDEFINED
    return member(owner, _value(name, root))


def _call(body: Node, root: Mapping[str, Any]) -> Any:
    try:
        _block(body, root)
    except _Return as returned:
        return returned.value
    return UNDEFINED


def _unary(sign: str, value: Any) -> Any:
    if sign == "!":
        return not is_true(value)
    if sign == "typeof":
        return type_name(value)
    number = to_number(value)
    return -number if sign == "-" else number


def _binary(node: Node, root: Mapping[str, Any]) -> Any:
    _, sign, left_node, right_node = node
    left = _value(left_node, root)
    if sign == "&&":
        return _value(right_node, root) if is_true(left) else left
    if sign == "||":
        return left if is_true(left) else _value(right_node, root)
    if sign == "??":
        return _value(right_node, root) if left is None or left is UNDEFINED else left
    return binary(sign, left, _value(right_node, root))
