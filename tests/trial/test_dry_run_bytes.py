"""What a dry run shows is what a run sends, byte for byte, but for what is new in each request."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import httptask
from httptask.core.tracing import Trace
from httptask.settings import Settings
from httptask.testing import LoopbackServer
from httptask.testing.replies import json_reply
from httptask.testing.wire import ReceivedRequest

INPUT = {"name": "Ünï & co", "n": 7, "list": ["a b", "c"]}
GIVEN = "${workflow.input.name}"
BODIES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "none": ({"method": "GET"}, {}),
    "json": ({"body": {"name": GIVEN, "n": "${workflow.input.n}", "e": 1.50}}, {}),
    "list": ({"body": ["${workflow.input.list}", None]}, {}),
    "text": ({"body": f"of {GIVEN}", "contentType": "text/plain; charset=utf-8"}, {}),
    "latin": ({"body": GIVEN, "contentType": "text/plain"}, {}),
    "xml": ({"body": f"<a>{GIVEN}</a>", "contentType": "application/xml"}, {}),
    "form": ({}, {"form": {"name": GIVEN, "list": "${workflow.input.list}"}}),
    "multipart": ({}, {"multipart": {"a": GIVEN, "f": {"file": "f.bin"}}}),
    "file": ({}, {"file": "f.bin"}),
    "graphql": ({}, {"graphql": {"query": "query($n: Int) {a(n: $n)}",
                                 "variables": {"n": "${workflow.input.n}"}}}),
    "parameters": ({"method": "GET", "headers": {"X-N": "${workflow.input.n}"}},
                   {"query": {"q": GIVEN, "list": "${workflow.input.list}"},
                    "cookies": {"c": "${workflow.input.n}"}}),
    "idempotent": ({"body": {}}, {"idempotencyKey": True}),
}  # fmt: skip
SECRET = "${workflow.secrets.KEY}"
AUTH: dict[str, dict[str, Any] | None] = {
    "none": None,
    "basic": {"type": "basic", "username": "ada", "password": SECRET},
    "bearer": {"type": "bearer", "token": SECRET},
    "header": {"type": "apiKey", "name": "X-Key", "value": SECRET},
    "query": {"type": "apiKey", "name": "key", "value": SECRET, "in": "query"},
    "cookie": {"type": "apiKey", "name": "key", "value": SECRET, "in": "cookie"},
    "digest": {"type": "digest", "username": "ada", "password": SECRET},
    "jwt": {"type": "jwt", "key": SECRET, "algorithm": "HS256", "claims": {"sub": "ada"}},
    "hmac": {"type": "hmac", "key": SECRET, "template": "{method} {body}"},
    "aws": {"type": "aws-sigv4", "accessKey": "AK", "secretKey": SECRET,
            "region": "eu-central-1", "service": "execute-api"},
}  # fmt: skip
NOT_SHOWN = {"authorization", "cookie", "x-key", "x-signature"}
NEW_EACH_TIME = {"x-amz-date", "idempotency-key", "date"}


@pytest.fixture(scope="module")
def server() -> Iterator[LoopbackServer]:
    """A server that takes everything."""
    with LoopbackServer({"/": lambda _: json_reply({})}) as server:
        yield server


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    (tmp_path / "f.bin").write_bytes(b"\0\xffA file\r\n")
    key = "a-key-that-is-long-enough-for-HS256-and-all"
    monkeypatch.setenv("HTTPTASK_SECRET_KEY", key)
    return Settings.from_environment(data=tmp_path / "data", author=True)


def of_trace(trace: Trace) -> tuple[str, bytes]:
    shown = trace.to_json()["wouldSend"]
    target = re.sub("^https?://[^/]+", "", shown["url"])
    lines = [f"{shown['method']} {target} HTTP/{shown['httpVersion']}"]
    lines += [f"{name}: {value}" for name, value in shown["headers"]]
    body = shown["body"] or {}
    assert not body.get("truncated")
    content = base64.b64decode(body["base64"]) if body.get("base64") else body.get("text") or ""
    return "\n".join(lines), content if isinstance(content, bytes) else content.encode()


def of_wire(request: ReceivedRequest) -> tuple[str, bytes]:
    lines = [f"{request.method} {request.target} {request.version}"]
    lines += [f"{name}: {value}" for name, value in request.headers]
    return "\n".join(lines), request.body


def settled(message: tuple[str, bytes]) -> tuple[str, bytes]:
    """Return a message without credentials, which are not shown, and what is new in each."""
    head, body = message
    if found := re.search(r"boundary=(\S+)", head):
        head = head.replace(found[1], "BOUNDARY")
        body = body.replace(found[1].encode(), b"BOUNDARY")
    lines = [
        f"{name}: ..." if name.lower() in NOT_SHOWN | NEW_EACH_TIME else f"{name}{sign}{value}"
        for name, sign, value in (line.partition(": ") for line in head.split("\n"))
    ]
    return re.sub(r"(?<=key=)[^\s&]+", "...", "\n".join(lines)), body


def same(folder: Path, server: LoopbackServer, settings: Settings, inputs: Any) -> None:
    task = {"name": "t", "taskReferenceName": "t", "type": "HTTP", "inputParameters": inputs}
    flow = folder / "flow.json"
    flow.write_text(json.dumps({"name": "w", "tasks": [task]}))
    server.forget()
    shown = httptask.test_request(flow, "t", input=INPUT, dry_run=True, settings=settings)
    assert shown.trace is not None
    assert server.requests == []
    run = httptask.run_workflow(flow, input=INPUT, settings=settings)
    assert run["status"] == "COMPLETED", run
    (sent,) = server.requests
    assert settled(of_trace(shown.trace)) == settled(of_wire(sent))


@pytest.mark.parametrize("kind", BODIES)
def test_every_kind_of_body(
    kind: str, tmp_path: Path, server: LoopbackServer, settings: Settings
) -> None:
    request, options = BODIES[kind]
    given = {"uri": f"{server.url}/x", "method": "POST", **request}
    same(tmp_path, server, settings, {"http_request": given, "httptask": options})


@pytest.mark.parametrize("kind", AUTH)
def test_every_kind_of_authentication(
    kind: str, tmp_path: Path, server: LoopbackServer, settings: Settings
) -> None:
    request = {"uri": f"{server.url}/x", "method": "POST", "body": {"name": GIVEN}}
    same(tmp_path, server, settings, {"http_request": request, "httptask": {"auth": AUTH[kind]}})
