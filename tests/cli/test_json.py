"""With --json there is one JSON document on standard output, whatever happens."""

from __future__ import annotations

import json
from typing import Any

import pytest

OPERATION = "digitalocean-inference/post-v1-images-generations"
EXAMPLE = "https://api.example.com/things"

WELL = [
    ["search", "generate an image"],
    ["show", OPERATION],
    ["new", OPERATION],
    ["new", OPERATION, "-o", "made.json"],
    ["add", "made-flow.json", OPERATION, "--ref", "image"],
    ["catalog", "list"],
    ["catalog", "report"],
    ["check", "task.json"],
    ["check", "task.json", "flow.json"],
    ["test", "task.json", "--dry-run"],
    ["test", "task.json", "--mock", "mock.json"],
    ["eval", "${workflow.input.n}", "-i", "n=3"],
    ["schema"],
    ["schema", "workflow"],
    ["schema", "--write", "schemas"],
    ["plugins"],
    ["completion", "bash"],
    ["runs", "list"],
    ["runs", "prune", "--older-than", "1"],
]
BADLY = [
    (["search"], "usage"),
    (["search", "x", "--limit", "0"], "usage"),
    (["show", "nothing-like-this"], "operation_unknown"),
    (["new"], "usage"),
    (["new", "nothing-like-this"], "operation_unknown"),
    (["new", "--all"], "usage"),
    (["add", "task.json", OPERATION, "--ref", "image"], "wrong_type"),
    (["add", "flow.json", OPERATION, "--ref", "call"], "duplicate_reference"),
    (["add", "flow.json", OPERATION, "--ref", "image", "--after", "nobody"], "task_unknown"),
    (["add", "broken.json", OPERATION, "--ref", "image"], "json_invalid"),
    (["catalog"], "usage"),
    (["catalog", "ad"], "usage"),
    (["test", "absent.json"], "file_unreadable"),
    (["test", "."], "usage"),
    (["test", "broken.json"], "json_invalid"),
    (["test", "flow.json", "--task", "nobody"], "task_unknown"),
    (["test", "needs.json"], "inputs_missing"),
    (["test", "task.json", "--input", "n"], "usage"),
    (["test", "task.json", "--input-file", "absent.json"], "file_unreadable"),
    (["test", "task.json", "--input-file", "list.json"], "wrong_type"),
    (["test", "task.json", "--context", "broken.json"], "json_invalid"),
    (["test", "task.json", "--context", "task.json"], "wrong_type"),
    (["test", "task.json", "--mock", "absent.json"], "file_unreadable"),
    (["test", "task.json", "--mock", "list.json"], "mock_invalid"),
    (["test", "task.json", "--mock", "flow.json"], "mock_invalid"),
    (["serve", "task.json"], "no_definition"),
    (["serve", "broken.json"], "json_invalid"),
    (["test", "127.0.0.1:8080/x"], "file_unreadable"),
    (["test", EXAMPLE, "-d", "@absent.json"], "file_missing"),
    (["run", "needs-flow.json"], "inputs_missing"),
    (["test", "task.json", "--task-defs", "broken.json"], "json_invalid"),
    (["test", "task.json", "--allow-host", "localhost:http"], None),
    (["test", "task.json", "--run", "nobody"], "run_unknown"),
    (["check"], "usage"),
    (["check", "task.json", "--task-defs", "absent.json"], "file_unreadable"),
    (["run", "absent.json"], "file_unreadable"),
    (["run", "task.json"], None),
    (["run", "broken.json"], "json_invalid"),
    (["run", "flow.json", "--durability", "some"], "usage"),
    (["run", "flow.json", "--id", "no/slashes"], "run_id_invalid"),
    (["runs"], "usage"),
    (["runs", "lst"], "usage"),
    (["runs", "show", "nobody"], "run_unknown"),
    (["runs", "terminate", "nobody"], "run_unknown"),
    (["runs", "prune"], "usage"),
    (["runs", "prune", "--older-than", "-1"], "usage"),
    (["resume", "nobody"], "run_unknown"),
    (["eval"], "usage"),
    (["eval", "x", "--context", "list.json"], "wrong_type"),
    (["eval", "x", "--run", "nobody"], "run_unknown"),
    (["schema", "workflo"], "usage"),
    (["completion", "tcsh"], "usage"),
    (["demo", "--live"], "secret_missing"),
    (["tst"], "usage"),
    (["test", "task.json", "--jsn"], "usage"),
    ([], "usage"),
]


