"""The URL of a request: checked, expanded, percent-encoded once."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from functools import lru_cache
from urllib.parse import unquote

from httptask.builtin.build.styles import (
    DEFAULT_STYLE,
    SerializationStyle,
    path_value,
    query_string,
)
from httptask.builtin.build.template import expand_expression, is_undefined, parse_expression
from httptask.builtin.build.values import Json, check_unicode, child, lenient_encoder
from httptask.core.first_use import IMPORTING
from httptask.errors import InputError

URI = "/uri"
_encode_path = lenient_encoder("!$&'()*+,;=:@/")
_encode_query = lenient_encoder("!$&'()*+,;=:@/?")
_START = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):(?://([^/?#{]*))?")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_NOT_ON_THE_WIRE = re.compile(r"[^\x21-\x7e]")
_BRACES = re.compile(r"\{([^{}]*)\}")
_NAME_LIKE = re.compile(r"[\w.~$@-]+")
_LABEL = re.compile(r"[A-Za-z0-9_-]{1,63}")
_SEPARATORS = re.compile(r"[/\\]")
_MAX_PORT = 65535
_MAX_HOST = 253

_Pieces = list[tuple[str, bool]]


def build_url(
    uri: str,
    path: Mapping[str, Json] | None = None,
    query: Mapping[str, Json] | None = None,
    styles: Mapping[str, Mapping[str, SerializationStyle]] | None = None,
    encode: bool = True,
) -> str:
    r"""Return the absolute URL that is requested: ASCII, RFC 3986, without fragment.

    What is encoded already stays as it is, so building a built URL changes nothing. Kept as
    written: ``%XX``, ``+``, ``//`` and the author's own dot segments. An empty query is dropped.

    ``{name}`` with a value in ``path`` is expanded: by its OpenAPI style if it has one, else as
    RFC 6570 says, all operators included. Values are percent-encoded, and a value that makes a
    dot segment (``.``, ``..``, also ``..%2F``, ``..\``, ``..;x``) is *refused*: encoding the
    dots would not help, since clients and servers decode ``%2E`` before they climb. An
    expression never makes part of the authority, which has to be known before values are put in.

    Args:
        uri: the ``uri`` of the task, after its ``${}`` expressions.
        path: values for the template's names.
        query: parameters that are added to the uri's own query; null is not sent.
        styles: OpenAPI styles, as ``{"path": {name: style}, "query": {name: style}}``.
        encode: False sends path and query of the uri as written; values are encoded all the same.

    Raises:
        InputError: pointer ``/uri``, or ``/path/NAME`` or ``/query/NAME``: a scheme other than
            http and https, no host or a wrong one, userinfo, a wrong port, control characters, a
            name without value, a value that climbs; with ``encode=False`` also a character that
            cannot stand in a request line.
    """
    styles = styles or {}
    if "{" in uri:
        where, mark, own = _parts(uri, encode, path or {}, styles.get("path", {}))
    else:
        where, mark, own = _literal_parts(uri, encode)
    added = query_string(query, styles.get("query")) if query else ""
    own = f"{own}&{added}" if own and added else own or added
    return f"{where}{'?' if added else mark}{own}"


def _parts(
    uri: str,
    encode: bool,
    path: Mapping[str, Json],
    styles: Mapping[str, SerializationStyle],
) -> tuple[str, str, str]:
    """Return what stands before the query, the mark of a query, and the query."""
    text = uri.strip(" ")
    if _CONTROL.search(text):
        raise InputError("The URI has control characters", pointer=URI, hint="write them as %XX")
    check_unicode(text, URI)
    start = _START.match(text)
    origin = _origin(start[1] if start else "", start[2] if start else None)
    rest = text[start.end() :] if start else ""
    rest = _expand(rest, path, styles).partition("#")[0]
    if not encode and _NOT_ON_THE_WIRE.search(rest):
        raise InputError(
            "With encode: false the URI cannot have spaces or non-ASCII characters",
            pointer=URI,
            hint="percent-encode them, or leave encode out",
        )
    where, mark, own = rest.partition("?")
    if encode:
        where, own = _encode_path(where), _encode_query(own)
        mark = mark if own else ""
    return f"{origin}{where or '/'}", mark, own


@lru_cache(maxsize=512)
def _literal_parts(uri: str, encode: bool) -> tuple[str, str, str]:
    return _parts(uri, encode, {}, {})


@lru_cache(maxsize=512)
def _origin(scheme: str, authority: str | None) -> str:
    """Return ``scheme://host[:port]``, checked and lower-case."""
    if scheme.lower() not in {"http", "https"}:
        hint = (
            "begin it with https:// or http://; for a relative one that a response gave, write the "
            "address of that request as httptask.base"
        )
        raise InputError("The URI is not an http or https address", pointer=URI, hint=hint)
    if not authority:
        raise InputError("The URI has no host", pointer=URI)
    if "@" in authority:
        raise InputError(
            "The URI has a user name or password in it",
            pointer=URI,
            code="userinfo_refused",
            hint='give them as httptask.auth {"type": "basic", "username": ..., "password": ...}',
        )
    host, colon, port = authority.rpartition(":")
    if not colon or authority.endswith("]"):
        host, port = authority, ""
    if port and not (port.isascii() and port.isdigit() and 0 < int(port[:6]) <= _MAX_PORT):
        raise InputError("The URI's port is not a number from 1 to 65535", pointer=URI)
    return f"{scheme.lower()}://{ascii_host(host)}" + (f":{int(port)}" if port else "")


