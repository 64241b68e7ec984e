"""Answer a test request from a file instead of the network.

The file holds one answer, or a list of answers for the attempts in turn (the last one repeats)::

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
    """Answers ``send_request`` from recorded or written answers.

    Raises:
        DefinitionError: the file is no mock.
    """

    def __init__(self, answers: list[Mapping[str, Any]], source: str, folder: Path) -> None:
        self._answers = [
            _checked(answer, f"/{index}" if len(answers) > 1 else "", source)
            for index, answer in enumerate(answers)
        ]
        self._source, self._folder, self._sent = source, folder, 0

    @classmethod
    def load(cls, path: Path) -> MockTransport:
        """Read a mock file.

        Raises:
            DefinitionError: the file cannot be read, or is no mock.
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
        answers = document if isinstance(document, list) and document else [document]
        return cls(answers, str(path), path.parent)

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
        """Return the next answer."""
        answer = self._answers[min(self._sent, len(self._answers) - 1)]
        self._sent += 1
        body = self._body(answer)
        lines = list(_lines(answer.get("headers", {})))
        if not any(name.lower() == "content-type" for name, _ in lines) and body:
            text = isinstance(answer.get("body"), str)
            lines.append(
                ("Content-Type", "text/plain; charset=utf-8" if text else "application/json")
            )
        return HttpResponse(
            answer.get("status", 200),
            answer.get("reason", ""),
            Headers(lines),
            MemoryStream(body),
            signed.request.url,
        )

    def _body(self, answer: Mapping[str, Any]) -> bytes:
        if "bodyFile" in answer:
            path = self._folder / str(answer["bodyFile"])
            try:
                return path.read_bytes()
            except OSError as error:
                raise DefinitionError(
                    f"cannot read bodyFile: {error.strerror}",
                    code="file_missing",
                    source=self._source,
                ) from error
        if "bodyBase64" in answer:
            return base64.b64decode(str(answer["bodyBase64"]))
        body = answer.get("body")
        if body is None:
            return b""
        return body.encode() if isinstance(body, str) else encode(body)


def _checked(answer: Any, pointer: str, source: str) -> Mapping[str, Any]:
    if not isinstance(answer, Mapping) or not _is_answer(answer):
        raise DefinitionError(
            "a mock is {status, headers, body}, or a list of these",
            code="mock_invalid",
            pointer=pointer,
            source=source,
            hint=f"known keys: {', '.join(sorted(_KEYS))}",
        )
    return answer


def _is_answer(answer: Mapping[str, Any]) -> bool:
    status, data = answer.get("status", 200), answer.get("bodyBase64", "")
    return (
        answer.keys() <= _KEYS
        and isinstance(status, int)
        and 100 <= status <= 999
        and isinstance(answer.get("headers", {}), Mapping)
        and all(isinstance(answer.get(key, ""), str) for key in ("reason", "bodyFile"))
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
