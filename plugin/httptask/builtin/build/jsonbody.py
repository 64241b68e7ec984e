"""A body that is one JSON value or one text."""

from __future__ import annotations

from httptask.builtin.build.values import Json, json_bytes
from httptask.builtin.codecs.text import is_json, known_charset, parse_media_type
from httptask.errors import InputError

BODY = "/body"


def encode_body(value: Json, content_type: str, pointer: str = BODY) -> bytes | None:
    """Return the bytes of ``body``, or None when there is none.

    A string is sent as it is, never quoted, in the charset of the content type (UTF-8 when it
    names none). Any other value is compact JSON, in the same charset. An empty string under a JSON
    type is not a body: servers refuse a JSON body of no bytes.

    Args:
        value: the body after expressions; null means no body.
        content_type: the Content-Type that is sent with it.
        pointer: where the body stands, for errors.

    Raises:
        InputError: a value other than a string with a content type that is not JSON, a value
            without JSON text (NaN, infinity), an unknown charset, or one that lacks a character.
    """
    if value is None:
        return None
    media_type, parameters = parse_media_type(content_type)
    if value == "" and is_json(media_type):
        return None
    if not isinstance(value, str):
        _check_json_type(media_type, content_type, pointer)
        data = json_bytes(value, pointer)
        charset = parameters.get("charset")
        return _encode(data.decode(), charset, pointer) if charset else data
    return _encode(value, parameters.get("charset"), pointer)


def _check_json_type(media_type: str, content_type: str, pointer: str) -> None:
    if is_json(media_type):
        return
    hints = {
        "application/x-www-form-urlencoded": "give the fields as httptask.form",
        "multipart/form-data": "give the parts as httptask.multipart",
    }
    raise InputError(
        f"Only a string can be sent as {content_type!r}",
        pointer=pointer,
        code="body_type_mismatch",
        hint=hints.get(media_type, "send a string, or set contentType to application/json"),
    )


def _encode(text: str, charset: str | None, pointer: str) -> bytes:
    name = known_charset(charset) if charset else "utf-8"
    if name is None:
        raise InputError(f"The charset {charset!r} is unknown", pointer=pointer)
    try:
        return text.encode(name)
    except UnicodeEncodeError:
        raise InputError(
            f"The body has a character that {name} cannot encode", pointer=pointer
        ) from None