def ascii_host(host: str) -> str:
    """Return a host in lower case: a name (international ones as punycode) or ``[IPv6]``.

    Raises:
        InputError: it is neither a host name nor an address.
    """
    if host.startswith("["):
        return _ipv6(host)
    name = host if host.isascii() else _punycode(host)
    labels = name.removesuffix(".").split(".")
    if len(name) > _MAX_HOST + name.endswith(".") or not all(map(_LABEL.fullmatch, labels)):
        raise InputError(f"The URI's host {host!r} is not a host name", pointer=URI)
    return name.lower()


def _ipv6(host: str) -> str:
    try:
        address = ipaddress.IPv6Address(host.removeprefix("[").removesuffix("]"))
    except ValueError:
        address = None
    if address is None or address.scope_id or not host.endswith("]"):
        raise InputError(f"The URI's host {host!r} is not an IPv6 address", pointer=URI)
    return host.lower()


def _punycode(host: str) -> str:
    with IMPORTING:
        import idna  # noqa: PLC0415 - its tables load in milliseconds and few hosts need them

    try:
        return idna.encode(host, uts46=True).decode("ascii")
    except (idna.IDNAError, UnicodeError) as error:
        raise InputError(f"The URI's host {host!r} is wrong: {error}", pointer=URI) from None


def _expand(rest: str, values: Mapping[str, Json], styles: Mapping[str, SerializationStyle]) -> str:
    if rest[:1] == "{" and rest[1:2] not in {"/", "?", "#"}:
        raise InputError(
            "{name} cannot be part of the host",
            pointer=URI,
            hint="use a ${...} expression there, or write the host out",
        )
    if "{" not in rest:
        return rest
    pieces: _Pieces = []
    position = 0
    for match in _BRACES.finditer(rest):
        literal = rest[position : match.start()]
        pieces.append((literal, False))
        if "#" in literal:
            break
        value = _value(match[1], values, styles)
        pieces.append((match[0] if value is None else value, value is not None))
        position = match.end()
    else:
        pieces.append((rest[position:], False))
    _refuse_climbing(pieces)
    return "".join(text for text, _ in pieces)


def _value(
    inner: str, values: Mapping[str, Json], styles: Mapping[str, SerializationStyle]
) -> str | None:
    """Return the expansion of ``{inner}``, or None when the braces are plain text."""
    if inner in values and not is_undefined(values[inner]):
        style = styles.get(inner, DEFAULT_STYLE)
        return path_value(inner, values[inner], style, child("/path", inner))
    expression = parse_expression(inner)
    if expression is None:
        if inner in values or _NAME_LIKE.fullmatch(inner):
            raise _missing(inner)
        return None
    if not expression.optional:
        for variable in expression.variables:
            if is_undefined(values.get(variable.name)):
                raise _missing(variable.name)
    return expand_expression(expression, values, "/path")


def _missing(name: str) -> InputError:
    return InputError(
        f"{{{name}}} in the URI has no value",
        code="path_value_missing",
        pointer=child("/path", name),
        hint="add it to httptask.path; write plain braces as %7B and %7D",
    )


def _refuse_climbing(pieces: _Pieces) -> None:
    segment, from_value = "", False
    for text, is_value in pieces:
        path, mark, _ = text.partition("?")
        head, *others = path.split("/")
        segment, from_value = segment + head, from_value or is_value
        for other in others:
            _check_segment(segment, from_value)
            segment, from_value = other, is_value
        if mark:
            break
    _check_segment(segment, from_value)


def _check_segment(segment: str, from_value: bool) -> None:
    if not from_value or "." not in (plain := unquote(segment)):
        return
    inside = (part.partition(";")[0] for part in _SEPARATORS.split(plain))
    if plain.partition(";")[0] == "." or ".." in inside:
        raise InputError(
            "A value becomes a dot segment, which would change the URI's path",
            code="path_value_climbs",
            pointer="/path",
        )
