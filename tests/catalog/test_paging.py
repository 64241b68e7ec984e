"""Paging as it is proposed from a description."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from httptask.catalog import Operation
from httptask.catalog.prepare.paging import MAX_PAGES, proposed_paging
from httptask.catalog.prepare.responses import response_schema
from httptask.catalog.prepare.task import Choices, prepare_task
from httptask.catalog.values import Body, Media, Parameter
from httptask.definition.field_types import AUTHORING
from httptask.definition.options import PagingOptions

Read = Callable[..., Operation]
TEXT, WHOLE, FLAG = {"type": "string"}, {"type": "integer"}, {"type": "boolean"}
ITEMS = {"type": "array", "items": {"type": "object", "properties": {"id": WHOLE}}}


def said(schema: Any, description: str) -> Any:
    """Return a described parameter."""
    return {"schema": schema, "description": description}


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


def _operation(
    read: Read, describe: Any, query: dict[str, Any], body: Any, headers: Any = ()
) -> Operation:
    parameters = [
        {"name": name, "in": "query", **(each if "schema" in each else {"schema": each})}
        for name, each in query.items()
    ]
    schema = body if "type" in body and isinstance(body["type"], str) else _object(body)
    response = {
        "description": "ok",
        "headers": {name: {"schema": TEXT} for name in headers},
        "content": {"application/json": {"schema": schema}},
    }
    get = {"operationId": "list", "parameters": parameters, "responses": {"200": response}}
    return read(describe({"/pets": {"get": get}}))


def _proposed(*about: Any) -> Any:
    operation = _operation(*about)
    rule = proposed_paging(operation, response_schema(operation))
    if rule is not None:
        PagingOptions.model_validate(rule, context=AUTHORING)
    return rule


@pytest.mark.parametrize(
    ("query", "body", "rule"),
    [
        ({"pageToken": TEXT}, {"pets": ITEMS, "nextPageToken": TEXT},
         {"kind": "cursor", "parameter": "pageToken", "token": "$.response.body.nextPageToken"}),
        ({"cursor": TEXT}, {"pets": ITEMS, "meta": _object({"next_cursor": TEXT})},
         {"kind": "cursor", "parameter": "cursor", "token": "$.response.body.meta.next_cursor"}),
        ({"page": WHOLE}, {"pets": ITEMS, "@odata.nextLink": TEXT},
         {"kind": "next_url", "token": "$.response.body['@odata.nextLink']"}),
        ({}, {"pets": ITEMS, "_links": _object({"next": _object({"href": TEXT})})},
         {"kind": "next_url", "token": "$.response.body._links.next.href"}),
        ({"starting_after": TEXT}, {"pets": ITEMS, "has_more": FLAG},
         {"kind": "last_item", "parameter": "starting_after", "stop": "$.response.body.has_more"}),
        ({"page": WHOLE, "per_page": WHOLE}, {"pets": ITEMS, "total_pages": WHOLE},
         {"kind": "page", "parameter": "page",
          "stop": {"path": "$.response.body.total_pages", "counts": "pages"}}),
        ({"page": {**WHOLE, "default": 0}}, {"pets": ITEMS, "total": WHOLE},
         {"kind": "page", "parameter": "page", "start": 0,
          "stop": {"path": "$.response.body.total", "counts": "items"}}),
        ({"offset": WHOLE, "limit": WHOLE}, {"pets": ITEMS},
         {"kind": "offset", "parameter": "offset"}),
        ({"iterator": TEXT}, {"pets": ITEMS, "iterator": TEXT, "done": FLAG},
         {"kind": "cursor", "parameter": "iterator", "token": "$.response.body.iterator",
          "stop": {"path": "$.response.body.done", "in": [True]}}),
        ({"cursor": TEXT}, {"pets": ITEMS, "next": TEXT},
         {"kind": "cursor", "parameter": "cursor", "token": "$.response.body.next"}),
        ({"cursor": TEXT}, {"pets": ITEMS, "next": {**TEXT, "format": "uri"}},
         {"kind": "next_url", "token": "$.response.body.next"}),
        ({"start": said(TEXT, "An opaque identifier, returned by the previous call")},
         {"pets": ITEMS, "next": TEXT},
         {"kind": "cursor", "parameter": "start", "token": "$.response.body.next"}),
        ({"offset": WHOLE}, {"pets": ITEMS, "total": WHOLE, "total_pages": WHOLE},
         {"kind": "offset", "parameter": "offset",
          "stop": {"path": "$.response.body.total", "counts": "items"}}),
        ({"offset": said(WHOLE, "Specify the page number")}, {"pets": ITEMS},
         {"kind": "page", "parameter": "offset"}),
        ({"page": said(WHOLE, "The page to return, default 0.")}, {"pets": ITEMS},
         {"kind": "page", "parameter": "page", "start": 0}),
        ({"page": said(WHOLE, "The zero-based index of the page")}, {"pets": ITEMS},
         {"kind": "page", "parameter": "page", "start": 0}),
        ({"page": said({**WHOLE, "minimum": 0}, "Pages start at 1")}, {"pets": ITEMS},
         {"kind": "page", "parameter": "page"}),
        ({"page": {**WHOLE, "minimum": 0}}, {"pets": ITEMS}, {"kind": "page", "parameter": "page"}),
        ({"pageToken": TEXT}, {"pets": ITEMS, "pageToken": TEXT},
         {"kind": "cursor", "parameter": "pageToken", "token": "$.response.body.pageToken"}),
        ({"pointer": said(TEXT, "Initially not set")},
         {"pets": ITEMS, "pointer": {**TEXT, "description": "For the next search"}},
         {"kind": "cursor", "parameter": "pointer", "token": "$.response.body.pointer"}),
        ({"page": {**TEXT, "default": "0"}}, {"pets": ITEMS},
         {"kind": "page", "parameter": "page", "start": 0}),
        ({"page": {**TEXT, "examples": ["0"]}}, {"pets": ITEMS},
         {"kind": "page", "parameter": "page", "start": 0}),
        ({"page": WHOLE},
         {"pets": ITEMS, "totalPages": WHOLE, "numberOfElements": WHOLE, "pageable": _object({})},
         {"kind": "page", "parameter": "page", "start": 0,
          "stop": {"path": "$.response.body.totalPages", "counts": "pages"}}),
        ({"page": WHOLE}, {"pets": ITEMS, "meta": _object({"next_page": WHOLE})},
         {"kind": "cursor", "parameter": "page", "token": "$.response.body.meta.next_page"}),
        ({"PageToken": TEXT}, {"pets": ITEMS, "meta": _object({"next_page_url": TEXT})},
         {"kind": "next_url", "token": "$.response.body.meta.next_page_url"}),
        ({"from": said(TEXT, "Give the lastKey of the previous response")},
         {"pets": ITEMS, "lastKey": TEXT},
         {"kind": "cursor", "parameter": "from", "token": "$.response.body.lastKey"}),
        ({"cursor": said(TEXT, "Given in the response headers `X-Pets-Next` and `X-Pets-Back`")},
         {"pets": ITEMS},
         {"kind": "cursor", "parameter": "cursor",
          "token": "$.response.headers['X-Pets-Next']"}),
        ({"next": said(TEXT, "For pagination: addresses are in the `Link` header")},
         {"pets": ITEMS}, {"kind": "link"}),
        ({"after": said(TEXT, "Identifier of the last pet of the previous page")},
         {"pets": ITEMS, "has_more": FLAG},
         {"kind": "last_item", "parameter": "after", "stop": "$.response.body.has_more"}),
        ({"since_id": said(WHOLE, "Only pets after the specified id"), "limit": WHOLE},
         {"pets": ITEMS}, {"kind": "last_item", "parameter": "since_id"}),
        ({"skiptoken": said(WHOLE, "Returns the page after this number of pets")},
         {"pets": ITEMS}, {"kind": "offset", "parameter": "skiptoken"}),
        ({"after": WHOLE}, {"pets": ITEMS, "cursor": _object({"after": WHOLE})},
         {"kind": "cursor", "parameter": "after", "token": "$.response.body.cursor.after"}),
        ({"marker": said(WHOLE, "Offset in the list")}, {"pets": ITEMS, "totalnumber": WHOLE},
         {"kind": "offset", "parameter": "marker",
          "stop": {"path": "$.response.body.totalnumber", "counts": "items"}}),
        ({"page": WHOLE, "limit": {**WHOLE, "default": 25}}, {"pets": ITEMS, "metadata": ITEMS},
         {"kind": "page", "parameter": "page", "size": 25}),
        ({"skip": {**WHOLE, "minimum": 1}, "take": said({**WHOLE, "default": 5}, "Default: 50")},
         {"pets": ITEMS}, {"kind": "offset", "parameter": "skip"}),
        ({"page": said(WHOLE, "By default 1")},
         {"pets": ITEMS, "pets_total_count": WHOLE, "errors": ITEMS},
         {"kind": "page", "parameter": "page",
          "stop": {"path": "$.response.body.pets_total_count", "counts": "items"}}),
        ({"offset": WHOLE},
         {"pets": ITEMS, "count": {**WHOLE, "description": "Total number of pets"}},
         {"kind": "offset", "parameter": "offset",
          "stop": {"path": "$.response.body.count", "counts": "items"}}),
        ({"page": WHOLE},
         {"pets": ITEMS, "total": {**WHOLE, "description": "Total elements returned in the page"}},
         {"kind": "page", "parameter": "page"}),
    ],
)  # fmt: skip
def test_what_a_description_says_is_proposed(
    read: Read, describe: Any, query: Any, body: Any, rule: Any
) -> None:
    assert _proposed(read, describe, query, body) == {**rule, "items": "$.response.body.pets"}


def test_a_link_header_is_enough_for_a_list(read: Read, describe: Any) -> None:
    assert _proposed(read, describe, {"page": WHOLE}, ITEMS, ["Link"]) == {"kind": "link"}


@pytest.mark.parametrize(
    ("query", "body"),
    [
        ({"start": TEXT, "end": TEXT}, {"pets": ITEMS}),
        ({"start": WHOLE, "end": WHOLE}, {"pets": ITEMS}),
        ({"offset": {"type": "string", "format": "date-time"}}, {"pets": ITEMS}),
        ({"page": FLAG}, {"pets": ITEMS}),
        ({}, {"pets": ITEMS, "next": WHOLE}),
        ({"cursor": TEXT}, {"pets": ITEMS}),
        ({"page": WHOLE}, {"name": TEXT}),
        ({"page": WHOLE}, {"cats": ITEMS, "owners": ITEMS}),
        ({"offset": said(WHOLE, "Offset to UTC in hours"), "limit": WHOLE}, {"pets": ITEMS}),
        ({"start": WHOLE, "end": WHOLE, "limit": WHOLE}, {"pets": ITEMS}),
        ({"limit": WHOLE}, {"pets": ITEMS, "total": WHOLE}),
        ({"skiptoken": said(TEXT, "Skips items"), "top": WHOLE}, {"pets": ITEMS}),
        ({"offset": said(WHOLE, "Number of events to retrieve. Default is 30.")}, {"pets": ITEMS}),
    ],
)
def test_what_only_looks_like_paging_is_not_proposed(
    read: Read, describe: Any, query: Any, body: Any
) -> None:
    assert _proposed(read, describe, query, body) is None


def test_of_several_lists_the_one_that_is_called_so_is_taken(read: Read, describe: Any) -> None:
    body = {"facets": ITEMS, "results": ITEMS, "owners": ITEMS, "next": TEXT}
    assert _proposed(read, describe, {"page": WHOLE}, body) == {
        "kind": "next_url",
        "token": "$.response.body.next",
        "items": "$.response.body.results",
    }


def test_a_rule_that_a_response_confirms_is_prepared(read: Read, describe: Any) -> None:
    operation = _operation(read, describe, {"cursor": TEXT}, {"pets": ITEMS, "next_cursor": TEXT})
    rule = proposed_paging(operation, response_schema(operation))
    prepared = prepare_task(operation)
    options = prepared.task["inputParameters"]["httptask"]
    assert options["paging"] == {**(rule or {}), "maxPages": MAX_PAGES}
    assert options["output"] == {"pets": "$.response.body"}
    assert "--no-paging" in prepared.notes[0]
    for_one = prepare_task(operation, Choices(paging=False))
    assert "paging" not in for_one.task["inputParameters"]["httptask"]
    assert "--paging" in for_one.notes[0]


@pytest.mark.parametrize(
    ("name", "stop"),
    [
        ("X-Total-Count", {"path": "$.response.headers['X-Total-Count']", "counts": "items"}),
        ("X-WP-TotalPages", {"path": "$.response.headers['X-WP-TotalPages']", "counts": "pages"}),
        ("X-Rate-Limit", None),
    ],
)
def test_a_header_says_where_a_list_ends(read: Read, describe: Any, name: str, stop: Any) -> None:
    proposed = _proposed(read, describe, {"page": WHOLE}, ITEMS, [name])
    assert proposed.get("stop") == stop


@pytest.mark.parametrize(
    ("path", "beside", "items"),
    [("/pets", {}, "messages"), ("/pets", {"cats": ITEMS}, "cats"),
     ("/messages", {"cats": ITEMS}, "messages"), ("/pets", {"errors": ITEMS}, "messages")],
)  # fmt: skip
def test_a_list_may_be_called_as_what_is_beside_other_lists(
    read: Read, describe: Any, path: str, beside: Any, items: str
) -> None:
    body = {"messages": ITEMS, "next_page_token": TEXT, **beside}
    operation = _operation(read, describe, {"page_token": TEXT}, body)
    rule = proposed_paging(replace(operation, path=path), response_schema(operation)) or {}
    assert rule["items"] == f"$.response.body.{items}"


def test_the_last_item_may_have_its_id_inside(read: Read, describe: Any) -> None:
    pet = _object({"data": _object({"id": WHOLE})})
    body = {"data": {"type": "array", "items": pet}}
    assert _proposed(read, describe, {"starting_after": TEXT}, body) == {
        "kind": "last_item",
        "parameter": "starting_after",
        "token": "$.response.body.data[-1].data.id",
        "items": "$.response.body.data",
    }


def test_a_number_beside_a_size_is_prepared_and_what_is_left_open_is_noted(
    read: Read, describe: Any
) -> None:
    query = {"page": WHOLE, "per_page": {**WHOLE, "default": 20}}
    prepared = prepare_task(_operation(read, describe, query, {"pets": ITEMS}))
    assert prepared.task["inputParameters"]["httptask"]["paging"]["size"] == 20
    assert any("where page begins" in note for note in prepared.notes)


@pytest.mark.parametrize(
    ("limit", "size"),
    [(WHOLE, "${workflow.input.limit}"), ({**TEXT, "default": "100"}, 100),
     ({**WHOLE, "default": 0}, None)],
)  # fmt: skip
def test_the_size_that_a_request_must_say_is_that_of_a_page(
    read: Read, describe: Any, limit: Any, size: Any
) -> None:
    operation = _operation(read, describe, {"offset": WHOLE, "limit": limit}, {"pets": ITEMS})
    needed = tuple(replace(each, required=True) for each in operation.parameters)
    inputs = prepare_task(replace(operation, parameters=needed)).task["inputParameters"]
    assert inputs["httptask"]["paging"].get("size") == size


def test_a_part_of_one_thing_is_no_certain_list(read: Read, describe: Any) -> None:
    body = {"id": WHOLE, "pets": ITEMS}
    operation = _operation(read, describe, {"page": WHOLE, "size": WHOLE}, body)
    assert "paging" not in prepare_task(operation).task["inputParameters"]["httptask"]


@pytest.mark.parametrize("body", [_object({}), _object({"name": TEXT})])
def test_a_list_that_is_not_described_is_offered(read: Read, describe: Any, body: Any) -> None:
    operation = _operation(read, describe, {"page": WHOLE, "limit": WHOLE}, body)
    prepared = prepare_task(operation)
    assert "paging" not in prepared.task["inputParameters"]["httptask"]
    assert "it may give a list" in prepared.notes[0]


def test_a_page_in_the_path_is_noted(read: Read, describe: Any) -> None:
    operation = _operation(read, describe, {}, {"pets": ITEMS})
    page = Parameter("page", "path", required=True, schema=WHOLE)
    prepared = prepare_task(replace(operation, path="/pets/{page}", parameters=(page,)))
    assert "page in its path" in prepared.notes[0]


@pytest.mark.parametrize(
    ("summary", "member", "place"),
    [
        ("Search pets", {"page": WHOLE, "size": WHOLE}, "/page"),
        ("List pets", {"paging": _object({"page": WHOLE, "size": WHOLE})}, "/paging/page"),
        ("Create pets", {"page": WHOLE, "size": WHOLE}, None),
    ],
)
def test_a_search_by_post_names_the_page_in_its_body(
    read: Read, describe: Any, summary: str, member: Any, place: str | None
) -> None:
    operation = _operation(read, describe, {}, {"pets": ITEMS, "total": WHOLE})
    body = Body(required=True, media=(Media("application/json", _object(member)),))
    searched = replace(operation, method="POST", summary=summary, operation_id="", body=body)
    options = prepare_task(searched).task["inputParameters"]["httptask"]
    assert options.get("paging", {}).get("parameter") == (
        {"in": "body", "name": place} if place else None
    )


def test_a_rule_without_an_end_is_prepared_if_it_is_asked_for(read: Read, describe: Any) -> None:
    operation = _operation(read, describe, {"page": WHOLE}, {"pets": ITEMS})
    assert "paging" not in prepare_task(operation).task["inputParameters"]["httptask"]
    prepared = prepare_task(operation, Choices(paging=True)).task["inputParameters"]["httptask"]
    assert prepared["paging"]["kind"] == "page"
