"""Tests of workflows as data: what passes, and what a failure says."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from httptask.app.load import Surroundings
from httptask.app.verify import Verified, Verifier
from httptask.cli.app import run as run_command_line
from httptask.errors import DefinitionError, HttpTaskError
from httptask.plugins import build_manager
from httptask.settings import Settings

URL = "https://shop.example.com"
ORDERED = {"task": "order", "response": {"status": 201, "body": {"id": 7}}}
HUMAN = {"name": "ok", "taskReferenceName": "ok", "type": "HUMAN", "inputParameters": {}}


def verifier(settings: Settings) -> Verifier:
    manager = build_manager()
    return Verifier(settings, manager, Surroundings.of(manager))


@pytest.fixture(autouse=True)
def no_sockets(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: Any) -> None:
        pytest.fail("a test of a workflow reaches for the network")

    for name in ("connect", "connect_ex", "sendto"):
        monkeypatch.setattr(socket.socket, name, refused)
    monkeypatch.setattr(socket, "getaddrinfo", refused)


def http(ref: str, path: str, method: str = "POST", **inputs: Any) -> dict[str, Any]:
    request = {"uri": f"{URL}{path}", "method": method, **inputs}
    auth = {"type": "bearer", "token": "${workflow.secrets.SHOP}"}
    return {
        "name": ref, "taskReferenceName": ref, "type": "HTTP",
        "inputParameters": {"http_request": request, "httptask": {"auth": auth}},
    }  # fmt: skip


ORDER = http("order", "/orders", body={"kite": "${workflow.input.kite}", "count": 1})
MAIL = http("mail", "/mails/${order.output.response.body.id}", "GET")


@pytest.fixture
def verify() -> Any:
    """Verify tests of a workflow of some tasks; its output is the order's id."""

    def run(*tests: dict[str, Any], tasks: Any = (ORDER,)) -> list[Verified]:
        flow = {
            "name": "orders", "version": 1, "schemaVersion": 2, "tasks": list(tasks),
            "inputParameters": ["kite"],
            "outputParameters": {"id": "${order.output.response.body.id}"},
        }  # fmt: skip
        Path("flow.json").write_text(json.dumps(flow))
        Path("flow.test.json").write_text(json.dumps({"tests": list(tests)}))
        settings = Settings.from_environment(data=Path("untouched"))
        return list(verifier(settings).verify(Path("flow.test.json")))

    return run


def test_a_test_that_passes(verify: Any) -> None:
    requests = [{
        "ref": "order", "method": "POST", "uri": f"{URL}/orders",
        "headers": {"content-type": "application/json"}, "body": {"kite": "red"},
    }]  # fmt: skip
    expect = {"status": "COMPLETED", "output": {"id": 7}, "requests": requests}
    (found,) = verify(
        {"name": "red", "input": {"kite": "red"}, "fixtures": [ORDERED], "expect": expect}
    )
    assert found.failures == ()
    assert (found.name, found.file) == ("red", "flow.test.json")
    assert not Path("untouched").exists()


@pytest.mark.parametrize(
    ("expect", "pointer", "message"),
    [
        ({"status": "FAILED"}, "/status", "it is COMPLETED"),
        ({"output": {"id": 8}}, "/output/id", "it is 7, not 8"),
        ({"output": {"no": {"such": 1}}}, "/output/no", 'it is absent, not {"such": 1}'),
        ({"output": [1]}, "/output", 'it is {"id": 7}, not [1]'),
        (
            {"requests": [{"ref": "order", "body": {"kite": "blue"}}]},
            "/requests/0",
            'order does not request this: body/kite is "red", not "blue"',
        ),
        (
            {"requests": [{"ref": "order"}, {"ref": "order"}]},
            "/requests/1",
            "order does not request this: it makes no more requests",
        ),
        ({"requests": [{"ref": "other"}]}, "/requests/0", "other does not request this"),
    ],
)
def test_what_a_failure_says(verify: Any, expect: Any, pointer: str, message: str) -> None:
    test = {"name": "red", "input": {"kite": "red"}, "fixtures": [ORDERED], "expect": expect}
    _, found = verify({**test, "expect": {}}, test)
    (failure,) = found.failures
    assert failure.pointer == f"/tests/1/expect{pointer}"
    assert message in failure.message


def test_requests_of_a_task_are_in_order_and_others_do_not_matter(verify: Any) -> None:
    ids = {"task": "mail", "response": {"status": 204}}
    expect = {"requests": [{"ref": "mail", "method": "GET"}, {"ref": "order"}]}
    test = {"name": "both", "input": {"kite": "red"}, "fixtures": [ORDERED, ids], "expect": expect}
    (found,) = verify(test, tasks=(ORDER, MAIL))
    assert found.failures == ()


def test_a_request_without_a_fixture_fails_the_test_whatever_it_expects(verify: Any) -> None:
    optional = {**MAIL, "optional": True}
    test = {"name": "red", "input": {"kite": "red"}, "fixtures": [ORDERED]}
    (found,) = verify(test, tasks=(ORDER, optional))
    (failure,) = [each for each in found.failures if each.pointer == "/tests/0/fixtures"]
    assert "no fixture for task 'mail'" in failure.message
    assert "task is 'mail', not 'order'" in failure.message


