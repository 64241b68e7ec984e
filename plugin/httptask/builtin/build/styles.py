"""OpenAPI 3.x ``style`` and ``explode``, as in the table of "Style Examples" (3.1.2, 3.2.0).

The tables leave some combinations open; here they mean:

- null: a path parameter as the table's column ``undefined``; elsewhere nothing is sent, as
  RFC 6570 says. The same holds for lists and maps without members; null members are left out.
- ``spaceDelimited`` and ``pipeDelimited`` with explode, or of a scalar: as ``form``.
- ``deepObject``: nests by ``[key]`` and ``[index]``; a scalar as ``form``; explode has no effect.
- a list or map inside a list or map (not deepObject): its compact JSON text.
- ``allowReserved``: in a query, reserved characters pass, but not ``# [ ]``, which a query cannot
  hold, nor ``& = +``, which divide it; in a path, not ``/ ? # [ ]``. ``%XX`` passes.
- cookies: without a style as ``form``, but only what no cookie can hold is percent-encoded, so
  that a token arrives as it is. ``form`` encodes as in a query; the style ``cookie`` of OpenAPI
  3.2 encodes nothing. Exploded pairs are divided by ``; ``, never by ``&``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from httptask.builtin.build.template import is_undefined
from httptask.builtin.build.values import (
    Encode,
    Json,
    child,
    encode_strictly,
    json_bytes,
    lenient_encoder,
    text_of,
)
from httptask.builtin.codecs.text import is_json, parse_media_type
from httptask.errors import InputError

_encode_path = lenient_encoder(":@!$&'()*+,;=")
_encode_query = lenient_encoder(":/?@!$'()*,;")
_encode_cookie = lenient_encoder("!#$&'()*+/:<=>?@[]^`{|}")
_NOT_IN_COOKIES = re.compile(r"[^\t\x20-\x3a\x3c-\x7e]")
_DELIMITERS = {"form": ",", "spaceDelimited": "%20", "pipeDelimited": "%7C"}
_OF_QUERIES = (*_DELIMITERS, "deepObject")
_MAX_DEPTH = 64


class SerializationStyle(Protocol):
    """How one parameter is written; any object with these attributes will do."""

    @property
    def style(self) -> str | None:
        """Return the OpenAPI style, or None for the location's default."""

    @property
    def explode(self) -> bool | None:
        """Return whether members stand apart, or None for the style's default."""

    @property
    def allow_reserved(self) -> bool | None:
        """Return whether reserved characters stay as they are."""

    @property
    def content_type(self) -> str | None:
        """Return the media type of a ``content`` parameter; then style does not count."""


@dataclass(frozen=True, slots=True)
class ParameterStyle:
    """A plain ``SerializationStyle``; every part may be left to its default."""

    style: str | None = None
    explode: bool | None = None
    allow_reserved: bool | None = None
    content_type: str | None = None


DEFAULT_STYLE = ParameterStyle()


def path_value(
    name: str, value: Json, style: SerializationStyle = DEFAULT_STYLE, pointer: str = ""
) -> str:
    """Return a path parameter's text: simple (default), label or matrix.

    Raises:
        InputError: the style is not one for paths, or the value has no text.
    """
    encode = _encode_path if style.allow_reserved else encode_strictly
    if style.content_type:
        return encode(content_text(value, style.content_type, pointer))
    kind = _kind(style, "simple", ("simple", "label", "matrix"), pointer)
    if kind == "matrix":
        return _matrix(encode_strictly(name), value, bool(style.explode), encode, pointer)
    if kind == "label":
        separator = "." if style.explode else ","
        return "." + _joined(value, bool(style.explode), encode, separator, pointer)
    return _joined(value, bool(style.explode), encode, ",", pointer)


def query_pairs(
    name: str,
    value: Json,
    style: SerializationStyle = DEFAULT_STYLE,
    pointer: str = "",
    encode: Encode | None = None,
) -> list[str]:
    """Return a query parameter's ``name=value`` texts, percent-encoded; none when undefined.

    Args:
        name: the parameter's name.
        value: any JSON value.
        style: form (default), spaceDelimited, pipeDelimited or deepObject.
        pointer: where the value stands, for errors.
        encode: how names and values are encoded; the default is percent-encoding.

    Raises:
        InputError: the style is not one for queries, or the value has no text.
    """
    if value is None:
        return []
    strict = encode or encode_strictly
    key = strict(text_of(name, pointer))
    encode = _encode_query if style.allow_reserved else strict
    if style.content_type:
        return [f"{key}={encode(content_text(value, style.content_type, pointer))}"]
    kind = _kind(style, "form", _OF_QUERIES, pointer)
    if not isinstance(value, (dict, list)):
        return [f"{key}={encode(text_of(value, pointer))}"]
    if kind == "deepObject":
        return list(_deep(key, value, strict, encode, pointer, 0))
    explode = kind == "form" if style.explode is None else style.explode
    return _form(key, value, explode, encode, _DELIMITERS[kind], pointer)


def query_string(
    query: Mapping[str, Json],
    styles: Mapping[str, SerializationStyle] | None = None,
    pointer: str = "/query",
) -> str:
    """Return the query for a map of parameters, without ``?``; "" when nothing is sent.

    Raises:
        InputError: a style is not one for queries, or a value has no text.
    """
    styles = styles or {}
    pairs: list[str] = []
    for name, value in query.items():
        pairs += query_pairs(name, value, styles.get(name, DEFAULT_STYLE), child(pointer, name))
    return "&".join(pairs)


