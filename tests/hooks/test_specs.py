"""Each hook in its place: what it is given, what it may change, what happens when it raises."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace
from token_auth import TokenAuth

from httptask.core.body import Body
from httptask.core.message import Headers, HttpRequest, HttpResponse
from httptask.core.result import TaskResult, TaskStatus
from httptask.core.verdict import Action, Verdict
from httptask.errors import CredentialsError, PluginError
from httptask.hooks import hookimpl
from httptask.hooks.views import (
    Attempt,
    Claim,
    DecodedBody,
    ResolvedRequest,
    SignedRequest,
    TaskCall,
    TaskOutput,
)
from httptask.pipeline import Pipeline
from httptask.plugins import build_manager
from httptask.testing import LoopbackServer, json_reply
from httptask.testing.tasks import TaskRunner

Runners = Callable[..., TaskRunner]


def request_to(server: LoopbackServer, path: str = "/echo", **options: Any) -> dict[str, Any]:
    return {
        "http_request": {"uri": server.url + path, "method": "GET"},
        "httptask": options,
    }


def echoed(result: TaskResult) -> Any:
    assert result.status is TaskStatus.COMPLETED, result.reason
    return result.output["response"]["body"]


class Claiming:
    """A plugin that claims one kind of one stage."""

    stage = ""

    @hookimpl
    def httptask_claims(self) -> list[Claim]:
        return [Claim(self.stage, "test", "of a test")]


def test_hook_claims() -> None:
    class Broken:
        @hookimpl
        def httptask_claims(self) -> list[Claim]:
            raise ValueError("no claims today")

    with pytest.raises(PluginError, match="'mine' fails: no claims today"):
        build_manager({"mine": Broken()}, installed=False)


def test_hook_importers() -> None:
    class Importers:
        @hookimpl
        def httptask_importers(self) -> list[str]:
            return ["mine"]

    manager = build_manager({"mine": Importers()}, installed=False)
    assert ["mine"] in manager.hook.httptask_importers()


def test_hook_get_secret(httptask_server: LoopbackServer, httptask_task_runner: Runners) -> None:
    class Vault(Claiming):
        stage = "get_secret"

        def __init__(self) -> None:
            self.asked: list[str] = []

        @hookimpl
        def httptask_get_secret(self, name: str, call: TaskCall) -> str | None:
            self.asked.append(name)
            assert call.secrets("OTHER") is None
            if name == "BROKEN":
                raise ValueError("the value was hunter2hunter2")
            return {"KEY": "from-the-vault"}.get(name)

    vault = Vault()
    tasks = httptask_task_runner({"vault": vault})
    inputs = request_to(httptask_server, query={"a": "${workflow.secrets.KEY}"})
    inputs["http_request"]["headers"] = {"X-Key": "k ${workflow.secrets.KEY}"}
    assert echoed(tasks.run(inputs))["query"] == [["a", "***"]]
    assert httptask_server.requests[0].header("X-Key") == "k from-the-vault"
    assert vault.asked == ["KEY"]
    for name, code in (("BROKEN", "secret_unreadable"), ("NONE", "secret_missing")):
        query = {"a": f"${{workflow.secrets.{name}}}"}
        failed = tasks.run(request_to(httptask_server, query=query))
        assert isinstance(failed.error, CredentialsError)
        assert failed.error.code == code
        assert "hunter2" not in failed.error.message
    assert len(httptask_server.requests) == 1


def test_hook_resolve_inputs(
    httptask_server: LoopbackServer, httptask_task_runner: Runners
) -> None:
    class Resolve:
        @hookimpl(wrapper=True)
        def httptask_resolve_inputs(self, call: TaskCall) -> Any:
            resolved: ResolvedRequest = yield
            options = resolved.options.model_copy(update={"query": {"ref": call.task.ref}})
            return replace(resolved, options=options)

    result = httptask_task_runner({"mine": Resolve()}).run(request_to(httptask_server))
    assert echoed(result)["query"] == [["ref", "call"]]


def test_hook_build_request(httptask_server: LoopbackServer, httptask_task_runner: Runners) -> None:
    class Build(Claiming):
        stage = "build_request"

        @hookimpl
        def httptask_build_request(self, resolved: ResolvedRequest) -> HttpRequest | None:
            if resolved.spec.content_type != "application/x-mine":
                return None
            headers = Headers([("Host", "h"), ("X", "1"), ("X", "2"), ("content-length", "4")])
            return HttpRequest("PUT", resolved.spec.uri, headers, Body.of(b"mine"))

    tasks = httptask_task_runner({"mine": Build()})
    inputs = request_to(httptask_server)
    assert echoed(tasks.run(inputs))["method"] == "GET"
    inputs["http_request"]["contentType"] = "application/x-mine"
    answer = echoed(tasks.run(inputs))
    assert (answer["method"], answer["body"]) == ("PUT", "mine")
    assert answer["headers"] == [["Host", "h"], ["X", "1"], ["X", "2"], ["Content-Length", "4"]]


@pytest.fixture
def token_tasks(httptask_server: LoopbackServer, httptask_task_runner: Runners) -> TaskRunner:
    return httptask_task_runner({"token": TokenAuth()}, allow=[httptask_server.authority])


def tokens(server: LoopbackServer) -> dict[str, str]:
    return {"type": "token", "url": f"{server.url}/status/200?text=token-0123456789"}


def test_hook_resolve_credentials(httptask_server: LoopbackServer, token_tasks: TaskRunner) -> None:
    result = token_tasks.run(request_to(httptask_server, auth=tokens(httptask_server)))
    assert ["Authorization", "Bearer ***"] in echoed(result)["headers"]
    assert result.trace is not None
    exchanges = result.trace.exchanges
    assert [exchange.purpose for exchange in exchanges] == ["token", "task"]
    assert "token-0123456789" not in str(exchanges[0].response)
    assert result.trace.attempts[0].exchanges == (0, 1)
    token_tasks.run(request_to(httptask_server, auth=tokens(httptask_server)))
    assert len(httptask_server.requests) == 3


def test_a_refused_token_is_renewed_once(
    httptask_server: LoopbackServer, token_tasks: TaskRunner
) -> None:
    inputs = request_to(httptask_server, "/status/401", auth=tokens(httptask_server))
    inputs["http_request"]["method"] = "POST"
    result = token_tasks.run(inputs)
    assert result.status is TaskStatus.FAILED
    assert result.trace is not None
    assert [attempt.action for attempt in result.trace.attempts] == ["refresh_and_retry", "fail"]
    paths = [request.path for request in httptask_server.requests]
    assert paths == ["/status/200", "/status/401"] * 2


def test_a_dry_run_makes_no_token_call(
    httptask_server: LoopbackServer, token_tasks: TaskRunner
) -> None:
    inputs = request_to(httptask_server, auth=tokens(httptask_server))
    result = token_tasks.run(inputs, stop_after="authenticate_request")
    assert result.error is not None
    assert result.error.code == "dry_run"
    assert httptask_server.requests == []


def test_a_token_call_is_judged(
    httptask_server: LoopbackServer,
    httptask_other_server: LoopbackServer,
    token_tasks: TaskRunner,
) -> None:
    inputs = request_to(httptask_server, auth=tokens(httptask_other_server))
    result = token_tasks.run(inputs)
    assert result.error is not None
    assert result.error.code == "egress_refused"
    assert httptask_other_server.requests == []


def test_a_token_answer_has_a_limit(
    httptask_server: LoopbackServer, token_tasks: TaskRunner
) -> None:
    auth = {"type": "token", "url": f"{httptask_server.url}/big?bytes=5000000"}
    result = token_tasks.run(request_to(httptask_server, auth=auth))
    assert result.error is not None
    assert "over 4 MiB" in result.error.message


def test_hook_authenticate_request(
    httptask_server: LoopbackServer, httptask_task_runner: Runners
) -> None:
    class Sign:
        @hookimpl(wrapper=True)
        def httptask_authenticate_request(self, request: HttpRequest) -> Any:
            signed: SignedRequest = yield
            headers = signed.request.headers.with_header("X-Signature", request.method)
            return replace(signed, request=signed.request.with_headers(headers))

    class Unfit(Claiming):
        stage = "authenticate_request"

        @hookimpl
        def httptask_authenticate_request(self) -> SignedRequest:
            raise KeyError("key")

    result = httptask_task_runner({"mine": Sign()}).run(request_to(httptask_server))
    assert ["X-Signature", "GET"] in echoed(result)["headers"]
    failed = httptask_task_runner({"unfit": Unfit()}).run(request_to(httptask_server))
    assert failed.status is TaskStatus.FAILED_WITH_TERMINAL_ERROR
    assert failed.error is not None
    assert (failed.error.code, failed.error.stage) == ("plugin_failed", "authenticate_request")
    assert len(httptask_server.requests) == 1
    assert failed.trace is not None
    assert [attempt.action for attempt in failed.trace.attempts] == ["fail_terminally"]


class Canned:
    """An answer that comes from nowhere."""

    def __init__(self, *chunks: bytes) -> None:
        self.chunks, self.closed = chunks, 0

    def __iter__(self) -> Any:
        return iter(self.chunks)

    def close(self) -> None:
        self.closed += 1


def test_hook_send_request(httptask_task_runner: Runners) -> None:
    stream = Canned(b'{"a": ', b"1}")

    class Send(Claiming):
        stage = "send_request"

        @hookimpl
        def httptask_send_request(self, attempt: Attempt, request: HttpRequest) -> HttpResponse:
            attempt.probe.dns = 0.25
            headers = Headers([("Content-Type", "application/json")])
            return HttpResponse(200, "", headers, stream, request.url)

    inputs = {"http_request": {"uri": "http://nowhere.example/", "method": "GET"}}
    result = httptask_task_runner({"mine": Send()}).run(inputs)
    assert echoed(result) == {"a": 1}
    assert stream.closed > 0
    assert result.trace is not None
    assert result.trace.exchanges[0].timings.dns == 250


def test_hook_decode_response(
    httptask_server: LoopbackServer, httptask_task_runner: Runners
) -> None:
    class Decode(Claiming):
        stage = "decode_response"

        @hookimpl
        def httptask_decode_response(
            self, attempt: Attempt, response: HttpResponse
        ) -> DecodedBody | None:
            if response.headers.get("Content-Type") != "application/octet-stream":
                return None
            attempt.emit({"progress": 1})
            return DecodedBody([*b"".join(response.stream)][:3], "json")

    seen: list[Any] = []
    tasks = httptask_task_runner({"mine": Decode()})
    result = tasks.run(
        request_to(httptask_server, "/content/binary"),
        watch=lambda kind, record: seen.append(record) if kind == "event" else None,
    )
    assert echoed(result) == [0, 1, 2]
    assert seen == [{"event": {"progress": 1}}]
    assert echoed(tasks.run(request_to(httptask_server)))["method"] == "GET"


def test_hook_check_response(
    httptask_server: LoopbackServer, httptask_task_runner: Runners
) -> None:
    class Check(Claiming):
        stage = "check_response"

        @hookimpl
        def httptask_check_response(
            self, response: HttpResponse, body: DecodedBody
        ) -> Verdict | None:
            if isinstance(body.value, dict) and body.value.get("error") and response.status == 200:
                return Verdict(Action.FAIL_TERMINALLY, "an error in disguise")
            return None

    tasks = httptask_task_runner({"mine": Check()})
    httptask_server.route("/lie", lambda _: json_reply({"error": "x"}))
    result = tasks.run(request_to(httptask_server, "/lie"))
    assert result.status is TaskStatus.FAILED_WITH_TERMINAL_ERROR
    assert result.reason == "an error in disguise"
    assert result.output["response"]["statusCode"] == 200


def test_hook_map_outputs(httptask_server: LoopbackServer, httptask_task_runner: Runners) -> None:
    class Map:
        @hookimpl(wrapper=True)
        def httptask_map_outputs(self, body: DecodedBody) -> Any:
            output: TaskOutput = yield
            return replace(output, values={**output.values, "kind": body.kind})

    result = httptask_task_runner({"mine": Map()}).run(request_to(httptask_server))
    assert result.output["kind"] == "json"


def test_wrappers_nest_around_the_default(
    httptask_server: LoopbackServer, httptask_task_runner: Runners
) -> None:
    order: list[str] = []

    def wrapper(name: str) -> object:
        class Wrapper:
            @hookimpl(wrapper=True)
            def httptask_send_request(self) -> Any:
                order.append(f"{name} before")
                try:
                    return (yield)
                finally:
                    order.append(f"{name} after")

        return Wrapper()

    tasks = httptask_task_runner({"first": wrapper("first"), "second": wrapper("second")})
    echoed(tasks.run(request_to(httptask_server)))
    assert order == ["second before", "first before", "first after", "second after"]


def test_a_stage_that_nobody_answers(
    httptask_server: LoopbackServer, httptask_task_runner: Runners
) -> None:
    tasks = httptask_task_runner()
    tasks.manager.unregister(name="httptask.outputs")
    tasks.pipeline = Pipeline(tasks.manager)
    result = tasks.run(request_to(httptask_server))
    assert result.error is not None
    assert "no plugin answers" in result.error.message
    assert result.error.stage == "map_outputs"
