"""Spans of a worker on a real server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from opentelemetry.trace import SpanKind
from otel_sdk import Sdk, ids, parent
from real_server import SECRETS
from working import working

from httptask.engines.conductor.start import start, wait
from httptask.pipeline import Pipeline
from httptask.plugins import build_service_manager
from httptask.testing import LoopbackServer, Reply, json_reply

Work = Callable[[], Any]


@pytest.fixture
def sdk() -> Iterator[Sdk]:
    made = Sdk()
    yield made
    made.meters.shutdown()


@pytest.fixture
def work(bench: Any, sdk: Sdk) -> Work:
    """Run a worker that tells the SDK."""

    @contextmanager
    def running() -> Iterator[None]:
        pipeline = Pipeline(build_service_manager(sdk.plugins))
        with working(bench.options(), pipeline=pipeline):
            yield

    return running


def test_spans_of_a_task(
    bench: Any, httptask_server: LoopbackServer, http_task: Any, work: Work, sdk: Sdk
) -> None:
    """Task, attempt and exchange, the server's ids, and the traceparent of each request."""
    replies = iter([Reply(503), json_reply({"secret": SECRETS["CANARY"]})])
    httptask_server.route("/kites", lambda request: next(replies))
    options = {
        "auth": {"type": "apiKey", "name": "k", "in": "query", "value": "${workflow.secrets.TOK}"},
        "retry": {"maxAttempts": 2, "initialDelayMs": 0},
    }
    name = bench.deployed(http_task("kites", f"{httptask_server.url}/kites", httptask=options))
    with work():
        run_id = start(bench.client, name)
        run = wait(bench.client, run_id, timeout=60)
    assert run["status"] == "COMPLETED"
    (task,) = [span for span in sdk.spans() if span.name.startswith("task kites")]
    about = dict(task.attributes or {})
    assert (about["httptask.workflow.id"], about["httptask.task.reference"]) == (run_id, "kites")
    assert (about["httptask.task.retry"], about["httptask.outcome"]) == (0, "success")
    attempts, exchanges = sdk.named("attempt"), sdk.named("GET")
    assert [parent(each) for each in attempts] == [ids(task)[1]] * 2
    assert [parent(each) for each in exchanges] == [ids(each)[1] for each in attempts]
    assert {each.kind for each in exchanges} == {SpanKind.CLIENT}
    statuses = [(each.attributes or {})["http.response.status_code"] for each in exchanges]
    assert statuses == [503, 200]
    sent = [request.header("traceparent").split("-")[1:3] for request in httptask_server.requests]
    assert sent == [list(ids(each)) for each in exchanges]
    (durations,) = sdk.points()["httptask.task.duration"]
    assert durations["count"] == 1
    shown = sdk.everything()
    assert SECRETS["TOK"] not in shown
    assert SECRETS["CANARY"] not in shown


def test_the_parts_of_a_task_and_its_failure(
    bench: Any, httptask_server: LoopbackServer, http_task: Any, work: Work, sdk: Sdk
) -> None:
    """Each stretch between two waits is a span; what belongs together has the workflow's id."""

    def operation(request: Any) -> Reply:
        if request.method == "POST":
            return Reply(202, (("Location", "/work"),))
        return json_reply({"status": "failed"})

    httptask_server.route("/work", operation)
    poll = {"interval": 1, "until": {"path": "$.response.body.status"}}
    uri = f"{httptask_server.url}/work"
    name = bench.deployed(http_task("work", uri, "POST", httptask={"poll": poll}))
    with work():
        run_id = start(bench.client, name)
        run = wait(bench.client, run_id, timeout=60)
    assert run["status"] == "FAILED"
    parts = [span for span in sdk.spans() if span.name.startswith("task work")]
    assert {(span.attributes or {})["httptask.workflow.id"] for span in parts} == {run_id}
    assert len(parts) == 2
    assert (parts[-1].attributes or {})["error.type"] == "operation_failed"
    assert [each.name for each in sdk.spans() if each.kind is SpanKind.CLIENT] == ["POST", "GET"]
