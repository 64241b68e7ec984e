"""A secret never leaves: not on the screen, not in a document, not in the data folder."""

from __future__ import annotations

import base64
import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import pytest

from httptask.testing import LoopbackServer, Reply, event_stream, event_text, json_reply

CANARY = 'canary/7+"ü~ 0123456789=é'
BASIC = "user-name"


def _forms() -> Iterator[bytes]:
    """Yield the canary under every encoding in which it may travel."""
    for text in (CANARY, f"{BASIC}:{CANARY}"):
        raw = text.encode()
        yield from (raw, text.encode("latin-1"), text.encode("utf-16-le"))
        yield from (
            json.dumps(text, ensure_ascii=narrow)[1:-1].encode() for narrow in (True, False)
        )
        for form in (quote(text, safe=""), quote(text), quote_plus(text)):
            yield from (form.encode(), form.lower().encode())
        for skip in range(3):
            for encode in (base64.b64encode, base64.urlsafe_b64encode):
                yield encode(raw[skip : skip + (len(raw) - skip) // 3 * 3])


def _clean(data: bytes, where: str) -> None:
    for form in _forms():
        assert form not in data, f"{form!r} in {where}"


def _reflect(request: Any) -> Reply:
    """Respond with the credentials in every part of the response."""
    sent = " ".join(value for _, value in request.headers) + request.query
    return json_reply(
        {"headers": request.headers, "query": request.query, "again": CANARY, CANARY: 1,
         "body": request.body.decode("utf-8", "replace")},
        int(request.argument("status", "200")),
        (("X-Sent", sent.encode("ascii", "replace").decode()), ("Set-Cookie", "session=abcdefgh")),
    )  # fmt: skip


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Give back what it is sent."""
    monkeypatch.setenv("HTTPTASK_SECRET_TOKEN", CANARY)
    routes = {
        "/reflect": _reflect,
        "/events": lambda request: event_stream([event_text({"token": CANARY}), event_text("end")]),
        "/file": lambda request: Reply(200, (("Content-Type", "application/pdf"),), b"%PDF"),
    }
    with LoopbackServer(routes) as running:
        yield running


SECRET = "${workflow.secrets.TOKEN}"
AUTHS: dict[str, dict[str, Any]] = {
    "basic": {"auth": {"type": "basic", "username": BASIC, "password": SECRET}},
    "query": {"auth": {"type": "apiKey", "name": "key", "value": SECRET, "in": "query"}},
    "cookie": {"auth": {"type": "apiKey", "name": "key", "value": SECRET, "in": "cookie"}},
    "form": {"form": {"password": SECRET, "note": f"a {SECRET} b"}},
}


@pytest.mark.parametrize("auth", AUTHS)
@pytest.mark.parametrize("status", [200, 401])
def test_no_output_of_a_test_request_has_it(
    server: LoopbackServer, invoke: Any, write: Any, task: Any, auth: str, status: int
) -> None:
    output = {"all": "$.response.body", "again": "$.response.body.again"}
    write(
        "task.json",
        task(
            f"{server.url}/reflect?status={status}", "call", "POST",
            httptask={**AUTHS[auth], "output": output, "acceptedStatusCodes": ["200"]},
        ),
    )  # fmt: skip
    for arguments in (
        ["-v", "--level", "trace"],
        ["--level", "trace", "--json"],
        ["--level", "info"],
        ["--dry-run", "-v"],
        ["--dry-run", "--json", "--level", "trace"],
    ):
        ran = invoke("test", "task.json", *arguments)
        assert ran.code == (0 if status == 200 or "--dry-run" in arguments else 1), ran.err
        _clean((ran.out + ran.err).encode(), " ".join(arguments))
    assert len(server.requests) == 3
    assert any(form in server.requests[0].head + server.requests[0].body for form in _forms())


def test_events_do_not_have_it(server: LoopbackServer, invoke: Any, write: Any, task: Any) -> None:
    options = {"auth": {"type": "basic", "username": BASIC, "password": SECRET}}
    write("task.json", task(f"{server.url}/events", httptask=options))
    ran = invoke("test", "task.json", "-v")
    assert "***" in ran.err
    _clean((ran.out + ran.err).encode(), "events")


@pytest.mark.parametrize("status", [200, 500])
def test_no_run_and_no_file_of_it_has_it(
    server: LoopbackServer, command: Any, write: Any, task: Any, flow: Any, status: int
) -> None:
    url = f"{server.url}/reflect?status={status}"
    options = {**AUTHS["basic"], "output": {"again": "$.response.body.again"}}
    upload = {"multipart": {"a": SECRET, "b": "${first.output.again}"}, "idempotent": True}
    tasks = [
        task(f"{server.url}/reflect", "first", "POST", body={"s": SECRET}, httptask=options),
        task(f"{server.url}/file", "file", httptask=AUTHS["query"]),
        task(url, "last", "POST", httptask={**AUTHS["cookie"], **upload}),
    ]
    write("flow.json", flow(*tasks))
    write("defs.json", [{"name": "last", "retryCount": 1, "retryDelaySeconds": 0}])
    outputs = [
        command("run", "flow.json", "--id", "one", "--task-defs", "defs.json"),
        command("run", "flow.json", "--id", "one", "--task-defs", "defs.json", "--json"),
        command("runs", "show", "one"),
        command("runs", "show", "one", "--json"),
        command("resume", "one", "--json"),
        command("test", "flow.json", "--task", "last", "--run", "one", "--dry-run", "--json"),
        command("eval", f"{SECRET} ${{first.output.again}} ${{first.input}}", "--run", "one"),
        command("check", "flow.json"),
    ]
    assert [ran.code for ran in outputs] == [status // 500] * 2 + [0, 0, status // 500, 0, 0, 0]
    for number, ran in enumerate(outputs):
        _clean((ran.out + ran.err).encode(), f"output {number}")
    assert SECRET in outputs[6].out
    data = Path.home() / ".local" / "share" / "httptask"
    files = [path for path in data.rglob("*") if path.is_file()]
    assert any(path.name == "journal.db" for path in files)
    for path in files:
        _clean(path.read_bytes(), str(path))
    for path in data.rglob("*.db"):
        with sqlite3.connect(path) as connection:
            _clean("\n".join(connection.iterdump()).encode("utf-8", "replace"), str(path))
        connection.close()


def test_the_curl_command_has_a_variable_instead(
    server: LoopbackServer, invoke: Any, write: Any, task: Any
) -> None:
    options = {"auth": {"type": "bearer", "token": SECRET}}
    write("task.json", task("https://api.example.com/x", httptask=options))
    ran = invoke("test", "task.json", "--dry-run", "--json")
    _clean(ran.out.encode(), "curl")
    assert '"$HTTPTASK_SECRET_TOKEN"' in ran.document["curl"]


def test_a_masked_output_of_a_run_says_so(
    server: LoopbackServer, invoke: Any, write: Any, task: Any, flow: Any
) -> None:
    options = {**AUTHS["basic"], "output": {"again": "$.response.body.again"}}
    write("flow.json", flow(task(f"{server.url}/reflect", "first", httptask=options)))
    assert invoke("run", "flow.json", "--id", "one").code == 0
    shown = invoke("runs", "show", "one")
    assert "again = ***" in shown.out.replace('"', "")
    assert "*** in an output stands for a secret" in shown.out
