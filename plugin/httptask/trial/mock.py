"""Respond to a test request from a file instead of the network.

The file holds one response, or a list of them for the attempts in turn (the last one repeats)::

    {"status": 200, "headers": {"Content-Type": "application/json"}, "body": {"id": 7}}

``body`` is JSON or text; ``bodyFile`` names a file beside the mock instead.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from httptask.core.json_text import decode, encode
from httptask.core.message import Headers, HttpRequest, HttpResponse, MemoryStream
from httptask.errors import DefinitionError
from httptask.hooks import hookimpl
from httptask.hooks.views import Claim, SendSigned, SignedRequest

MOCK = "mock"
_KEYS = {"status", "reason", "headers", "body", "bodyFile", "bodyBase64"}


class MockTransport:
    """Implements ``send_request`` with recorded or written responses.

    Raises:
        DefinitionError: the file is not a mock.
    """

    def __init__(self, responses: list[Mapping[str, Any]], source: str, folder: Path) -> None:
        self._responses = [
            _checked(response, f"/{index}" if len(responses) > 1 else "", source)
            for index, response in enumerate(responses)
        ]
        self._source, self._folder, self._sent = source, folder, 0

    @classmethod
    def load(cls, path: Path) -> MockTransport:
        """Read a mock file.

        Raises:
            DefinitionError: the file cannot be read, or is not a mock.
        """
        try:
            document = decode(path.read_bytes())
        except OSError as error:
            raise DefinitionError(
                f"cannot read the mock: {error.strerror}", code="file_missing", source=str(path)
            ) from error
        except msgspec.DecodeError as error:
            raise DefinitionError(
                f"the mock is not JSON: {error}", code="json_invalid", source=str(path)
            ) from error
        responses = document if isinstance(document, list) and document else [document]
        return cls(responses, str(path), path.parent)

    @hookimpl
    def httptask_claims(self) -> list[Claim]:
        """Claim the transport, and tokens: nobody is asked for one."""
        return [
            Claim("send_request", MOCK, "responses from a file"),
            Claim("authorize", "oauth2", "a token that is none"),
        ]

    @hookimpl
    def httptask_authorize(self, request: HttpRequest, send: SendSigned) -> HttpResponse:
        """Send with a token that is none: a response of the file would be taken for a real one."""
        headers = request.headers.with_header("Authorization", f"Bearer {MOCK}")
        return send(SignedRequest(request.with_headers(headers), ("Authorization",)))

    @hookimpl
    def httptask_send_request(self, signed: SignedRequest) -> HttpResponse:
        """Return the next response."""
        response = self._responses[min(self._sent, len(self._responses) - 1)]
        self._sent += 1
        body = self._body(response)
        lines = list(_lines(response.get("headers", {})))
        if not any(name.lower() == "content-type" for name, _ in lines) and body:
            text = isinstance(response.get("body"), str)
            lines.append(
                ("Content-Type", "text/plain; charset=utf-8" if text else "application/json")
            )
        return HttpResponse(
            response.get("status", 200),
            response.get("reason", ""),
            Headers(lines),
            MemoryStream(body),
            signed.request.url,
        )

    def _body(self, response: Mapping[str, Any]) -> bytes:
        if "bodyFile" in response:
            path = self._folder / str(response["bodyFile"])
            try:
                return path.read_bytes()
            except OSError as error:
                raise DefinitionError(
                    f"cannot read bodyFile: {error.strerror}",
                    code="file_missing",
                    source=self._source,
                ) from error
        if "bodyBase64" in response:
            return base64.b64decode(str(response["bodyBase64"]))
        body = response.get("body")
        if body is None:
            return b""
        return body.encode() if isinstance(body, str) else encode(body)


def _checked(response: Any, pointer: str, source: str) -> Mapping[str, Any]:
    if not isinstance(response, Mapping) or not _is_response(response):
        raise DefinitionError(
            "a mock is {status, headers, body}, or a list of these",
            code="mock_invalid",
            pointer=pointer,
            source=source,
            hint=f"known keys: {', '.join(sorted(_KEYS))}",
        )
    return response


def _is_response(response: Mapping[str, Any]) -> bool:
    status, data = response.get("status", 200), response.get("bodyBase64", "")
    return (
        response.keys() <= _KEYS
        and isinstance(status, int)
        and 100 <= status <= 999
        and isinstance(response.get("headers", {}), Mapping)
        and all(isinstance(response.get(key, ""), str) for key in ("reason", "bodyFile"))
        and isinstance(data, str)
        and _is_base64(data)
    )


def _is_base64(text: str) -> bool:
    try:
        base64.b64decode(text, validate=True)
    except ValueError:
        return False
    return True


def _lines(headers: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in headers.items():
        for item in value if isinstance(value, list) else [value]:
            yield name, str(item)
