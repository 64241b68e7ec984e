"""Polling: where to ask, when it ends, when to ask again; over real connections."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from httptask.core.execution import Execution, Part
from httptask.core.result import TaskResult
from httptask.settings import Settings
from httptask.testing import LoopbackServer, Reply, json_reply
from httptask.testing.tasks import TaskRunner

Runners = Callable[..., TaskRunner]
STATUS = {"until": {"path": "$.response.body.status"}}


class Service:
    """Long-running operations: each ends at its third poll.

    Attributes:
        polls: requests for a state so far.
        times: when they came.
    """

    def __init__(self, server: LoopbackServer, *, polls: int = 3) -> None:
        self.server, self.needed, self.polls = server, polls, 0
        self.ended: Any = {"status": "Succeeded", "resource": "/things/1"}
        self.running: dict[str, Any] = {"status": "Running"}
        self.headers: tuple[tuple[str, str], ...] = ()
        server.route("POST /start", self.start)
        server.route("GET /state", self.state)
        server.route("GET /things/1", lambda request: json_reply({"made": True}))

    def start(self, request: Any) -> Reply:
        header = request.argument("header", "")
        url = request.argument("url", "/state")
        body = json_reply({**self.running, "links": {"self": url}})
        more = ((header, url),) if header else ()
        status = int(request.argument("status", "202"))
        return Reply(status, (*body.headers, *more), body.body)

    def state(self, request: Any) -> Reply:
        self.polls += 1
        if self.polls < self.needed:
            reply = json_reply(self.running)
            status = int(request.argument("running", "202"))
            return Reply(status, (*reply.headers, *self.headers), reply.body)
        return self.ended if isinstance(self.ended, Reply) else json_reply(self.ended)


@pytest.fixture
def service(httptask_server: LoopbackServer) -> Service:
    return Service(httptask_server)


@pytest.fixture
def run(service: Service, httptask_task_runner: Runners) -> Any:
    """Return a function that runs a task whose operation is started by POST."""
    tasks = httptask_task_runner()

    def started(query: str, poll: dict[str, Any], **more: Any) -> TaskResult:
        request = {
            "uri": f"{service.server.url}{more.pop('path', '/start')}?{query}",
            "method": more.pop("method", "POST"),
            "body": more.pop("body", {"a": 1}),
        }
        execution = more.pop("execution", None)
        options = {"poll": {"interval": 0.01, **poll}, "output": more.pop("output", {}), **more}
        inputs = {"http_request": request, "httptask": options}
        return tasks.run(inputs, execution=execution)

    return started


def _body(result: TaskResult) -> Any:
    return result.output["response"]["body"]


@pytest.mark.parametrize(
    ("query", "poll"),
    [
        ("header=Location", {}),
        ("header=Location", {"from": "location"}),
        ("header=Location&status=200", {"from": "location", **STATUS}),
        ("header=Operation-Location&url=/state?running=200", {}),
        ("header=Operation-Location&status=201&url=/state?running=200", {}),
        ("header=Operation-Location&url=/state?running=200", {"from": "operation-location"}),
        ("header=Azure-AsyncOperation&url=/state?running=200", {"from": "azure-async"}),
        ("", {"from": "body", "path": "$.response.body.links.self"}),
        (
            "url=/state?running=200",
            {"from": "body", "path": "$.response.body.links.self", **STATUS},
        ),
        ("header=Location", {"condition": "$.output.response.body.status == 'Succeeded'"}),
    ],
)
def test_an_operation_is_asked_for_to_its_end(
    run: Any, service: Service, query: str, poll: dict[str, Any]
) -> None:
    result = run(query, poll, output={"how": "$.response.body.status"})
    assert result.reason == ""
    assert (_body(result), result.output["how"]) == (service.ended, "Succeeded")
    methods = [request.method for request in service.server.requests]
    assert methods == ["POST", "GET", "GET", "GET"]
    assert all(not request.body for request in service.server.requests[1:])


def test_the_trace_says_what_it_waits_for(run: Any, service: Service) -> None:
    notes = [note.text for note in run("header=Location", STATUS).trace.notes]
    assert notes == ["waits 0.01 s for the operation: it is 'Running'"] * 3


def test_the_same_request_is_repeated(run: Any, service: Service) -> None:
    result = run("", {"from": "same"}, path="/state", method="GET", body=None)
    assert (_body(result), service.polls) == (service.ended, 3)


def test_a_get_without_a_header_is_repeated_by_auto(run: Any, service: Service) -> None:
    result = run("running=200", STATUS, path="/state", method="GET", body=None)
    assert (_body(result), service.polls) == (service.ended, 3)


def test_a_response_that_is_final_at_once_is_not_polled(run: Any, service: Service) -> None:
    result = run("header=Location&status=201", {})
    assert (_body(result)["status"], service.polls) == ("Running", 0)


@pytest.mark.parametrize("state", ["Failed", "CANCELED", "expired"])
def test_a_state_of_failure_fails_the_task(run: Any, service: Service, state: str) -> None:
    service.ended = {"status": state, "error": {"message": "no kites left"}}
    for poll in (STATUS, {"failed": {}}):
        service.polls = 0
        result = run("header=Location", poll)
        assert (result.status, result.error.code) == ("FAILED", "operation_failed")
        assert "no kites left" in result.reason
        assert _body(result) == service.ended


def test_states_of_the_authors_own(run: Any, service: Service) -> None:
    service.ended = {"job": {"state": "ERROR"}}
    own = {"path": "$.response.body.job.state", "in": ["error"]}
    assert run("header=Location", {"until": own}).status == "COMPLETED"
    service.polls = 0
    assert run("header=Location", {"failed": own}).error.code == "operation_failed"


def test_the_result_may_be_elsewhere(run: Any, service: Service) -> None:
    path = {"result": "$.response.body.resource"}
    result = run("header=Operation-Location&url=/state?running=200", path)
    assert _body(result) == {"made": True}
    service.polls = 0
    service.server.route("GET /start", lambda request: json_reply({"final": 1}))
    assert _body(run("header=Location", {"result": "final-get"})) == {"final": 1}
    service.polls = 0
    result = run("header=Location", {"result": "$.response.body.nothing"})
    assert result.error.code == "poll_result"


def test_a_poll_that_is_refused_is_told_as_the_request_that_it_was(
    run: Any, service: Service
) -> None:
    service.ended = Reply(404)
    assert run("header=Location", {}).reason.startswith("404 Not Found on GET request for ")


def test_a_redirect_to_the_result_is_followed(run: Any, service: Service) -> None:
    service.ended = Reply(303, (("Location", "/things/1"),))
    assert _body(run("header=Location", STATUS)) == {"made": True}


def test_limits_fail_the_task_with_the_last_response(run: Any, service: Service) -> None:
    service.needed = 100
    result = run("header=Location", {"max": 2})
    assert (result.error.code, service.polls) == ("poll_limit", 2)
    assert (result.status, _body(result)) == ("FAILED_WITH_TERMINAL_ERROR", service.running)
    result = run("header=Location", {"max": 2, **STATUS})
    assert result.reason.endswith("s: it is 'Running'")
    result = run("header=Location", {"max": 2, "until": {"path": "$.response.body.phase"}})
    assert result.reason.endswith("s: the response has no $.response.body.phase")
    result = run("header=Location", {"total": 0.05, "interval": 0.02})
    assert result.error.code == "poll_limit"


def test_nowhere_to_ask_is_told(run: Any) -> None:
    result = run("", {})
    assert (result.error.code, result.error.pointer) == (
        "poll_address", "/inputParameters/httptask/poll/from"
    )  # fmt: skip
    assert run("header=Location", {"from": "azure-async"}).error.code == "poll_address"


def test_an_address_elsewhere_is_refused(run: Any, service: Service) -> None:
    for url in ("http://example.com/state", "//example.com", "https://127.0.0.1/state"):
        result = run(f"header=Location&url={url}", {})
        assert result.error.code == "origin_left"
    assert len(service.server.requests) == 3


def test_a_poll_that_is_refused_for_now_is_made_again(run: Any, service: Service) -> None:
    replies = itertools.chain([Reply(503), Reply(429)], itertools.repeat(None))

    def busy(request: Any) -> Reply:
        return next(replies) or service.state(request)

    service.server.route("GET /state", busy)
    assert _body(run("header=Location", {})) == service.ended
    service.server.route("GET /state", lambda request: Reply(500))
    assert run("header=Location", {}).error.code == "status_not_accepted"


def test_only_the_result_has_to_have_the_schema(run: Any) -> None:
    schema = {"type": "object", "required": ["resource"]}
    result = run("header=Location", {}, responseSchema=schema, enforceResponseSchema=True)
    assert result.status == "COMPLETED"


def test_a_condition_that_fails(run: Any) -> None:
    for query in ("header=Location", "header=Location&status=200"):
        assert run(query, {"condition": "-1"}).error.code == "operation_failed"
        assert run(query, {"condition": "$.x.y"}).error.code == "condition_failed"


def _paused(run: Any, poll: dict[str, Any], query: str = "header=Location") -> list[float]:
    """Return the waits of an operation, each part run by itself as an engine runs it."""
    execution, waits = Execution.fresh("call"), []
    part = Part()
    while True:
        result = run(query, poll, execution=replace(execution, part=part))
        if result.pause is None:
            return waits
        assert (result.status, result.output) == ("IN_PROGRESS", {})
        kept = json.loads(json.dumps(result.pause.kept))
        waits.append(result.pause.seconds)
        part = Part(kept)


@pytest.mark.parametrize(
    ("poll", "waits"),
    [
        ({"interval": 7}, [7, 7, 7, 7]),
        ({"interval": 7, "strategy": "LINEAR_BACKOFF"}, [7, 14, 21, 28]),
        ({"interval": 7, "strategy": "EXPONENTIAL_BACKOFF"}, [7, 14, 28, 56]),
    ],
)
def test_the_intervals(run: Any, service: Service, poll: dict[str, Any], waits: list[int]) -> None:
    """An engine is told when to go on: nothing waits here."""
    service.needed = 4
    assert _paused(run, poll) == waits


def test_the_last_wait_ends_with_the_total(run: Any, service: Service) -> None:
    service.needed = 100
    waits = _paused(run, {"interval": 40, "total": 100})
    assert [round(wait) for wait in waits] == [40, 40, 20]


def test_what_the_response_asks_for_comes_first(run: Any, service: Service) -> None:
    service.headers = (("Retry-After", "33"),)
    assert _paused(run, {"interval": 7}) == [7, 33, 33]


def test_a_floor_of_the_machine(
    run: Any, service: Service, monkeypatch: pytest.MonkeyPatch, httptask_task_runner: Runners
) -> None:
    monkeypatch.setenv("HTTPTASK_POLL_FLOOR", "60")
    assert Settings.from_environment().poll_floor == 60
    tasks = httptask_task_runner()
    request = {"uri": f"{service.server.url}/start?header=Location", "method": "POST"}
    execution = replace(Execution.fresh("call"), part=Part())
    inputs = {"http_request": request, "httptask": {"poll": {"interval": 1}}}
    result = tasks.run(inputs, execution=execution)
    assert result.pause is not None
    assert result.pause.seconds == 60


def test_a_secret_in_the_address_is_not_kept(
    service: Service, httptask_task_runner: Runners, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such a task waits in its process instead."""
    secret = "sk-canary-0123456789"
    monkeypatch.setenv("HTTPTASK_SECRET_KEY", secret)
    request = {
        "uri": f"{service.server.url}/start?header=Location&url=/state?key={secret}",
        "method": "POST",
        "headers": {"X-Key": "${workflow.secrets.KEY}"},
    }
    kept: list[Any] = []
    execution = replace(Execution.fresh("call"), part=Part(keep=kept.append))
    result = httptask_task_runner().run(
        {"http_request": request, "httptask": {"poll": {"interval": 0.01}}}, execution=execution
    )
    assert (result.status, service.polls) == ("COMPLETED", 3)
    assert secret not in str(kept)


