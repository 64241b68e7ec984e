"""A request as somebody writes it on a command line."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from httptask.errors import InputError
from httptask.expressions.scan import scan, unescape
from httptask.importers.addresses import without_userinfo
from httptask.importers.bodies import json_value
from httptask.importers.drafts import FORM, Draft, File, Source, Text
from httptask.importers.holes import around, expression

_PLACEHOLDER: Final = re.compile(r"\{(\w+)\}", re.ASCII)


def request(
    url: str, method: str, headers: Iterable[str], data: str | None, user: str, source: Source
) -> Draft:
    """Return the request; ``${...}`` in its texts are expressions.

    Args:
        url: its address; ``{name}`` in it is an input.
        method: its method; "" is POST with a body, else GET.
        headers: each ``Name: value``; ``Name:`` is a header that is not to be sent.
        data: its body, JSON if it is an object or a list, else a form; ``@FILE`` is a file.
        user: ``NAME:PASSWORD``, or "".
        source: where files are read.

    Raises:
        InputError: a header is not one.
    """
    address, name, password = without_userinfo(_text(url))
    address = around(address, _inputs_put)
    draft = Draft("", method=method or ("GET" if data is None else "POST"), url=address)
    draft.headers = [_header(each) for each in headers]
    if user:
        name, _, password = _text(user).partition(":")
    if name:
        draft.auth = {"type": "basic", "username": name, "password": password}
    if data is not None:
        _put_body(draft, data, source)
    return draft


def _text(written: str) -> str:
    pieces = scan(written).pieces
    return "".join(
        unescape(piece) if isinstance(piece, str) else expression(piece.inside) for piece in pieces
    )


def _inputs_put(text: str) -> str:
    return _PLACEHOLDER.sub(lambda found: expression(f"workflow.input.{found[1]}"), text)


def _header(written: str) -> tuple[str, str | None]:
    name, colon, value = written.partition(":")
    if not colon or not name.strip():
        raise InputError(f"{name[:40]!r} is not a header", code="usage", hint="Name: value")
    return name.strip(), _text(value.strip()) or None


def _put_body(draft: Draft, data: str, source: Source) -> None:
    text = source.file(data[1:]) if data.startswith("@") else _text(data)
    is_json = text is not None and isinstance(json_value(text), (dict, list))
    if data.startswith("@") and not is_json:
        draft.body = File(data[1:])
        return
    told = draft.header("Content-Type") is not None
    if not (is_json or told) and (text or "").lstrip()[:1] in ("{", "["):
        raise InputError(
            "the data begins as JSON does, and is not JSON",
            code="usage",
            hint="for another kind of text say which: -H 'Content-Type: text/plain'",
        )
    draft.body = Text(text or "")
    draft.default_type("application/json" if is_json else FORM)
