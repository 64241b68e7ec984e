"""Numbers have the same digits wherever they come out again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from httptask.testing import LoopbackServer
from httptask.testing.replies import Reply

DIGITS = (
    "123456789012345.123456",
    "899.10",
    "0.10",
    "1e400",
    "-0",
    "0.00000012",
    "12345678.91",
    "12345678901234567890123",
    "0.1000000000000000055511151231257827",
)
LIST = f"[{','.join(DIGITS)}]"


@pytest.fixture
def server() -> Any:
    """Respond with the numbers."""
    reply = Reply(200, (("Content-Type", "application/json"),), LIST.encode())
    with LoopbackServer({"/numbers": lambda _: reply}) as running:
        yield running


@pytest.fixture
def written(server: LoopbackServer, write: Any, task: Any, flow: Any) -> str:
    """Write a workflow that sends numbers, gets some, and puts them into texts."""
    given = "${workflow.input.given}"
    numbers = {"type": "array", "items": {"type": "number"}}
    options = {
        "requestSchema": {"type": "object", "properties": {"own": numbers}},
        "output": {"price": "$.response.body[1]"},
    }
    body = {"own": "OWN", "given": given, "text": f"v={given}"}
    first = task(f"{server.url}/numbers", "first", "POST", body=body, httptask=options)
    again = "${first.output.response.body}"
    second = task(f"{server.url}/numbers?p=${{first.output.price}}", "second", "POST", body=again)
    outputs = {"all": again, "text": "p ${first.output.price} ${first.output.response.body}"}
    document = json.dumps(flow(first, second, outputParameters=outputs), indent=2)
    return str(write("flow.json", document.replace('"OWN"', LIST)))


def _shown(text: str) -> str:
    return text.replace(" ", "").replace("\n", "")


def test_a_run_keeps_them(server: LoopbackServer, invoke: Any, written: str) -> None:
    given = ["-i", f"given={DIGITS[0]}", "--allow-host", server.authority, "--id", "one"]
    ran = invoke("run", written, *given, "--json")
    assert ran.code == 0, ran.err
    first, second = server.requests
    expected = f'{{"own":{LIST},"given":{DIGITS[0]},"text":"v={DIGITS[0]}"}}'
    assert first.body.decode() == expected
    assert second.body.decode() == LIST
    assert second.target == "/numbers?p=899.10"
    for shown in (ran.out, invoke("runs", "show", "one", "--json").out):
        assert f'"all":{LIST}' in _shown(shown)
        assert f'"text": "p 899.10 [{", ".join(DIGITS)}]"' in shown


def test_an_input_with_other_digits_is_another_input(
    server: LoopbackServer, invoke: Any, written: str
) -> None:
    options = ["--allow-host", server.authority, "--id", "one", "--json"]
    assert invoke("run", written, "-i", f"given={DIGITS[0]}", *options).code == 0
    assert invoke("run", written, "-i", f"given={DIGITS[0]}", *options).code == 0
    assert invoke("run", written, "-i", f"given={DIGITS[0]}1", *options).code == 2


def test_a_test_request_keeps_them(server: LoopbackServer, invoke: Any, written: str) -> None:
    given = ["--task", "first", "-i", f"given:={LIST}", "--allow-host", server.authority]
    ran = invoke("test", written, *given, "--json", "--level", "trace")
    assert ran.code == 0, ran.err
    assert f'"given":{LIST}' in server.requests[0].body.decode()
    assert f'"body":{LIST}' in _shown(ran.out)
    assert '"price":899.10' in _shown(ran.out)


@pytest.mark.parametrize("number", ["1.10", "1e400", "-0", "12345678.91"])
def test_every_part_of_a_request_keeps_them(
    server: LoopbackServer, invoke: Any, write: Any, task: Any, number: str
) -> None:
    given = "${workflow.input.n}"
    options = {
        "path": {"p": given},
        "query": {"q": given, "l": ["NUMBER", given]},
        "cookies": {"c": given},
        "form": {"f": given, "g": "NUMBER"},
    }
    headers = {"X-N": given, "X-L": ["NUMBER", "NUMBER"]}
    one = task(f"{server.url}/numbers/{{p}}", method="POST", headers=headers, httptask=options)
    write("task.json", json.dumps(one).replace('"NUMBER"', number))
    invoke("test", "task.json", "-i", f"n={number}", "--allow-host", server.authority)
    (request,) = server.requests
    assert request.target == f"/numbers/{number}?q={number}&l={number}&l={number}"
    assert [request.header("X-N"), request.header("Cookie")] == [number, f"c={number}"]
    assert [value for name, value in request.headers if name == "X-L"] == [number, number]
    assert request.body.decode() == f"f={number}&g={number}"


def test_conditions_compare_them(invoke: Any, write: Any) -> None:
    write("context.json", '{"input": {"a": [{"p": 1.10, "l": [1.10]}, {"p": 2.50, "l": [2.5]}]}}')
    for condition in ("@.p==1.1", "@.p<1.2", "@.l==[1.1]", "@.p in [1.100]"):
        template = f"${{workflow.input.a[?({condition})].p}}"
        ran = invoke("eval", template, "--context", "context.json")
        assert _shown(ran.out) == "[1.10]", condition


def test_a_mock_keeps_them(invoke: Any, write: Any, written: str) -> None:
    write("mock.json", f'{{"body": {LIST}}}')
    ran = invoke(
        "test", written, "--task", "first", "-i", "given=1", "--mock", "mock.json", "--json"
    )
    assert f'"body":{LIST}' in _shown(ran.out)


def test_a_file_that_is_written_again_keeps_them(invoke: Any, written: str) -> None:
    operation = "digitalocean-inference/post-v1-images-generations"
    assert invoke("add", written, operation, "--ref", "image").code == 0
    assert f'"own":{LIST}' in _shown(Path(written).read_text())


def test_schemas_compare_them(invoke: Any, write: Any, task: Any) -> None:
    price = {"type": "number", "maximum": 1.1, "not": {"const": 1.05}, "multipleOf": 0.01}
    schema = {"type": "object", "properties": {"price": price}}
    body = {"price": "${workflow.input.price}"}
    url = "https://api.example.com/x"
    write("task.json", task(url, method="POST", body=body, httptask={"requestSchema": schema}))
    accepted, refused = ("1.10", "1e0", "-0"), ("1.20", "1.050", "1e400")
    for given in accepted + refused:
        ran = invoke("test", "task.json", "--dry-run", "-i", f"price={given}", "--json")
        assert ran.code == (0 if given in accepted else 2), (given, ran.err)
