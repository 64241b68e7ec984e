"""JavaScript's operators on JSON values."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping
from typing import Any, Final

from httptask.expressions import java_text


class ScriptError(Exception):
    """A script failed while it ran; the text is what a server's script engine says."""


class _Undefined:
    def __repr__(self) -> str:
        return "undefined"


UNDEFINED: Final = _Undefined()
"""What a missing property gives."""

_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def is_true(value: Any) -> bool:
    """Tell whether a value counts as true: empty text, 0, NaN, null and undefined do not."""
    if value is None or value is UNDEFINED:
        return False
    if isinstance(value, float):
        return value != 0 and not math.isnan(value)
    return True if isinstance(value, (Mapping, list)) else bool(value)


def type_name(value: Any) -> str:
    """Return what ``typeof`` gives."""
    if value is UNDEFINED:
        return "undefined"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, (int, float)):
        return "number"
    return "string" if isinstance(value, str) else "object"


def member(owner: Any, name: Any) -> Any:
    """Return a property of a value.

    Raises:
        ScriptError: the value is null or undefined.
    """
    if owner is None or owner is UNDEFINED:
        shown = "null" if owner is None else "undefined"
        raise ScriptError(f"TypeError: Cannot read property '{to_text(name)}' of {shown}")
    if isinstance(owner, Mapping):
        return owner.get(name if isinstance(name, str) else to_text(name), UNDEFINED)
    if isinstance(owner, (str, list)):
        return _item(owner, name)
    return UNDEFINED


def _item(owner: str | list[Any], name: Any) -> Any:
    if name == "length":
        return len(owner)
    text = to_text(name)
    index = int(text) if text.isascii() and text.isdigit() and len(text) < 16 else -1
    return owner[index] if 0 <= index < len(owner) else UNDEFINED


def to_text(value: Any) -> str:
    """Return what JavaScript's ``String`` gives."""
    if isinstance(value, bool) or value is None:
        return java_text(value)
    if isinstance(value, int):
        return str(value) if abs(value) < 10**21 else _number_text(float(_bounded(value)))
    if isinstance(value, float):
        return _number_text(value)
    if isinstance(value, list):
        return ",".join("" if item in (None, UNDEFINED) else to_text(item) for item in value)
    return "[object Object]" if isinstance(value, Mapping) else str(value)


def _number_text(value: float) -> str:
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else ("Infinity" if value > 0 else "-Infinity")
    if value.is_integer() and abs(value) < 1e21:
        return str(int(value))
    text = repr(value)
    if "e" in text:
        mantissa, _, exponent = text.partition("e")
        return f"{mantissa}e{'+' if int(exponent) > 0 else ''}{int(exponent)}"
    return text


def to_number(value: Any) -> int | float:
    """Return what JavaScript's ``Number`` gives."""
    if value is None:
        return 0
    if isinstance(value, (bool, int)):
        return _bounded(int(value))
    if isinstance(value, float):
        return value
    if isinstance(value, list):
        return to_number(to_text(value))
    return _parsed(value.strip()) if isinstance(value, str) else math.nan


def _parsed(text: str) -> int | float:
    if text == "":
        return 0
    if "_" in text or text.lower().lstrip("+-") in ("nan", "inf", "infinity"):
        return {"Infinity": math.inf, "+Infinity": math.inf, "-Infinity": -math.inf}.get(
            text, math.nan
        )
    try:
        return _bounded(int(text, 16)) if text[:2].lower() == "0x" else _narrow(float(text))
    except ValueError:
        return math.nan


def _narrow(number: float) -> int | float:
    return int(number) if number.is_integer() and abs(number) < 2**53 else number


def binary(sign: str, left: Any, right: Any) -> Any:
    """Return the value of a binary operator that needs both sides."""
    if sign in ("===", "!=="):
        return _same(left, right) is (sign == "===")
    if sign in ("==", "!="):
        return _alike(left, right) is (sign == "==")
    if sign in _COMPARE:
        return _ordered(_COMPARE[sign], left, right)
    if sign == "+" and not (_is_plain(left) and _is_plain(right)):
        return to_text(left) + to_text(right)
    return _arithmetic(sign, to_number(left), to_number(right))


def _is_plain(value: Any) -> bool:
    return value is UNDEFINED or value is None or isinstance(value, (bool, int, float))


def _same(left: Any, right: Any) -> bool:
    if isinstance(left, (Mapping, list)) or left is None or left is UNDEFINED:
        return left is right
    return type_name(left) == type_name(right) and bool(left == right)


def _alike(left: Any, right: Any) -> bool:
    nothing = (None, UNDEFINED)
    if any(left is item for item in nothing) or any(right is item for item in nothing):
        return any(left is item for item in nothing) and any(right is item for item in nothing)
    if type_name(left) == type_name(right):
        return _same(left, right)
    if isinstance(left, Mapping) or isinstance(right, Mapping):
        return False
    if isinstance(left, str) and isinstance(right, list):
        return left == to_text(right)
    if isinstance(left, list) and isinstance(right, str):
        return to_text(left) == right
    return to_number(left) == to_number(right)


def _ordered(compare: Callable[[Any, Any], bool], left: Any, right: Any) -> bool:
    if isinstance(left, str) and isinstance(right, str):
        return compare(left, right)
    return compare(to_number(left), to_number(right))


def _arithmetic(sign: str, left: float, right: float) -> int | float:
    if sign == "+":
        return _bounded(left + right)
    if sign == "-":
        return _bounded(left - right)
    if sign == "*":
        return _bounded(left * right)
    if right == 0 or math.isnan(left) or math.isnan(right) or math.isinf(left):
        return _odd_division(sign, left, right)
    if sign == "%":
        return _narrow(math.fmod(left, right))
    return _narrow(left / right)


def _odd_division(sign: str, left: float, right: float) -> float:
    if sign == "%" or left == 0 or math.isnan(left) or math.isnan(right) or math.isinf(right):
        return math.nan
    return math.copysign(math.inf, left) * math.copysign(1, right)


def _bounded(number: float) -> int | float:
    """Return a number as a double would hold it: integers beyond 2^53 lose digits."""
    if not isinstance(number, int) or abs(number) < 2**53:
        return number
    try:
        return float(number)
    except OverflowError:
        return math.inf if number > 0 else -math.inf


def method(owner: Any, name: str, arguments: list[Any]) -> Any:
    """Call one of the pure methods.

    Raises:
        ScriptError: the value has no such method.
    """
    if name == "toString" and owner is not None and owner is not UNDEFINED:
        return to_text(owner)
    if isinstance(owner, list) and name in ("includes", "indexOf"):
        wanted = arguments[0] if arguments else UNDEFINED
        found = next((at for at, item in enumerate(owner) if _same(item, wanted)), -1)
        return found >= 0 if name == "includes" else found
    if isinstance(owner, str):
        return _text_method(owner, name, to_text(arguments[0]) if arguments else "undefined")
    shown = "undefined" if owner is UNDEFINED else type_name(owner)
    raise ScriptError(f"TypeError: {name} is not a function of {shown}")


def _text_method(owner: str, name: str, argument: str) -> Any:
    calls: Mapping[str, Callable[[], Any]] = {
        "includes": lambda: argument in owner,
        "indexOf": lambda: owner.find(argument),
        "startsWith": lambda: owner.startswith(argument),
        "endsWith": lambda: owner.endswith(argument),
        "toLowerCase": owner.lower,
        "toUpperCase": owner.upper,
        "trim": owner.strip,
    }
    return calls[name]()
