"""A curl command that sends the same request, its secrets as shell variables."""

from __future__ import annotations

import shlex
from collections.abc import Mapping

from httptask.core.message import HttpRequest
from httptask.core.sensitive import Redactor

_LONGEST_BODY = 64 * 1024
_LEFT_TO_CURL = {"host", "content-length", "accept-encoding", "user-agent"}


def curl_command(
    request: HttpRequest, secrets: Mapping[str, str], redactor: Redactor, body_file: str = ""
) -> str:
    """Return the command.

    Args:
        request: the signed request.
        secrets: values of the secrets used, by name; each becomes ``$NAME``.
        redactor: hides whatever secret is left, in an encoded form for example.
        body_file: file that curl is to send instead of a streamed body.
    """
    quote = _Quoter(secrets, redactor)
    parts = ["curl", "-X", request.method]
    if request.method == "HEAD":
        parts = ["curl", "-I"]
    parts.append(quote(request.url))
    for name, value in request.headers:
        if name.lower() not in _LEFT_TO_CURL:
            parts += ["-H", quote(f"{name}: {value}" if value else f"{name};")]
    if request.body is not None and request.body.size:
        if request.body.size > _LONGEST_BODY or request.body.data is None:
            parts += ["--data-binary", f"@{shlex.quote(body_file or 'BODY_FILE')}"]
        else:
            parts += ["--data-binary", quote(request.body.data.decode("utf-8", "replace"))]
    if "gzip" in (request.headers.get("Accept-Encoding") or ""):
        parts.append("--compressed")
    return " ".join(parts)


class _Quoter:
    def __init__(self, secrets: Mapping[str, str], redactor: Redactor) -> None:
        self._secrets = sorted(secrets.items(), key=lambda item: -len(item[1]))
        self._redactor = redactor

    def __call__(self, text: str) -> str:
        pieces: list[tuple[bool, str]] = [(False, text)]
        for name, value in self._secrets:
            if value:
                pieces = [part for piece in pieces for part in _split(piece, name, value)]
        if not any(is_variable for is_variable, _ in pieces):
            return shlex.quote(self._redactor.text(text))
        return "".join(
            f'"${{{piece}}}"' if is_variable else _quoted(self._redactor.text(piece))
            for is_variable, piece in pieces
        )


def _split(piece: tuple[bool, str], name: str, value: str) -> list[tuple[bool, str]]:
    if piece[0]:
        return [piece]
    parts: list[tuple[bool, str]] = []
    for index, text in enumerate(piece[1].split(value)):
        if index:
            parts.append((True, name))
        parts.append((False, text))
    return parts


def _quoted(text: str) -> str:
    return shlex.quote(text) if text else ""
