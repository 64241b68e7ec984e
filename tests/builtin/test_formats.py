"""XML, CSV and GraphQL on the wire: requests as they are sent, responses as tasks see them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from httptask.core.result import TaskResult, TaskStatus
from httptask.expressions import Context
from httptask.testing import LoopbackServer, Reply, json_reply
from httptask.testing.tasks import TaskRunner

XML = (("Content-Type", "text/xml; charset=utf-8"),)
FAULT_11 = (
    "<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'><s:Body><s:Fault>"
    "<faultcode>s:Client</faultcode><faultstring xml:lang='en'>no such customer</faultstring>"
    "</s:Fault></s:Body></s:Envelope>"
)
FAULT_12 = (
    "<s:Envelope xmlns:s='http://www.w3.org/2003/05/soap-envelope'><s:Body><s:Fault><s:Reason>"
    "<s:Text xml:lang='en'>no such customer</s:Text></s:Reason></s:Fault></s:Body></s:Envelope>"
)


def send(
    tasks: TaskRunner,
    server: LoopbackServer,
    reply: Reply,
    request: dict[str, Any] | None = None,
    options: dict[str, Any] | None = None,
    **more: Any,
) -> TaskResult:
    server.route("/it", lambda _: reply)
    whole = {"uri": f"{server.url}/it", "method": "POST", **(request or {})}
    return tasks.run({"http_request": whole, "httptask": options or {}}, **more)


def body(result: TaskResult) -> Any:
    return result.output["response"]["body"]


def test_xml_is_a_text_unless_the_task_asks(
    httptask_server: LoopbackServer, httptask_tasks: TaskRunner
) -> None:
    reply = Reply(200, XML, b"<a><b>1</b></a>")
    assert body(send(httptask_tasks, httptask_server, reply)) == "<a><b>1</b></a>"
    options = {"response": {"format": "xml", "lists": ["b"]}}
    result = send(httptask_tasks, httptask_server, reply, options=options)
    assert body(result) == {"a": {"b": ["1"]}}
    assert result.status is TaskStatus.COMPLETED


@pytest.mark.parametrize("charset", ["utf-8", "utf-16", "iso-8859-1", "shift_jis"])
def test_xml_in_any_charset(
    httptask_server: LoopbackServer, httptask_tasks: TaskRunner, charset: str
) -> None:
    word = "日本" if charset == "shift_jis" else "é"
    data = f"<?xml version='1.0' encoding='{charset}'?><a>{word}</a>".encode(charset)
    reply = Reply(200, (("Content-Type", "application/xml"),), data)
    options = {"response": {"format": "xml"}}
    assert body(send(httptask_tasks, httptask_server, reply, options=options)) == {"a": word}


def test_broken_xml_fails_the_task_and_its_text_stays(
    httptask_server: LoopbackServer, httptask_tasks: TaskRunner
) -> None:
    options = {"response": {"format": "xml"}}
    result = send(httptask_tasks, httptask_server, Reply(200, XML, b"<a>"), options=options)
    assert result.error is not None
    assert result.error.code == "xml_invalid"
    assert body(result) == "<a>"


@pytest.mark.parametrize("fault", [FAULT_11, FAULT_12])
@pytest.mark.parametrize("status", [200, 500])
def test_a_fault_fails_the_task(
    httptask_server: LoopbackServer, httptask_tasks: TaskRunner, fault: str, status: int
) -> None:
    options = {"response": {"format": "xml"}}
    reply = Reply(status, XML, fault.encode())
    result = send(httptask_tasks, httptask_server, reply, options=options)
    assert result.status is TaskStatus.FAILED
    assert "no such customer" in result.reason
    assert result.error is not None
    assert result.error.code == ("soap_fault" if status == 200 else "status_not_accepted")
    assert "Fault" in body(result)["Envelope"]["Body"]


def test_values_in_an_xml_body_are_escaped(
    httptask_server: LoopbackServer, httptask_tasks: TaskRunner
) -> None:
    value = 'A & B </a><b c="1">'
    context = Context.build(input={"v": value, "n": 7, "o": {"k": "<"}})
    request = {
        "contentType": "application/soap+xml",
        "body": "<r v='${workflow.input.v}'>${workflow.input.v}<n>${workflow.input.n}</n>"
        "<o>${workflow.input.o.k}</o><c><![CDATA[${workflow.input.v}]]></c></r>",
    }
    send(httptask_tasks, httptask_server, Reply(200), request, context=context)
    sent = ET.fromstring(httptask_server.requests[-1].body)
    assert (sent.get("v"), sent.text) == (value, value)
    assert [child.text for child in sent] == ["7", "<", value]
    assert [child.tag for child in sent] == ["n", "o", "c"]


def test_a_body_that_is_one_value_goes_as_it_is(
    httptask_server: LoopbackServer, httptask_tasks: TaskRunner
) -> None:
    context = Context.build(input={"v": "<a/>"})
    for kind, text, sent in [
        ("text/xml", "${workflow.input.v}", b"<a/>"),
        ("text/plain", "x ${workflow.input.v}", b"x <a/>"),
    ]:
        request = {"headers": {"content-type": kind}, "body": text}
        send(httptask_tasks, httptask_server, Reply(200), request, context=context)
        assert httptask_server.requests[-1].body == sent


def test_a_secret_in_xml_is_escaped_and_masked(
    httptask_server: LoopbackServer, httptask_tasks: TaskRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPTASK_SECRET_CANARY", "canary<&>canary")
    request = {
        "contentType": "text/xml",
        "body": "<a><k>${workflow.secrets.CANARY}</k>${workflow.input.v}</a>",
    }
    context = Context.build(input={"v": "1"})
    reply = Reply(200, XML, b"<a>canary&lt;&amp;&gt;canary</a>")
    options = {"response": {"format": "xml"}}
    result = send(httptask_tasks, httptask_server, reply, request, options, context=context)
    assert b"<k>canary&lt;&amp;&gt;canary</k>1" in httptask_server.requests[-1].body
    everything = json.dumps([result.trace.to_json(), dict(result.output), result.trace.curl])
    assert "canary<" not in everything
    assert "canary&lt;" not in everything
    assert body(result) == {"a": "***"}


def test_inputs_that_a_server_resolved_are_escaped_too(
    httptask_server: LoopbackServer, httptask_tasks: TaskRunner
) -> None:
    request = {"contentType": "text/xml", "body": "<a>${workflow.input.v}</a>"}
    value = "1</a><a>&"
    whole = {"uri": f"{httptask_server.url}/it", "method": "POST", "contentType": "text/xml"}
    inputs = {"http_request": {**whole, "body": f"<a>{value}</a>"}}
    send(httptask_tasks, httptask_server, Reply(200), request, inputs=inputs)
    assert ET.fromstring(httptask_server.requests[-1].body).text == value
    assert inputs["http_request"]["body"] == f"<a>{value}</a>"
    inputs["http_request"]["body"] = "<b/>"
    result = send(httptask_tasks, httptask_server, Reply(200), request, inputs=inputs)
    assert result.error is not None
    assert (result.error.code, result.error.pointer) == (
        "xml_text_unmatched",
        "/inputParameters/http_request/body",
    )


def test_csv_becomes_objects(httptask_server: LoopbackServer, httptask_tasks: TaskRunner) -> None:
    def table(kind: str, text: str, **response: Any) -> Any:
        reply = Reply(200, (("Content-Type", kind),), text.encode())
        options = {"response": {"format": "csv", **response}}
        return body(send(httptask_tasks, httptask_server, reply, options=options))

    assert table("text/csv", "\ufeffa,b\n1,2\n") == [{"a": "1", "b": "2"}]
    assert table("text/tab-separated-values", "a,b\tc\n1\t2\n") == [{"a,b": "1", "c": "2"}]
    assert table("text/csv", "1,2\n", header=False) == [["1", "2"]]
    assert table("text/csv", "") is None


def test_csv_without_end_is_ended(
    httptask_server: LoopbackServer, httptask_tasks: TaskRunner
) -> None:
    reply = Reply(200, (("Content-Type", "text/csv"),), b"1\n" * 600_000)
    result = send(httptask_tasks, httptask_server, reply, options={"response": {"format": "csv"}})
    assert result.error is not None
    assert (result.error.code, result.error.pointer) == (
        "response_too_large",
        "/inputParameters/httptask/response/format",
    )


QUERY = "query Order($id: ID!) { order(id: $id) { total } }"


def graphql(tasks: TaskRunner, server: LoopbackServer, reply: Reply, **options: Any) -> TaskResult:
    found = {"graphql": {"query": QUERY, "variables": {"id": "${workflow.input.id}"}}, **options}
    context = Context.build(input={"id": '7") { x }'})
    return send(tasks, server, reply, {}, found, context=context)


def test_a_graphql_request(httptask_server: LoopbackServer, httptask_tasks: TaskRunner) -> None:
    result = graphql(httptask_tasks, httptask_server, json_reply({"data": {"order": {"total": 1}}}))
    sent = httptask_server.requests[-1]
    assert json.loads(sent.body) == {"query": QUERY, "variables": {"id": '7") { x }'}}
    assert sent.header("Content-Type") == "application/json"
    assert result.status is TaskStatus.COMPLETED


@pytest.mark.parametrize("status", [200, 400])
def test_graphql_errors_fail_the_task(
    httptask_server: LoopbackServer, httptask_tasks: TaskRunner, status: int
) -> None:
    errors = [{"message": "no such order", "path": ["order", 0]}, {"message": "and more"}]
    reply = json_reply({"data": {"order": None}, "errors": errors}, status)
    result = graphql(httptask_tasks, httptask_server, reply, acceptedStatusCodes=[200])
    assert result.error is not None
    assert "no such order" in result.reason
    assert body(result)["data"] == {"order": None}
    if status == 200:
        assert result.error.code == "graphql_errors"
        assert result.reason.endswith("no such order (at order.0) (and 1 more)")


@pytest.mark.parametrize(
    ("value", "failed"),
    [
        ({"data": {}, "errors": []}, False),
        ({"data": {}, "errors": None}, False),
        ([{"errors": [1]}], False),
        ("text", False),
        ({"errors": ["plain"]}, True),
        ({"errors": "plain"}, True),
        ({"errors": {"message": "one"}}, True),
        ({"errors": [{}]}, True),
        ({"errors": [{"message": {"odd": 1}, "path": 7}]}, True),
    ],
)
def test_odd_graphql_responses(
    httptask_server: LoopbackServer, httptask_tasks: TaskRunner, value: Any, failed: bool
) -> None:
    result = graphql(httptask_tasks, httptask_server, json_reply(value))
    assert (result.status is TaskStatus.FAILED) is failed


def test_a_graphql_request_is_a_post(
    httptask_server: LoopbackServer, httptask_tasks: TaskRunner
) -> None:
    options = {"graphql": {"query": "{ me }"}}
    result = send(httptask_tasks, httptask_server, Reply(200), {"method": "GET"}, options)
    assert result.error is not None
    assert (result.error.code, result.error.pointer) == (
        "graphql_method",
        "/inputParameters/http_request/method",
    )
    assert not httptask_server.requests


def test_a_download_keeps_its_name_when_it_is_sent_on(
    httptask_server: LoopbackServer, httptask_tasks: TaskRunner
) -> None:
    headers = (
        ("Content-Type", "application/pdf"),
        ("Content-Disposition", "attachment; filename*=UTF-8''../r%C3%A9sum%C3%A9%20%22a%22.pdf"),
    )
    stored = body(send(httptask_tasks, httptask_server, Reply(200, headers, b"%PDF")))
    assert stored["name"] == 'résumé "a".pdf'
    assert Path(stored["path"]).name == f"{stored['sha256']}.pdf"
    context = Context.build(tasks={"get": {"output": {"file": stored}}})
    multipart = {"file": {"file": "${get.output.file}"}}
    send(httptask_tasks, httptask_server, Reply(200), {}, {"multipart": multipart}, context=context)
    sent = httptask_server.requests[-1].body.decode()
    assert 'name="file"; filename="résumé %22a%22.pdf"' in sent
    hostile = {**stored, "name": "../../etc/pass\r\nwd"}
    context = Context.build(tasks={"get": {"output": {"file": hostile}}})
    send(httptask_tasks, httptask_server, Reply(200), {}, {"multipart": multipart}, context=context)
    assert 'filename="passwd"' in httptask_server.requests[-1].body.decode()
