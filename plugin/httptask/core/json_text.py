"""JSON text, read and written with the digits that its numbers have."""

from __future__ import annotations

import json
import math
import re
import sys
from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec

from httptask.core.digits import Number, loads, number

_NEGATIVE_ZERO: Final = re.compile(rb"-0(?<![^\s,:\[]-0)(?=[\s,\]}]|\Z)")


class NotFiniteError(ValueError):
    """NaN or infinity, which JSON lacks.

    Attributes:
        path: the names and indexes that lead to it.
    """

    def __init__(self, path: tuple[str | int, ...]) -> None:
        super().__init__("NaN and infinity are not JSON numbers")
        self.path = path


def _written(value: Any) -> Any:
    if isinstance(value, Number):
        return msgspec.Raw(value.text.encode())
    raise TypeError(f"{type(value).__name__} is not a JSON value")


_STRICT: Final = json.JSONEncoder(allow_nan=False)
_decoder: Final = msgspec.json.Decoder(float_hook=number)
_encoder: Final = msgspec.json.Encoder(enc_hook=_written, decimal_format="number")
_sorting_encoder: Final = msgspec.json.Encoder(
    enc_hook=_written, decimal_format="number", order="sorted"
)
_plain_encoder: Final = msgspec.json.Encoder()


def decode(data: bytes | str) -> Any:
    """Return the value of a JSON text.

    Raises:
        ValueError: it is not JSON, or not UTF-8.
        RecursionError: it is nested too deeply.
    """
    value = _decoder.decode(data)
    if _may_hold_negative_zero(data):  # which msgspec reads as 0
        return loads(data)
    return value


def decode_own(data: bytes | str) -> Any:
    """Return the value of JSON that ``encode`` wrote, lone surrogates included.

    Errors are those of ``decode``.
    """
    try:
        return decode(data)
    except msgspec.DecodeError:
        return loads(data)


def _may_hold_negative_zero(data: bytes | str) -> bool:
    if isinstance(data, str):
        return "-0" in data and _may_hold_negative_zero(data.encode())
    return b"-0" in data and _NEGATIVE_ZERO.search(data) is not None


def encode(value: Any) -> bytes:
    """Return a JSON value as compact UTF-8; a lone surrogate, which UTF-8 lacks, is escaped.

    Raises:
        TypeError: the value is not JSON.
        RecursionError: it is nested too deeply.
    """
    try:
        return _encoder.encode(value)
    except UnicodeEncodeError:
        return json.dumps(value, separators=(",", ":")).encode()


def encode_sorted(value: Any) -> bytes:
    """Return the same as ``encode``, whatever the order of the keys.

    Errors are those of ``encode``.
    """
    try:
        return _sorting_encoder.encode(value)
    except UnicodeEncodeError:
        return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def encode_finite(value: Any) -> bytes:
    """Return a JSON value as compact UTF-8.

    Raises:
        NotFiniteError: a float is NaN or infinite.
        UnicodeEncodeError: a text has a lone surrogate.
        TypeError: the value is not JSON.
        RecursionError: it is nested too deeply.
    """
    data = _encoder.encode(value)
    if b"null" in data:  # what stands for NaN and infinity
        _refuse_not_finite(value)
    return data


def _refuse_not_finite(value: Any) -> None:
    try:
        _STRICT.encode(value)  # much faster than the walk
    except ValueError:
        for path in _not_finite(value, ()):
            raise NotFiniteError(path) from None


def _not_finite(value: Any, path: tuple[str | int, ...]) -> Iterator[tuple[str | int, ...]]:
    if isinstance(value, float):
        if not math.isfinite(value) and not isinstance(value, Number):
            yield path
    elif isinstance(value, Mapping):
        for name, item in value.items():
            yield from _not_finite(item, (*path, name))
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from _not_finite(item, (*path, index))


def pretty(value: Any, indent: int = 2) -> str:
    """Return a JSON value as text for people: indented, or with ``indent`` 0 on one line.

    Errors are those of ``encode``.
    """
    return msgspec.json.format(encode(value), indent=indent).decode()


def doubles(value: Any) -> Any:
    """Return a JSON value with plain floats, for a library that knows no others."""
    try:
        _plain_encoder.encode(value)
    except (TypeError, ValueError):
        return _with_doubles(value)
    return value


def _with_doubles(value: Any) -> Any:
    if isinstance(value, Number):
        return max(-sys.float_info.max, min(float(value), sys.float_info.max))
    if isinstance(value, Mapping):
        return {name: _with_doubles(item) for name, item in value.items()}
    return [_with_doubles(item) for item in value] if isinstance(value, list) else value
