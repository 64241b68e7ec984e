"""Each hook in its place: what it is given, what it may change, what happens when it raises."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from layering import request_to
from msgspec.structs import replace

from httptask.app.import_ import read_requests
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
    TaskCall,
    TaskOutput,
)
from httptask.importers.drafts import Draft, Drafts, Source
from httptask.pipeline import Pipeline
from httptask.plugins import build_manager
from httptask.testing import LoopbackServer, json_reply
from httptask.testing.tasks import TaskRunner

Runners = Callable[..., TaskRunner]


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


def test_hook_request_importers() -> None:
    class Lines:
        name = "lines"

        def claims(self, source: Source) -> bool:
            return source.text.startswith("call ")

        def read(self, source: Source) -> Drafts:
            urls = [line.removeprefix("call ") for line in source.text.splitlines()]
            return Drafts([Draft(f"line {at}", url=url) for at, url in enumerate(urls, 1)])

    class Importers:
        @hookimpl
        def httptask_request_importers(self) -> list[Lines]:
            return [Lines()]

    manager = build_manager({"mine": Importers()}, installed=False)
    found = read_requests(b"call https://api.example.com/a", manager)
    assert found.format == "lines"
    assert [task.reference for task in found.tasks] == ["get_a"]


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
    response = echoed(tasks.run(inputs))
    assert (response["method"], response["body"]) == ("PUT", "mine")
    assert response["headers"] == [["Host", "h"], ["X", "1"], ["X", "2"], ["Content-Length", "4"]]


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


def test_a_stage_that_no_plugin_implements(
    httptask_server: LoopbackServer, httptask_task_runner: Runners
) -> None:
    tasks = httptask_task_runner()
    tasks.manager.unregister(name="httptask.outputs")
    tasks.pipeline = Pipeline(tasks.manager)
    result = tasks.run(request_to(httptask_server))
    assert result.error is not None
    assert "no plugin implements" in result.error.message
    assert result.error.stage == "map_outputs"
