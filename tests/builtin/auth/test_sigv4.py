"""AWS Signature Version 4 against AWS's own vectors, and on the wire."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from httptask.builtin.auth.sigv4 import Signer
from httptask.core.body import Body
from httptask.core.message import Headers, HttpRequest
from httptask.core.tracing import Level
from httptask.testing import LoopbackServer
from httptask.testing.tasks import TaskRunner

VECTORS = json.loads(Path(__file__).with_name("aws_vectors.json").read_text("utf-8"))["cases"]
SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"


def request_of(text: str) -> HttpRequest:
    """Read a request as AWS's files have it: the target unencoded, values over several lines."""
    head, _, body = text.partition("\n\n")
    first, *lines = head.split("\n")
    method, _, rest = first.partition(" ")
    target = rest.rpartition(" ")[0]
    pairs: list[tuple[str, str]] = []
    for line in filter(None, lines):
        if line.startswith(" "):
            name, value = pairs.pop()
            pairs.append((name, value + "\n" + line))
        else:
            name, _, value = line.partition(":")
            pairs.append((name, value))
    host = {name.lower(): value for name, value in pairs}["host"]
    content = Body.of(body.encode()) if body else None
    return HttpRequest(method, f"https://{host}{target}", Headers(pairs), content)


def signer_of(context: dict[str, Any], *, query: bool) -> Signer:
    credentials = context["credentials"]
    return Signer(
        credentials["access_key_id"],
        credentials["secret_access_key"],
        context["region"],
        context["service"],
        credentials.get("token", ""),
        token_after=context.get("omit_session_token", False),
        plain_path=not context["normalize"],
        names_hash=context["sign_body"] and not query,
        lifetime=context["expiration_in_seconds"],
    )


@pytest.mark.parametrize("case", VECTORS, ids=[case["name"] for case in VECTORS])
def test_vectors_in_the_header(case: dict[str, Any]) -> None:
    now = datetime.fromisoformat(case["context"]["timestamp"]).timestamp()
    signer = signer_of(case["context"], query=False)
    signed = signer.in_header(request_of(case["request"]), now)
    payload = case["canonical"]["header"].rpartition("\n")[2]
    # What was added after signing is not in the canonical request.
    after = ("X-Amz-Security-Token",) if signer.token_after else ()
    again = signed.with_headers(signed.headers.without(*after))
    assert signer.canonical(again, payload) == case["canonical"]["header"]
    signature = (signed.headers.get("Authorization") or "").rpartition("=")[2]
    assert signature == case["signature"]["header"]


@pytest.mark.parametrize("case", VECTORS, ids=[case["name"] for case in VECTORS])
def test_vectors_in_the_query(case: dict[str, Any]) -> None:
    now = datetime.fromisoformat(case["context"]["timestamp"]).timestamp()
    signer = signer_of(case["context"], query=True)
    signed = signer.in_query(request_of(case["request"]), now)
    assert signed.url.rpartition("X-Amz-Signature=")[2] == case["signature"]["query"]


def test_there_are_all_vectors() -> None:
    assert len(VECTORS) == 38


AUTH = {
    "type": "aws-sigv4",
    "accessKey": "AKIDEXAMPLE",
    "secretKey": "${workflow.secrets.AWS}",
    "sessionToken": "a-session-token-of-a-role",
    "region": "eu-central-1",
}


def signed_request(
    tasks: TaskRunner, server: LoopbackServer, path: str = "/echo", **auth: Any
) -> tuple[Any, Any]:
    request = {"uri": f"{server.url}{path}", "method": "POST", "body": {"a": 1}}
    given = {**AUTH, "service": "execute-api", **auth}
    result = tasks.run({"http_request": request, "httptask": {"auth": given}}, level=Level.TRACE)
    assert result.status == "COMPLETED", result.reason
    shown = json.dumps(result.trace.to_json())
    for secret in (SECRET, "a-session-token-of-a-role"):
        assert secret not in shown
    return server.requests[-1], shown


@pytest.fixture(autouse=True)
def _secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPTASK_SECRET_AWS", SECRET)


def verified(received: Any, server: LoopbackServer, **about: Any) -> bool:
    """Sign again what arrived, as the service would, and compare."""
    scheme, _, value = received.header("Authorization").partition(" ")
    parts = dict(part.split("=", 1) for part in value.split(", "))
    names = parts["SignedHeaders"].split(";")
    headers = [pair for pair in received.headers if pair[0].lower() in names]
    request = HttpRequest(
        received.method,
        f"{server.url}{received.target}",
        Headers(headers),
        Body.of(received.body),
    )
    signer = Signer("AKIDEXAMPLE", SECRET, "eu-central-1", about.pop("service"), **about)
    moment = datetime.strptime(received.header("X-Amz-Date"), "%Y%m%dT%H%M%S%z").timestamp()
    again = signer.in_header(request, moment).headers.get("Authorization")
    return scheme == "AWS4-HMAC-SHA256" and again == received.header("Authorization")


def test_what_arrives_is_what_was_signed(
    httptask_tasks: TaskRunner, httptask_server: LoopbackServer
) -> None:
    path = "/echo/a%20b/%C3%BC?b=2&a=%2F&a=1"
    received, shown = signed_request(httptask_tasks, httptask_server, path)
    assert received.header("X-Amz-Security-Token") == "a-session-token-of-a-role"
    assert not received.header("X-Amz-Content-Sha256")
    assert verified(received, httptask_server, service="execute-api")
    assert received.header("Authorization").rpartition("=")[2] not in shown


@pytest.mark.parametrize("payload", ["signed", "unsigned"])
def test_s3_wants_its_path_plain_and_the_hash_of_the_body(
    httptask_tasks: TaskRunner, httptask_server: LoopbackServer, payload: str
) -> None:
    received, _ = signed_request(
        httptask_tasks, httptask_server, "/echo/a%20b/../c", service="s3", payload=payload
    )
    unsigned = payload == "unsigned"
    assert (received.header("X-Amz-Content-Sha256") == "UNSIGNED-PAYLOAD") is unsigned
    about = {"plain_path": True, "names_hash": True, "unsigned": unsigned}
    assert verified(received, httptask_server, service="s3", **about)


def test_in_the_query(httptask_tasks: TaskRunner, httptask_server: LoopbackServer) -> None:
    received, shown = signed_request(
        httptask_tasks, httptask_server, "/echo?x=1", **{"in": "query"}
    )
    assert received.argument("x") == "1"
    assert received.argument("X-Amz-Security-Token") == "a-session-token-of-a-role"
    assert len(received.argument("X-Amz-Signature")) == 64
    assert received.argument("X-Amz-Signature") not in shown
    assert not received.header("Authorization")
