"""A curl command that sends the same request, its secrets as the variables that hold them."""

from __future__ import annotations

import base64
import os
import re
import shlex
from collections.abc import Mapping

from httptask.builtin.secret_providers import VARIABLE_PREFIXES
from httptask.core.body import Body
from httptask.core.message import HttpRequest
from httptask.core.sensitive import MASK, MIN_LENGTH, Redactor
from httptask.wire.rendering import render_url

_LONGEST_BODY = 64 * 1024
_IDENTIFIER = re.compile("[A-Za-z0-9_]+")
_LEFT_TO_CURL = {"host", "content-length", "accept-encoding", "user-agent"}


def curl_command(
    request: HttpRequest, secrets: Mapping[str, str], redactor: Redactor, body_file: str = ""
) -> str:
    """Return the command.

    Args:
        request: the signed request.
        secrets: values of the secrets used, by name; each becomes ``"$HTTPTASK_SECRET_NAME"``.
        redactor: hides whatever secret is left, in an encoded form for example.
        body_file: file that curl is to send instead of a streamed body.
    """
    quote = _Quoter(secrets, redactor)
    parts = ["curl", "--globoff"]
    parts += ["--head"] if request.method == "HEAD" else ["-X", request.method]
    parts.append(quote.url(request.url))
    for name, value in request.headers:
        if name.lower() not in _LEFT_TO_CURL:
            parts += _header(name, value, quote)
    if request.body is not None and request.body.size:
        parts += _body(request.body, quote, body_file)
        if "Content-Type" not in request.headers:
            parts += ["-H", "Content-Type:"]
    if "gzip" in (request.headers.get("Accept-Encoding") or ""):
        parts.append("--compressed")
    return " ".join(parts)


def _header(name: str, value: str, quote: _Quoter) -> list[str]:
    scheme, _, token = value.partition(" ")
    if name.lower() == "authorization" and scheme == "Basic":
        user, mark, password = _decoded(token).partition(":")
        return ["-u", quote.value(user + mark, password, name)]
    return ["-H", quote.value(f"{name}: ", value, name) if value else quote(f"{name};")]


def _decoded(token: str) -> str:
    try:
        return base64.b64decode(token, validate=True).decode()
    except ValueError:
        return token


def _body(body: Body, quote: _Quoter, body_file: str) -> list[str]:
    text = _text(body)
    if text is None:
        return ["--data-binary", f"@{shlex.quote(body_file or 'BODY_FILE')}"]
    return ["--data-raw", quote(text)]


def _text(body: Body) -> str | None:
    """Return a body that can stand in a command line, or None."""
    if body.data is None or body.size > _LONGEST_BODY or b"\0" in body.data:
        return None
    try:
        return body.data.decode()
    except UnicodeDecodeError:
        return None


class _Quoter:
    """Quotes texts for a shell, known secrets as variables and the others masked."""

    def __init__(self, secrets: Mapping[str, str], redactor: Redactor) -> None:
        self._secrets = sorted(secrets.items(), key=lambda item: -len(item[1]))
        self._redactor = redactor

    def __call__(self, text: str) -> str:
        pieces = self._pieces(text)
        if len(pieces) == 1:
            return shlex.quote(pieces[0][1])
        return "".join(
            _expanded(piece) if is_variable else _quoted(piece) for is_variable, piece in pieces
        )

    def url(self, url: str) -> str:
        """Quote a URL; values of sensitive parameters are masked."""
        return self(url if len(self._pieces(url)) > 1 else render_url(url, self._redactor))

    def value(self, before: str, value: str, field: str) -> str:
        """Quote a field's value; that of a sensitive one is shown as variables, or not at all."""
        shown = self._redactor.text(value) != value or len(self._pieces(value)) > 1
        hidden = self._redactor.is_sensitive_field(field) and not shown
        return self(before + (MASK if hidden else value))

    def _pieces(self, text: str) -> list[tuple[bool, str]]:
        """Cut a text at the secrets; the short ones last, as they may be parts of the others."""
        pieces: list[tuple[bool, str]] = [(False, text)]
        masked = False
        for name, value in self._secrets:
            if not masked and len(value) < MIN_LENGTH:
                pieces, masked = self._masked(pieces), True
            if value:
                pieces = [part for piece in pieces for part in _split(piece, name, value)]
        return pieces if masked else self._masked(pieces)

    def _masked(self, pieces: list[tuple[bool, str]]) -> list[tuple[bool, str]]:
        return [
            (variable, piece if variable else self._redactor.text(piece))
            for variable, piece in pieces
        ]


def _split(piece: tuple[bool, str], name: str, value: str) -> list[tuple[bool, str]]:
    if piece[0]:
        return [piece]
    parts: list[tuple[bool, str]] = []
    for index, text in enumerate(piece[1].split(value)):
        if index:
            parts.append((True, name))
        parts.append((False, text))
    return parts


def _expanded(name: str) -> str:
    """Return the variable that is set here, else ours; the mask for what no shell expands."""
    variables = [prefix + name for prefix in VARIABLE_PREFIXES]
    variable = next((each for each in variables if each in os.environ), variables[0])
    return f'"${variable}"' if _IDENTIFIER.fullmatch(variable) else shlex.quote(MASK)


def _quoted(text: str) -> str:
    return shlex.quote(text) if text else ""
