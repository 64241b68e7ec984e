from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from httptask.core.result import TaskResult, TaskStatus
from httptask.core.tracing import Level, Trace
from httptask.errors import DefinitionError, InputError
from httptask.expressions import Context
from httptask.fixtures.using import with_fixtures
from httptask.hooks.task import CompiledTask
from httptask.plugins import build_manager
from httptask.settings import Settings
from httptask.testing import LoopbackServer
from httptask.testing.handlers.standard import TOKEN
from httptask.trial.request import Trial

RunTrial = Callable[..., TaskResult]


@pytest.fixture
def trial(tmp_path: Path) -> RunTrial:
    def run(
        inputs: dict[str, Any],
        context: Context | None = None,
        mock: Path | None = None,
        **options: Any,
    ) -> TaskResult:
        settings = Settings.from_environment(data=tmp_path / "data", author=True)
        task = CompiledTask.of(inputs, ref="call", source="flow.json", base_dir=tmp_path)
        with with_fixtures(build_manager(installed=False), mock=mock) as manager:
            trial = Trial(settings, manager, **options)
            return trial.run(task, context or Context.build())

    return run


def trace_of(result: TaskResult) -> Trace:
    assert result.trace is not None
    return result.trace


def get(uri: str, **options: Any) -> dict[str, Any]:
    return {"http_request": {"uri": uri, "method": "GET"}, "httptask": options}


def test_the_same_task_as_in_production(httptask_server: LoopbackServer, trial: RunTrial) -> None:
    seen: list[str] = []
    result = trial(
        get(f"{httptask_server.url}/redirect/302"), watch=lambda kind, _: seen.append(kind)
    )
    trace = trace_of(result)
    assert (trace.mode, trace.status) == ("trial", "completed")
    assert trace.next_step == "the workflow would go on"
    assert seen.count("exchange") == 2
    assert seen.count("stage") == 5
    assert seen[-2:] == ["attempt", "stage"]
    assert f" {httptask_server.url}/redirect/302" in trace.curl


def test_a_dry_run_sends_nothing_and_shows_the_exact_bytes(
    httptask_server: LoopbackServer, trial: RunTrial
) -> None:
    inputs = {
        "http_request": {
            "uri": f"{httptask_server.url}/echo",
            "method": "POST",
            "body": {"b": "ü"},
        },
        "httptask": {"auth": {"type": "bearer", "token": TOKEN}},
    }
    result = trial(inputs, dry_run=True)
    assert httptask_server.requests == []
    assert httptask_server.connections == 0
    trace = trace_of(result)
    assert (trace.status, trace.stopped_after) == ("stopped", "authorize")
    shown = trace.would_send
    assert shown is not None
    trial(inputs)
    (sent,) = httptask_server.requests
    assert shown["method"] == sent.method
    assert shown["url"] == f"{httptask_server.url}{sent.target}"
    assert [
        [name, "***" if name == "Authorization" else value] for name, value in sent.headers
    ] == ([[name, "***" if name == "Authorization" else value] for name, value in shown["headers"]])
    assert shown["body"]["text"].encode() == sent.body
    assert TOKEN not in str(trace.to_json())


def test_missing_inputs_are_named(trial: RunTrial, httptask_server: LoopbackServer) -> None:
    inputs = get(
        f"{httptask_server.url}/echo",
        query={
            "a": "${workflow.input.city}",
            "b": "${made.output.id}",
            "c": "${workflow.variables.v}",
            "d": "${workflow.input.given}",
        },
    )
    with pytest.raises(InputError) as caught:
        trial(inputs, Context.build(input={"given": None}))
    error = caught.value
    assert error.code == "inputs_missing"
    assert "workflow.input.city" in error.message
    assert "given" not in error.message
    assert error.pointer == "/inputParameters/httptask/query/a"
    assert error.source == "flow.json"
    assert "--input city=..." in error.hint
    assert "made" in error.hint
    assert httptask_server.requests == []


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "mock.json"
    path.write_text(text, "utf-8")
    return path


def test_a_mock_in_turn(tmp_path: Path, trial: RunTrial) -> None:
    text = '[{"status": 503, "headers": {"Retry-After": "0"}}, {"body": {"id": 7}}]'
    mock = write(tmp_path, text)
    retry = {"maxAttempts": 2, "initialDelayMs": 0}
    output = {"id": "$.response.body.id"}
    result = trial(get("http://api.example.com/x", retry=retry, output=output), mock=mock)
    assert result.status is TaskStatus.COMPLETED
    assert result.output["id"] == 7
    assert [attempt.action for attempt in trace_of(result).attempts] == ["retry", "success"]