def header_value(value: Json, style: SerializationStyle = DEFAULT_STYLE, pointer: str = "") -> str:
    """Return a header parameter's text (style simple); headers are never percent-encoded.

    Raises:
        InputError: the style is not simple, or the value has no text.
    """
    if style.content_type:
        return content_text(value, style.content_type, pointer)
    _kind(style, "simple", ("simple",), pointer)
    return _joined(value, bool(style.explode), str, ",", pointer)


def cookie_header(
    cookies: Mapping[str, Json],
    styles: Mapping[str, SerializationStyle] | None = None,
    pointer: str = "/cookies",
) -> str:
    """Return the value of a Cookie header, or "" when no cookie is to be sent.

    Raises:
        InputError: a style is not one for cookies, a value has no text, or a name or an unescaped
            value has a character that no cookie can hold.
    """
    styles = styles or {}
    pairs: list[str] = []
    for name, value in cookies.items():
        if value is not None:
            where = child(pointer, name)
            pairs += _cookie_pairs(name, value, styles.get(name, DEFAULT_STYLE), where)
    return "; ".join(pairs)


def content_text(value: Json, content_type: str, pointer: str = "") -> str:
    """Return the text of a ``content`` parameter: JSON, or a scalar of another media type.

    Raises:
        InputError: a list or map of a media type that is not JSON.
    """
    media_type = parse_media_type(content_type)[0]
    if is_json(media_type):
        return json_bytes(value, pointer).decode()
    if isinstance(value, dict | list):
        raise InputError(
            f"A list or map cannot be written as {content_type!r}",
            pointer=pointer,
            hint="give a text, or the content type application/json",
        )
    return text_of(value, pointer)


def _kind(style: SerializationStyle, default: str, allowed: tuple[str, ...], pointer: str) -> str:
    kind = style.style or default
    if kind not in allowed:
        raise InputError(
            f"The style {kind!r} cannot be used here",
            pointer=pointer,
            hint=f"use one of: {', '.join(allowed)}",
        )
    return kind


def _members(value: Json, encode: Encode, pointer: str) -> list[tuple[str, str]]:
    """Return encoded (key, value) of a map, or ("", value) of a list; null members left out."""
    if isinstance(value, dict):
        return [
            (encode(text_of(key, pointer)), encode(text_of(item, child(pointer, key))))
            for key, item in value.items()
            if item is not None
        ]
    return [
        ("", encode(text_of(item, child(pointer, index))))
        for index, item in enumerate(value)
        if item is not None
    ]


def _joined(value: Json, explode: bool, encode: Encode, separator: str, pointer: str) -> str:
    if value is None:
        return ""
    if not isinstance(value, dict | list):
        return encode(text_of(value, pointer))
    members = _members(value, encode, pointer)
    if isinstance(value, list):
        return separator.join(item for _, item in members)
    if explode:
        return separator.join(f"{key}={item}" for key, item in members)
    return separator.join(text for member in members for text in member)


def _matrix(name: str, value: Json, explode: bool, encode: Encode, pointer: str) -> str:
    if explode and isinstance(value, dict | list) and not is_undefined(value):
        members = _members(value, encode, pointer)
        return "".join(_matrix_part(key or name, item) for key, item in members)
    return _matrix_part(name, _joined(value, False, encode, ",", pointer))


def _matrix_part(name: str, value: str) -> str:
    return f";{name}={value}" if value else f";{name}"


def _form(
    name: str, value: Json, explode: bool, encode: Encode, delimiter: str, pointer: str
) -> list[str]:
    if is_undefined(value):
        return []
    if explode and isinstance(value, dict | list):
        is_map = isinstance(value, dict)
        return [
            f"{key if is_map else name}={item}" for key, item in _members(value, encode, pointer)
        ]
    return [f"{name}={_joined(value, False, encode, delimiter, pointer)}"]


def _deep(
    name: str, value: Json, strict: Encode, encode: Encode, pointer: str, depth: int
) -> Iterator[str]:
    if depth > _MAX_DEPTH:
        raise InputError("The value is nested too deeply for a parameter", pointer=pointer)
    if isinstance(value, dict | list):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            inner = f"{name}%5B{strict(text_of(key, pointer))}%5D"
            yield from _deep(inner, item, strict, encode, child(pointer, key), depth + 1)
    elif value is not None:
        yield f"{name}={encode(text_of(value, pointer))}"


def _cookie_pairs(name: str, value: Json, style: SerializationStyle, pointer: str) -> list[str]:
    kind = _kind(style, "form", ("form", "cookie"), pointer)
    encode = _encode_cookie if not style.style else str if kind == "cookie" else encode_strictly
    if style.content_type:
        pairs = [f"{name}={encode(content_text(value, style.content_type, pointer))}"]
    else:
        pairs = _form(name, value, style.explode is not False, encode, ",", pointer)
    for pair in pairs:
        if _NOT_IN_COOKIES.search(pair):
            raise InputError(
                "A cookie cannot hold a semicolon, control characters or non-ASCII text",
                pointer=pointer,
                hint="percent-encode it with the parameter style 'form'",
            )
    return pairs
