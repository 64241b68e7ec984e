from __future__ import annotations

import gc
import weakref
from typing import Any

import pytest

from httptask.core.clock import SystemClock
from httptask.core.execution import Execution
from httptask.core.result import TaskResult, TaskStatus
from httptask.core.tracing import Level
from httptask.expressions import Context
from httptask.hooks.task import CompiledTask
from httptask.testing import LoopbackServer
from httptask.testing.tasks import TaskRunner

RESPONSE_KEYS = ["statusCode", "reasonPhrase", "headers", "body"]
EMPTY = {"statusCode": None, "reasonPhrase": "", "headers": {}, "body": None}


def run(tasks: TaskRunner, uri: str, method: str = "GET", **rest: Any) -> TaskResult:
    body = rest.pop("body", None)
    request = {"uri": uri, "method": method, "readTimeOut": 200, "body": body}
    level = rest.pop("level", Level.DEBUG)
    return tasks.run({"http_request": request, "httptask": rest}, level=level)


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/echo", "COMPLETED", None),
        ("/status/404", "FAILED", "status_not_accepted"),
        ("/status/503", "FAILED", "status_not_accepted"),
        ("/content/invalid", "FAILED", "json_invalid"),
        ("/broken/closed", "FAILED", "connection_broken"),
        ("/slow?seconds=1", "FAILED", "read_timeout"),
        ("/redirect/302?to=http://10.0.0.1/", "FAILED_WITH_TERMINAL_ERROR", "egress_refused"),
    ],
)
def test_one_shape_for_every_outcome(
    httptask_server: LoopbackServer,
    httptask_tasks: TaskRunner,
    path: str,
    status: str,
    code: str | None,
) -> None:
    result = run(httptask_tasks, httptask_server.url + path)
    assert result.status == status
    assert (result.error.code if result.error else None) == code
    assert bool(result.reason) == (code is not None)
    assert list(result.output) == ["response"]
    assert list(result.output["response"]) == RESPONSE_KEYS
    for name, values in result.output["response"]["headers"].items():
        assert isinstance(name, str)
        assert all(isinstance(value, str) for value in values)


@pytest.mark.parametrize(
    ("uri", "pointer"),
    [
        ("not a url", ""),
        ("ftp://h/", ""),
        ("http://127.0.0.1:1/{id}", "/inputParameters/httptask/path/id"),
        ("http://user:pw@127.0.0.1:1/", ""),
    ],
)
def test_a_request_that_cannot_be_built_is_the_authors_error(
    httptask_tasks: TaskRunner, uri: str, pointer: str
) -> None:
    result = run(httptask_tasks, uri)
    assert result.status is TaskStatus.FAILED_WITH_TERMINAL_ERROR
    assert result.output == {"response": EMPTY}
    assert result.error is not None
    assert result.error.exit_code == 2
    assert result.error.pointer == (pointer or "/inputParameters/http_request/uri")
    assert result.error.stage == "build_request"


@pytest.mark.parametrize("flat", [True, False])
def test_both_shapes(
    httptask_server: LoopbackServer, httptask_tasks: TaskRunner, flat: bool
) -> None:
    request = {"uri": f"{httptask_server.url}/echo", "method": "POST", "body": {"a": "${x}"}}
    options = {"httptask": {"query": {"q": "${workflow.input.q}"}}}
    inputs = {**request, **options} if flat else {"http_request": request, **options}
    result = httptask_tasks.run(inputs, Context.build(input={"q": [1, "zwei"]}))
    assert result.status is TaskStatus.COMPLETED, result.reason
    body = result.output["response"]["body"]
    assert body["query"] == [["q", "1"], ["q", "zwei"]]
    assert body["json"] == {"a": None}


def test_exactly_what_is_sent_by_default(
    httptask_server: LoopbackServer, httptask_tasks: TaskRunner
) -> None:
    run(httptask_tasks, f"{httptask_server.url}/echo", "POST", body={"b": 2, "a": "ü"})
    (sent,) = httptask_server.requests
    assert [name for name, _ in sent.headers] == [
        "Host",
        "Accept",
        "Content-Type",
        "User-Agent",
        "Accept-Encoding",
        "Content-Length",
    ]
    assert sent.header("User-Agent").startswith("httptask/")
    assert sent.header("Accept") == sent.header("Content-Type") == "application/json"
    assert sent.json() == {"b": 2, "a": "ü"}


