"""Tasks against go-httpbin: what another author's server does with each layer and codec."""

from __future__ import annotations

import json
from typing import Any

import pytest

from httptask.core.result import TaskResult
from httptask.testing.tasks import TaskRunner


@pytest.fixture
def run(httpbin: str, httptask_tasks: TaskRunner) -> Any:
    """Return a function that runs a task against a path."""

    def ran(path: str, method: str = "GET", *, body: Any = None, **options: Any) -> TaskResult:
        request: dict[str, Any] = {"uri": f"{httpbin}{path}", "method": method}
        if body is not None:
            request["body"] = body
        return httptask_tasks.run({"http_request": request, "httptask": options})

    return ran


def _body(result: TaskResult) -> Any:
    assert result.error is None, result.reason
    return result.output["response"]["body"]


def test_a_request_arrives_as_it_was_written(run: Any) -> None:
    options = {"query": {"a": ["1", "2"], "ü": "&="}}
    found = _body(run("/anything/x", "POST", body={"n": [1, "ü"]}, **options))
    assert found["method"] == "POST"
    assert found["args"] == {"a": ["1", "2"], "ü": ["&="]}
    assert found["json"] == {"n": [1, "ü"]}
    assert _body(run("/post", "POST", form={"a": "1 2"}))["form"] == {"a": ["1 2"]}


@pytest.mark.parametrize("path", ["/gzip", "/deflate"])
def test_a_content_coding_is_undone(run: Any, path: str) -> None:
    found = _body(run(path))
    assert found.get("gzipped") or found.get("deflated")


@pytest.mark.parametrize(
    ("path", "auth"),
    [
        ("/basic-auth/ana/pw", {"type": "basic", "username": "ana", "password": "pw"}),
        ("/hidden-basic-auth/ana/pw", {"type": "basic", "username": "ana", "password": "pw"}),
        ("/bearer", {"type": "bearer", "token": "t1"}),
        ("/digest-auth/auth/ana/pw", {"type": "digest", "username": "ana", "password": "pw"}),
        (
            "/digest-auth/auth/ana/pw/SHA-256",
            {"type": "digest", "username": "ana", "password": "pw"},
        ),
    ],
)
def test_credentials_are_taken(run: Any, path: str, auth: dict[str, Any]) -> None:
    assert _body(run(path, auth=auth))
    assert run(path).output["response"]["statusCode"] in (401, 404)


def test_redirects_end(run: Any) -> None:
    assert _body(run("/redirect/3"))["url"].endswith("/get")
    assert run("/redirect/3", redirects={"max": 2}).error.code == "redirect_limit"
    found = _body(run("/redirect-to?url=/anything&status_code=307", "POST", body={"a": 1}))
    assert (found["method"], found["json"]) == ("POST", {"a": 1})


def test_a_status_is_repeated_and_told(run: Any) -> None:
    result = run("/status/503", retry={"maxAttempts": 3, "initialDelayMs": 0})
    assert (result.error.code, len(result.trace.exchanges)) == ("status_not_accepted", 3)
    assert run("/status/418").output["response"]["statusCode"] == 418


def test_streams_are_read(run: Any) -> None:
    lines = _body(run("/stream/3", response={"format": "text"})).splitlines()
    assert [json.loads(line)["id"] for line in lines] == [0, 1, 2]
    events = _body(run("/sse?count=3&duration=0.2s&delay=0s", response={"format": "events"}))
    assert len(events) == 3
    assert _body(run("/drip?numbytes=5&duration=0.2&delay=0")) == "*****"


def test_bodies_of_other_kinds(run: Any) -> None:
    slides = _body(run("/xml", response={"format": "xml", "lists": ["slide"]}))
    assert [slide["title"] for slide in slides["slideshow"]["slide"]]
    file = _body(run("/image/png", response={"format": "file"}))
    assert file["mediaType"] == "image/png"
    assert _body(run("/bytes/2048?seed=1", response={"format": "file"}))["size"] == 2048


def test_a_deadline_ends_a_slow_response(run: Any) -> None:
    result = run("/delay/5", deadlineMs=400)
    assert result.error.code in ("deadline_exceeded", "read_timeout")
    assert run("/drip?numbytes=10&duration=8&delay=0", deadlineMs=600).error is not None


def test_a_stored_response_is_revalidated(run: Any) -> None:
    results = [run("/etag/v1", cache={}) for _ in range(2)]
    assert all(result.error is None for result in results)
    statuses = [result.trace.exchanges[-1].response["status"] for result in results]
    assert statuses == [200, 304]


def test_an_endless_list_is_ended(run: Any) -> None:
    """Every page of it is the same: it has no pages."""
    paging = {"kind": "page", "parameter": "page", "items": "$.response.body.slideshow.slides"}
    result = run("/json", paging={**paging, "maxPages": 4})
    assert result.error is None
    told = {each["code"] for each in result.trace.warnings}
    assert told == {"paging_repeated", "paging_limited"}


def test_a_poll_has_its_limit(run: Any) -> None:
    result = run("/status/202", poll={"from": "same", "interval": 0.01, "max": 3})
    assert (result.error.code, len(result.trace.exchanges)) == ("poll_limit", 4)
