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
