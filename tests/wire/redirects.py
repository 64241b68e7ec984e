"""Redirects of every status, by every method, to everywhere, with a secret in every place.

``python tests/wire/redirects.py`` prints how the cases ended, and those in which a secret reached
another origin, a method was wrong, or an address was called that must not be; ``test_campaigns.py``
runs it.
"""

from __future__ import annotations

import base64
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

from judged import judged

from httptask.core.execution import Execution
from httptask.expressions import Context
from httptask.testing import LoopbackServer, Reply, standard_routes
from httptask.testing.tasks import TaskRunner
from httptask.testing.wire import ReceivedRequest

SECRETS = {"LONG": "a-secret/with+signs & blänks", "PIN": "47+1"}
STATUSES = (301, 302, 303, 307, 308)
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "PROPFIND", "QUERY")
ENDS = frozenset(
    {"COMPLETED", "redirect_refused", "egress_refused", "redirect_invalid", "redirect_loop"}
)
FORBIDDEN = (
    "http://169.254.169.254/latest",
    "http://[fe80::1]/",
    "http://10.0.0.1/",
    "http://2852039166/",
    "http://[::ffff:169.254.169.254]/",
    "//192.168.0.1/",
    "ftp://127.0.0.1/",
    "file:///etc/passwd",
    "javascript:alert(1)",
    "http://",
    "http://[",
    "http://h:99999/",
)


class Case(NamedTuple):
    """One redirect: how, where to, and what the task sends."""

    status: int
    method: str
    target: str
    place: str
    secret: str


def placed(place: str, secret: str) -> dict[str, Any]:
    """Return the parts of a task that has a secret in a place."""
    value = f"${{workflow.secrets.{secret}}}"
    request: dict[str, dict[str, Any]] = {
        "header": {"headers": {"X-Key": value}},
        "text": {"body": f"key {value}", "contentType": "text/plain"},
        "json": {"body": {"key": [value]}},
    }
    options: dict[str, dict[str, Any]] = {
        "query": {"query": {"key": value}},
        "path": {"path": {"key": value}},
        "form": {"form": {"key": value}},
        "multipart": {"multipart": {"key": value}},
        "cookie": {"cookies": {"key": value}},
        "bearer": {"auth": {"type": "bearer", "token": value}},
        "basic": {"auth": {"type": "basic", "username": "me", "password": value}},
        "key in query": {"auth": {"type": "apiKey", "name": "k", "value": value, "in": "query"}},
    }
    return {"http_request": request.get(place, {}), "httptask": options.get(place, {})}


PLACES = (
    *("nothing", "header", "text", "json", "query", "path", "form", "multipart", "cookie"),
    *("bearer", "basic", "key in query"),
)
BODIES = frozenset({"text", "json", "form", "multipart"})


def cases() -> Iterator[Case]:
    """Yield the cases; a body goes with the methods that have one."""
    for status in STATUSES:
        for method in METHODS:
            for place in PLACES:
                if place in BODIES and method in {"GET", "HEAD"}:
                    continue
                for secret in SECRETS:
                    yield from (
                        Case(status, method, target, place, secret) for target in ("same", "other")
                    )
        for target in FORBIDDEN:
            yield Case(status, "POST", target, "json", "LONG")


def traces_of(secret: str) -> set[str]:
    """Return the texts under which a service would see a secret."""
    value = SECRETS[secret]
    pair = base64.b64encode(f"me:{value}".encode()).decode()
    return {value, quote(value, safe=""), quote(value), quote(value).replace("%20", "+"), pair}


def seen_by(server: LoopbackServer) -> list[str]:
    """Return each request that a server saw, as one text."""
    return [
        f"{each.method} {each.target} {each.headers} {each.body.decode('utf-8', 'replace')}"
        for each in server.requests
    ]


def wanted_method(case: Case) -> str:
    """Return the method of the second request."""
    becomes_get = case.status == 303 and case.method not in {"GET", "HEAD"}
    posted = case.status in {301, 302} and case.method == "POST"
    return "GET" if becomes_get or posted else case.method


def run(case: Case, home: LoopbackServer, other: LoopbackServer, tasks: TaskRunner) -> list[str]:
    """Run one case; return how it ended, and what is wrong with it."""
    targets = {"same": "/echo", "other": f"{other.url}/echo"}
    target = targets.get(case.target, case.target)

    def moved(_: ReceivedRequest) -> Reply:
        return Reply(case.status, (("Location", target),), b"moved")

    home.route("/moved", moved)
    home.route("/moved/x", moved)
    parts = placed(case.place, case.secret)
    uri = f"{home.url}/moved"
    if case.place == "path":
        uri, target_path = f"{home.url}/moved/{{key}}", quote(SECRETS[case.secret], safe="")
        home.route(f"/moved/{target_path}", moved)
    request = {"uri": uri, "method": case.method, **parts["http_request"]}
    before = len(home.requests), len(other.requests)
    result = tasks.run(
        {"http_request": request, "httptask": parts["httptask"]},
        Context.build(),
        execution=Execution.fresh("call"),
    )
    end = result.error.code if result.error else result.status.value
    wrong = [] if end in ENDS else [f"ended {end}: {result.reason}"]
    there = seen_by(other)[before[1] :]
    wrong += [
        f"a secret reached the other origin: {text[:80]}"
        for text in there
        for trace in traces_of(case.secret)
        if case.place != "nothing" and trace in text
    ]
    if case.target in FORBIDDEN and end == "COMPLETED":
        wrong.append(f"{case.target} was called")
    second = there or seen_by(home)[before[0] + 1 :]
    if end == "COMPLETED" and second and not second[0].startswith(f"{wanted_method(case)} "):
        wrong.append(f"the second request was {second[0].split()[0]}")
    shown = str(result.trace.to_json()) if result.trace else ""
    if SECRETS["LONG"] in shown:
        wrong.append("the trace shows the secret")
    return [end, *wrong]


def main(short: bool = False) -> int:
    """Run the cases, print the figures; return the exit code."""
    for name, value in SECRETS.items():
        os.environ[f"HTTPTASK_SECRET_{name}"] = value
    folder = Path(tempfile.mkdtemp())
    with LoopbackServer(standard_routes()) as home, LoopbackServer(standard_routes()) as other:
        tasks = TaskRunner(folder, allow=[home.authority, other.authority])
        with tasks:
            count, wrong = judged(cases(), lambda case: run(case, home, other, tasks), short=short)
    print(f"{count} redirects, {wrong} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main("--short" in sys.argv))