@pytest.fixture(autouse=True)
def files(write: Any, task: Any, flow: Any) -> None:
    write("task.json", task(EXAMPLE))
    write("needs.json", task(EXAMPLE + "/${workflow.input.id}"))
    write("needs-flow.json", flow(task(EXAMPLE + "/${workflow.input.id}")))
    write("flow.json", flow(task(EXAMPLE), task(EXAMPLE, "second")))
    write("mock.json", {"status": 200, "body": {"id": 7}})
    write("list.json", [1])
    write("broken.json", '{"tasks": [\n  {"name": }]}')


@pytest.mark.parametrize("arguments", WELL, ids=" ".join)
def test_success_is_one_document(invoke: Any, arguments: list[str]) -> None:
    ran = invoke(*arguments, "--json")
    assert ran.code == 0, ran.err
    assert ran.document is not None
    assert ran.out.count("\n") == json.dumps(ran.document, indent=2).count("\n") + 1


@pytest.mark.parametrize(("arguments", "code"), BADLY, ids=str)
def test_failure_is_one_document(invoke: Any, arguments: list[str], code: str | None) -> None:
    ran = invoke(*arguments, "--json")
    assert ran.code == 2
    assert ran.error["code"] == (code or ran.error["code"])
    assert set(ran.error) == {
        "code", "message", "pointer", "source", "hint", "stage", "retryable", "retryAfter",
    }  # fmt: skip
    assert ran.error["message"] in ran.err.replace("\n", " ")
    assert "Traceback" not in ran.err


@pytest.mark.parametrize(("arguments", "code"), BADLY, ids=str)
def test_without_json_standard_output_stays_empty(
    invoke: Any, arguments: list[str], code: str | None
) -> None:
    ran = invoke(*arguments)
    assert ran.out == ""
    assert ran.err.strip()


def test_a_process_prints_the_same(command: Any) -> None:
    ran = command("test", "broken.json", "--json")
    assert ran.code == 2
    assert ran.error["message"] == "not JSON at line 2, column 12: Expecting value"
    assert ran.error["source"] == "broken.json"
    assert ran.err.splitlines() == [
        "error not JSON at line 2, column 12: Expecting value",
        "  at   broken.json",
        "  code json_invalid",
    ]


def test_check_tells_findings_not_errors(invoke: Any) -> None:
    ran = invoke("check", "broken.json", "absent.json", "task.json", "--json")
    assert ran.code == 2
    assert [(each["code"], each["severity"]) for each in ran.document] == [
        ("json_invalid", "error"),
        ("file_unreadable", "error"),
    ]


def test_a_failed_request_is_a_trace(invoke: Any, write: Any) -> None:
    write("mock.json", {"status": 503})
    ran = invoke("test", "task.json", "--mock", "mock.json", "--json")
    assert ran.code == 1
    assert ran.document["error"]["code"] == "status_not_accepted"
    assert ran.document["status"] in {"failed", "retriable"}


def test_a_bug_is_a_document_too(invoke: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> None:
        raise ZeroDivisionError("secret text")

    monkeypatch.setattr("httptask.app.test.choose_task", broken)
    ran = invoke("test", "task.json", "--json")
    assert ran.code == 1
    assert ran.error["code"] == "internal"
    assert "secret text" not in ran.out + ran.err


def test_what_no_encoding_takes_is_escaped(invoke: Any, write: Any) -> None:
    ran = invoke("eval", "a\x9b2Jb\u202e\u200f\u061c\U000e0041", "--json")
    assert r"a\u009b2Jb\u202e\u200f\u061c\udb40\udc41" in ran.out
    assert ran.document["value"] == "a\x9b2Jb\u202e\u200f\u061c\U000e0041"


def test_an_encoding_without_the_letters_still_gets_json(command: Any) -> None:
    env = {"PYTHONIOENCODING": "ascii"}
    ran = command("eval", "grün ✓", "--json", env=env)
    assert ran.document["value"] == "grün ✓"
    plainly = command("check", "task.json", env=env)
    assert plainly.code == 0
    assert "task.json" in plainly.out
