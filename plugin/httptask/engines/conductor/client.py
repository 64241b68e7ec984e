"""A Conductor server's REST API: plain OSS, or Orkes with a key that is exchanged for a token."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import quote, urlencode, urlsplit

from httptask import __version__
from httptask.core.body import Body
from httptask.core.closeable import Closeable
from httptask.core.egress import EgressPolicy, Endpoint
from httptask.core.execution import Execution
from httptask.core.json_text import encode
from httptask.core.message import Headers, HttpRequest, HttpResponse, Origin
from httptask.core.sensitive import Redactor
from httptask.core.verdict import Action, Verdict
from httptask.engines.conductor.orkes import OrkesAuth
from httptask.engines.conductor.replies import WORTH_REPEATING, value_of
from httptask.errors import DefinitionError, EngineError, HttpTaskError
from httptask.expressions import Context
from httptask.hooks.task import CompiledTask, literal_origin
from httptask.hooks.views import DecodedBody, Outcome, ResolvedRequest, Task, TaskCall
from httptask.pipeline import Pipeline
from httptask.pipeline.attempts import Attempts
from httptask.plugins import build_service_manager, close_plugins
from httptask.settings import Settings
from httptask.wire.environment import authorities, proxy_for
from httptask.wire.layers import Plan
from httptask.wire.recorder import Recorder
from httptask.wire.tracer import Tracer

DEFAULT_SERVER: Final = "http://localhost:8080"
_CONNECT_MS: Final = 5000
_LARGEST: Final = 256 * 1024 * 1024
_UNSENT: Final = frozenset({"connect_failed", "connect_timeout", "dns_failed", "proxy_failed"})


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


class ConductorClient(Closeable):
    """Calls the API, over the same layers as a task; safe to share between threads.

    Args:
        server: the server.
        timeout: seconds to wait for a response.
        attempts: attempts in all for calls that may be repeated.
    """

    def __init__(self, server: ServerSettings, *, timeout: float = 30.0, attempts: int = 4) -> None:
        self.base = api_base(server.url)
        self._server, self._timeout, self._attempts = server, timeout, attempts
        self._manager = build_service_manager({"orkes": OrkesAuth()})
        self._pipeline = Pipeline(self._manager)
        origin = Origin.of(self.base)
        self._at = Headers(
            [
                ("Host", origin.authority),
                ("Accept", "application/json, text/plain"),
                ("User-Agent", f"httptask/{__version__}"),
            ]
        )
        proxy, bundle = proxy_for(self.base), authorities()
        self._environment = {
            **({"proxy": proxy} if proxy else {}),
            **({"tls": {"caBundle": bundle}} if bundle else {}),
        }
        named = {(origin.host, origin.port), *_endpoint_of(proxy)}
        transport = Settings.from_environment().transport
        policy = EgressPolicy(frozenset(named))
        self._settings = Settings(policy, Path(), author=True, transport=transport)
        self._redactor = Redactor([server.key_secret] if server.key_secret else [])
        self._tasks: dict[tuple[float, int], _Calls] = {}

    def close(self) -> None:
        """Close all connections."""
        close_plugins(self._manager)

    def get(self, path: str, *, timeout: float | None = None, **query: Any) -> Any:
        """Return the JSON value at a path.

        Raises:
            EngineError: no connection (``server_down``), no response (``server_unreachable``), or a
                refusal (``server_refused``, ``server_not_found``, ``server_unauthorized``).
        """
        return self.call("GET", path, query=query, timeout=timeout)

    def post(self, path: str, body: Any, *, repeat: bool = True, **query: Any) -> Any:
        """Send a JSON value and return the response; errors are those of ``get``."""
        return self.call("POST", path, body=body, query=query, repeat=repeat)

    def put(self, path: str, body: Any) -> Any:
        """Send a JSON value and return the response; errors are those of ``get``."""
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
            timeout: seconds to wait for the response; the client's own when None.
            repeat: whether a call may be made twice; if not, only unsent calls are repeated.
            attempts: attempts in all; the client's own when None.

        Raises:
            EngineError: as in ``get``.
        """
        data = body if body is None or isinstance(body, bytes) else encode(body)
        headers, sent = self._at, None
        if data is not None:
            headers = Headers((*headers.lines, ("Content-Type", "application/json")))
            sent = Body.of(data, "application/json")
        url = self.base + path + (f"?{_in_query(query)}" if query else "")
        calls = self._calls(timeout or self._timeout, attempts or self._attempts)
        try:
            outcome = self._outcome(calls, HttpRequest(method, url, headers, sent, repeat))
            response, read = outcome.response, outcome.body
            if response is None or read is None:
                raise self._unreachable(outcome.verdict)
            kind = response.headers.get("Content-Type") or ""
            return value_of(f"{method} {path}", self.base, response.status, kind, read.value)
        except EngineError as error:
            error.message = self._redactor.text(error.message)  # servers repeat what they are sent
            raise

    def _outcome(self, calls: _Calls, request: HttpRequest) -> Outcome:
        recorder = Recorder(self._redactor)
        tracer = Tracer(recorder, calls.call.clock, calls.call.execution, self._pipeline.observers)
        task = Task(calls.call, calls.resolved, None, recorder, recorder.event)
        try:
            return Attempts(task, calls.plan, _read_reply, tracer).make(request)
        except EngineError:
            raise
        except HttpTaskError as error:
            raise self._unreachable(Verdict(Action.FAIL, error.message, error=error)) from error

    def _calls(self, timeout: float, attempts: int) -> _Calls:
        """Return the calls with these limits; made once."""
        found = self._tasks.get((timeout, attempts))
        if found is None:
            found = self._tasks[timeout, attempts] = self._made(timeout, attempts)
        return found

    def _made(self, timeout: float, attempts: int) -> _Calls:
        request = {
            "uri": self.base,
            "method": "GET",
            "connectionTimeOut": _CONNECT_MS,
            "readTimeOut": round(timeout * 1000),
        }
        retry = {"maxAttempts": attempts, "initialDelayMs": 400, "maxDelayMs": 3000}
        options: dict[str, Any] = {
            "retry": {**retry, "jitter": False},
            "redirects": {"follow": False},
            **self._environment,
        }
        server = self._server
        if server.key_id:
            options["auth"] = {
                "type": "orkes",
                "url": f"{self.base}/token",
                "keyId": server.key_id,
                "keySecret": server.key_secret,
            }
        written = {"http_request": request, "httptask": options}
        task, call = CompiledTask.of(written, ref="conductor"), self._settings.call
        made = call(task, Context.build(), Execution.fresh("conductor"), redactor=self._redactor)
        made = made.within(made.secrets, self._pipeline.options_model)
        resolved = self._pipeline.resolve(made)
        return _Calls(made, resolved, self._pipeline.layers.plan(task, made.transport))

    def _unreachable(self, verdict: Verdict) -> EngineError:
        unsent = verdict.error is not None and verdict.error.code in _UNSENT
        what = "cannot be reached" if unsent else "does not respond"
        return EngineError(
            f"the server {self.base} {what}: {verdict.reason.partition(': ')[2] or verdict.reason}",
            code="server_down" if unsent else "server_unreachable",
            hint="is it running? see its /health",
            retryable=True,
        )


