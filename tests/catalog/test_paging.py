"""Paging as it is proposed from a description."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from httptask.catalog import Operation
from httptask.catalog.prepare.task import prepare_task
from httptask.definition.field_types import AUTHORING
from httptask.definition.options import PagingOptions

Read = Callable[..., Operation]
TEXT, WHOLE, FLAG = {"type": "string"}, {"type": "integer"}, {"type": "boolean"}
ITEMS = {"type": "array", "items": {"type": "object", "properties": {"id": WHOLE}}}


def _proposed(
    read: Read, describe: Any, query: dict[str, Any], body: Any, headers: Any = ()
) -> Any:
    parameters = [{"name": name, "in": "query", "schema": each} for name, each in query.items()]
    schema = body if "type" in body and isinstance(body["type"], str) else _object(body)
    response = {
        "description": "ok",
        "headers": {name: {"schema": TEXT} for name in headers},
        "content": {"application/json": {"schema": schema}},
    }
    get = {"operationId": "list", "parameters": parameters, "responses": {"200": response}}
    notes = prepare_task(read(describe({"/pets": {"get": get}}))).notes
    found = [note.partition('"paging": ')[2] for note in notes if '"paging": ' in note]
    if not found:
        return None
    rule = json.loads(found[0])
    PagingOptions.model_validate(rule, context=AUTHORING)
    return rule


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


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
         {"kind": "page", "parameter": "page", "start": 0, "stop": "$.response.body.total"}),
        ({"offset": WHOLE, "limit": WHOLE}, {"pets": ITEMS},
         {"kind": "offset", "parameter": "offset"}),
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
        ({"page": WHOLE}, {"pets": ITEMS, "owners": ITEMS}),
    ],
)
def test_what_only_looks_like_paging_is_not_proposed(
    read: Read, describe: Any, query: Any, body: Any
) -> None:
    assert _proposed(read, describe, query, body) is None
