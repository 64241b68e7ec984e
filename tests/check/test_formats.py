"""What is told of XML texts and GraphQL documents before anything runs."""

from __future__ import annotations

from typing import Any

import pytest

from httptask import check_task


def findings(
    request: dict[str, Any], options: dict[str, Any] | None = None
) -> list[tuple[str, str]]:
    inputs = {
        "http_request": {"uri": "https://api.example.com/", "method": "POST", **request},
        "httptask": options or {},
    }
    task = {"name": "t", "taskReferenceName": "t", "type": "HTTP", "inputParameters": inputs}
    found = check_task(task)
    return [(each.code, each.pointer.removeprefix("/inputParameters")) for each in found]


@pytest.mark.parametrize(
    ("body", "codes"),
    [
        ("<a>${workflow.input.v}</a>", []),
        ("<a b='${workflow.input.v}' c=\"'${workflow.input.v}\"/>", []),
        ("<a><![CDATA[<b ${workflow.input.v}]]></a>", []),
        ("<a><!-- <b ${workflow.input.v} --></a>", []),
        ("${workflow.input.v}", []),
        (" ${workflow.input.v}${workflow.input.w}\n", []),
        ("<a ${workflow.input.v}/>", ["xml_value_in_tag", "body_not_xml"]),
        ("<${workflow.input.v}/>", ["xml_value_in_tag"]),
        ("<a b=${workflow.input.v}/>", ["xml_value_in_tag", "body_not_xml"]),
        ("<a>", ["body_not_xml"]),
        ("<!DOCTYPE a [<!ENTITY b 'c'>]><a/>", ["body_not_xml"]),
    ],
)
def test_xml_texts(body: str, codes: list[str]) -> None:
    found = findings({"contentType": "text/xml", "body": body})
    assert found == [(code, "/http_request/body") for code in codes]
    assert findings({"contentType": "text/plain", "body": body}) == []


QUERY = (
    'query Q($id: ID!, $n: Int = 3, $o: [Int!]!) { a(id: $id, n: $n, o: $o, s: "$x: T!") } # $c: T!'
)
BELOW = "/httptask/graphql"


@pytest.mark.parametrize(
    ("graphql", "found"),
    [
        ({"query": "{ me }"}, []),
        ({"query": QUERY, "variables": {"id": 1, "o": []}}, []),
        ({"query": QUERY, "variables": {"id": 1}}, [("graphql_variable_missing", "/variables")]),
        (
            {"query": QUERY, "variables": {"id": 1, "o": [], "m": 1}},
            [("graphql_variable_unknown", "/variables/m")],
        ),
        ({"query": QUERY, "variables": "${workflow.input.v}"}, []),
        ({"query": "${workflow.input.q}"}, []),
        ({"query": "{ a(id: ${workflow.input.id}) }"}, [("graphql_query_value", "/query")]),
    ],
)
def test_graphql_documents(graphql: dict[str, Any], found: list[tuple[str, str]]) -> None:
    expected = [(code, BELOW + pointer) for code, pointer in found]
    assert findings({}, {"graphql": graphql}) == expected


def test_a_graphql_request_has_one_body_and_one_method() -> None:
    graphql = {"graphql": {"query": "{ me }"}}
    assert findings({"method": "GET"}, graphql) == [("graphql_method", "/http_request/method")]
    assert [code for code, _ in findings({}, {**graphql, "form": {"a": 1}})] == ["rule_conflict"]
    assert [code for code, _ in findings({"body": {}}, graphql)] == ["rule_conflict"]


@pytest.mark.parametrize(
    ("format_", "value", "told"),
    [
        ("date-time", "yesterday", True),
        ("date-time", "2030-01-31T09:00:00Z", False),
        ("date-time", "${workflow.input.when}", False),
        ("uuid", "1", True),
        ("email", "me@example.com", False),
        ("colour", "anything", False),
    ],
)
def test_a_text_that_is_not_of_its_format_is_told(format_: str, value: str, told: bool) -> None:
    schema = {"type": "object", "properties": {"when": {"type": "string", "format": format_}}}
    body = findings({"body": {"when": value}}, {"requestSchema": schema})
    assert (("format_differs", "/http_request/body/when") in body) is told
    parameters = {"type": "object", "properties": {"query": schema}}
    query = findings({}, {"parametersSchema": parameters, "query": {"when": value}})
    assert (("format_differs", "/httptask/query/when") in query) is told


def test_a_text_of_one_of_several_formats_is_fine() -> None:
    one = {"anyOf": [{"format": "date"}, {"format": "date-time"}], "type": "string"}
    schema = {"type": "object", "properties": {"when": {"type": "array", "items": one}}}
    body = {"when": ["2030-01-31", "2030-01-31T09:00:00Z", "then"]}
    found = findings({"body": body}, {"requestSchema": schema})
    assert found == [("format_differs", "/http_request/body/when/2")]