def test_headers_are_replaced_not_doubled(
    httptask_server: LoopbackServer, httptask_tasks: TaskRunner
) -> None:
    headers = {"accept": "text/plain", "user-agent": "me", "X-Many": ["1", "2"], "X-No": None}
    uri = f"{httptask_server.url}/echo"
    request = {"uri": uri, "method": "GET", "headers": headers}
    httptask_tasks.run({"http_request": request})
    (sent,) = httptask_server.requests
    assert sent.all("Accept") == ["text/plain"]
    assert sent.all("User-Agent") == ["me"]
    assert sent.all("X-Many") == ["1", "2"]
    assert sent.all("X-No") == []


def test_a_default_header_that_is_null_is_not_sent(
    httptask_server: LoopbackServer, httptask_tasks: TaskRunner
) -> None:
    headers = dict.fromkeys(["accept", "user-agent", "accept-encoding", "idempotency-key"])
    # A request that may be repeated for its key has the key.
    request = {"uri": f"{httptask_server.url}/echo", "method": "GET", "headers": headers}
    httptask_tasks.run({"http_request": request, "httptask": {"idempotencyKey": True}})
    (sent,) = httptask_server.requests
    assert [name for name, _ in sent.headers] == ["Host", "Idempotency-Key"]


@pytest.mark.parametrize("level", list(Level))
def test_the_trace_at_each_level(
    httptask_server: LoopbackServer, httptask_tasks: TaskRunner, level: Level
) -> None:
    uri = f"{httptask_server.url}/echo"
    result = run(httptask_tasks, uri, "POST", body={"a": "x" * 70_000}, level=level)
    assert result.trace is not None
    trace = result.trace.to_json()
    assert list(trace) == [
        *("task", "mode", "level", "startedAt", "durationMs", "status", "nextStep"),
        *("stoppedAfter", "stages", "layers", "attempts", "exchanges", "notes", "wouldSend"),
        *("output", "error", "curl", "suggestions", "warnings", "redacted"),
    ]
    assert (trace["task"], trace["level"], trace["status"]) == ("call", level.value, "completed")
    (exchange,) = trace["exchanges"]
    assert exchange["purpose"] == "task"
    assert exchange["remoteAddress"] == httptask_server.authority
    assert exchange["timings"]["connect"] > 0
    assert exchange["timings"]["tls"] is None
    phases = [value for key, value in exchange["timings"].items() if value and key != "total"]
    assert sum(phases) == pytest.approx(exchange["timings"]["total"], rel=0.2, abs=2)
    sent = exchange["request"]["body"]
    assert sent["size"] == 70_008
    limit = {Level.INFO: 0, Level.DEBUG: 64 * 1024, Level.TRACE: 70_008}[level]
    assert len(sent["text"]) == limit
    assert sent["truncated"] == (limit < 70_008)
    assert exchange["response"]["body"]["truncated"] == (level is not Level.TRACE)
    names = [stage["name"] for stage in trace["stages"]]
    assert names == [] if level is Level.INFO else names[0] == "resolve_inputs"
    if level is not Level.INFO:
        assert names == [
            *("resolve_inputs", "build_request"),
            *("decode_response", "check_response", "map_outputs"),
        ]
        assert all(stage["plugin"].startswith("httptask.") for stage in trace["stages"])
        slots = [(layer["slot"], layer["inward"]) for layer in trace["layers"]]
        assert slots == [("redirect", 1), ("guard", 1), ("observe", 1), ("send_request", 0)]


def test_a_used_connection_has_no_connect_phase(
    httptask_server: LoopbackServer, httptask_tasks: TaskRunner
) -> None:
    uri = f"{httptask_server.url}/echo"
    for path in ("/echo", "/status/204", "/status/404", "/content/binary", "/redirect/303"):
        run(httptask_tasks, httptask_server.url + path)
    run(httptask_tasks, uri, "HEAD")
    last = run(httptask_tasks, uri).trace
    assert last is not None
    assert last.exchanges[0].timings.connect is None
    assert last.exchanges[0].remote_address == httptask_server.authority
    assert httptask_server.connections == 1


