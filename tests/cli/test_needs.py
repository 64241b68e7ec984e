"""What a run lacks is told before anything of it runs: all at once, and how to give it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from httptask.testing import LoopbackServer

SECRET = "${workflow.secrets.%s}"


def schema(**data: Any) -> dict[str, Any]:
    """Return a schema as Conductor describes one."""
    return {"name": "input", "version": 1, "type": "JSON", "data": data}


@pytest.fixture
def needy(httptask_server: LoopbackServer, write: Any, task: Any, flow: Any) -> Any:
    """Write a workflow whose tasks read the inputs a and b, and what a task of a case reads."""

    def make(in_case: str = "", **fields: Any) -> str:
        url = httptask_server.url
        case = task(f"{url}/echo/c", "c", "POST", body={"c": in_case})
        switch = {
            "name": "s", "taskReferenceName": "s", "type": "SWITCH",
            "evaluatorType": "value-param", "expression": "kind",
            "inputParameters": {"kind": "other"}, "decisionCases": {"paid": [case]},
        }  # fmt: skip
        first = task(f"{url}/echo/a", "a", "POST", body={"a": "${workflow.input.a}"})
        second = task(f"{url}/echo/b", "b", "POST", body={"b": "${workflow.input.b}"})
        return str(
            write("flow.json", flow(first, second, *([switch] if in_case else []), **fields))
        )

    return make


def test_all_missing_inputs_are_told_and_nothing_is_sent(
    needy: Any, invoke: Any, httptask_server: LoopbackServer
) -> None:
    ran = invoke("run", needy(), "--json")
    assert ran.code == 2
    assert ran.error["code"] == "inputs_missing"
    assert ran.error["message"] == "these inputs are missing: a, b"
    assert ran.error["hint"].startswith("give -i a=... -i b=...")
    assert ran.error["pointer"] == "/tasks/0/inputParameters/http_request/body/a"
    assert httptask_server.requests == []
    assert invoke("runs", "list", "--json").document == []


def test_null_is_an_input_that_is_given(
    needy: Any, invoke: Any, httptask_server: LoopbackServer
) -> None:
    assert invoke("run", needy(), "-i", "a:=null", "-i", "b=1").code == 0
    assert [each.body for each in httptask_server.requests] == [b'{"a":null}', b'{"b":1}']


@pytest.mark.parametrize(
    ("fields", "missing"),
    [
        ({"inputTemplate": {"a": 1, "b": 2}}, ""),
        ({"inputTemplate": {"a": 1}}, "b"),
        ({"inputParameters": ["a", "b", "c"]}, "a, b"),
        ({"inputSchema": schema(properties={"a": {}, "b": {}}, required=["b"])}, "b"),
        ({"inputSchema": schema(required=["z"]), "inputTemplate": {"a": 1, "b": 1}}, "z"),
    ],
    ids=["defaults", "one default", "declared", "optional by schema", "required by schema"],
)
def test_what_is_required(needy: Any, invoke: Any, fields: dict[str, Any], missing: str) -> None:
    ran = invoke("run", needy(**fields), "--json")
    assert ran.code == (2 if missing else 0)
    if missing:
        assert ran.error["message"] == f"these inputs are missing: {missing}"


def test_what_only_a_case_reads_is_a_warning(needy: Any, invoke: Any) -> None:
    given = ("-i", "a=1", "-i", "b=1")
    ran = invoke("run", needy("${workflow.input.c}"), *given)
    assert ran.code == 0
    assert "the input c is not given; a task that may not run reads it" in ran.err
    ran = invoke("run", needy(SECRET % "C"), *given)
    assert ran.code == 0
    assert "the secret C is not given; a task that may not run reads it" in ran.err


def secretive(task: Any, flow: Any) -> dict[str, Any]:
    """Return a workflow of two tasks with three secrets."""
    headers = {"X-A": SECRET % "ALPHA", "X-B": SECRET % "BETA"}
    auth = {"type": "bearer", "token": SECRET % "GAMMA"}
    url = "https://api.example.com/x"
    return dict(flow(task(url, "a", headers=headers), task(url, "b", httptask={"auth": auth})))


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        (["run", "flow.json"], ["ALPHA", "BETA", "GAMMA"]),
        (["run", "flow.json", "--mock", "mock.json"], ["ALPHA", "BETA", "GAMMA"]),
        (["test", "flow.json", "--task", "a"], ["ALPHA", "BETA"]),
        (["test", "flow.json", "--task", "b", "--dry-run"], ["GAMMA"]),
    ],
    ids=" ".join,
)
def test_all_missing_secrets_are_told(
    invoke: Any, write: Any, task: Any, flow: Any, arguments: list[str], names: list[str]
) -> None:
    write("flow.json", secretive(task, flow))
    write("mock.json", {"status": 200})
    ran = invoke(*arguments, "--json")
    assert ran.code == 2
    assert ran.error["code"] == "secret_missing"
    assert ran.error["message"] == f"these secrets are not set: {', '.join(names)}"
    for name in names:
        assert f"HTTPTASK_SECRET_{name}" in ran.error["hint"]


def test_secrets_that_are_set_are_not_told(
    invoke: Any, write: Any, task: Any, flow: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("flow.json", secretive(task, flow))
    write("mock.json", {"status": 200})
    Path(".env").write_text("HTTPTASK_SECRET_ALPHA=a-secret\n")
    monkeypatch.setenv("HTTPTASK_SECRET_BETA", "b-secret")
    ran = invoke("run", "flow.json", "--mock", "mock.json", "--json")
    assert ran.error["message"] == "these secrets are not set: GAMMA"
    monkeypatch.setenv("HTTPTASK_SECRET_GAMMA", "g-secret")
    assert invoke("run", "flow.json", "--mock", "mock.json").code == 0


def test_the_secrets_of_a_connection_count(
    invoke: Any, write: Any, task: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    origins = ["https://api.example.com"]
    auth = {"type": "bearer", "token": SECRET % "OF_IT"}
    write("connections.json", {"shop": {"auth": auth, "origins": origins}})
    monkeypatch.setenv("HTTPTASK_CONNECTIONS", "connections.json")
    options = {"auth": {"type": "connection", "name": "shop"}}
    write("task.json", task("https://api.example.com/x", httptask=options))
    ran = invoke("test", "task.json", "--dry-run", "--json")
    assert (ran.code, ran.error["message"]) == (2, "these secrets are not set: OF_IT")


def test_a_run_that_has_ended_needs_nothing(needy: Any, invoke: Any) -> None:
    given = ("run", needy(), "--id", "one", "-i", "a=1", "-i", "b=2")
    assert invoke(*given).code == 0
    again = invoke(*given)
    assert again.code == 0
    assert "the run one had ended before: nothing was executed" in again.err


def test_an_input_that_nothing_reads_is_told(needy: Any, invoke: Any) -> None:
    file = needy(inputParameters=["a", "b", "declared"])
    ran = invoke("run", file, "-i", "a=1", "-i", "b=2", "-i", "zebra=1", "-i", "declared=2")
    assert ran.code == 0
    told = [line for line in ran.err.splitlines() if "nothing reads" in line]
    assert told == [
        "warning nothing reads the input 'declared'",
        "warning nothing reads the input 'zebra'",
    ]