def test_each_page_may_be_an_operation(run: Any, service: Service) -> None:
    """A page that is polled for is asked for once, and the pages before it stay."""
    made: list[str] = []

    def page(request: Any) -> Reply:
        made.append(request.argument("page", "?"))
        return Reply(202, (("Location", f"/page?n={made[-1]}"),))

    def state(request: Any) -> Reply:
        number = int(request.argument("n", "0"))
        service.polls += 1
        if service.polls % 2:
            return Reply(202)
        return json_reply([{"id": number}] if number < 3 else [])

    service.server.route("GET /list", page)
    service.server.route("GET /page", state)
    execution, part = Execution.fresh("call"), Part()
    paging = {"kind": "page", "parameter": "page"}
    for _ in range(20):
        result = run(
            "", {}, path="/list", method="GET", body=None, paging=paging,
            execution=replace(execution, part=part),
        )  # fmt: skip
        if result.pause is None:
            break
        part = Part(result.pause.kept)
    assert (_body(result), made) == ([{"id": 1}, {"id": 2}], ["1", "2", "3"])


def test_pages_that_another_machine_has_are_asked_for_anew(
    service: Service, httptask_task_runner: Runners, tmp_path: Path
) -> None:
    """The result of a later page is not taken for that of the first."""

    def page(request: Any) -> Reply:
        return Reply(202, (("Location", f"/page?n={request.argument('cursor', '1')}"),))

    def state(request: Any) -> Reply:
        number = int(request.argument("n", "0"))
        following = str(number + 1) if number < 3 else None
        return json_reply({"items": [{"id": number}], "next": following})

    service.server.route("GET /list", page)
    service.server.route("GET /page", state)
    options = {
        "poll": {"interval": 0.01},
        "paging": {"kind": "cursor", "parameter": "cursor", "token": "$.response.body.next"},
    }
    request = {"uri": f"{service.server.url}/list", "method": "GET"}
    execution, part, tasks = Execution.fresh("call"), Part(), httptask_task_runner()
    for number in range(20):
        execution = replace(execution, part=part)
        result = tasks.run({"http_request": request, "httptask": options}, execution=execution)
        if result.pause is None:
            break
        part = Part(result.pause.kept)
        if number == 2:
            (pages,) = tmp_path.rglob(".part-pages-*")
            pages.unlink()
    assert _body(result) == [{"id": 1}, {"id": 2}, {"id": 3}]


