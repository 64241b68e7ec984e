"""Strict JSON."""

from __future__ import annotations

from typing import Any

import msgspec

from httptask.core.depth import MAX_DEPTH, too_deep
from httptask.core.json_text import decode
from httptask.errors import DecodeError

_BOM = b"\xef\xbb\xbf"
_TOO_DEEP = f"it is nested deeper than {MAX_DEPTH} levels"


def decode_json(data: bytes | str) -> Any:
    """Decode one JSON text (RFC 8259).

    Numbers keep their digits, integers up to 4,300; of a duplicate key the last one wins; a
    byte-order mark is tolerated.

    Args:
        data: UTF-8 bytes, or a text that is decoded already.

    Raises:
        DecodeError: not JSON, not UTF-8, ``NaN``, a number out of range, a lone surrogate, or
            nested deeper than 200 levels. The message never repeats the data.
    """
    if isinstance(data, str):
        data = _encode(data)
    try:
        value = decode(data.removeprefix(_BOM))
    except msgspec.DecodeError as error:
        raise _invalid(str(error)) from None
    except UnicodeDecodeError:
        raise _invalid("it is not valid UTF-8") from None
    except RecursionError:
        raise _invalid(_TOO_DEEP) from None
    if data.count(b"[") + data.count(b"{") > MAX_DEPTH and too_deep(value):
        raise _invalid(_TOO_DEEP)
    return value


def _encode(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise _invalid("it has a lone surrogate") from None


def _invalid(reason: str) -> DecodeError:
    return DecodeError(f"The text cannot be read as JSON: {reason}", code="json_invalid")
