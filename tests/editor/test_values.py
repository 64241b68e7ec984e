"""Values where they are used, secrets that are not set, remembered inputs, and imports by paste."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from panel import (
    EDITOR,
    add_operation,
    choose,
    field,
    flow,
    http,
    open_flow,
    open_step,
    press_test,
    wait_for,
)

from httptask.testing.replies import json_reply

HEADERS = "/inputParameters/http_request/headers"


@pytest.fixture
def target(httptask_loopback: Any) -> Any:
    """A server that gives an order."""
    return httptask_loopback({"/order": lambda _: json_reply({"id": "o-1", "total": 42})})


@pytest.fixture
def editor(start_editor: Any, target: Any) -> Any:
    """An editor that may call the server."""
    return start_editor(allow=(target.url.removeprefix("http://"),))


def with_header(target: Any, value: str) -> dict[str, Any]:
    """A task that sends a header."""
    task = http("second", f"{target.url}/order")
    task["inputParameters"]["http_request"]["headers"] = {"X-Value": value}
    return task


def open_second(page: Any, editor: Any, target: Any, value: str) -> None:
    """Open the header of the second of two steps."""
    open_flow(page, editor, flow(http("first", f"{target.url}/order"), with_header(target, value)))


def show_headers(page: Any) -> None:
    """Show the headers of the request."""
    page.get_by_role("tablist", name="Request").get_by_role("tab", name="Headers").click()


def test_the_last_value_stands_under_its_expression(page: Any, editor: Any, target: Any) -> None:
    open_second(page, editor, target, "${first.output.response.body.total}")
    press_test(page)
    choose(page, "second")
    show_headers(page)
    line = page.locator(".value-of")
    line.wait_for()
    assert " ".join(line.inner_text().split()) == "= 42 last test of first"


def test_a_value_is_dragged_into_a_field(page: Any, editor: Any, target: Any) -> None:
    open_second(page, editor, target, "")
    press_test(page)
    data = page.evaluate_handle("new DataTransfer()")
    row = page.get_by_role("treeitem", name="total")
    row.dispatch_event("dragstart", {"dataTransfer": data})
    dragged = data.evaluate("data => data.getData('text/plain')")
    assert dragged == "${first.output.response.body.total}"


def test_a_missing_secret_is_named_before_the_test_and_set_on_the_server(
    page: Any, editor: Any, target: Any, tmp_path: Path
) -> None:
    open_second(page, editor, target, "${workflow.secrets.ORDER_KEY}")
    choose(page, "second")
    box = page.get_by_label("The secret ORDER_KEY is not set")
    box.wait_for()
    assert box.get_attribute("type") == "password"
    assert page.get_by_text("HTTPTASK_SECRET_ORDER_KEY").is_visible()
    box.fill("hush-hush-1234")
    page.get_by_role("button", name="Set for this session").click()
    box.wait_for(state="detached")
    press_test(page)
    assert dict(target.requests[-1].headers)["X-Value"] == "hush-hush-1234"
    shown = page.evaluate(f"JSON.stringify({EDITOR}.store.state.run.trace)")
    assert "hush-hush" not in shown
    kept = page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])")
    assert "hush-hush" not in kept
    for path in (each for each in tmp_path.rglob("*") if each.is_file()):
        assert b"hush-hush" not in path.read_bytes(), path


def test_inputs_are_remembered_by_the_server_and_secrets_nowhere(
    page: Any, editor: Any, target: Any, tmp_path: Path
) -> None:
    open_second(page, editor, target, "${workflow.input.customer} ${workflow.input.token}")
    choose(page, "second")
    page.get_by_label("workflow.input.customer").fill("c-17")
    secret = page.get_by_label("workflow.input.token")
    assert secret.get_attribute("type") == "password"
    with page.expect_response("**/api/inputs"):
        secret.fill("tok-98765")
    stored = json.loads((tmp_path / "data/editor-inputs.json").read_text())
    assert stored["flow"] == {"workflow.input.customer": "c-17"}
    assert page.evaluate("localStorage.length") == 0
    page.reload()
    choose(page, "second")
    box = page.get_by_label("workflow.input.customer")
    wait_for(page, f"{EDITOR}.store.state.inputs['workflow.input.customer'] === 'c-17'")
    assert box.input_value() == "c-17"
    assert page.get_by_label("workflow.input.token").input_value() == ""


def test_enter_in_an_input_starts_the_test(page: Any, editor: Any, target: Any) -> None:
    open_second(page, editor, target, "${workflow.input.customer}")
    choose(page, "second")
    page.get_by_label("workflow.input.customer").fill("c-17")
    page.get_by_label("workflow.input.customer").press("Enter")
    page.locator(".verdict.good").wait_for()
    assert dict(target.requests[-1].headers)["X-Value"] == "c-17"


ENTRY = {
    "startedDateTime": "2030-01-31T09:00:00Z",
    "request": {
        "method": "PUT", "url": "https://api.example.com/v1/things", "httpVersion": "HTTP/1.1",
        "headers": [{"name": "Content-Type", "value": "application/json"}], "queryString": [],
        "postData": {"mimeType": "application/json", "text": '{"a": 1}'},
    },
}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("curl -X PUT https://api.example.com/v1/things --json '{\"a\": 1}'", "put_v1_things"),
        (json.dumps({"name": "x", "request": {"method": "GET", "url": "https://a.io/b"}}), ""),
        (json.dumps({"log": {"version": "1.2", "entries": [ENTRY]}}), "put_v1_things"),
        (json.dumps(ENTRY), "put_v1_things"),
    ],
    ids=["cURL", "Postman item", "HAR", "HAR entry"],
)
def test_a_pasted_request_becomes_a_step(
    page: Any, editor: Any, target: Any, text: str, name: str
) -> None:
    open_second(page, editor, target, "")
    page.evaluate("text => navigator.clipboard.writeText(text)", text)
    page.get_by_role("combobox", name="Search APIs").focus()
    page.keyboard.press("Control+v")
    wait_for(page, f"{EDITOR}.workflow.tasks.length === 3")
    task = page.evaluate(f"{EDITOR}.workflow.tasks[1]")
    assert task["type"] == "HTTP"
    assert open_step(page) == task["taskReferenceName"]
    if name:
        request = task["inputParameters"]["http_request"]
        assert (request["method"], request["body"]) == ("PUT", {"a": 1})
    page.locator(".toast").get_by_role("button", name="Undo").click()
    assert page.evaluate(f"{EDITOR}.workflow.tasks.length") == 2


def test_a_command_that_is_typed_becomes_a_step_by_enter(
    page: Any, editor: Any, target: Any
) -> None:
    open_second(page, editor, target, "")
    box = page.get_by_role("combobox", name="Search APIs")
    box.fill("curl https://api.example.com/v1/me")
    page.get_by_text("Enter makes a step of this request").wait_for()
    box.press("Enter")
    wait_for(page, f"{EDITOR}.workflow.tasks.length === 3")
    assert box.input_value() == ""


@pytest.mark.usefixtures("expect_failures")
def test_what_cannot_be_read_says_so_and_changes_nothing(
    page: Any, editor: Any, target: Any
) -> None:
    open_second(page, editor, target, "")
    before = page.evaluate(f"JSON.stringify({EDITOR}.workflow)")
    box = page.get_by_role("combobox", name="Search APIs")
    box.fill("curl --no-such-thing")
    box.press("Enter")
    page.locator(".toast").wait_for()
    assert page.evaluate(f"JSON.stringify({EDITOR}.workflow)") == before


@pytest.fixture
def expect_failures(seen: Any) -> None:
    """Refused calls are expected: the browser logs them."""
    seen.tolerated.append("status of 4")


def test_remembered_inputs_survive_another_server(
    page: Any, start_editor: Any, target: Any
) -> None:
    hosts = (target.url.removeprefix("http://"),)
    first = start_editor(allow=hosts)
    open_second(page, first, target, "${workflow.input.customer}")
    choose(page, "second")
    with page.expect_response("**/api/inputs"):
        page.get_by_label("workflow.input.customer").fill("c-17")
    second = start_editor(allow=hosts)
    assert second.url != first.url
    page.goto(second.link)
    choose(page, "second")
    wait_for(page, f"{EDITOR}.store.state.inputs['workflow.input.customer'] === 'c-17'")


def test_a_secret_of_a_pasted_command_stays_out_of_the_definition(
    page: Any, editor: Any, target: Any
) -> None:
    open_second(page, editor, target, "")
    command = "curl https://api.example.com/v1/me -H 'Authorization: Bearer s3cr3t-value-123456'"
    page.evaluate("text => navigator.clipboard.writeText(text)", command)
    page.get_by_role("combobox", name="Search APIs").focus()
    page.keyboard.press("Control+v")
    wait_for(page, f"{EDITOR}.workflow.tasks.length === 3")
    assert "s3cr3t-value" not in page.evaluate(f"JSON.stringify({EDITOR}.workflow)")


def test_a_host_may_carry_the_calls(page: Any, editor: Any, target: Any) -> None:
    open_second(page, editor, target, "")
    page.evaluate(
        f"""() => {{ window.carried = [];
              {EDITOR}.transport = (url, init) => {{
                window.carried.push(url); return fetch(url, init); }}; }}"""
    )
    press_test(page)
    assert any(url.endswith("/api/tests") for url in page.evaluate("window.carried"))


def test_an_offered_value_is_suggested(page: Any, start_editor: Any) -> None:
    add_operation(page, start_editor(), "replace thing")
    box = field(page, "/inputParameters/http_request/body/colour")
    assert box.is_visible()
    page.evaluate(
        f"{EDITOR}.store.edits.setValue(['inputParameters', 'http_request', 'body', 'colour'], "
        "'${workflow.input.colour}')"
    )
    options = page.locator("datalist[id='hte-offers-workflow.input.colour'] option")
    options.first.wait_for(state="attached")
    assert "blue" in options.evaluate_all("all => all.map(each => each.value)")


def test_a_value_of_an_earlier_step_is_picked_by_keys(page: Any, editor: Any, target: Any) -> None:
    open_second(page, editor, target, "Order: ")
    press_test(page)
    choose(page, "second")
    show_headers(page)
    page.get_by_role("button", name="Insert from an earlier step into X-Value").press("Enter")
    box = page.get_by_role("combobox", name="Search values for X-Value")
    page.get_by_role("option", name="first response.body.total").get_by_text("42").wait_for()
    box.fill("total")
    box.press("Enter")  # what is found by then is of no account
    page.get_by_role("listbox", name="Values").wait_for(state="detached")
    written = field(page, f"{HEADERS}/X-Value")
    assert written.input_value() == "Order: ${first.output.response.body.total}"
    assert written.evaluate("box => box.getRootNode().activeElement === box")
    assert page.get_by_role("listbox", name="Values").count() == 0


def test_a_value_is_picked_for_the_url_and_the_tab_stays(
    page: Any, editor: Any, target: Any
) -> None:
    open_second(page, editor, target, "")
    press_test(page)
    choose(page, "second")
    show_headers(page)
    url = page.get_by_label("URL", exact=True)
    url.fill(f"{target.url}/")
    page.get_by_role("button", name="Insert from an earlier step into the URL").press("Enter")
    page.get_by_role("option", name="first response.body.id").click()
    assert url.input_value() == f"{target.url}/${{first.output.response.body.id}}"
    assert url.evaluate("box => box.getRootNode().activeElement === box")
    page.locator(".request-line .value-of").get_by_text("o-1").wait_for()
    assert page.get_by_role("tab", name="Headers", selected=True).first.is_visible()


def test_a_value_that_is_held_over_a_step_opens_it(page: Any, editor: Any, target: Any) -> None:
    open_second(page, editor, target, "${workflow.input.old}")
    press_test(page)
    data = page.evaluate_handle("new DataTransfer()")
    page.get_by_role("treeitem", name="total").dispatch_event("dragstart", {"dataTransfer": data})
    step = page.get_by_role("tree", name="Tasks").get_by_role("treeitem", name="second")
    step.dispatch_event("dragover", {"dataTransfer": data})
    page.locator("[aria-current=step]").get_by_text("second").wait_for()
    show_headers(page)
    head = page.locator(f'[data-pointer="{HEADERS}/X-Value"] .field-head')
    head.dispatch_event("drop", {"dataTransfer": data})
    written = field(page, f"{HEADERS}/X-Value")
    assert written.input_value() == "${first.output.response.body.total}"


def test_declared_and_allowed_servers_are_suggested(page: Any, start_editor: Any) -> None:
    editor = start_editor(allow=("10.0.0.9:81",))
    add_operation(page, editor, "send parcel")
    page.get_by_label("URL", exact=True).fill("${workflow.input.server}/parcels")
    box = page.get_by_label("workflow.input.server", exact=True)
    wait_for(page, f"{EDITOR}.store.tests.inputFor('workflow.input.server') !== ''")
    assert box.input_value() == "https://one.example.com"
    options = page.locator("datalist[id='hte-offers-workflow.input.server'] option")
    assert options.evaluate_all("all => all.map(each => each.value)") == [
        "https://one.example.com", "https://two.example.com", "http://10.0.0.7:8080",
        "http://10.0.0.9:81",
    ]  # fmt: skip


def test_inputs_are_remembered_when_the_server_starts_again(start_editor: Any) -> None:
    known = {"workflow": "flow", "inputs": {"workflow.input.customer": "c-17"}}
    assert start_editor().call("PUT", "/api/inputs", json=known).status_code == 204
    again = start_editor().call("GET", "/api/inputs?workflow=flow").json()
    assert again == {"workflow.input.customer": "c-17"}
