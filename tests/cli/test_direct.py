"""A request without a file, and a step without a catalogue."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from httptask.testing import LoopbackServer

TOKEN = "tok-0123456789abcdef"
PASSWORD = "hunter2-and-more"


def sent(server: LoopbackServer) -> Any:
    """Return what the server was sent last."""
    return server.requests[-1]


def test_a_url_is_enough(httptask_server: LoopbackServer, invoke: Any) -> None:
    ran = invoke("test", f"{httptask_server.url}/echo?a=1", "--json")
    assert ran.code == 0, ran.err
    assert (sent(httptask_server).method, sent(httptask_server).target) == ("GET", "/echo?a=1")


def test_method_headers_body_and_user(httptask_server: LoopbackServer, invoke: Any) -> None:
    ran = invoke(
        "test", f"{httptask_server.url}/echo", "-X", "PUT", "-H", "X-Trace: 1",
        "-d", '{"n": ${workflow.input.n}, "text": "$${x}"}', "-u", f"joe:{PASSWORD}",
        "-i", "n=3", "--json",
    )  # fmt: skip
    assert ran.code == 0, ran.err
    request = sent(httptask_server)
    assert request.method == "PUT"
    assert dict(request.headers)["X-Trace"] == "1"
    assert dict(request.headers)["Content-Type"] == "application/json"
    assert json.loads(request.body) == {"n": 3, "text": "${x}"}
    assert dict(request.headers)["Authorization"] == "Basic am9lOmh1bnRlcjItYW5kLW1vcmU="


@pytest.mark.parametrize(
    "given",
    [
        ("-H", f"Authorization: Bearer {TOKEN}"),
        ("-H", f"X-Api-Key: {TOKEN}"),
        ("-d", json.dumps({"password": TOKEN})),
        ("-u", f"joe:{TOKEN}"),
    ],
)
def test_credentials_are_sent_and_never_shown(
    httptask_server: LoopbackServer, invoke: Any, given: tuple[str, str]
) -> None:
    ran = invoke("test", f"{httptask_server.url}/status/200", *given, "--json", "--level", "trace")
    assert ran.code == 0, ran.err
    request = sent(httptask_server)
    everything = f"{list(request.headers)} {request.body.decode()}"
    assert TOKEN in everything or "Basic " in everything
    assert TOKEN not in ran.out + ran.err
    assert "$HTTPTASK_SECRET_" in ran.document["curl"]


def test_a_form_and_a_file(httptask_server: LoopbackServer, invoke: Any) -> None:
    Path("body.json").write_text('{"literal": "${workflow.input.x}"}')
    Path("photo.bin").write_bytes(b"\xff\x00")
    url = f"{httptask_server.url}/echo"
    for given, body in (
        ("a=1&b=2", b"a=1&b=2"),
        ("@body.json", b'{"literal":"${workflow.input.x}"}'),
        ("@photo.bin", b"\xff\x00"),
    ):
        assert invoke("test", url, "-d", given, "--json").code == 0
        assert sent(httptask_server).body == body


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (["ftp://example.com/x"], "scheme_unsupported"),
        (["https://api.example.com/", "-H", "no colon"], "usage"),
        (["https://api.example.com/", "--task", "a"], "usage"),
        (["https://api.example.com/", "-H", "X: ${workflow.input.x}"], "inputs_missing"),
        (["task.json", "-X", "PUT"], "usage"),
    ],
)
def test_what_is_not_a_request_is_told(invoke: Any, given: list[str], code: str) -> None:
    assert invoke("test", *given, "--json").error["code"] == code


def test_a_step_without_a_catalogue(invoke: Any) -> None:
    ran = invoke(
        "add", "flow.json", "--url", "https://api.example.com/orders/{id}?q=${workflow.input.q}",
        "-X", "PATCH", "-H", f"Authorization: Bearer {TOKEN}", "-d", '{"state": "paid"}',
        "--ref", "pay",
    )  # fmt: skip
    assert ran.code == 0, ran.err
    written = Path("flow.json").read_text()
    document = json.loads(written)
    (task,) = document["tasks"]
    assert task["taskReferenceName"] == "pay"
    assert task["inputParameters"] == {
        "http_request": {
            "uri": "https://api.example.com/orders/{id}",
            "method": "PATCH",
            "accept": "*/*",
            "contentType": "application/json",
            "body": {"state": "paid"},
        },
        "httptask": {
            "path": {"id": "${workflow.input.id}"},
            "query": {"q": "${workflow.input.q}"},
            "auth": {"type": "bearer", "token": "${workflow.secrets.TOKEN}"},
        },
    }
    assert sorted(document["inputParameters"]) == ["id", "q"]
    assert TOKEN not in written + ran.out + ran.err
    assert "HTTPTASK_SECRET_TOKEN" in ran.err
    assert invoke("check", "flow.json").code == 0


def test_a_task_file_is_added(invoke: Any, write: Any, task: Any) -> None:
    write("task.json", task("https://api.example.com/${workflow.input.id}", ref="one"))
    assert invoke("add", "flow.json", "--file", "task.json").code == 0
    assert invoke("add", "flow.json", "--file", "task.json", "--ref", "two").code == 0
    document = json.loads(Path("flow.json").read_text())
    assert [each["taskReferenceName"] for each in document["tasks"]] == ["one", "two"]
    assert document["inputParameters"] == ["id"]
    refused = invoke("add", "flow.json", "--file", "flow.json", "--json")
    assert refused.error["code"] == "no_definition"


def branched(task: Any) -> dict[str, Any]:
    """Return a definition with every kind of branch."""
    url = "https://api.example.com/"
    switch = {
        "name": "s", "taskReferenceName": "s", "type": "SWITCH", "evaluatorType": "value-param",
        "expression": "kind", "inputParameters": {"kind": "${workflow.input.kind}"},
        "decisionCases": {"a": [task(url, ref="in_case")]},
    }  # fmt: skip
    fork = {
        "name": "f", "taskReferenceName": "f", "type": "FORK_JOIN",
        "forkTasks": [[task(url, ref="left")], [task(url, ref="right")]],
    }  # fmt: skip
    join = {"name": "j", "taskReferenceName": "j", "type": "JOIN", "joinOn": ["left", "right"]}
    loop = {
        "name": "l", "taskReferenceName": "l", "type": "DO_WHILE",
        "loopCondition": "$.l['iteration'] < 2", "loopOver": [task(url, ref="in_loop")],
    }  # fmt: skip
    return {"name": "flow", "version": 1, "schemaVersion": 2, "tasks": [switch, fork, join, loop]}


def at(document: Any, pointer: str) -> Any:
    """Return the value at a JSON Pointer."""
    for step in pointer.split("/")[1:]:
        document = document[int(step)] if isinstance(document, list) else document[step]
    return document


@pytest.mark.parametrize(
    ("option", "place", "pointer"),
    [
        ("--after", "in_case", "/tasks/0/decisionCases/a/1"),
        ("--after", "left", "/tasks/1/forkTasks/0/1"),
        ("--after", "f", "/tasks/3"),
        ("--after", "in_loop", "/tasks/3/loopOver/1"),
        ("--after", "s", "/tasks/1"),
        ("--at", "/tasks/0", "/tasks/0"),
        ("--at", "/tasks/-", "/tasks/4"),
        ("--at", "/tasks/0/decisionCases/a/0", "/tasks/0/decisionCases/a/0"),
        ("--at", "/tasks/0/decisionCases/b/-", "/tasks/0/decisionCases/b/0"),
        ("--at", "/tasks/0/defaultCase/0", "/tasks/0/defaultCase/0"),
    ],
)
def test_a_task_is_put_anywhere(
    invoke: Any, write: Any, task: Any, option: str, place: str, pointer: str
) -> None:
    write("flow.json", branched(task))
    ran = invoke(
        "add", "flow.json", "--url", "https://api.example.com/", "--ref", "new", option, place
    )
    assert ran.code == 0, ran.err
    document = json.loads(Path("flow.json").read_text())
    assert at(document, pointer)["taskReferenceName"] == "new"
    assert invoke("check", "flow.json").code == 0


@pytest.mark.parametrize(
    "place",
    ["", "/", "tasks", "/tasks", "/tasks/9", "/tasks/-1", "/tasks/2/defaultCase/0", "/tasks/0/x/0",
     "/tasks/0/decisionCases/0", "/inputParameters/0", "/tasks/٣"],
)  # fmt: skip
def test_a_place_that_is_none_changes_nothing(
    invoke: Any, write: Any, task: Any, place: str
) -> None:
    write("flow.json", branched(task))
    before = Path("flow.json").read_bytes()
    ran = invoke("add", "flow.json", "--url", "https://x.example/", "--at", place, "--json")
    assert ran.error["code"] == "place_unknown"
    assert Path("flow.json").read_bytes() == before


@pytest.mark.parametrize(
    "given",
    [
        [],
        ["operation", "--url", "https://x.example/"],
        ["--url", "https://x.example/", "--file", "task.json"],
        ["--url", "https://x.example/", "--after", "a", "--at", "/tasks/0"],
        ["--url", "https://x.example/", "--server", "https://y.example/"],
        ["operation", "-X", "GET"],
    ],
)
def test_what_does_not_go_together(invoke: Any, given: list[str]) -> None:
    assert invoke("add", "flow.json", *given, "--json").error["code"] == "usage"


def test_the_body_alone_is_on_standard_output(invoke: Any, write: Any, task: Any) -> None:
    write("task.json", task("https://api.example.com/x"))
    for given, shown in (({"a": [1.50]}, '{\n  "a": [\n    1.5\n  ]\n}\n'), ("plain", "plain\n")):
        kind = "application/json" if isinstance(given, dict) else "text/plain"
        write("mock.json", {"status": 200, "headers": {"Content-Type": kind}, "body": given})
        ran = invoke("test", "task.json", "--mock", "mock.json")
        assert ran.out == shown
        assert kind in ran.err
        assert "resolve_inputs" not in ran.err
        assert "resolve_inputs" in invoke("test", "task.json", "--mock", "mock.json", "-v").err


def test_a_file_goes_where_standard_output_goes(write: Any, task: Any) -> None:
    given = task("https://api.example.com/x")
    given["inputParameters"]["httptask"] = {"response": {"format": "file"}}
    write("task.json", given)
    write("mock.json", {"headers": {"Content-Type": "text/x-data"}, "body": "a\r\nb"})
    with Path("body").open("wb") as body:
        program = str(Path(sys.executable).with_name("httptask"))
        mocked = [program, "test", "task.json", "--mock", "mock.json"]
        subprocess.run(mocked, stdout=body, stderr=subprocess.DEVNULL, check=True)
    assert Path("body").read_bytes() == b"a\r\nb"


def test_data_that_is_nearly_json_is_not_sent_as_a_form(
    httptask_server: LoopbackServer, invoke: Any
) -> None:
    url, data = f"{httptask_server.url}/echo", '{"n": 1,}'
    before = len(httptask_server.requests)
    ran = invoke("test", url, "-d", data)
    assert ran.code == 2
    assert "is not JSON" in ran.err
    assert len(httptask_server.requests) == before
    ran = invoke("test", url, "-d", data, "-H", "Content-Type: text/plain")
    assert ran.code == 0, ran.err
    assert dict(sent(httptask_server).headers)["Content-Type"] == "text/plain"


def test_a_reference_that_is_taken_is_made_free(tmp_path: Path, invoke: Any) -> None:
    source, flow = tmp_path / "a.http", tmp_path / "flow.json"
    source.write_text(
        "# @name login\nPOST https://a.example/login\n\n###\n"
        "GET https://a.example/me\nX: {{login.response.body.$.id}}\n",
        encoding="utf-8",
    )
    for _ in range(2):
        ran = invoke("import", str(source), "--into", str(flow))
        assert ran.code == 0, ran.err
    assert "login_2" in ran.err
    tasks = json.loads(flow.read_text(encoding="utf-8"))["tasks"]
    assert [task["taskReferenceName"] for task in tasks][2] == "login_2"
    assert "${login_2.output." in json.dumps(tasks[3])
    assert "${login.output." not in json.dumps(tasks[3])


@pytest.mark.parametrize(
    ("address", "meant"),
    [
        ("127.0.0.1:8977/x", "http://127.0.0.1:8977/x"),
        ("localhost:8080", "http://localhost:8080"),
        ("[::1]:80/x", "http://[::1]:80/x"),
        ("api.example.com/orders?id=1", "https://api.example.com/orders?id=1"),
        ("api.example.com:8443", "https://api.example.com:8443"),
    ],
)
def test_an_address_without_a_scheme_is_told_with_one(
    invoke: Any, address: str, meant: str
) -> None:
    ran = invoke("test", address, "--json")
    assert (ran.code, ran.error["code"]) == (2, "file_unreadable")
    assert ran.error["hint"].endswith(f"write {meant}")


@pytest.mark.parametrize("name", ["task.json", "flows/task.json", "task", "a.b.c"])
def test_a_file_that_is_not_there_is_told_as_one(invoke: Any, name: str) -> None:
    ran = invoke("test", name, "--json")
    assert (ran.code, ran.error["code"], ran.error["source"]) == (2, "file_unreadable", name)


@pytest.mark.parametrize("command", [["test"], ["add", "flow.json", "--url"]], ids=["test", "add"])
def test_a_body_file_that_is_not_there_is_told_at_once(invoke: Any, command: list[str]) -> None:
    ran = invoke(*command, "https://api.example.com/x", "-d", "@nofile", "--json")
    assert (ran.code, ran.error["code"], ran.error["pointer"]) == (2, "file_missing", "")
    assert ran.error["message"] == "the body cannot be read: there is no file 'nofile'"
    assert not Path("flow.json").exists()


def test_only_a_task_has_a_next_step(
    httptask_server: LoopbackServer, invoke: Any, write: Any, task: Any
) -> None:
    for path in ("echo", "status/500"):
        url = f"{httptask_server.url}/{path}"
        assert "workflow" not in invoke("test", url).err
        write("task.json", task(url))
        assert "workflow" in invoke("test", "task.json").err


def test_a_refused_status_is_told_without_the_body_that_is_shown(
    httptask_server: LoopbackServer, invoke: Any
) -> None:
    ran = invoke("test", f"{httptask_server.url}/status/404")
    (error,) = [line for line in ran.err.splitlines() if line.startswith("error")]
    url = f"{httptask_server.url}/status/404"
    assert error == f'error 404 Not Found on GET request for "{url}"  status_not_accepted'


def test_the_curl_command_of_a_mock_says_what_it_lacks(
    invoke: Any, write: Any, task: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPTASK_SECRET_TOKEN", TOKEN)
    auth = {"type": "bearer", "token": "${workflow.secrets.TOKEN}"}
    write("task.json", task("https://api.example.com/x", httptask={"auth": auth}))
    write("mock.json", {"status": 200})
    mocked = invoke("test", "task.json", "--mock", "mock.json", "-v").err
    assert "as a curl command, without authentication: nothing was sent" in mocked
    dry = invoke("test", "task.json", "--dry-run", "-v").err
    assert "as a curl command\n" in dry
    assert "$HTTPTASK_SECRET_TOKEN" in dry
