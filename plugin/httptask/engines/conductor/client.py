"""A Conductor server's REST API: plain OSS, or Orkes with a key that is traded for a token."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import Any, Final, NamedTuple
from urllib.parse import quote, urlencode, urlsplit

from requests import RequestException
from urllib3.exceptions import HTTPError

from httptask import __version__
from httptask.builtin.transport.environment import authorities, proxy_for
from httptask.builtin.transport.failures import innermost
from httptask.builtin.transport.gate import Passage
from httptask.builtin.transport.pools import GatedAdapter
from httptask.builtin.transport.watchdog import Watch
from httptask.core.egress import EgressPolicy
from httptask.core.json_text import decode, encode
from httptask.core.message import Origin
from httptask.errors import DefinitionError, EngineError
from httptask.hooks.views import Probe

DEFAULT_SERVER: Final = "http://localhost:8080"
TOKEN_SECONDS: Final = 40 * 60
_WORTH_REPEATING: Final = frozenset({429, 500, 502, 503, 504})
_CODES: Final = {
    401: "server_unauthorized",
    403: "server_unauthorized",
    404: "server_not_found",
    405: "server_not_found",
}
_HEADERS: Final = (
    ("Accept", "application/json, text/plain"),
    ("User-Agent", f"httptask/{__version__}"),
)
_CONNECT_SECONDS: Final = 5.0
_READ_SIZE: Final = 1024 * 1024
_SHOWN: Final = 500


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """Where a server is, and with which key.

    Attributes:
        url: address of the server, with or without ``/api``.
        key_id: key id of an Orkes application, or "".
        key_secret: its secret.
    """

    url: str
    key_id: str = ""
    key_secret: str = field(default="", repr=False)

    @classmethod
    def from_environment(cls, url: str | None = None) -> ServerSettings:
        """Read CONDUCTOR_SERVER_URL, CONDUCTOR_AUTH_KEY and CONDUCTOR_AUTH_SECRET.

        Args:
            url: address that was given otherwise, which wins.
        """
        return cls(
            url or os.environ.get("CONDUCTOR_SERVER_URL") or DEFAULT_SERVER,
            os.environ.get("CONDUCTOR_AUTH_KEY", ""),
            os.environ.get("CONDUCTOR_AUTH_SECRET", ""),
        )


class _Reply(NamedTuple):
    """An answer, its body read."""

    status: int
    media_type: str
    data: bytes


class _UnansweredError(Exception):
    """No answer came.

    Attributes:
        unsent: whether the request surely never left.
        cause: why, for people.
    """

    def __init__(self, unsent: bool, cause: str) -> None:
        super().__init__(cause)
        self.unsent, self.cause = unsent, cause


class _Anywhere(EgressPolicy):
    """Lets every address pass: whoever runs the command has named the server."""

    def judge(self, host: str, port: int, address: str) -> None:
        """Let it pass."""


_ANYWHERE: Final = _Anywhere()


class ConductorClient:
    """Calls the API; safe to share between threads.

    Args:
        server: the server.
        connections: connections kept open.
        timeout: seconds to wait for an answer.
        attempts: attempts in all for calls that may be repeated.
    """

    def __init__(
        self,
        server: ServerSettings,
        *,
        connections: int = 16,
        timeout: float = 30.0,
        attempts: int = 4,
    ) -> None:
        self.base = api_base(server.url)
        self._server, self._timeout, self._attempts = server, timeout, attempts
        self._origin, self._proxy = Origin.of(self.base), proxy_for(self.base)
        self._at, self._verify = self.base.removesuffix(urlsplit(self.base).path), authorities()
        self._adapter = GatedAdapter(pool_maxsize=connections)
        self._token, self._token_until = "", 0.0
        self._token_lock = threading.Lock()

    def close(self) -> None:
        """Close all connections."""
        self._adapter.close()

    def get(self, path: str, *, timeout: float | None = None, **query: Any) -> Any:
        """Return the JSON value at a path.

        Raises:
            EngineError: no connection (``server_down``), no answer (``server_unreachable``), or a
                refusal (``server_refused``, ``server_not_found``, ``server_unauthorized``).
        """
        return self.call("GET", path, query=query, timeout=timeout)

    def post(self, path: str, body: Any, *, repeat: bool = True, **query: Any) -> Any:
        """Send a JSON value and return the answer; errors are those of ``get``."""
        return self.call("POST", path, body=body, query=query, repeat=repeat)

    def put(self, path: str, body: Any) -> Any:
        """Send a JSON value and return the answer; errors are those of ``get``."""
        return self.call("PUT", path, body=body)

    def find(self, path: str, **query: Any) -> Any:
        """Return the JSON value at a path, or None where the server has nothing.

        Raises:
            EngineError: as in ``get``, except for ``server_not_found``.
        """
        try:
            return self.get(path, **query)
        except EngineError as error:
            if error.code == "server_not_found":
                return None
            raise

    def call(
        self,
        method: str,
        path: str,
        *,
        body: Any = None,
        query: Mapping[str, Any] | None = None,
        timeout: float | None = None,
        repeat: bool = True,
        attempts: int | None = None,
    ) -> Any:
        """Call the API.

        Args:
            method: HTTP method.
            path: path below ``/api``, already encoded.
            body: JSON value to send, as it is or as bytes, or None.
            query: query parameters; None is not sent.
            timeout: seconds to wait for the answer; the client's own when None.
            repeat: whether a call may be made twice; if not, only unsent calls are repeated.
            attempts: attempts in all; the client's own when None.

        Raises:
            EngineError: as in ``get``.
        """
        data = body if body is None or isinstance(body, bytes) else encode(body)
        most = attempts or self._attempts
        for number in range(1, most + 1):
            try:
                response = self._send(method, path, data, query, timeout)
            except _UnansweredError as error:
                if number == most or not (repeat or error.unsent):
                    raise self._unreachable(error) from error.__cause__
            else:
                if not (repeat and response.status in _WORTH_REPEATING) or number == most:
                    return self._answer(method, path, response)
            time.sleep(min(0.2 * 2**number, 3.0))
        raise AssertionError("unreachable")

    def _send(
        self,
        method: str,
        path: str,
        data: bytes | None,
        query: Mapping[str, Any] | None,
        timeout: float | None,
    ) -> _Reply:
        url = self.base + path + (f"?{_in_query(query)}" if query else "")
        limit = timeout or self._timeout
        reply = self._exchange(method, url, data, limit, self._authorization())
        if reply.status in (401, 403) and self._server.key_id:
            renewed = self._authorization(renew=True)
            reply = self._exchange(method, url, data, limit, renewed)
        return reply

    def _exchange(
        self, method: str, url: str, data: bytes | None, timeout: float, headers: dict[str, str]
    ) -> _Reply:
        """Send one request over a task's own transport, which costs a third of a session's.

        Raises:
            _UnansweredError: there was no answer.
        """
        lines = [("Host", self._origin.authority), *_HEADERS, *headers.items()]
        if data is not None:
            lines += [("Content-Type", "application/json"), ("Content-Length", str(len(data)))]
        call = Passage(
            policy=_ANYWHERE,
            probe=Probe(),
            connect_timeout=_CONNECT_SECONDS,
            read_timeout=timeout,
            method=method,
            target=url.removeprefix(self._at),
            lines=lines,
            body=data,
            watch=Watch(None, None),
        )
        if self._proxy:
            call.through_proxy(url)
        try:
            pool = self._adapter.pool(self._origin, self._verify, None, self._proxy)
            answer = pool.exchange(call)
            try:
                body = b"".join(answer.chunks(_READ_SIZE))
            finally:
                answer.release(usable=True)
        except (OSError, HTTPException, HTTPError, RequestException) as error:
            raise _UnansweredError(not call.sending, innermost(error)) from error
        return _Reply(answer.status, answer.headers.get("Content-Type") or "", body)

    def _authorization(self, *, renew: bool = False) -> dict[str, str]:
        server = self._server
        if not server.key_id:
            return {}
        with self._token_lock:
            if renew or time.monotonic() >= self._token_until:
                self._token = self._fetch_token()
                self._token_until = time.monotonic() + TOKEN_SECONDS
            return {"X-Authorization": self._token} if self._token else {}

    def _fetch_token(self) -> str:
        key = {"keyId": self._server.key_id, "keySecret": self._server.key_secret}
        url, data = f"{self.base}/token", encode(key)
        reply = self._exchange("POST", url, data, self._timeout, {})
        if reply.status == 404:
            return ""
        answer = self._answer("POST", "/token", reply)
        token = answer.get("token") if isinstance(answer, dict) else None
        if not isinstance(token, str) or not token:
            raise EngineError("the server gave no token for the key", code="server_unauthorized")
        return token

    def _answer(self, method: str, path: str, reply: _Reply) -> Any:
        status, kind, data = reply
        if status >= 300:
            reason = _reason(data.decode("utf-8", "replace"))
            raise EngineError(
                f"{method} {path}: the server answers {status}: {reason}",
                code=_CODES.get(status, "server_refused"),
                hint="set CONDUCTOR_AUTH_KEY and CONDUCTOR_AUTH_SECRET" if status == 401 else "",
                retryable=status in _WORTH_REPEATING,
            )
        if kind.startswith("text/html"):
            raise EngineError(
                f"{self.base} is not the API of a Conductor server",
                code="server_not_found",
                hint="the address ends where /api begins",
            )
        if not data:
            return None
        return (
            _read(f"{method} {path}", data) if "json" in kind else data.decode("utf-8", "replace")
        )

    def _unreachable(self, error: _UnansweredError) -> EngineError:
        what = "cannot be reached" if error.unsent else "does not answer"
        return EngineError(
            f"the server {self.base} {what}: {error.cause}",
            code="server_down" if error.unsent else "server_unreachable",
            hint="is it running? its /health tells",
            retryable=True,
        )


def api_base(url: str) -> str:
    """Return the address of a server's API.

    Raises:
        DefinitionError: it is no http or https address.
    """
    parts = urlsplit(url.strip())
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username:
        raise DefinitionError(
            "the server's address is not an http or https address",
            code="server_address",
            hint="for example http://localhost:8080",
        )
    path = parts.path.rstrip("/")
    path = path if path.endswith("/api") else f"{path}/api"
    return f"{parts.scheme}://{parts.netloc}{path}"


def segment(text: str) -> str:
    """Return a text as one segment of a path."""
    return quote(text, safe="@:")


def _in_query(query: Mapping[str, Any]) -> str:
    return urlencode({name: value for name, value in query.items() if value is not None})


def _read(call: str, data: bytes) -> Any:
    try:
        return decode(data)
    except (ValueError, RecursionError) as error:
        raise EngineError(
            f"{call}: the server's answer cannot be read as JSON", code="server_refused"
        ) from error


def _reason(text: str) -> str:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return text[:_SHOWN]
    if not isinstance(document, dict):
        return text[:_SHOWN]
    problems = document.get("validationErrors")
    found = problems if isinstance(problems, list) else []
    details = "; ".join(str(each.get("message", "")) for each in found if isinstance(each, dict))
    return (details or str(document.get("message", "")) or text)[:_SHOWN]
