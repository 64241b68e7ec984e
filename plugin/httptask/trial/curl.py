"""A curl command that sends the same request, its secrets as the variables that hold them."""

from __future__ import annotations

import base64
import re
import shlex
from collections.abc import Callable, Collection, Iterator

from httptask.core.body import Body
from httptask.core.message import HttpRequest
from httptask.core.places import Pieces, PutSecret
from httptask.core.sensitive import MASK, Redactor
from httptask.errors import HttpTaskError
from httptask.trial.shell import quoted, quoted_bytes, variable

_LONGEST_BODY = 64 * 1024
_EXPECTING = 1024 * 1024
"""Bytes of a body from which on curl waits for ``100 Continue``."""
_ADDED_BY_CURL = ("Accept", "User-Agent")
_PARAMETER = re.compile("([?&])")
_COOKIE = re.compile("(; )")


def curl_command(
    request: HttpRequest, redactor: Redactor, literals: Collection[str] = (), body_file: str = ""
) -> str:
    """Return the command.

    A secret is ``"$HTTPTASK_SECRET_NAME"`` where the pipeline put it. What else is secret, or has
    another form than the variable, is masked: the command has to be completed then.

    Args:
        request: the signed request.
        redactor: knows the secrets and their places.
        literals: texts of the definition; cookies that stand there are shown.
        body_file: file that curl is to send instead of a body that no command line holds.
    """
    return " ".join(_Command(request, redactor, literals).words(body_file))


class _Command:
    def __init__(self, request: HttpRequest, redactor: Redactor, literals: Collection[str]) -> None:
        self._request, self._redactor = request, redactor
        self._literals = {pair for text in literals for pair in text.split("; ")}
        self._names = {value: name for name, value in redactor.named.items() if value}

    def words(self, body_file: str) -> Iterator[str]:
        request, headers = self._request, self._request.headers
        yield from ("curl", "--globoff", "--path-as-is")
        bodiless = request.body is None or not request.body.size
        head = request.method == "HEAD" and bodiless
        yield from ("--head",) if head else ("-X", shlex.quote(request.method))
        yield self._word(self._url())
        for name, value, pieces in self._redactor.places.headers(headers):
            yield from self._header(name, value, pieces)
        for name in _ADDED_BY_CURL:
            if name not in headers:
                yield from ("-H", f"{name}:")
        if not bodiless or headers.get("Content-Length") == "0":
            yield from self._body(request.body or Body.of(b""), body_file)
            if "Content-Type" not in headers:
                yield from ("-H", "Content-Type:")
        if "Accept-Encoding" in headers:
            yield "--compressed"

    def _url(self) -> Pieces:
        url = self._request.url
        pieces = self._redactor.places.url(self._request)
        if pieces is None:
            return (self._redactor.text(url, short=True),)
        shown: list[str | PutSecret] = []
        in_query = False
        for piece in pieces:
            if isinstance(piece, PutSecret):
                shown.append(piece)
                continue
            path, mark, query = ("", "", piece) if in_query else piece.partition("?")
            in_query = in_query or bool(mark)
            shown += [path, mark]
            for pair in _PARAMETER.split(query):
                shown += self._credential_pair(pair)
        return tuple(shown)

    def _credential_pair(self, pair: str) -> Pieces:
        """Return the pieces of a query parameter; of a sensitive one its value is not shown."""
        name, mark, value = pair.partition("=")
        if not value or not self._redactor.is_sensitive_field(name):
            return (pair,)
        return (name, mark, self._credential(value))

    def _credential(self, value: str) -> str | PutSecret:
        """Return the secret that a credential is, or the credential masked."""
        if value in self._names:
            return PutSecret(self._names[value])
        shown = self._redactor.text(value)
        return shown if shown != value else MASK

    def _header(self, name: str, value: str, pieces: Pieces | None) -> tuple[str, ...]:
        lower = name.lower()
        if lower == "content-length":
            return ()
        if lower == "host" and value == self._request.origin.authority:
            return ()
        if not value:
            return ("-H", shlex.quote(f"{name};"))
        if pieces is None:
            pieces = (self._redactor.text(value, short=True),)
        if lower == "cookie":
            pieces = self._cookies(pieces)
        elif pieces == (value,) and self._redactor.is_sensitive_field(name):
            scheme, blank, token = value.partition(" ")
            basic = _basic_pair(token) if lower == "authorization" and scheme == "Basic" else None
            if basic is not None:
                return ("-u", self._word((f"{basic[0]}:", self._credential(basic[1]))))
            pieces = self._authorization(scheme + blank, token, value)
        return ("-H", self._word((f"{name}: ", *pieces), quoted_bytes))

    def _authorization(self, scheme: str, token: str, value: str) -> Pieces:
        if token:
            shown = self._credential(token)
            if shown != MASK:
                return (scheme, shown)
        return (self._credential(value),)

    def _cookies(self, pieces: Pieces) -> Pieces:
        """Return the pieces of a Cookie header: cookies of unknown origin are masked."""
        shown: list[str | PutSecret] = []
        for piece in pieces:
            if isinstance(piece, PutSecret):
                shown.append(piece)
                continue
            for pair in _COOKIE.split(piece):
                name, mark, value = pair.partition("=")
                hidden = value and value not in self._literals and pair not in self._literals
                shown += (name, mark, self._credential(value) if hidden else value)
        return tuple(shown)

    def _body(self, body: Body, body_file: str) -> tuple[str, ...]:
        text = _text(body)
        if text is None:
            waits = ("-H", "Expect:") if body.size > _EXPECTING else ()
            return ("--data-binary", f"@{shlex.quote(body_file or 'BODY_FILE')}", *waits)
        marked = self._redactor.places.body(body)
        if marked is None:
            return ("--data-raw", self._word((self._redactor.text(text, short=True),)))
        pieces = self._redactor.places.cut(text, _text(marked) or text)
        return ("--data-raw", self._word(pieces))

    def _word(self, pieces: Pieces, quote: Callable[[str], str] = quoted) -> str:
        """Return the pieces as one word of a shell."""
        words = [
            variable(piece.name) if isinstance(piece, PutSecret) else quote(piece)
            for piece in self._merged(pieces)
        ]
        return "".join(words) or "''"

    def _merged(self, pieces: Pieces) -> Iterator[str | PutSecret]:
        """Yield the pieces, texts that stand side by side as one, other secrets masked."""
        text = ""
        for piece in pieces:
            if isinstance(piece, str) or not piece.name:
                text += piece if isinstance(piece, str) else MASK
            else:
                yield self._redactor.text(text)
                yield piece
                text = ""
        yield self._redactor.text(text)


def _basic_pair(token: str) -> tuple[str, str] | None:
    """Return user name and password, if curl makes the same token of them."""
    try:
        user, mark, password = base64.b64decode(token, validate=True).decode().partition(":")
    except ValueError:
        return None
    same = base64.b64encode(f"{user}:{password}".encode()).decode() == token
    return (user, password) if mark and same else None


def _text(body: Body) -> str | None:
    """Return a body that can stand in a command line, or None."""
    if body.size > _LONGEST_BODY:
        return None
    try:
        data = body.head(_LONGEST_BODY + 1)
        return None if b"\0" in data or len(data) != body.size else data.decode()
    except (UnicodeDecodeError, HttpTaskError):  # or a file that is gone
        return None
