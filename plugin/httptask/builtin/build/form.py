"""Bodies of the media type ``application/x-www-form-urlencoded``."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote_plus

from httptask.builtin.build.styles import (
    DEFAULT_STYLE,
    ParameterStyle,
    SerializationStyle,
    content_text,
    query_pairs,
)
from httptask.builtin.build.values import Json, child, text_of

FORM = "/form"
FORM_TYPE = "application/x-www-form-urlencoded"


def encode_form(
    fields: Mapping[str, Json],
    encoding: Mapping[str, SerializationStyle] | None = None,
    pointer: str = FORM,
) -> bytes:
    """Return the bytes of a form.

    A field is written as OpenAPI's Encoding Object says: by its style when style, explode or
    allowReserved is given; else by its content type; else a list as repeated fields, a map as
    JSON, a scalar as text. Null is not sent. Spaces become ``+``.

    Args:
        fields: values by field name, sent in this order.
        encoding: how single fields are written, by name.
        pointer: where the fields stand, for errors.

    Raises:
        InputError: a style that is not one for forms, or a value without a text.
    """
    encoding = encoding or {}
    pairs: list[str] = []
    for name, value in fields.items():
        if value is not None:
            where = child(pointer, name)
            pairs += _field(name, value, encoding.get(name, DEFAULT_STYLE), where)
    return "&".join(pairs).encode("ascii")


def _field(name: str, value: Json, how: SerializationStyle, pointer: str) -> list[str]:
    if how.style or how.explode is not None or how.allow_reserved:
        styled = ParameterStyle(how.style, how.explode, how.allow_reserved)
        return query_pairs(name, value, styled, pointer, quote_plus)
    if how.content_type:
        texts = [content_text(value, how.content_type, pointer)]
    elif isinstance(value, list):
        texts = [
            text_of(item, child(pointer, index))
            for index, item in enumerate(value)
            if item is not None
        ]
    else:
        texts = [text_of(value, pointer)]
    key = quote_plus(text_of(name, pointer))
    return [f"{key}={quote_plus(text)}" for text in texts]
