"""How inputs, contexts and stored runs reach a task."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest

REQUEST = {"name": "call", "taskReferenceName": "call", "type": "HTTP"}


@pytest.mark.parametrize(
    ("given", "value"),
    [
        ("n=3", 3),
        ("n=-0.5", -0.5),
        ("n=12345678901234567890123", 12345678901234567890123),
        ("n=true", True),
        ("n=null", None),
        ('n={"a": [1, "b"]}', {"a": [1, "b"]}),
        ('n="3"', "3"),
        ("n=a red kite", "a red kite"),
        ("n=", ""),
        ("n=a=b", "a=b"),
        ("n={broken", "{broken"),
        ("n=01", "01"),
        ("n=NaN", "NaN"),
        ("n=Infinity", "Infinity"),
        ("n=1e999", float("inf")),
        ("n:=1e999", float("inf")),
        ('n:="a"', "a"),
        ("n:=[1, true]", [1, True]),
        ("n==", "="),
        ("n=:=1", ":=1"),
        ("n=${workflow.input.m}", "${workflow.input.m}"),
        ("n=grün", "grün"),
        ("n=" + "[" * 5000, "[" * 5000),
    ],
)
def test_an_input_is_json_if_it_parses_else_text(invoke: Any, given: str, value: Any) -> None:
    ran = invoke("eval", "${workflow.input.n}", "--input", given, "--json")
    assert ran.code == 0, ran.err
    assert ran.document["value"] == value


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("n=1.10", "1.10"),
        ("n=123456789012345.123456", "123456789012345.123456"),
        ("n:=1e400", "1e400"),
        ("n=-0", "-0"),
        ('n:={"a": 0.10}', '{"a": 0.10}'),
    ],
)
def test_numbers_keep_their_digits(invoke: Any, given: str, shown: str) -> None:
    ran = invoke("eval", "${workflow.input.n}", "--input", given, "--json")
    assert (
        f'"value": {shown}'
        in re.sub(r"\{\s+(.*)\s+\}", r"{\1}", ran.out).replace("\n", "") + ran.out
    )
    if not given.startswith("n:={"):
        text = invoke("eval", "v=${workflow.input.n}", "--input", given)
        assert text.out == f"v={shown}\n"


def test_inputs_from_files(invoke: Any, write: Any) -> None:
    write("text.txt", "12\n")
    write("value.json", {"a": [1]})
    template = '["${workflow.input.text}", "${workflow.input.value}"]'
    ran = invoke("eval", template, "-i", "text=@text.txt", "-i", "value:=@value.json", "--json")
    assert ran.document["value"] == ["12\n", {"a": [1]}]


@pytest.mark.parametrize(
    ("given", "code", "words"),
    [
        ("n", "usage", "NAME:=JSON"),
        ("=1", "usage", "NAME:=JSON"),
        ("n:=a red kite", "json_invalid", "line 1, column 1"),
        ("n:=NaN", "json_number", "NaN"),
        ("n=@absent.txt", "file_unreadable", "absent.txt"),
        ("n:=@absent.json", "file_unreadable", "absent.json"),
        ("n=@latin.txt", "json_encoding", "latin.txt"),
        ("n:=@broken.json", "json_invalid", "broken.json"),
    ],
)
def test_an_input_that_cannot_be_read_is_refused(
    invoke: Any, write: Any, given: str, code: str, words: str
) -> None:
    Path("latin.txt").write_bytes(b"gr\xfcn")
    write("broken.json", "{")
    ran = invoke("eval", "x", "--input", given, "--json")
    assert (ran.code, ran.error["code"]) == (2, code)
    assert words in ran.err


INPUTS = {
    "name": "inputs",
    "type": "JSON",
    "data": {
        "type": "object",
        "properties": {
            "version": {"type": "string"},
            "price": {"type": "number"},
            "count": {"$ref": "#/$defs/count"},
            "maybe": {"anyOf": [{"type": "string"}, {"type": "null"}]},
            "size": {"enum": ["1", "2"]},
            "flag": {"type": ["boolean", "null"]},
        },
        "$defs": {"count": {"type": "integer", "minimum": 1.50}},
    },
}


@pytest.mark.parametrize(
    ("given", "value"),
    [
        ("version=1.10", '"1.10"'),
        ("version=true", '"true"'),
        ('version="1"', '"\\"1\\""'),
        ("version:=1.10", "1.10"),
        ("price=1.10", "1.10"),
        ("price=3", "3"),
        ("count=3", "3"),
        ("count=3.0", "3.0"),
        ("maybe=null", "null"),
        ("maybe=3", '"3"'),
        ("size=1", '"1"'),
        ("flag=true", "true"),
        ("other=3", "3"),
    ],
)
@pytest.mark.parametrize("by", ["workflow", "consumer", "definition"])
def test_an_input_is_read_as_its_schema_says(
    invoke: Any, write: Any, task: Any, flow: Any, given: str, value: str, by: str
) -> None:
    name = given.partition("=")[0].rstrip(":")
    body = {name: f"${{workflow.input.{name}}}"}
    options = {"requestSchema": INPUTS["data"]} if by == "consumer" and ":=" not in given else {}
    one = task("https://api.example.com/x", method="POST", body=body, httptask=options)
    if by == "definition":
        inner = {"type": "object", "properties": {"body": INPUTS["data"]}}
        schema = {
            "type": "object",
            "properties": {"http_request": inner},
            "$defs": INPUTS["data"]["$defs"],
        }
        one["taskDefinition"] = {"name": "call", "inputSchema": {**INPUTS, "data": schema}}
    write("flow.json", flow(one, **({"inputSchema": INPUTS} if by == "workflow" else {})))
    ran = invoke("test", "flow.json", "-i", given, "--dry-run", "--json", "--level", "trace")
    assert ran.code == 0, ran.err
    built = next(stage for stage in ran.document["stages"] if stage["name"] == "build_request")
    if by == "consumer" and ":=" in given:
        return
    assert built["value"]["body"]["text"] == f'{{"{name}":{value}}}'


@pytest.mark.parametrize("given", ["count=many", "price=a", "flag=1", "count=1.5"])
def test_an_input_of_another_type_than_its_schema_says_is_refused(
    invoke: Any, write: Any, task: Any, flow: Any, given: str
) -> None:
    name = given.partition("=")[0]
    one = task(f"https://api.example.com/${{workflow.input.{name}}}")
    write("flow.json", flow(one, inputSchema=INPUTS))
    for command in (["test", "--dry-run"], ["run"]):
        ran = invoke(command[0], "flow.json", *command[1:], "-i", given, "--json")
        assert (ran.code, ran.error["code"]) == (2, "wrong_type")
        assert repr(name) in ran.error["message"]
        assert f"{name}:=JSON" in ran.error["hint"]


@pytest.mark.parametrize("command", [["test", "--dry-run"], ["run"]], ids=["test", "run"])
def test_a_misspelt_input_is_refused(
    invoke: Any, write: Any, task: Any, flow: Any, command: list[str]
) -> None:
    one = task("https://api.example.com/${workflow.input.prompt}?${workflow.input.model}")
    write("flow.json", flow(one, inputTemplate={"model": "a"}))
    write("input.json", {"promt": 1})
    options: tuple[list[str], ...] = (
        ["-i", "promt=x"], ["--input-file", "input.json"], ["-i", "prompt=x", "-i", "modle=b"]
    )  # fmt: skip
    for given in options:
        ran = invoke(command[0], "flow.json", *command[1:], *given, "--json")
        assert (ran.code, ran.error["code"]) == (2, "inputs_missing")
        assert ran.error["hint"].startswith("did you mean")


def test_an_input_that_may_be_read_is_not_misspelt(
    invoke: Any, write: Any, task: Any, flow: Any
) -> None:
    body = {"all": "${workflow.input}", "prompt": "${workflow.input.prompt}"}
    write("flow.json", flow(task("https://api.example.com/x", method="POST", body=body)))
    given = ["-i", "promt=x", "-i", "prompt=y"]
    assert invoke("test", "flow.json", "--dry-run", *given, "--json").code == 0
    assert invoke("test", "flow.json", "--dry-run", "-i", "promt=x", "--json").code == 2


def test_bytes_that_are_not_text_are_refused(invoke: Any) -> None:
    ran = invoke("eval", "x", "--input", "n=\udcff", "--json")
    assert ran.code == 2
    assert ran.error["code"] == "json_encoding"


def test_single_inputs_win_over_the_file_and_the_file_over_the_context(
    invoke: Any, write: Any
) -> None:
    write("input.json", {"b": "file", "c": "file"})
    write("context.json", {"input": {"a": "context", "b": "context", "c": "context"}})
    template = '["${workflow.input.a}", "${workflow.input.b}", "${workflow.input.c}"]'
    options = ["--input-file", "input.json", "--context", "context.json", "-i", "c=option"]
    ran = invoke("eval", template, *options, "--json")
    assert ran.document["value"] == ["context", "file", "option"]


def test_a_context_gives_outputs_variables_and_environment(
    invoke: Any, write: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONDUCTOR_ENV_REGION", "here")
    monkeypatch.setenv("CONDUCTOR_ENV_STAGE", "process")
    write(
        "context.json",
        {
            "variables": {"v": 1},
            "tasks": {"made": {"response": {"body": {"id": 7}}}},
            "env": {"STAGE": "file"},
        },
    )
    template = (
        '["${workflow.variables.v}", "${made.output.response.body.id}", '
        '"${workflow.env.REGION}", "${workflow.env.STAGE}", "${workflow.secrets.TOKEN}"]'
    )
    ran = invoke("eval", template, "--context", "context.json", "--json")
    assert ran.document["value"] == [1, 7, "here", "file", "${workflow.secrets.TOKEN}"]
    found = [(each["root"], each["taskRef"]) for each in ran.document["references"]]
    assert ("task", "made") in found
    assert ("workflow.secrets", None) in found


@pytest.mark.parametrize(
    ("content", "pointer", "code"),
    [
        ({"inputs": {}}, "/inputs", "unknown_key"),
        ({"a/b": {}}, "/a~1b", "unknown_key"),
        ({"input": []}, "/input", "wrong_type"),
        ({"tasks": {"made": 7}}, "/tasks/made", "wrong_type"),
        ({"env": {"STAGE": 7}}, "/env/STAGE", "wrong_type"),
        ('{"input": {"a": 1, "a": 2}}', "/input/a", "json_duplicate_key"),
    ],
)
def test_what_is_wrong_in_a_context_has_a_pointer(
    invoke: Any, write: Any, content: Any, pointer: str, code: str
) -> None:
    ran = invoke("eval", "x", "--context", write("context.json", content), "--json")
    assert ran.code == 2
    assert (ran.error["code"], ran.error["pointer"]) == (code, pointer)
    assert ran.error["source"] == "context.json"


@pytest.mark.parametrize("option", ["--input-file", "--context"])
def test_bad_json_has_line_and_column(invoke: Any, write: Any, option: str) -> None:
    write("bad.json", '{\n "a": 1\n "b": 2}')
    ran = invoke("eval", "x", option, "bad.json")
    assert ran.code == 2
    assert "line 3, column 2" in ran.err
    assert "bad.json" in ran.err


def test_missing_inputs_are_named_and_how_to_give_them(invoke: Any, write: Any, task: Any) -> None:
    url = "https://example.com/${workflow.input.id}?${made.output.x}"
    body = {"a": "${workflow.input.text}", "b": "${workflow.variables.v}"}
    write("task.json", task(url, method="POST", body=body))
    ran = invoke("test", "task.json", "-i", "id=3", "--json")
    assert ran.code == 2
    assert ran.error["code"] == "inputs_missing"
    for text in ("${workflow.input.text}", "${workflow.variables.v}", "${made.output.x}"):
        assert text in ran.error["message"]
    assert "${workflow.input.id}" not in ran.error["message"]
    assert "--input text=..." in ran.error["hint"]
    assert "--run ID or --context FILE" in ran.error["hint"]


def test_default_inputs_of_the_workflow_count(
    invoke: Any, write: Any, task: Any, flow: Any
) -> None:
    one = task("https://example.com/${workflow.input.id}/${workflow.input.kind}")
    write("flow.json", flow(one, inputTemplate={"id": 1, "kind": "a"}))
    ran = invoke("test", "flow.json", "-i", "kind=b", "--dry-run", "--json")
    assert ran.code == 0, ran.err
    built = next(stage for stage in ran.document["stages"] if stage["name"] == "build_request")
    assert built["value"]["url"] == "https://example.com/1/b"


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        ({"uri": 7}, "/inputParameters/http_request/uri", "wrong_type"),
        ({"readTimeOut": "soon"}, "/inputParameters/http_request/readTimeOut", "wrong_type"),
        ({"methd": "GET"}, "/inputParameters/http_request/methd", "unknown_key"),
    ],
)
def test_a_wrong_definition_has_a_pointer(
    invoke: Any, write: Any, change: dict[str, Any], pointer: str, code: str
) -> None:
    request = {"uri": "https://example.com", "method": "GET", **change}
    write("task.json", {**REQUEST, "inputParameters": {"http_request": request}})
    ran = invoke("test", "task.json", "--json")
    assert ran.code == 2
    assert (ran.error["code"], ran.error["pointer"]) == (code, pointer)
    assert ran.err.splitlines()[1] == f"  at   task.json#{pointer}"


def test_the_task_must_be_chosen_when_there_are_several(
    invoke: Any, write: Any, task: Any, flow: Any
) -> None:
    write("flow.json", flow(task("https://example.com", "a"), task("https://example.com", "b")))
    ran = invoke("test", "flow.json", "--dry-run", "--json")
    assert ran.code == 2
    assert ran.error["hint"] == "name one of the HTTP tasks: a, b"
    assert invoke("test", "flow.json", "--task", "b", "--dry-run", "--json").code == 0


def test_a_definition_may_come_from_a_pipe(command: Any, task: Any, flow: Any) -> None:
    document = json.dumps(flow(task("https://api.example.com/x")))
    for arguments in (("check",), ("test", "--dry-run")):
        read, written = os.pipe()
        os.write(written, document.encode())
        os.close(written)
        ran = command(*arguments, f"/dev/fd/{read}", pass_fds=[read])
        os.close(read)
        assert ran.code == 0, ran.err + ran.out


def test_a_device_that_never_ends_is_too_large(invoke: Any) -> None:
    ran = invoke("check", "/dev/zero", "--json")
    assert ran.code == 2
    assert [finding["code"] for finding in ran.document] == ["json_too_large"]


def test_misspelt_variables_are_told(
    invoke: Any, write: Any, task: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("task.json", task("https://api.example.com/x"))
    for name in ("HTTPTASK_ALOW_HOSTS", "HTTPTASK_SECRETS_TOKEN", "HTTPTASK_REQUIRE"):
        monkeypatch.setenv(name, "x")
    ran = invoke("test", "task.json", "--dry-run")
    assert ran.code == 0
    assert (
        "HTTPTASK_ALOW_HOSTS is not a variable of httptask: did you mean HTTPTASK_ALLOW_HOSTS?"
        in (ran.err)
    )
    assert "did you mean HTTPTASK_SECRET_TOKEN?" in ran.err
    assert "HTTPTASK_REQUIRE" not in ran.err


def test_a_dry_run_that_fails_says_what_would_be_next(invoke: Any, write: Any, task: Any) -> None:
    auth = {"type": "connection", "name": "nobody-made-it"}
    write("task.json", task("https://api.example.com/x", httptask={"auth": auth}))
    ran = invoke("test", "task.json", "--dry-run", "--json")
    assert ran.code == 1
    assert ran.document["status"] == "failed_terminal"
    assert ran.document["nextStep"]


def test_an_empty_id_is_none(invoke: Any, write: Any, task: Any, flow: Any) -> None:
    write("flow.json", flow(task("https://api.example.com/x")))
    ran = invoke("run", "flow.json", "--id", "", "--json")
    assert (ran.code, ran.error["code"]) == (2, "run_id_invalid")


def test_a_task_is_not_written_over_a_folder(invoke: Any) -> None:
    ran = invoke("new", "digitalocean", "-o", ".", "--json")
    assert (ran.code, ran.error["code"]) == (2, "file_unwritable")
    assert "is a folder" in ran.error["message"]


def test_an_unknown_status_is_refused(invoke: Any) -> None:
    assert "timed_out" in invoke("runs", "list", "--status", "compled").err
    assert invoke("runs", "list", "--status", "failed").code == 0


def test_where_a_stored_response_is_is_shown(invoke: Any, write: Any, task: Any) -> None:
    write("task.json", task("https://api.example.com/x"))
    write("mock.json", {"headers": {"Content-Type": "image/png"}, "bodyBase64": "UE5HLWRhdGE="})
    ran = invoke("test", "task.json", "--mock", "mock.json")
    path = re.search(r"response\.body  (\S+\.png) image/png, 8 bytes", ran.err)
    assert path is not None, ran.err
    assert Path(path[1]).read_bytes().startswith(b"PNG-data")
