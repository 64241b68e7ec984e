"""Spans, traceparent and metrics of OpenTelemetry, with a real SDK."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import SpanKind, StatusCode
from otel_sdk import Sdk, ids, parent

from httptask import Settings, run_workflow
from httptask.core.result import TaskStatus
from httptask.plugins import build_manager, build_service_manager, claimed_kinds
from httptask.testing import LoopbackServer, Reply, json_reply
from httptask.testing.tasks import TaskRunner

CANARY = "canary-of-a-secret-0123456789"


@pytest.fixture
def sdk() -> Iterator[Sdk]:
    made = Sdk()
    yield made
    made.meters.shutdown()


@pytest.fixture
def tasks(tmp_path: Path, sdk: Sdk) -> Iterator[TaskRunner]:
    with TaskRunner(tmp_path, sdk.plugins) as runner:
        yield runner


def test_spans_of_a_task(httptask_server: LoopbackServer, tasks: TaskRunner, sdk: Sdk) -> None:
    httptask_server.route("/kites", lambda _: json_reply([]))
    request = {"uri": f"{httptask_server.url}/kites?a=1", "method": "GET"}
    with trace.use_span(sdk.tracers.get_tracer("t").start_span("step"), end_on_exit=True):
        tasks.run({"http_request": request}, ref="kites")
    exchange, attempt, task, step = sdk.spans()
    assert [each.name for each in sdk.spans()] == ["GET", "attempt", "task http", "step"]
    assert [parent(each) for each in (exchange, attempt, task)] == [
        ids(each)[1] for each in (attempt, task, step)
    ]
    trace_id, span_id = ids(exchange)
    sent = httptask_server.requests[-1].header("traceparent")
    assert sent is not None
    assert sent.startswith(f"00-{trace_id}-{span_id}-")
    assert exchange.kind is SpanKind.CLIENT
    assert dict(exchange.attributes or {}) == {
        "http.request.method": "GET",
        "server.address": "127.0.0.1",
        "server.port": httptask_server.port,
        "url.full": f"{httptask_server.url}/kites?a=1",
        "http.response.status_code": 200,
        "network.protocol.version": "1.1",
        "network.peer.address": "127.0.0.1",
        "httptask.purpose": "task",
    }
    about = dict(task.attributes or {})
    assert (about["httptask.task.reference"], about["httptask.outcome"]) == ("kites", "success")
    assert all(each.status.status_code is StatusCode.UNSET for each in (exchange, attempt, task))


def test_a_traceparent_of_the_tasks_own_is_left(
    httptask_server: LoopbackServer, tasks: TaskRunner
) -> None:
    own = f"00-{'1' * 32}-{'2' * 16}-01"
    headers = {"TraceParent": own, "X-Other": "1"}
    request = {"uri": f"{httptask_server.url}/status/200", "method": "GET", "headers": headers}
    tasks.run({"http_request": request})
    assert httptask_server.requests[-1].header("traceparent") == own


def test_every_send_has_its_own_span_and_errors_their_codes(
    httptask_server: LoopbackServer, tasks: TaskRunner, sdk: Sdk
) -> None:
    replies = iter([Reply(503), Reply(404)])
    httptask_server.route("/kites", lambda _: next(replies))
    retry = {"maxAttempts": 2, "initialDelayMs": 0}
    request = {"uri": f"{httptask_server.url}/kites", "method": "PROPFIND"}
    tasks.run({"http_request": {**request, "method": "GET"}, "httptask": {"retry": retry}})
    sent = [request.header("traceparent") for request in httptask_server.requests[-2:]]
    assert len(set(sent)) == 2
    first, second = sdk.named("GET")
    assert (first.attributes or {})["error.type"] == "503"
    assert (second.attributes or {})["error.type"] == "404"
    (task,) = sdk.named("task http")
    assert (task.attributes or {})["error.type"] == "status_not_accepted"
    assert {each.status.status_code for each in (first, second, task)} == {StatusCode.ERROR}
    assert len(sdk.named("attempt")) == 2


def test_a_broken_connection_has_an_error_and_no_text(
    httptask_server: LoopbackServer, tasks: TaskRunner, sdk: Sdk
) -> None:
    request = {"uri": "http://127.0.0.1:1/kites", "method": "KITE"}
    tasks.run({"http_request": request})
    (exchange,) = sdk.named("HTTP")
    about = dict(exchange.attributes or {})
    assert about["http.request.method"] == "_OTHER"
    assert about["error.type"] == "connect_failed"
    assert (exchange.status.description, exchange.events) == (None, ())


def test_no_secret_in_spans_and_metrics(
    httptask_server: LoopbackServer,
    tasks: TaskRunner,
    sdk: Sdk,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTPTASK_SECRET_CANARY", CANARY)
    monkeypatch.setenv("HTTPTASK_SECRET_SHORT", "k7")
    token = f"token-{CANARY}"
    httptask_server.route("/token", lambda _: json_reply({"access_token": token}))
    httptask_server.route("/kites", lambda _: json_reply({"error": CANARY}, 500))
    secret, short = "${workflow.secrets.CANARY}", "${workflow.secrets.SHORT}"
    base = httptask_server.url
    kinds: list[dict[str, Any]] = [
        {"type": "apiKey", "name": "key", "in": "query", "value": secret},
        {"type": "apiKey", "name": "key", "in": "query", "value": short},
        {"type": "basic", "username": secret, "password": secret},
        {
            "type": "oauth2",
            "grant": "client_credentials",
            "tokenUrl": f"{base}/token",
            "clientId": "me",
            "clientSecret": secret,
        },
    ]
    for auth in kinds:
        request = {"uri": f"{base}/kites", "method": "POST", "body": {"s": secret}}
        options = {"auth": auth, "query": {"q": secret}}
        result = tasks.run({"http_request": request, "httptask": options})
        assert result.status is TaskStatus.FAILED
    assert len(sdk.named("POST")) == 5
    shown = sdk.everything()
    assert CANARY not in shown
    assert token not in shown
    assert "k7" not in [query for span in sdk.named("POST") for query in _queries(span)]
    assert "***" in shown


def _queries(span: ReadableSpan) -> list[str]:
    query = str((span.attributes or {})["url.full"]).partition("?")[2]
    return [pair.partition("=")[2] for pair in query.split("&")]


def test_metrics(httptask_server: LoopbackServer, tasks: TaskRunner, sdk: Sdk) -> None:
    httptask_server.route("/kites", lambda _: json_reply([]))
    for _ in range(3):
        tasks.run({"http_request": {"uri": f"{httptask_server.url}/kites", "method": "GET"}})
    points = sdk.points()
    (exchanges,) = points["http.client.request.duration"]
    assert exchanges["count"] == 3
    assert exchanges["attributes"] == {
        "http.request.method": "GET",
        "server.address": "127.0.0.1",
        "server.port": httptask_server.port,
        "http.response.status_code": 200,
        "network.protocol.version": "1.1",
    }
    (of_tasks,) = points["httptask.task.duration"]
    assert of_tasks["attributes"] == {"httptask.task.name": "http", "httptask.outcome": "success"}


def test_the_embedded_engine_keeps_the_callers_span(
    httptask_server: LoopbackServer, tmp_path: Path, sdk: Sdk
) -> None:
    httptask_server.route("/kites", lambda _: json_reply([]))

    def task(ref: str) -> dict[str, Any]:
        request = {"uri": f"{httptask_server.url}/kites", "method": "GET"}
        return {
            "name": ref,
            "taskReferenceName": ref,
            "type": "HTTP",
            "inputParameters": {"http_request": request},
            "taskDefinition": {"name": ref, "responseTimeoutSeconds": 30, "timeoutSeconds": 60},
        }

    fork = {"name": "f", "taskReferenceName": "f", "type": "FORK_JOIN"}
    forked = {**fork, "forkTasks": [[task("one")], [task("two")]]}
    join = {"name": "j", "taskReferenceName": "j", "type": "JOIN", "joinOn": ["one", "two"]}
    flow = {
        "name": "kites",
        "version": 1,
        "schemaVersion": 2,
        "tasks": [task("first"), forked, join],
    }
    settings = Settings.from_environment(data=tmp_path / "data", author=True)
    manager = build_manager(sdk.plugins, installed=False)
    with trace.use_span(sdk.tracers.get_tracer("t").start_span("run"), end_on_exit=True):
        run = run_workflow(flow, settings=settings, manager=manager)
    assert run["status"] == "COMPLETED"
    (root,) = sdk.named("run")
    found = [sdk.named(f"task {ref}")[0] for ref in ("first", "one", "two")]
    assert {ids(span)[0] for span in found} == {ids(root)[0]}
    workflow_ids = {(span.attributes or {})["httptask.workflow.id"] for span in found}
    assert workflow_ids == {run["workflowId"]}


@pytest.mark.parametrize("build", [build_manager, build_service_manager])
def test_the_process_asks_for_it_by_a_variable(build: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def kinds() -> set[str]:
        return {each.hook for each in claimed_kinds(build()) if each.kind == "opentelemetry"}

    assert kinds() == set()
    monkeypatch.setenv("HTTPTASK_OPENTELEMETRY", "1")
    assert kinds() == {"pinned", "breaker", "observe"}
