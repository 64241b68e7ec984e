"""The recorded cases of the built-in HTTP task, run again on our side, and how the two differ."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from httptask.core.execution import Execution
from httptask.core.result import TaskResult
from httptask.core.tracing import Level
from httptask.definition.inputs import split_inputs
from httptask.definition.task_defs import with_template
from httptask.expressions import Context, conductor_env
from httptask.hooks.task import CompiledTask
from httptask.pipeline import Pipeline, Recorder
from httptask.settings import Settings
from httptask.testing.replies import AnyReply, RawReply, Reply, json_reply
from httptask.testing.servers import LoopbackServer
from httptask.testing.wire import ReceivedRequest

_SENT_ANYHOW = frozenset({"user-agent", "accept-encoding", "connection", "content-length", "host",
                          "transfer-encoding", "(transfer-encoding)"})  # fmt: skip
_RECEIVED_ANYHOW = frozenset({"date", "content-length", "transfer-encoding", "connection"})
_TYPE = "content-type"
_REASON_CUT = 500
_ECHO = "<echo of the request>"


@dataclass(frozen=True, slots=True)
class Request:
    """A request as the target saw it, without what every client decides for itself."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    @classmethod
    def of(cls, method: str, target: str, headers: Iterable[Sequence[str]], body: bytes) -> Request:
        """Keep what matters of a request."""
        kept = sorted((name.lower(), value) for name, value in headers)
        matters = tuple(pair for pair in kept if pair[0] not in _SENT_ANYHOW)
        return cls(method, target, matters, body)


@dataclass(frozen=True, slots=True)
class Observed:
    """What came of one run; ``requests`` is None where nobody looked."""

    status: str
    reason: str
    response: Any
    requests: tuple[Request, ...] | None


@dataclass(frozen=True, slots=True)
class Case:
    """One case on both sides.

    Attributes:
        name: name of the case.
        request: the request's fields as written.
        theirs: what the built-in task did.
        ours: what we did.
        error: code of our error, or "".
        response: status, headers, media type and bytes of the last response that we saw; ``hops``:
            origin, status and Location of each.
        data: the workflow's input.
    """

    name: str
    request: Mapping[str, Any]
    theirs: Observed
    ours: Observed
    error: str = ""
    response: Mapping[str, Any] = field(default_factory=dict)
    data: Any = None

    def given(self, name: str) -> Any:
        """Return a field of the request as written."""
        return self.request.get(name) if isinstance(self.request, Mapping) else None

    @property
    def kind(self) -> str:
        """Return the media type of the response."""
        return str(self.response.get("kind", "")).partition(";")[0].strip().lower()

    @property
    def text(self) -> str:
        """Return the response's text, each byte as one character."""
        data: bytes = self.response.get("data", b"")
        return data.decode("latin-1")


@dataclass(slots=True)
class Runner:
    """Runs single tasks with the production pipeline."""

    pipeline: Pipeline
    settings: Settings

    def run(
        self, inputs: Mapping[str, Any], *, ref: str = "t", waits: bool = False, data: Any = None
    ) -> tuple[TaskResult, dict[str, Any]]:
        """Run a task as written; return its result and the last response."""
        task = CompiledTask.of(inputs, ref=ref, async_complete=waits)
        context = Context.build(input=data, env=conductor_env({}), task_id="TID")
        call = self.settings.call(task, context, Execution.fresh(ref))
        result = self.pipeline.run(call, Recorder(call.redactor, Level.TRACE))
        exchanges = result.trace.to_json()["exchanges"] if result.trace else []
        response = _response((exchanges[-1]["response"] or {}) if exchanges else {})
        return result, {**response, "hops": [_hop(exchange) for exchange in exchanges]}


def _hop(exchange: Mapping[str, Any]) -> tuple[str, int | None, str]:
    """Return origin, status and Location of one exchange."""
    response = exchange["response"] or {}
    headers = {name.lower(): value for name, value in response.get("headers", ())}
    scheme, _, rest = exchange["request"]["url"].partition("://")
    origin = f"{scheme}://{rest.partition('/')[0]}"
    return origin, response.get("status"), headers.get("location", "")


def _response(shown: Mapping[str, Any]) -> dict[str, Any]:
    body = shown.get("body") or {}
    data = base64.b64decode(body["base64"]) if "base64" in body else body.get("text", "").encode()
    headers = {name.lower(): value for name, value in shown.get("headers", ())}
    kind = headers.get("content-type", "")
    return {"status": shown.get("status"), "kind": kind, "data": data, "headers": headers}