def test_an_address_that_was_kept_is_followed_at_home_only(run: Any, service: Service) -> None:
    execution = Execution.fresh("call")
    first = run("header=Location", {}, execution=replace(execution, part=Part()))
    kept = json.loads(json.dumps(first.pause.kept).replace("127.0.0.1", "127.0.0.2"))
    assert kept != first.pause.kept
    result = run("header=Location", {}, execution=replace(execution, part=Part(kept)))
    assert (result.error.code, service.polls) == ("origin_left", 0)


@pytest.mark.parametrize("before", range(180, 205, 4))
def test_no_part_of_a_secret_is_told(run: Any, service: Service, before: int) -> None:
    """A text is redacted before it is cut, and of an address only the origin is told."""
    secret = "sk-canary-0123456789abcdef"
    auth = {"type": "bearer", "token": secret}
    url = "http://127.0.0.2/".ljust(before, "x") + secret
    result = run(f"header=Location&url={url}", {}, auth=auth)
    assert result.error.code == "origin_left"
    assert "http://127.0.0.2," in result.reason
    service.running = {"status": "x" * (before - 140) + secret}
    waits = run("", {"from": "same", **STATUS, "max": 1}, auth=auth)
    paging = {"kind": "next_url", "token": "$.response.body.next"}
    bad = json_reply({"items": [{"id": 1}], "next": "http://[".ljust(before, "x") + secret})
    service.server.route("GET /list", lambda _: bad)
    paged = run("", {}, path="/list", method="GET", body=None, paging=paging, auth=auth)
    assert paged.error.code == "paging_token"
    for each in (result, waits, paged):
        assert "sk-canary" not in each.reason + str([note.text for note in each.trace.notes])