def test_a_secret_may_go_only_where_the_author_wrote(
    httptask_server: LoopbackServer, httptask_task_runner: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPTASK_SECRET_KEY", "a-long-secret-value")
    inputs = {
        "http_request": {"uri": "${workflow.input.base}/echo", "method": "GET"},
        "httptask": {"auth": {"type": "bearer", "token": "${workflow.secrets.KEY}"}},
    }
    context = Context.build(input={"base": httptask_server.url})
    tasks = httptask_task_runner(allow=[httptask_server.authority])
    refused = tasks.run(inputs, context)
    assert refused.error is not None
    assert refused.error.code == "secret_origin_refused"
    assert "HTTPTASK_SECRET_ORIGINS_KEY" in refused.error.hint
    assert httptask_server.requests == []
    monkeypatch.setenv("HTTPTASK_SECRET_ORIGINS_KEY", f"https://x.example, {httptask_server.url}")
    configured = httptask_task_runner(allow=[httptask_server.authority])
    assert configured.run(inputs, context).status is TaskStatus.COMPLETED
    assert httptask_server.requests[0].header("Authorization") == "Bearer a-long-secret-value"


def test_a_bound_secret_goes_nowhere_else(
    httptask_server: LoopbackServer, httptask_task_runner: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPTASK_SECRET_KEY", "a-long-secret-value")
    inputs = {
        "http_request": {"uri": f"{httptask_server.url}/echo", "method": "GET"},
        "httptask": {"auth": {"type": "bearer", "token": "${workflow.secrets.KEY}"}},
    }
    monkeypatch.setenv("HTTPTASK_SECRET_ORIGINS_KEY", "only https://a.example")
    refused = httptask_task_runner().run(inputs)
    assert refused.error is not None
    assert refused.error.code == "secret_origin_refused"
    assert "HTTPTASK_SECRET_ORIGINS_KEY" in refused.error.hint
    assert httptask_server.requests == []
    bound = f"only https://a.example {httptask_server.url}"
    monkeypatch.setenv("HTTPTASK_SECRET_ORIGINS_KEY", bound)
    assert httptask_task_runner().run(inputs).status is TaskStatus.COMPLETED


def test_a_data_placeholder_is_not_a_secret(
    httptask_server: LoopbackServer, httptask_tasks: TaskRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPTASK_SECRET_KEY", "a-long-secret-value")
    request = {
        "uri": f"{httptask_server.url}/echo",
        "method": "POST",
        "body": {"a": "${workflow.input.a}"},
    }
    context = Context.build(input={"a": "${workflow.secrets.KEY}"})
    httptask_tasks.run({"http_request": request}, context)
    assert httptask_server.requests[0].json() == {"a": "${workflow.secrets.KEY}"}


def test_loopback_only_from_the_authors_own_command_line(
    httptask_server: LoopbackServer, httptask_task_runner: Any
) -> None:
    inputs = {"http_request": {"uri": f"{httptask_server.url}/echo", "method": "GET"}}
    stranger = httptask_task_runner(author=False)
    refused = stranger.run(inputs)
    assert refused.error is not None
    assert refused.error.code == "egress_refused"
    author = httptask_task_runner()
    computed = {"http_request": {"uri": "${workflow.input.u}/echo", "method": "GET"}}
    context = Context.build(input={"u": httptask_server.url})
    assert author.run(computed, context).error.code == "egress_refused"
    cut = "http://127.0.0.1:${workflow.input.port}/echo"
    half = {"http_request": {"uri": cut, "method": "GET"}}
    context = Context.build(input={"port": httptask_server.port})
    assert author.run(half, context).error.code == "egress_refused"
    assert httptask_server.requests == []


def test_secrets_are_hidden_in_output_and_trace(
    httptask_server: LoopbackServer, httptask_tasks: TaskRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = 'se"cret/välue+1'
    monkeypatch.setenv("HTTPTASK_SECRET_KEY", secret)
    monkeypatch.setenv("HTTPTASK_SECRET_PIN", "4711")
    inputs = {
        "http_request": {
            "uri": f"{httptask_server.url}/echo",
            "method": "POST",
            "body": {"key": "${workflow.secrets.KEY}"},
        },
        "httptask": {
            "query": {"k": "${workflow.secrets.KEY}"},
            "auth": {
                "type": "apiKey",
                "name": "pin",
                "value": "${workflow.secrets.PIN}",
                "in": "query",
            },
            "retry": {"maxAttempts": 1},
        },
    }
    result = httptask_tasks.run(inputs, level=Level.TRACE)
    assert result.masked
    assert result.trace is not None
    assert result.trace.redacted
    shown = str(result.trace.to_json()["exchanges"][0]["request"]) + str(
        result.trace.to_json()["stages"][:2]
    )
    assert httptask_server.requests[0].json() == {"key": secret}
    assert httptask_server.requests[0].argument("pin") == "4711"
    assert secret not in str(result.output)
    assert secret not in shown
    assert "4711" not in shown
    assert "v%C3%A4lue" not in str(result.output)


def test_an_engine_that_resolved_the_inputs(
    httptask_server: LoopbackServer, httptask_task_runner: Any
) -> None:
    tasks = httptask_task_runner(allow=[httptask_server.authority])
    written = {"http_request": {"uri": "${workflow.input.u}", "method": "GET"}}
    resolved = {"http_request": {"uri": f"{httptask_server.url}/echo", "method": "GET"}}
    call = tasks.settings.call(
        CompiledTask.of(written), Context.build(), Execution.fresh("call"), inputs=resolved
    )
    assert tasks.pipeline.run(call).status is TaskStatus.COMPLETED


def test_async_complete_waits(httptask_server: LoopbackServer, httptask_tasks: TaskRunner) -> None:
    inputs = {"http_request": {"uri": f"{httptask_server.url}/echo", "method": "GET"}}
    task = CompiledTask.of(inputs, async_complete=True)
    result = httptask_tasks.run(inputs, task=task)
    assert result.status is TaskStatus.IN_PROGRESS
    assert result.output["response"]["statusCode"] == 200


def test_stopping_early_sends_nothing(
    httptask_server: LoopbackServer, httptask_tasks: TaskRunner
) -> None:
    inputs = {
        "http_request": {"uri": f"{httptask_server.url}/echo", "method": "POST", "body": "x"},
        "httptask": {"auth": {"type": "bearer", "token": "tok-0123456789"}},
    }
    stages = []
    for stage in ("resolve_inputs", "build_request", "authorize"):
        result = httptask_tasks.run(inputs, stop_after=stage)
        assert result.trace is not None
        assert result.trace.status == "stopped"
        assert result.trace.stopped_after == stage
        stages.append([record.name for record in result.trace.stages][-1])
        assert (result.trace.would_send is not None) == (stage == "authorize")
    assert stages == ["resolve_inputs", "build_request", "build_request"]
    assert httptask_server.requests == []


@pytest.mark.parametrize("place", ["httptask", "http_request"])
def test_accepted_statuses_replace_the_rule(
    httptask_server: LoopbackServer, httptask_tasks: TaskRunner, place: str
) -> None:
    def status(code: int, accepted: list[Any]) -> TaskStatus:
        inputs: dict[str, Any] = {
            "http_request": {"uri": f"{httptask_server.url}/status/{code}", "method": "GET"},
            "httptask": {},
        }
        inputs[place]["acceptedStatusCodes"] = accepted
        return httptask_tasks.run(inputs).status

    assert status(404, ["2xx", 404]) is TaskStatus.COMPLETED
    assert status(200, ["404"]) is TaskStatus.FAILED
    assert status(503, ["5XX"]) is TaskStatus.COMPLETED


def test_what_a_task_held_is_freed_at_once(
    httptask_server: LoopbackServer, httptask_tasks: TaskRunner
) -> None:
    """It does not wait for the collector of cycles, which a large response may wait long for."""
    request = {"uri": f"{httptask_server.url}/echo", "method": "POST", "body": {"a": 1}}
    clock = SystemClock()
    held = weakref.ref(clock)
    gc.disable()
    try:
        result = httptask_tasks.run({"http_request": request}, clock=clock)
        del clock
        assert result.status is TaskStatus.COMPLETED
        assert held() is None
    finally:
        gc.enable()