def worded(reason: str) -> str:
    """Return a reason without the Java classes in front, which ours has not."""
    return reason.removeprefix("Failed to invoke HTTP task due to: java.lang.Exception: ")


def _same_reason(mine: str, other: str) -> bool:
    if len(other) == _REASON_CUT:  # the server's interface cuts them
        return mine.startswith(worded(other))
    return mine == worded(other)


def probed_case(runner: Runner, server: LoopbackServer, case: Mapping[str, Any]) -> Case:
    """Run a case of the probed task class."""
    places = {"BASE2": server.url, "BASE": server.url, "HOSTPORT": server.authority,
              "PORT": str(server.port)}  # fmt: skip
    text = json.dumps(case)
    for name, value in places.items():
        text = text.replace(f"{{{name}}}", value)
    text = text.replace("application/problem_PLUS_json", "application/problem%2Bjson")
    filled = json.loads(text)
    seen = filled["observed"]
    server.forget()
    result, response = runner.run(filled["input"])
    sent = seen.get("request_as_received_by_server")
    theirs = Observed(
        seen.get("status") or "SCHEDULED",
        seen.get("reasonForIncompletion", ""),
        seen.get("response"),
        (Request.of(sent["method"], sent["target"], sent["headers"], _bytes(sent)),)
        if sent
        else None,
    )
    last = [_received(request) for request in server.requests][-1:]
    ours = _ours(result, tuple(last) if sent else None)
    code = result.error.code if result.error else ""
    return Case(case["case"], _request(filled["input"]), theirs, ours, code, response)


