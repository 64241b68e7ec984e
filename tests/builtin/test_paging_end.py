"""Paging by a number that this side counts up: a page that is not there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from httptask.testing import LoopbackServer, Reply, json_reply
from httptask.testing.tasks import TaskRunner

TWO = [{"id": 1}, {"id": 2}]
BY_PAGES = {"path": "$.response.body.pages", "counts": "pages"}


@pytest.mark.parametrize(
    ("more", "items", "status"),
    [({}, TWO, "COMPLETED"), ({"stop": BY_PAGES}, TWO, "FAILED"), ({}, [], "FAILED")],
)
def test_a_later_page_that_is_not_there_ends_a_list_without_a_told_end(
    httptask_server: LoopbackServer,
    httptask_task_runner: Callable[..., TaskRunner],
    more: Any,
    items: Any,
    status: str,
) -> None:
    def pets(request: Any) -> Reply:
        number = int(request.argument("page", "1"))
        there = items[number - 1 : number]
        return json_reply({"items": there, "pages": 3}) if there else Reply(404)

    httptask_server.route("/pets", pets)
    result = httptask_task_runner().run(
        {
            "http_request": {"uri": f"{httptask_server.url}/pets", "method": "GET"},
            "httptask": {"paging": {"kind": "page", "parameter": "page", **more}},
        }
    )
    assert result.status.startswith(status)
    assert result.output["response"]["body"] == items
    assert result.output["response"]["statusCode"] == (200 if status == "COMPLETED" else 404)
