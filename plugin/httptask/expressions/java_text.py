"""The text of a value inside a larger text, as Java writes it; a number keeps its digits."""

from __future__ import annotations

import json
import math
from decimal import Decimal
from typing import Any

from httptask.core.digits import Number


def java_text(value: Any) -> str:
    """Return a JSON value as Java's ``toString``: ``{x=1, y=[a, null]}``, ``100.0``, ``true``."""
    kind = value.__class__
    if kind is str:
        return value  # type: ignore[no-any-return]
    if value is None:
        return "null"
    if kind is bool:
        return "true" if value else "false"
    if kind is float:
        return java_float(value)
    if kind is Number:
        return value.text  # type: ignore[no-any-return]
    if kind is dict:
        return "{" + ", ".join([f"{key}={java_text(item)}" for key, item in value.items()]) + "}"
    if kind is list:
        return "[" + ", ".join([java_text(item) for item in value]) + "]"
    return str(value)


def json_text(value: Any) -> str:
    """Return a JSON value as compact JSON: the text of what an indefinite path found."""
    if isinstance(value, Number):
        return value.text
    if isinstance(value, float):
        return java_float(value) if math.isfinite(value) else "null"
    if isinstance(value, dict):
        items = [f"{json_text(key)}:{json_text(item)}" for key, item in value.items()]
        return "{" + ",".join(items) + "}"
    if isinstance(value, list):
        return "[" + ",".join([json_text(item) for item in value]) + "]"
    return json.dumps(value, ensure_ascii=False)


def java_float(number: float) -> str:
    """Return a float as ``Double.toString``: plain from 1e-3 up to 1e7, else ``1.0E20``."""
    if not math.isfinite(number):
        return "NaN" if math.isnan(number) else ("Infinity" if number > 0 else "-Infinity")
    if number == 0 or 1e-3 <= abs(number) < 1e7:
        return repr(number)
    parts = Decimal(repr(number)).as_tuple()
    digits = "".join(map(str, parts.digits))
    exponent = len(digits) + int(parts.exponent) - 1
    sign = "-" if parts.sign else ""
    return f"{sign}{digits[0]}.{digits[1:].rstrip('0') or '0'}E{exponent}"