def recorded_case(runner: Runner, requests: Any, case: Mapping[str, Any]) -> Case:
    """Run a case recorded on the server: its first task, once."""
    task = case["workflowDef"]["tasks"][0]
    definition = case.get("taskDef") or {}
    written = with_template(
        task.get("inputParameters") or {}, definition.get("inputTemplate") or {}
    )
    requests()
    result, response = runner.run(
        written,
        ref=task["taskReferenceName"],
        waits=bool(task.get("asyncComplete")),
        data=case.get("input"),
    )
    seen = case["tasks"][0] if case["tasks"] else {"status": "SCHEDULED"}
    attempts = len([one for one in case["tasks"] if one["referenceTaskName"] == "t"]) or 1
    first = [_logged(one) for one in case["requests"]]
    theirs = Observed(
        seen["status"],
        seen.get("reasonForIncompletion", ""),
        (seen.get("outputData") or {}).get("response"),
        tuple(first[: len(first) // attempts]) if len(case["workflowDef"]["tasks"]) == 1 else None,
    )
    mine = tuple(_logged(one) for one in requests())
    ours = _ours(result, mine if theirs.requests is not None else None)
    code = result.error.code if result.error else ""
    data = case.get("input")
    return Case(case["case"], _request(written), theirs, ours, code, response, data)


def _request(inputs: Mapping[str, Any]) -> Any:
    return split_inputs(inputs).request


def _ours(result: TaskResult, requests: tuple[Request, ...] | None) -> Observed:
    output = dict(result.output)
    return Observed(str(result.status), result.reason, output.get("response"), requests)


def _received(request: ReceivedRequest) -> Request:
    return Request.of(request.method, request.target, request.headers, request.body)


def _logged(one: Mapping[str, Any]) -> Request:
    headers = [(name, value) for name, values in one["headers"].items() for value in values]
    return Request.of(one["method"], one["uri"], headers, base64.b64decode(one["bodyBase64"]))


def _bytes(sent: Mapping[str, Any]) -> bytes:
    if sent.get("body_hex"):
        return bytes.fromhex(sent["body_hex"])
    return (sent.get("body") or "").encode()


def differing(case: Case) -> set[str]:
    """Return the aspects in which the two sides differ."""
    ours, theirs = case.ours, case.theirs
    found = {"status"} if ours.status != theirs.status else set()
    found |= set() if _same_reason(ours.reason, theirs.reason) else {"reason"}
    found |= set(_response_differences(ours.response, theirs.response))
    if ours.requests is not None and theirs.requests is not None:
        found |= set(_request_differences(ours.requests, theirs.requests))
    return found


def _response_differences(mine: Any, other: Any) -> Iterator[str]:
    if not (isinstance(mine, Mapping) and isinstance(other, Mapping)):
        if mine != other:
            yield "shape"
        return
    for key in ("statusCode", "reasonPhrase"):
        if mine.get(key) != other.get(key):
            yield f"response.{key}"
    if _headers(mine) != _headers(other):
        yield "response.headers"
    body = other.get("body")
    echoed = body == _ECHO or (isinstance(body, Mapping) and "bodyBase64" in body)
    if not echoed and not same(mine.get("body"), body):
        yield "response.body"


def _headers(response: Mapping[str, Any]) -> dict[str, Any]:
    headers = response.get("headers") or {}
    return {name: value for name, value in headers.items() if name.lower() not in _RECEIVED_ANYHOW}


def _request_differences(mine: Sequence[Request], other: Sequence[Request]) -> Iterator[str]:
    if len(mine) != len(other):
        yield "count"
        return
    for ours, theirs in zip(mine, other, strict=True):
        if ours.method != theirs.method:
            yield "method"
        if ours.target != theirs.target:
            yield "target"
        untyped = not ours.body and not any(name == _TYPE for name, _ in ours.headers)
        rest = tuple(line for line in theirs.headers if not untyped or line[0] != _TYPE)
        if rest != theirs.headers:
            yield "type"
        if ours.headers != rest:
            yield "headers"
        if not _same_body(ours.body, theirs.body):
            yield "body"


def same(mine: Any, other: Any) -> bool:
    """Tell whether two JSON values are the same, kinds of numbers included."""
    if isinstance(mine, Mapping) and isinstance(other, Mapping):
        return mine.keys() == other.keys() and all(same(mine[key], other[key]) for key in mine)
    if isinstance(mine, list) and isinstance(other, list):
        return len(mine) == len(other) and all(map(same, mine, other))
    return type(mine) is type(other) and bool(mine == other)


def _same_body(mine: bytes, other: bytes) -> bool:
    if mine == other:
        return True
    try:
        return same(json.loads(mine), json.loads(other))
    except ValueError:
        return False


def stub_routes() -> dict[str, Any]:
    """Return the routes of the stub that the probed cases called."""
    turns: dict[str, int] = {}

    def flaky(request: ReceivedRequest) -> AnyReply:
        turns[request.target] = turns.get(request.target, 0) + 1
        return RawReply() if turns[request.target] == 1 else json_reply({"n": 2})

    return {
        "/echo/": lambda request: json_reply({"echo": request.target}),
        "/raw/": _raw,
        "/slow": lambda _: Reply(200, _JSON, b'{"slow": 1}', delay=0.5),
        "/drip": lambda _: Reply(200, (*_JSON, ("Content-Length", "7")), _dripped()),
        "/close": lambda _: RawReply(),
        "/gzip": lambda _: Reply(
            200, (*_JSON, ("Content-Encoding", "gzip")), gzip.compress(b'{"z": 1}')
        ),
        "/redir": lambda request: _to("/echo/after", int(request.argument("s"))),
        "/st": lambda request: Reply(int(request.argument("s")), (), b"e"),
        "/flaky": flaky,
        "/xredir": lambda request: _to(
            f"http://localhost:{request.header('Host').rpartition(':')[2]}/echo", 302, _COOKIE
        ),
        "/sredir": lambda _: _to("/echo", 302, _COOKIE),
        "/loop": lambda request: _to(f"/loop?x={request.argument('x')}a", 302),
        "/loop0": lambda _: _to("/loop0", 302),
    }


_JSON = (("Content-Type", "application/json"),)
_COOKIE = (("Set-Cookie", "c=1"),)


def _raw(request: ReceivedRequest) -> Reply:
    body = base64.urlsafe_b64decode(request.argument("b") + "===")
    kind, extra = request.argument("ct"), request.argument("h")
    headers = [("Content-Type", kind)] if kind else []
    if extra:
        name, _, value = extra.partition(":")
        headers.append((name, value))
    return Reply(int(request.argument("s", "200")), tuple(headers), body)


def _dripped() -> list[bytes | float]:
    return [part for byte in b'{"a":1}' for part in (0.15, bytes([byte]))]


def _to(location: str, status: int, extra: tuple[tuple[str, str], ...] = ()) -> Reply:
    return Reply(status, (("Location", location), *extra))
