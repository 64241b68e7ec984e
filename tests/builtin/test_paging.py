"""Paging: every kind, every end, hostile services; over real connections."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from layering import layers

from httptask.core.result import TaskResult
from httptask.testing import LoopbackServer, Reply, json_reply
from httptask.testing.tasks import TaskRunner

Runners = Callable[..., TaskRunner]
Handler = Callable[[Any], Reply]

TEN = [{"id": number} for number in range(1, 11)]
BY_CURSOR = {"kind": "cursor", "parameter": "cursor", "token": "$.response.body.next"}
BY_PAGE = {"kind": "page", "parameter": "page"}
BY_PAGES = {"path": "$.response.body.pages", "counts": "pages"}
BY_ITEM = {"kind": "last_item", "parameter": "after"}
LAST = "$.response.body.items[-1].id"
BY_OFFSET = {"kind": "offset", "parameter": "offset"}


@pytest.fixture
def paged(httptask_server: LoopbackServer, httptask_task_runner: Runners) -> Any:
    """Return a function that runs a paged task against a path, or a handler."""
    tasks = httptask_task_runner()

    def run(to: str | Handler, paging: dict[str, Any], **more: Any) -> TaskResult:
        path = to if isinstance(to, str) else "/list"
        if not isinstance(to, str):
            httptask_server.route("/list", to)
        options = {
            key: more.pop(key) for key in ("output", "retry", "idempotencyKey") & more.keys()
        }
        request = {"uri": f"{httptask_server.url}{path}", "method": "GET", **more}
        return tasks.run({"http_request": request, "httptask": {"paging": paging, **options}})

    return run


def _codes(result: TaskResult) -> list[str]:
    assert result.trace is not None
    return [warning["code"] for warning in result.trace.warnings]


def _response(result: TaskResult) -> dict[str, Any]:
    found: dict[str, Any] = result.output["response"]
    return found


@pytest.mark.parametrize(
    ("path", "paging", "pages"),
    [
        ("/paging/number", BY_PAGE, 5),
        ("/paging/number?total=9", BY_PAGE, 4),
        ("/paging/number", {**BY_PAGE, "size": 3}, 4),
        ("/paging/number", {**BY_PAGE, "stop": "$.response.body.total"}, 4),
        ("/paging/number", {**BY_PAGE, "stop": BY_PAGES}, 4),
        ("/paging/offset", BY_OFFSET, 5),
        ("/paging/offset?limit=5", {**BY_OFFSET, "size": 5}, 3),
        ("/paging/offset?limit=5", {**BY_OFFSET, "stop": "$.response.body.total"}, 2),
        ("/paging/cursor", BY_CURSOR, 4),
        ("/paging/cursor", {**BY_CURSOR, "stop": "$.response.body.next"}, 4),
        ("/paging/link", {"kind": "link"}, 4),
        ("/paging/link", BY_PAGE, 4),
        ("/paging/after", BY_ITEM, 5),
        ("/paging/after", {**BY_ITEM, "stop": "$.response.body.more", "token": LAST}, 4),
        ("/paging/url", {"kind": "next_url", "token": "$.response.body.links.next"}, 4),
    ],
)  # fmt: skip
def test_every_kind_gives_the_whole_list(
    paged: Any, path: str, paging: dict[str, Any], pages: int
) -> None:
    total = 9 if "total=9" in path else 10
    mapped = {"first": "$.response.body[0].id", "pages": "$.response.pages"}
    result = paged(path, paging, output=mapped)
    assert result.reason == ""
    assert _response(result)["body"] == TEN[:total]
    assert (_response(result)["pages"], result.output["pages"]) == (pages, pages)
    assert result.output["first"] == 1
    assert _codes(result) == []
    assert layers(result, "httptask.paging") == [("page", pages)]


FOUR = "confirmed: 4 pages, each with other items, 10 in all"


@pytest.mark.parametrize(
    ("path", "paging", "found", "why"),
    [
        ("/paging/number", BY_PAGE, FOUR, "page 5 is empty"),
        ("/paging/number", {**BY_PAGE, "size": 3}, FOUR, "page 4 is not full"),
        ("/paging/link", BY_PAGE, FOUR, "the Link header names no next page"),
        ("/paging/cursor", BY_CURSOR, FOUR, "the response names no next page"),
        ("/paging/number", {**BY_PAGE, "stop": BY_PAGES}, FOUR, "paging.stop says so"),
        ("/paging/number", {**BY_PAGE, "maxPages": 2},
         "confirmed: 2 pages, each with other items, 6 in all", "paging.maxPages ends it"),
        ("/paging/cursor?size=20", BY_CURSOR,
         "not confirmed: one page has items", "the response names no next page"),
        (lambda request: json_reply([]), BY_PAGE,
         "not confirmed: no page has items", "page 1 is empty"),
        (lambda request: json_reply([1]), {**BY_PAGE, "maxPages": 2},
         "not confirmed: pages have the same items", "paging.maxPages ends it"),
    ],
)  # fmt: skip
def test_it_is_told_whether_the_rule_is_confirmed(
    paged: Any, path: Any, paging: dict[str, Any], found: str, why: str
) -> None:
    (note,) = paged(path, paging).trace.notes
    assert note.text == f"paging is {found}; the list ends there: {why}"


def test_a_file_of_lines_holds_the_items(paged: Any) -> None:
    body = _response(paged("/paging/cursor", {**BY_CURSOR, "to": "ndjson"}))["body"]
    assert (body["mediaType"], body["path"].endswith(".ndjson")) == ("application/x-ndjson", True)
    with open(body["path"], encoding="utf-8") as file:  # noqa: PTH123
        assert [json.loads(line) for line in file] == TEN


def test_only_the_list_is_left_of_the_files(paged: Any, tmp_path: Any) -> None:
    paged("/paging/cursor", BY_CURSOR)
    assert not list(tmp_path.rglob(".part-*"))


def test_a_page_has_attempts_of_its_own(paged: Any, httptask_server: LoopbackServer) -> None:
    seen: list[str] = []

    def flaky(request: Any) -> Reply:
        page = request.argument("page", "?")
        seen.append(page)
        if seen.count(page) == 1:
            return json_reply({}, 503)
        return json_reply([{"id": page}] if int(page) < 4 else [])

    result = paged(flaky, BY_PAGE, retry={"maxAttempts": 2, "initialDelayMs": 0})
    assert [item["id"] for item in _response(result)["body"]] == ["1", "2", "3"]
    assert seen == ["1", "1", "2", "2", "3", "3", "4", "4"]


def test_a_page_that_fails_keeps_those_before_it(paged: Any) -> None:
    def fails(request: Any) -> Reply:
        page = int(request.argument("page", "0"))
        return json_reply([{"id": page}]) if page < 3 else json_reply({"error": "no"}, 500)

    result = paged(fails, BY_PAGE, output={"second": "$.response.body[1].id"})
    assert result.status == "FAILED"
    assert "500" in result.reason
    assert _response(result)["statusCode"] == 500
    assert _response(result)["body"] == [{"id": 1}, {"id": 2}]
    assert (_response(result)["pages"], result.output["second"]) == (2, 2)


def test_an_address_elsewhere_ends_the_task_and_keeps_those_before_it(paged: Any) -> None:
    def elsewhere(request: Any) -> Reply:
        page = int(request.argument("page", "1"))
        return json_reply({"data": [page], "next": f"?page={page + 1}" if page < 3 else "//else/"})

    result = paged(elsewhere, {"kind": "next_url", "token": "$.response.body.next"})
    assert (result.error.code, result.status) == ("origin_left", "FAILED_WITH_TERMINAL_ERROR")
    assert result.error.pointer == "/inputParameters/httptask/paging/token"
    assert _response(result)["body"] == [1, 2, 3]


# Services that do not end, or end oddly.


def _same(request: Any) -> Reply:
    return json_reply({"items": [{"id": 1}], "next": "c"})


def _fresh_tokens(request: Any) -> Reply:
    return json_reply(
        {"items": [{"id": 1}, {"id": 2}], "next": request.argument("cursor", "") + "x"}
    )


def _fresh_and_empty(request: Any) -> Reply:
    return json_reply({"items": [], "next": request.argument("cursor", "") + "x"})


def _circle(request: Any) -> Reply:
    place = int(request.argument("cursor", "0"))
    return json_reply({"items": [f"n{len(str(place))}"], "next": (place + 1) % 3})


def _fresh_for_ever(request: Any) -> Reply:
    place = int(request.argument("cursor", "0"))
    return json_reply({"items": [{"id": place}], "next": place + 1})


def _ignores_page(request: Any) -> Reply:
    return json_reply([{"id": 1}, {"id": 2}])


@pytest.mark.parametrize(
    ("service", "paging", "code"),
    [
        (_same, BY_CURSOR, "paging_repeated"),
        (_fresh_tokens, BY_CURSOR, "paging_repeated"),
        (_circle, BY_CURSOR, "paging_loop"),
        (_fresh_for_ever, BY_CURSOR, "paging_limit"),
        (_ignores_page, BY_PAGE, "paging_repeated"),
        (_ignores_page, BY_OFFSET, "paging_repeated"),
        (_ignores_page, BY_ITEM, "paging_repeated"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_every_endless_service_ends(
    paged: Any, service: Handler, paging: dict[str, Any], code: str
) -> None:
    result = paged(service, paging)
    assert (result.error.code, result.status) == (code, "FAILED_WITH_TERMINAL_ERROR")
    assert len(_response(result)["body"]) in (1, 2, 4, 1000)


def test_empty_pages_end_with_a_warning(paged: Any) -> None:
    result = paged(_fresh_and_empty, BY_CURSOR)
    assert (result.status, _response(result)["body"]) == ("COMPLETED", [])
    assert (_response(result)["pages"], _codes(result)) == (10, ["paging_incomplete"])


def test_empty_pages_between_full_ones_are_survived(paged: Any) -> None:
    def gaps(request: Any) -> Reply:
        place = int(request.argument("cursor", "0"))
        items = [{"id": place}] if place % 4 == 0 else []
        return json_reply({"items": items, "next": place + 1 if place < 12 else None})

    result = paged(gaps, BY_CURSOR)
    assert [item["id"] for item in _response(result)["body"]] == [0, 4, 8, 12]
    assert _codes(result) == []


def test_the_last_cursor_again_on_an_empty_page_is_an_end(paged: Any) -> None:
    def kept(request: Any) -> Reply:
        place = int(request.argument("cursor", "0"))
        items = [{"id": place}] if place < 2 else []
        return json_reply({"items": items, "next": min(place + 1, 2)})

    result = paged(kept, BY_CURSOR)
    assert (len(_response(result)["body"]), _codes(result)) == (2, [])


def test_equal_pages_without_identity_are_a_warning_only(paged: Any) -> None:
    """Two measurements may be the same: that is no reason to end a good run."""

    def equal(request: Any) -> Reply:
        return json_reply([0.5, 0.5] if int(request.argument("page", "0")) < 4 else [])

    result = paged(equal, BY_PAGE)
    assert _response(result)["body"] == [0.5] * 6
    assert _codes(result) == ["paging_repeated"]


def test_a_service_that_gives_less_than_asked_for_is_read_to_its_end(paged: Any) -> None:
    """A size of 100 that a service cuts to 3 is no short last page."""
    result = paged("/paging/offset?limit=3", {**BY_OFFSET, "size": 100})
    assert _response(result)["body"] == TEN


@pytest.mark.parametrize(
    ("limits", "count", "pages"),
    [({"maxPages": 2}, 6, 2), ({"maxItems": 5}, 5, 2), ({"maxItems": 6}, 6, 2),
     ({"maxBytes": 70}, 6, 2), ({"maxItems": 9, "maxPages": 4}, 9, 3)],
)  # fmt: skip
def test_limits_that_are_set_end_the_list(
    paged: Any, limits: dict[str, int], count: int, pages: int
) -> None:
    result = paged("/paging/cursor", {**BY_CURSOR, **limits})
    assert (result.status, len(_response(result)["body"])) == ("COMPLETED", count)
    assert _response(result)["pages"] == pages
    (warning,) = result.trace.warnings
    assert warning["code"] == "paging_limited"
    assert warning["pointer"].rpartition("/")[2] == next(iter(limits))


@pytest.mark.parametrize("limits", [{"maxPages": 4}, {"maxItems": 10}, {"maxItems": 100}])
def test_a_limit_that_is_not_passed_cuts_nothing(paged: Any, limits: dict[str, int]) -> None:
    result = paged("/paging/cursor", {**BY_CURSOR, **limits})
    assert (_codes(result), len(_response(result)["body"])) == ([], 10)


def test_a_list_that_ends_before_its_total_is_told(paged: Any) -> None:
    def short(request: Any) -> Reply:
        page = int(request.argument("page", "0"))
        return json_reply({"data": TEN[:4] if page == 1 else [], "total": 10})

    result = paged(short, {**BY_PAGE, "stop": "$.response.body.total"})
    assert (_codes(result), len(_response(result)["body"])) == (["paging_incomplete"], 4)


# Where the items, the parameter and the token are.


@pytest.mark.parametrize("stop", ["$.response.body.total", {**BY_PAGES, "counts": "items"}])
def test_a_total_of_any_length_is_read(paged: Any, stop: Any) -> None:
    pages = iter([[{"id": 1}], []])

    def endless(request: Any) -> Reply:
        body = json.dumps({"items": next(pages), "total": 0, "pages": 0}).replace("0", "9" * 400)
        return Reply(200, (("Content-Type", "application/json"),), body.encode())

    result = paged(endless, {**BY_CURSOR, "stop": stop})
    assert _response(result)["body"] == [{"id": 1}]
    assert _codes(result) == ["paging_incomplete"]


def test_one_list_is_found_wherever_it_is(paged: Any) -> None:
    def inner(request: Any) -> Reply:
        page = int(request.argument("page", "0"))
        return json_reply(
            {"meta": {"page": page}, "result": {"rows": TEN[:2] if page == 1 else []}}
        )

    assert _response(paged(inner, BY_PAGE))["body"] == TEN[:2]


def test_several_lists_have_to_be_told_apart(paged: Any) -> None:
    def two(request: Any) -> Reply:
        return json_reply({"users": [{"id": 1}], "groups": [{"id": 2}], "tags": ["a"]})

    error = paged(two, BY_PAGE).error
    assert (error.code, error.pointer) == ("paging_items", "/inputParameters/httptask/paging/items")
    assert "$.response.body.users, $.response.body.groups" in error.hint


def test_a_page_without_items_may_leave_the_list_out(paged: Any) -> None:
    def left_out(request: Any) -> Reply:
        page = int(request.argument("page", "0"))
        return json_reply({"things": TEN[:2]} if page == 1 else {"kind": "list"})

    assert _response(paged(left_out, BY_PAGE))["body"] == TEN[:2]


def test_no_list_at_all_is_told(paged: Any) -> None:
    result = paged(lambda request: json_reply({"id": 1}), BY_PAGE)
    assert (_response(result)["body"], _codes(result)) == ([], ["paging_no_items"])


def test_the_token_may_be_a_header(paged: Any) -> None:
    def by_header(request: Any) -> Reply:
        place = int(request.header("X-From") or 0)
        reply = json_reply(TEN[place : place + 4])
        more = (("X-Next", str(place + 4)),) if place < 8 else ()
        return Reply(200, (*reply.headers, *more), reply.body)

    place = {"in": "header", "name": "X-From"}
    token = "$.response.headers['X-Next']"
    result = paged(by_header, {"kind": "cursor", "parameter": place, "token": token})
    assert _response(result)["body"] == TEN


def test_the_parameter_may_be_in_the_body(paged: Any, httptask_server: LoopbackServer) -> None:
    """What else is in the body stays, on every page."""

    def search(request: Any) -> Reply:
        asked = json.loads(request.body)
        place = asked["page"].get("after", 0)
        assert asked["filter"] == "red"
        return json_reply(
            {"rows": TEN[place : place + 5], "next": place + 5 if place < 5 else None}
        )

    place = {"in": "body", "name": "/page/after"}
    result = paged(
        search, {**BY_CURSOR, "parameter": place}, method="POST",
        body={"filter": "red", "page": {"size": 5}}, idempotencyKey=True,
    )  # fmt: skip
    assert _response(result)["body"] == TEN
    keys = [request.header("Idempotency-Key") for request in httptask_server.requests]
    assert (len(keys), len(set(keys))) == (2, 2)


def test_a_start_is_taken_from_the_request_or_set(
    paged: Any, httptask_server: LoopbackServer
) -> None:
    assert len(_response(paged("/paging/number?page=3&size=3", BY_PAGE))["body"]) == 4
    assert httptask_server.requests[0].target == "/paging/number?page=3&size=3"
    assert len(_response(paged("/paging/number?size=3", {**BY_PAGE, "start": 2}))["body"]) == 7


def test_an_odd_token_is_refused(paged: Any) -> None:
    for odd in ({"a": 1}, ["x"], True, "y" * 20_000):
        page = json_reply({"items": [1], "next": odd})
        items = {"items": "$.response.body.items"}
        result = paged(lambda request, page=page: page, {**BY_CURSOR, **items})
        assert result.error.code == "paging_token"
