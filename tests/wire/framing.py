"""Layers that change a body and leave its headers: is what follows on the connection intact?

``python tests/wire/framing.py`` prints how the cases ended and what is wrong; ``test_campaigns.py``
runs it.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

from judged import judged

from httptask.core.body import Body
from httptask.core.message import HttpRequest, HttpResponse
from httptask.hooks import hookimpl
from httptask.hooks.views import Claim, SignedRequest
from httptask.testing import LoopbackServer, standard_routes
from httptask.testing.tasks import TaskRunner

SMUGGLED = b"a=1\r\n\r\nGET /stolen HTTP/1.1\r\nHost: x\r\n\r\n"
BODIES: dict[str, bytes | None] = {
    "none": None,
    "empty": b"",
    "shorter": b"a",
    "longer": SMUGGLED,
    "large": b"x" * 300_000,
}
STALE = {
    "nothing": {},
    "length": {"Content-Length": "3"},
    "long length": {"content-length": "900000"},
    "two": {"Content-Length": "3", "transfer-encoding": "chunked"},
    "coding": {"Transfer-Encoding": "chunked"},
    "odd": {"Content-Length": "+3"},
}
SLOTS = ("cache", "hedge", "guard", "observe")


class Case(NamedTuple):
    """What a layer does to a request."""

    method: str
    slot: str
    body: str
    stale: str
    streamed: bool


def cases() -> Iterator[Case]:
    """Yield the cases."""
    for given in product(("POST", "PUT", "DELETE", "GET"), SLOTS, BODIES, STALE, (False, True)):
        yield Case(*given)


def changed(request: HttpRequest, case: Case) -> HttpRequest:
    """Return the request with another body, and headers that know nothing of it."""
    data, headers = BODIES[case.body], request.headers
    body = None if data is None else Body.of(data, "text/plain")
    if data is not None and case.streamed:
        body = Body("text/plain", len(data), source=lambda: iter([data[:2], data[2:]]))
    for name, value in STALE[case.stale].items():
        headers = headers.with_header(name, value)
    return HttpRequest(request.method, request.url, headers, body)


class Changes:
    """Changes the request of the case under way, in whichever slot it says."""

    case: Case | None = None

    @hookimpl
    def httptask_claims(self) -> list[Claim]:
        return [Claim(slot, "changes") for slot in SLOTS]

    def _unsigned(self, slot: str, request: HttpRequest, send: Any) -> HttpResponse:
        mine = self.case is not None and self.case.slot == slot
        response: HttpResponse = send(
            changed(request, self.case) if mine and self.case else request
        )
        return response

    def _signed(self, slot: str, signed: SignedRequest, send: Any) -> HttpResponse:
        case = self.case
        mine = case is not None and case.slot == slot
        given = SignedRequest(changed(signed.request, case)) if mine and case else signed
        response: HttpResponse = send(given)
        return response

    @hookimpl
    def httptask_cache(self, request: HttpRequest, send: Any) -> HttpResponse:
        return self._unsigned("cache", request, send)

    @hookimpl
    def httptask_hedge(self, request: HttpRequest, send: Any) -> HttpResponse:
        return self._unsigned("hedge", request, send)

    @hookimpl
    def httptask_guard(self, signed: SignedRequest, send: Any) -> HttpResponse:
        return self._signed("guard", signed, send)

    @hookimpl
    def httptask_observe(self, signed: SignedRequest, send: Any) -> HttpResponse:
        return self._signed("observe", signed, send)


def run(case: Case, server: LoopbackServer, tasks: TaskRunner, changes: Changes) -> list[str]:
    """Run one case and a plain task behind it; return how it ended, and what is wrong."""
    before = len(server.requests)
    changes.case = case
    request = {"uri": f"{server.url}/echo", "method": case.method, "contentType": "text/plain"}
    first = tasks.run({"http_request": request | ({"body": "a=1"} if case.method != "GET" else {})})
    changes.case = None
    second = tasks.run({"http_request": {"uri": f"{server.url}/echo/next", "method": "GET"}})
    seen = server.requests[before:]
    wrong = []
    if [each.path for each in seen] != ["/echo", "/echo/next"]:
        wrong.append(f"the server saw {[each.path for each in seen]}")
    elif seen[0].body != (BODIES[case.body] or b""):
        wrong.append(f"the server read {len(seen[0].body)} bytes")
    body = second.output["response"]["body"]
    if not isinstance(body, dict) or body.get("path") != "/echo/next":
        wrong.append(f"the next task got {second.reason or body}")
    return [first.error.code if first.error else first.status.value, *wrong]


def main(short: bool = False) -> int:
    """Run the cases, print the figures; return the exit code."""
    changes = Changes()
    with (
        LoopbackServer(standard_routes()) as server,
        TaskRunner(Path(tempfile.mkdtemp()), {"changes": changes}) as tasks,
    ):
        count, wrong = judged(cases(), lambda case: run(case, server, tasks, changes), short=short)
        connections = server.connections
    print(f"{count} changed bodies over {connections} connections, {wrong} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main("--short" in sys.argv))
