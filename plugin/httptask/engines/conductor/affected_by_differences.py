"""Where a request depends on a difference from the built-in HTTP task, as far as it is written."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from httptask.builtin.codecs.text import is_json, known_charset, parse_media_type
from httptask.core.methods import CONDUCTOR
from httptask.core.xml_text import is_xml
from httptask.definition.reading import escape
from httptask.engines.conductor.rewriting import (
    has_java_text,
    query_parts,
    sent_media_type,
    sent_query,
)
from httptask.expressions.scan import scan

ORKES_FIELDS: Final = ("acceptedStatusCodes", "outputFilter", "encode")
_REFERENCE: Final = re.compile(r"\$\{[^}]*\}")
_ESCAPE: Final = re.compile(r"%[0-9A-Fa-f]{2}")
_BAD_ESCAPE: Final = re.compile(r"%[0-9A-Fa-f]?[^0-9A-Fa-f]")
_FILLED: Final = re.compile(r"\{[^/]+?\}")
_NOT_IN_HEADERS: Final = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]|[^\x00-\xff]")
_HOST: Final = re.compile(r"[A-Za-z]+://([^/?#]*)")
_BYTE_ORDERS: Final = frozenset({"utf-16", "utf-32"})
_JSON_CHARSETS: Final = frozenset({None, "utf-8", "ascii"})

Found = Iterator[tuple[str, str, str]]
"""Id of a group of ``differences``, pointer, what the built-in task does."""


def of_request(request: Mapping[str, Any], where: str) -> Found:
    """Yield what of a request the built-in task would do otherwise.

    Args:
        request: its fields as written, expressions included.
        where: its JSON Pointer.
    """
    for key in ORKES_FIELDS:
        if request.get(key) not in (None, True):
            yield "additions", f"{where}/{key}", "only Orkes knows this; OSS ignores it"
    for key in ("connectionTimeOut", "readTimeOut"):
        if key in request and request[key] in (None, ""):
            yield "nulls", f"{where}/{key}", "null means 100 or 150 ms for the built-in task"
    for key in ("headers", "contentType"):
        if key in request and request[key] is None:
            yield "nulls", f"{where}/{key}", "the built-in task fails on this null"
    yield from _of_address(request.get("uri"), f"{where}/uri")
    yield from _of_headers(request.get("headers"), f"{where}/headers")
    yield from _of_media_types(request, where)
    yield from _of_body(request, where)


def _of_address(uri: Any, where: str) -> Found:
    for text in _address_differences(uri) if isinstance(uri, str) else ():
        yield "addresses-as-written", where, f"the built-in task {text}"


def _address_differences(uri: str) -> Iterator[str]:
    plain = _REFERENCE.sub("x", uri)
    bare, hash_mark, fragment = plain.partition("#")
    address, question_mark, query = bare.partition("?")
    path = address.partition("://")[2]
    path = path if hash_mark or question_mark else path.rstrip(" ")
    host = _HOST.match(plain.strip(" "))
    if _ESCAPE.search(bare):
        yield "encodes the % once more"
    elif _BAD_ESCAPE.search(path):
        yield "fails on a % in a path that begins no escape"
    if any(map(_FILLED.search, [address, fragment, *query_parts(query)])):
        yield "fails on a {name}"
    if sent_query(query) != query:
        yield "encodes an = within a value, and drops empty parts of a query"
    if query.endswith(" ") and not hash_mark:
        yield "sends the blank at the end of the query"
    if "//" in path:
        yield "makes // to /"
    if any(segment != segment.strip(" ") for segment in path.split("/")):
        yield "drops the blanks around a part of the path"
    if plain.startswith(" "):
        yield "fails on a blank in front"
    if host and not host[1].isascii():
        yield "fails on a host with such letters"


def _of_headers(headers: Any, where: str) -> Found:
    for name, value in headers.items() if isinstance(headers, Mapping) else ():
        below = f"{where}/{escape(str(name))}"
        for text in _header_differences(str(name).lower(), value):
            yield "headers-as-written", below, f"the built-in task {text}"
        if isinstance(value, str) and _NOT_IN_HEADERS.search(value):
            yield "checked-input", below, "the built-in task sends a blank or ? for such characters"


def _header_differences(name: str, value: Any) -> Iterator[str]:
    if name in ("accept", "content-type"):
        yield "sends this as a second line"
    if isinstance(value, list):
        yield "sends a list as [a, b]"
    if has_java_text(value):
        yield "writes this number as Java does, such as 1.0E20"
    if isinstance(value, str) and value.strip(" \t") and value != value.rstrip(" \t"):
        yield "sends the blanks at the end"


def _of_media_types(request: Mapping[str, Any], where: str) -> Found:
    accept, kind = request.get("accept"), request.get("contentType")
    listed = accept if isinstance(accept, list) else [accept]
    places = [(f"{where}/accept", one) for one in listed] + [(f"{where}/contentType", kind)]
    for pointer, written in places:
        if not isinstance(written, str) or "${" in written:
            continue
        sent = sent_media_type(written)
        if sent is None:
            text = "the built-in task fails on what is not one media type"
            yield "lenient-responses", pointer, text
        elif sent != written:
            yield "headers-as-written", pointer, f"the built-in task sends {sent}"


def _of_body(request: Mapping[str, Any], where: str) -> Found:
    method, body = request.get("method"), request.get("body")
    written = str(request.get("contentType") or "application/json")
    kind, parameters = parse_media_type(written)
    if isinstance(method, str) and "${" not in method and method not in CONDUCTOR:
        yield "any-method", f"{where}/method", "the built-in task fails on this method"
    if method in ("POST", "PATCH"):
        text = f"after 429 or 503 the built-in task sends this {method} a second time"
        yield "no-hidden-resend", f"{where}/method", text
    charset = known_charset(parameters.get("charset", ""))
    if not _can_write(body, charset):
        text = "the built-in task sends ? for what the charset lacks"
        yield "checked-input", f"{where}/body", text
    if isinstance(body, str):
        if is_xml(kind) and len(scan(body).pieces) > 1:
            text = "the built-in task puts a value into XML as it is"
            yield "expressions", f"{where}/body", text
        if not is_json(kind) and "charset" not in parameters and not body.isascii():
            yield "charsets", f"{where}/body", "the built-in task writes this text as Latin-1"
        if charset in _BYTE_ORDERS:
            text = "the built-in task writes the high byte first"
            yield "charsets", f"{where}/contentType", text
    elif body is not None:
        yield from _of_value(kind, charset, where)


def _can_write(body: Any, charset: str | None) -> bool:
    text = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False, default=str)
    try:
        text.encode(charset or "utf-8", "surrogatepass" if charset is None else "strict")
    except UnicodeEncodeError:
        return False
    return True


def _of_value(kind: str, charset: str | None, where: str) -> Found:
    """Yield what becomes of a body that is not text."""
    pointer = f"{where}/contentType"
    if kind and not is_json(kind):
        text = "the built-in task writes an object as XML, YAML or CBOR, or fails and tries again"
        yield "checked-input", pointer, text
    elif charset not in _JSON_CHARSETS:
        yield "charsets", pointer, "the built-in task has no JSON but UTF-8"
    elif kind and not kind.startswith("application/"):
        text = "the built-in task fails: it writes no JSON of this type"
        yield "lenient-responses", pointer, text
