"""JSON values as text, JSON Pointers to them, and percent-encoding."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from httptask.core.json_text import NotFiniteError, encode_finite
from httptask.errors import InputError

Json = Any
Encode = Callable[[str], str]

_UNRESERVED = re.compile("[A-Za-z0-9._~-]*")


def child(pointer: str, *names: str | int) -> str:
    """Return a JSON Pointer extended by names, escaped as RFC 6901 says."""
    for name in names:
        pointer += "/" + str(name).replace("~", "~0").replace("/", "~1")
    return pointer


def json_bytes(value: Json, pointer: str = "") -> bytes:
    """Return the compact UTF-8 JSON text of a value; with the digits of its numbers.

    Raises:
        InputError: NaN or infinity (the pointer leads to it), a lone surrogate, an integer of
            more than 4,300 digits, a value nested too deeply, or one that JSON does not have.
    """
    try:
        return encode_finite(value)
    except RecursionError:
        raise InputError("The value is nested too deeply for JSON", pointer=pointer) from None
    except UnicodeEncodeError:
        raise InputError("The text has a lone surrogate", pointer=pointer) from None
    except NotFiniteError as error:
        raise InputError(str(error), pointer=child(pointer, *error.path)) from None
    except (TypeError, ValueError, OverflowError) as error:
        raise InputError(f"The value has no JSON text: {error}", pointer=pointer) from None


def text_of(value: Json, pointer: str) -> str:
    """Return a string as it is, and any other value as its compact JSON text.

    Raises:
        InputError: the value has no text; see ``json_bytes``.
    """
    if not isinstance(value, str):
        return json_bytes(value, pointer).decode()
    if not value.isascii():
        check_unicode(value, pointer)
    return value


def check_unicode(text: str, pointer: str) -> None:
    """Raise an InputError if a text has lone surrogates, so that no encoding can carry it."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise InputError("The text has a lone surrogate", pointer=pointer) from None


def lenient_encoder(allowed: str) -> Encode:
    """Return an encoder that keeps unreserved characters, ``allowed`` and valid ``%XX``."""
    refused = re.compile(rf"%(?![0-9A-Fa-f]{{2}})|[^A-Za-z0-9._~%{re.escape(allowed)}-]+")

    def encode(text: str) -> str:
        return refused.sub(lambda match: quote(match[0], safe=""), text)

    return encode


def encode_strictly(text: str) -> str:
    """Percent-encode all but RFC 3986's unreserved characters."""
    return text if _UNRESERVED.fullmatch(text) else quote(text, safe="")