class _Calls(NamedTuple):
    """Everything about calls with the same limits that is made once."""

    call: TaskCall
    resolved: ResolvedRequest
    plan: Plan


def _read_reply(stage: str, *, response: HttpResponse, **_: Any) -> DecodedBody | Verdict:
    """Read a response, or judge it; what its status means is told later."""
    if stage == "decode_response":
        data = response.read(_LARGEST)
        return DecodedBody(data, "bytes", len(data))
    again = response.status in WORTH_REPEATING
    return Verdict(Action.RETRY if again else Action.SUCCESS)


def api_base(url: str) -> str:
    """Return the address of a server's API.

    Raises:
        DefinitionError: it is not an http or https address.
    """
    if literal_origin(url) is None:
        raise DefinitionError(
            "the server's address is not an http or https address",
            code="server_address",
            hint="for example http://localhost:8080",
        )
    parts = urlsplit(url.strip())
    path = parts.path.rstrip("/")
    path = path if path.endswith("/api") else f"{path}/api"
    return f"{parts.scheme}://{parts.netloc}{path}"


def segment(text: str) -> str:
    """Return a text as one segment of a path."""
    return quote(text, safe="@:")


def _endpoint_of(proxy: str) -> set[Endpoint]:
    """Return the endpoint of the environment's proxy, which its operator has named."""
    parts = urlsplit(proxy)
    return {(parts.hostname, parts.port)} if parts.hostname else set()


def _in_query(query: Mapping[str, Any]) -> str:
    return urlencode({name: value for name, value in query.items() if value is not None})