def test_mock_bodies(tmp_path: Path, trial: RunTrial) -> None:
    (tmp_path / "body.csv").write_text("a,b")
    for text, body in (
        ('{"body": "plain"}', "plain"),
        ('{"body": [1]}', [1]),
        ('{"bodyFile": "body.csv", "headers": {"Content-Type": "text/csv"}}', "a,b"),
        ('{"bodyBase64": "eyJhIjogMX0="}', {"a": 1}),
        ('{"status": 204}', None),
        ('{"headers": {"X": ["1", "2"]}, "body": 0}', 0),
    ):
        mock = write(tmp_path, text)
        result = trial(get("http://api.example.com/x"), mock=mock)
        assert result.output["response"]["body"] == body, text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[1]",
        "7",
        '{"stauts": 200}',
        '{"status": "ok"}',
        '{"status": 99}',
        '{"headers": 1}',
        '{"bodyBase64": "%"}',
        '{"bodyFile": "no.json"}',
        '{"reason": 1}',
        "[]",
    ],
)
def test_what_is_not_a_mock(tmp_path: Path, trial: RunTrial, text: str) -> None:
    def attempt() -> None:
        result = trial(get("http://x.example/"), mock=write(tmp_path, text))
        if result.error is not None:
            raise result.error

    with pytest.raises(DefinitionError) as caught:
        attempt()
    assert caught.value.code in {"mock_invalid", "json_invalid", "file_missing"}


def test_a_mock_that_is_not_there(tmp_path: Path, trial: RunTrial) -> None:
    with pytest.raises(DefinitionError) as caught:
        trial(get("http://x.example/"), mock=tmp_path / "none.json")
    assert caught.value.code == "file_unreadable"


@pytest.mark.parametrize(
    ("status", "auth", "words"),
    [
        (
            401,
            {"type": "bearer", "token": "${workflow.secrets.KEY}"},
            "bearer credential (from KEY)",
        ),
        (401, None, "add httptask.auth"),
        (403, {"type": "bearer", "token": TOKEN}, "does not allow"),
        (404, None, "check uri"),
        (405, None, "check method"),
        (429, None, "httptask.retry"),
        (503, None, "the server failed"),
    ],
)
def test_suggestions_by_status(
    httptask_server: LoopbackServer,
    trial: RunTrial,
    monkeypatch: pytest.MonkeyPatch,
    status: int,
    auth: Any,
    words: str,
) -> None:
    monkeypatch.setenv("HTTPTASK_SECRET_KEY", "a-long-secret-value")
    options = {"auth": auth} if auth else {}
    result = trial(get(f"{httptask_server.url}/status/{status}", **options))
    assert any(words in text for text in trace_of(result).suggestions), trace_of(result).suggestions


def test_suggestions_by_field(httptask_server: LoopbackServer, trial: RunTrial) -> None:
    uri = f"{httptask_server.url}/status/400?text=Unknown parameter: 'siez'"
    schema = {"properties": {"size": {}}, "additionalProperties": False}
    request = {"uri": uri, "method": "POST", "body": {"siez": 1}}
    named = trial({"http_request": request})
    assert any("/http_request/body/siez" in text for text in trace_of(named).suggestions)
    checked = trial({"http_request": request, "httptask": {"requestSchema": schema}})
    assert trace_of(checked).suggestions[0] == "did you mean 'size'?"
    assert len(httptask_server.requests) == 1


def test_suggestions_by_failure(httptask_server: LoopbackServer, trial: RunTrial) -> None:
    url = httptask_server.url
    httptask_server.close()
    refused = trace_of(trial(get(url)))
    assert "check host and port in uri" in refused.suggestions
    unknown = trace_of(trial(get("http://nowhere.invalid/")))
    assert "check the host name in uri" in unknown.suggestions
    egress = trace_of(trial(get("http://10.0.0.1/")))
    assert "--allow-host 10.0.0.1:80" in egress.suggestions[0]
    assert egress.status == "failed_terminal"


def test_what_the_engine_would_do(httptask_server: LoopbackServer, trial: RunTrial) -> None:
    result = trial(
        get(f"{httptask_server.url}/status/500"),
        next_step=lambda result: ("retriable", f"again after {result.reason[:3]}"),
    )
    assert trace_of(result).status == "retriable"
    assert trace_of(result).next_step == "again after 500"


def test_no_secret_at_any_level(
    httptask_server: LoopbackServer, trial: RunTrial, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPTASK_SECRET_KEY", 'a "secret"/value+ž')
    inputs = get(
        f"{httptask_server.url}/echo",
        query={"q": "${workflow.secrets.KEY}"},
        cookies={"c": "${workflow.secrets.KEY}"},
    )
    records: list[Any] = []
    for level in Level:
        result = trial(inputs, level=level, watch=lambda *record: records.append(record))
        shown = f"{trace_of(result).to_json()} {result.output} {records}"
        for form in ('a "secret"', "a+%22secret", "a%20%22secret", "secret\\\\\\", "secret%22"):
            assert form not in shown, (level, form)
        assert trace_of(result).redacted
