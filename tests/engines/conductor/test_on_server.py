"""The worker on a real server: secrets, retries, waiting, large responses, callers' own tasks."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest
from real_server import SECRETS

from httptask.engines.conductor.start import start, terminate, wait
from httptask.testing.handlers import standard_routes
from httptask.testing.replies import Reply, json_reply
from httptask.testing.servers import LoopbackServer


@pytest.fixture
def target(httptask_loopback: Any) -> LoopbackServer:
    server: LoopbackServer = httptask_loopback(standard_routes())
    return server


def only_task(run: dict[str, Any], ref: str = "call") -> dict[str, Any]:
    found: list[dict[str, Any]] = [t for t in run["tasks"] if t["referenceTaskName"] == ref]
    assert len(found) == 1
    return found[0]


def test_a_secret_reaches_the_target_and_nothing_else(
    bench: Any,
    target: LoopbackServer,
    http_task: Any,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    for name in ("CANARY", "TOK", "JSON"):
        monkeypatch.setenv(f"HTTPTASK_SECRET_ORIGINS_{name}", target.url)
    name = bench.deployed(
        http_task(
            "call",
            f"{target.url}/echo/a",
            "POST",
            request={
                "headers": {"X-Whole": "${workflow.secrets.TOK}"},
                "body": {
                    "mixed": "user ${workflow.input.user} has ${workflow.secrets.CANARY}!",
                    "name": "${workflow.secrets.JSON.user}",
                },
            },
            httptask={"output": {"sent": "$.response.body.json.mixed"}},
        ),
        http_task(
            "fails",
            "${workflow.input.base}/status/418",
            "GET",
            task={"optional": True},
            request={"headers": {"X-Key": "k-${workflow.secrets.CANARY}"}},
        ),
    )
    caplog.set_level(logging.DEBUG, "httptask")
    with bench.worker():
        run = bench.run(name, {"user": "bob", "base": target.url})
    sent = target.requests[0]
    assert sent.header("X-Whole") == SECRETS["TOK"]
    assert sent.json() == {"mixed": f"user bob has {SECRETS['CANARY']}!", "name": "neo-anderson"}
    assert target.requests[1].header("X-Key").startswith("k-canary-7f3e9b1d/+&")
    logs = [bench.client.get(f"/tasks/{task['taskId']}/log") for task in run["tasks"]]
    shown = json.dumps([run, logs], ensure_ascii=False) + caplog.text
    stored = b"".join(path.read_bytes() for path in bench.data.rglob("*") if path.is_file())
    for secret in (SECRETS["TOK"], "canary-7f3e9b1d", "neo-anderson"):
        assert secret not in shown
        assert secret.encode() not in stored
    assert only_task(run)["outputData"]["sent"] == "user bob has ***!"
    assert "***" in json.dumps(logs)


def test_a_secret_goes_only_to_origins_in_the_definition_or_the_settings(
    bench: Any, target: LoopbackServer, http_task: Any
) -> None:
    secret = {"headers": {"X-Key": "${workflow.secrets.TOK}"}}
    name = bench.deployed(http_task("call", "${workflow.input.to}/echo", request=secret))
    literal = bench.deployed(http_task("call", f"{target.url}/echo", request=secret))
    with bench.worker():
        refused = only_task(bench.run(name, {"to": target.url}))
        passed = only_task(bench.run(literal))
    assert refused["status"] == "FAILED_WITH_TERMINAL_ERROR"
    assert "'TOK' may not go to" in refused["reasonForIncompletion"]
    assert passed["status"] == "COMPLETED"
    assert len(target.requests) == 1


def test_a_secret_that_nobody_knows_fails_the_task(
    bench: Any, target: LoopbackServer, http_task: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = {"headers": {"X-Key": "a ${workflow.secrets.NOWHERE} b"}}
    name = bench.deployed(http_task("call", f"{target.url}/echo", request=request))
    with bench.worker():
        missing = only_task(bench.run(name))
        monkeypatch.setenv("HTTPTASK_SECRET_NOWHERE", "own-secret-value")
        own = only_task(bench.run(name))
    assert missing["status"] == "FAILED_WITH_TERMINAL_ERROR"
    assert "'NOWHERE' is not set" in missing["reasonForIncompletion"]
    assert own["status"] == "COMPLETED"
    assert [request.header("X-Key") for request in target.requests] == ["a own-secret-value b"]


def test_addresses_in_a_definition_are_not_an_exception_for_a_worker(
    bench: Any, target: LoopbackServer, http_task: Any
) -> None:
    name = bench.deployed(http_task("call", f"{target.url}/echo"))
    with bench.worker(allow_hosts=()):
        task = only_task(bench.run(name))
    assert task["status"] == "FAILED_WITH_TERMINAL_ERROR"
    assert "not a public address" in task["reasonForIncompletion"]
    assert target.requests == []


def test_the_engine_retries_with_one_key_and_the_task_does_not(
    bench: Any, target: LoopbackServer, http_task: Any
) -> None:
    retried = {"name": "x", "retryCount": 2, "retryDelaySeconds": 0}
    call = http_task(
        "call",
        f"{target.url}/flaky/engine?failures=2",
        "POST",
        request={"body": {"a": 1}},
        httptask={"idempotencyKey": True},
        task={"taskDefinition": retried},
    )
    with bench.worker():
        run = bench.run(bench.deployed(call))
    assert [task["status"] for task in run["tasks"]] == ["FAILED", "FAILED", "COMPLETED"]
    keys = {request.header("Idempotency-Key") for request in target.requests}
    assert len(target.requests) == 3
    assert len(keys) == 1


def test_retry_after_delays_the_engines_retry(
    bench: Any, target: LoopbackServer, http_task: Any
) -> None:
    call = http_task(
        "call",
        f"{target.url}/flaky/wait?failures=1&retry-after=2",
        task={"taskDefinition": {"name": "x", "retryCount": 1, "retryDelaySeconds": 0}},
    )
    with bench.worker():
        run = bench.run(bench.deployed(call))
    first, second = target.requests
    assert second.at - first.at >= 2.0
    assert [task["status"] for task in run["tasks"]] == ["FAILED", "COMPLETED"]
    assert run["tasks"][0]["outputData"]["response"]["statusCode"] == 503
    assert set(run["tasks"][0]["outputData"]) == {"response"}


def test_a_task_that_others_complete_waits_for_them(
    bench: Any, target: LoopbackServer, http_task: Any, until: Any
) -> None:
    name = bench.deployed(http_task("call", f"{target.url}/echo", task={"asyncComplete": True}))
    with bench.worker():
        run_id = start(bench.client, name)

        def waiting() -> bool:
            tasks = bench.client.get(f"/workflow/{run_id}")["tasks"]
            return bool(tasks and tasks[0]["outputData"])

        until(waiting)
        bench.client.post(f"/tasks/{run_id}/call/COMPLETED", {"approved": True})
        run = wait(bench.client, run_id, timeout=60)
    output = only_task(run)["outputData"]
    assert output["approved"] is True
    assert output["response"]["statusCode"] == 200
    assert len(target.requests) == 1


def test_a_large_response_is_a_file_for_the_server(
    bench: Any, target: LoopbackServer, http_task: Any
) -> None:
    text = "y" * (4 * 1024 * 1024)
    target.route("/large", lambda request: json_reply({"big": text}))
    with bench.worker():
        run = bench.run(bench.deployed(http_task("call", f"{target.url}/large")))
    task = only_task(run)
    body = task["outputData"]["response"]["body"]
    assert task["status"] == "COMPLETED"
    assert body["mediaType"] == "application/json"
    assert body["size"] > len(text)
    logs = bench.client.get(f"/tasks/{task['taskId']}/log")
    assert any("stored as a file" in entry["log"] for entry in logs)


def test_a_broken_definition_is_terminal_and_a_503_is_not(
    bench: Any, target: LoopbackServer, http_task: Any
) -> None:
    retries = {"taskDefinition": {"name": "x", "retryCount": 3, "retryDelaySeconds": 0}}
    broken = http_task("call", f"{target.url}/echo/{{id}}", task=retries)
    with bench.worker():
        run = bench.run(bench.deployed(broken))
    assert only_task(run)["status"] == "FAILED_WITH_TERMINAL_ERROR"
    assert run["status"] == "FAILED"
    assert target.requests == []


def test_ordinary_http_tasks_stay_with_the_server(
    bench: Any, target: LoopbackServer, http_task: Any
) -> None:
    theirs = http_task("call", f"{target.url}/echo")
    document = {"name": f"{bench.namespace}_theirs", "version": 1, "schemaVersion": 2}
    document |= {"ownerEmail": "a@example.com", "tasks": [theirs]}
    bench.client.put("/metadata/workflow", [document])
    ours = bench.deployed(http_task("call", f"{target.url}/echo"))
    with bench.worker():
        bench.run(ours)
        bench.run(document["name"])
        bench.run(ours)
    agents = [request.header("User-Agent").partition("/")[0] for request in target.requests]
    assert agents == ["httptask", "Apache-HttpClient", "httptask"]


def test_a_terminated_workflow_cancels_its_call(
    bench: Any, target: LoopbackServer, http_task: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("httptask.engines.conductor.lease.FIRST", 0.3)
    call = http_task("call", f"{target.url}/slow?seconds=30", request={"readTimeOut": 60000})
    with bench.worker():
        run_id = start(bench.client, bench.deployed(call))
        target.wait_for(1)
        terminate(bench.client, run_id, "enough")
        run = wait(bench.client, run_id, timeout=60)
    assert run["status"] == "TERMINATED"


def test_a_long_call_is_not_handed_over_twice(
    bench: Any, target: LoopbackServer, http_task: Any
) -> None:
    call = http_task(
        "call",
        f"{target.url}/slow?seconds=6",
        "POST",
        request={"readTimeOut": 60000},
        task={"taskDefinition": {"name": "x", "retryCount": 0, "responseTimeoutSeconds": 3}},
    )
    with bench.worker():
        run = bench.run(bench.deployed(call))
    assert only_task(run)["status"] == "COMPLETED"
    assert len(target.requests) == 1


@pytest.mark.parametrize("kind", ["HTTP", "HTTP_POLL"])
def test_a_long_running_operation_is_polled(
    bench: Any, httptask_server: LoopbackServer, http_task: Any, kind: str
) -> None:
    """The server hands the task over again when it is due; HTTP_POLL has a queue of its own."""
    polls: list[str] = []

    def work(request: Any) -> Reply:
        polls.append(request.method)
        if request.method == "POST":
            return Reply(202, (("Location", "/work"),))
        return json_reply({"done": len(polls) > 2})

    httptask_server.route("/work", work)
    poll: dict[str, Any] = {"condition": "$.output.response.body.done", "interval": 1}
    polling = {"terminationCondition": poll["condition"], "pollingInterval": 1}
    task = http_task(
        "call",
        f"{httptask_server.url}/work",
        "POST" if kind == "HTTP" else "GET",
        task={"type": kind},
        request={} if kind == "HTTP" else polling,
        httptask={"poll": poll} if kind == "HTTP" else {},
    )
    with bench.worker():
        run = bench.run(bench.deployed(task))
    ended = only_task(run)
    assert (run["status"], ended.get("reasonForIncompletion")) == ("COMPLETED", None)
    assert ended["outputData"]["response"]["body"] == {"done": True}
    assert polls == (["POST", "GET", "GET"] if kind == "HTTP" else ["GET", "GET", "GET"])