def test_a_run_that_waits_for_somebody_is_running(verify: Any) -> None:
    expect = {"status": "RUNNING", "requests": [{"ref": "order"}]}
    test = {"name": "red", "input": {"kite": "red"}, "fixtures": [ORDERED], "expect": expect}
    assert verify(test, tasks=(ORDER, HUMAN))[0].failures == ()


def test_a_fixture_that_breaks_the_response_schema_is_told(verify: Any) -> None:
    options = {**ORDER["inputParameters"]["httptask"], "responseSchema": {"required": ["name"]}}
    inputs = {**ORDER["inputParameters"], "httptask": options}
    test = {"name": "red", "input": {"kite": "red"}, "fixtures": [ORDERED]}
    (found,) = verify(test, tasks=({**ORDER, "inputParameters": inputs},))
    assert found.failures == ()
    (warning,) = found.warnings
    assert warning.pointer == "/tests/0/fixtures"
    assert "order: " in warning.message
    assert "name" in warning.message


def test_a_fixture_of_an_operation_that_has_changed_is_told(verify: Any) -> None:
    options = {**ORDER["inputParameters"]["httptask"], "operation": {"id": "shop/post-orders"}}
    inputs = {**ORDER["inputParameters"], "httptask": options}
    old = {**ORDERED, "operation": "0123456789ab"}
    test = {"name": "red", "input": {"kite": "red"}, "fixtures": [old]}
    (found,) = verify(test, tasks=({**ORDER, "inputParameters": inputs},))
    assert found.failures == ()
    (warning,) = found.warnings
    assert "order: the fixture /tests/0/fixtures/0 was recorded" in warning.message


def test_timers_are_waited_for(verify: Any) -> None:
    wait = {"name": "w", "taskReferenceName": "w", "type": "WAIT",
            "inputParameters": {"duration": "1 seconds"}}  # fmt: skip
    test = {"name": "red", "input": {"kite": "red"}, "fixtures": [ORDERED]}
    (found,) = verify(test, tasks=(wait, ORDER))
    assert found.failures == ()
    assert found.seconds >= 0.9


def test_fixtures_from_a_file(verify: Any) -> None:
    Path("shared.json").write_text(json.dumps({"fixtures": [ORDERED]}))
    test = {"name": "red", "input": {"kite": "red"}, "fixtures": "shared.json"}
    assert verify(test)[0].failures == ()
    with pytest.raises(DefinitionError) as caught:
        verify({**test, "fixtures": "absent.json"})
    assert caught.value.code == "file_unreadable"


@pytest.mark.parametrize(
    ("document", "code", "pointer"),
    [
        ([], "tests_invalid", ""),
        ({"tests": [{}]}, "tests_invalid", "/tests/0/name"),
        ({"tests": [{"name": "a", "expect": {"x": 1}}]}, "tests_invalid", "/tests/0/expect/x"),
        ({"tests": [{"name": "a", "fixtures": 7}]}, "tests_invalid", "/tests/0/fixtures"),
        ({"tests": [{"name": "a", "fixtures": [{}]}]}, "tests_invalid", "/tests/0/fixtures/0"),
        ({"tests": [{"name": "a"}], "workflow": "no.json"}, "file_unreadable", ""),
    ],
)  # fmt: skip
def test_a_mistake_is_told_where_it_stands(document: Any, code: str, pointer: str) -> None:
    Path("flow.test.json").write_text(json.dumps(document))
    runner = verifier(Settings.from_environment())
    with pytest.raises(HttpTaskError) as caught:
        list(runner.verify(Path("flow.test.json")))
    assert (caught.value.code, caught.value.pointer) == (code, pointer)


def test_a_file_of_another_name_says_what_it_tests() -> None:
    Path("tests.json").write_text('{"tests": [{"name": "a"}]}')
    with pytest.raises(DefinitionError) as caught:
        list(verifier(Settings.from_environment()).verify(Path("tests.json")))
    assert "FLOW.test.json" in caught.value.hint


def test_the_command_and_its_report(verify: Any, capsys: pytest.CaptureFixture[str]) -> None:
    good = {"name": "good & <well>", "input": {"kite": "red"}, "fixtures": [ORDERED]}
    verify(good, {**good, "name": "bad", "expect": {"output": {"id": "\x1b"}}})
    capsys.readouterr()
    code = run_command_line(["verify", "flow.test.json", "--junit", "report.xml", "--json"])
    document = json.loads(capsys.readouterr().out)
    assert code == 1
    assert [(each["name"], each["passed"]) for each in document] == [
        ("good & <well>", True), ("bad", False),
    ]  # fmt: skip
    suite = ET.parse("report.xml").getroot().find("testsuite")
    assert suite is not None
    assert (suite.get("tests"), suite.get("failures")) == ("2", "1")
    assert [case.get("name") for case in suite] == ["good & <well>", "bad"]
    assert "/tests/1/expect/output/id" in suite[1][0].get("message", "")
    assert run_command_line(["verify", "flow.test.json"]) == 1
    assert "2 tests, 1 failed" in capsys.readouterr().out
