"""What an execution kept, changed where it is stored: an error, and nothing is sent."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from httptask.core.execution import Execution, Part
from httptask.core.result import TaskResult, TaskStatus
from httptask.errors import HttpTaskError
from httptask.testing import LoopbackServer, Reply, json_reply
from httptask.testing.tasks import TaskRunner

POLL = {"polls": 1, "spent": 1.5, "url": "URL/state", "source": "location"}
PAGES = {
    "next": 2,
    "counts": [1, 2, 9],
    "sizes": [2, 0],
    "seen": [True, False],
    "place": None,
    "stored": 0,
}
OPTIONS: dict[str, dict[str, Any]] = {
    "poll": {"interval": 0.01},
    "paging": {"kind": "page", "parameter": "page"},
}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)

PLACES = {"poll": "poll/poll", "paging": "page/paging"}
"""Under which name each layer keeps."""

Resumed = Callable[[str, Any], TaskResult]


@pytest.fixture
def resumed(
    httptask_server: LoopbackServer, httptask_task_runner: Callable[..., TaskRunner]
) -> Resumed:
    """Return a function that goes on with a task: ``resumed("poll", what the layer kept)``."""
    tasks = httptask_task_runner()
    httptask_server.route("/work", lambda request: Reply(202, (("Location", "/state"),)))
    httptask_server.route("/state", lambda request: json_reply({"done": True}))
    httptask_server.route("/list", lambda request: json_reply([]))

    def run(layer: str, kept: Any) -> TaskResult:
        text = json.dumps(kept).replace("URL", httptask_server.url)
        part = Part({"layers": json.loads(text), "mayRepeat": True})
        path, method = ("/list", "GET") if layer == "paging" else ("/work", "POST")
        request = {"uri": f"{httptask_server.url}{path}", "method": method}
        inputs = {"http_request": request, "httptask": {layer: OPTIONS[layer]}}
        return tasks.run(inputs, execution=replace(Execution.fresh("call"), part=part))

    return run


def _error(result: TaskResult) -> HttpTaskError:
    assert result.error is not None
    return result.error


@pytest.mark.parametrize("layer", ["poll", "paging"])
def test_what_was_kept_is_gone_on_with(
    resumed: Resumed, httptask_server: LoopbackServer, layer: str
) -> None:
    result = resumed(layer, {PLACES[layer]: POLL if layer == "poll" else PAGES})
    assert result.status is TaskStatus.COMPLETED
    (request,) = httptask_server.requests
    assert request.target == ("/state" if layer == "poll" else "/list?page=2")


@pytest.mark.parametrize(
    ("layer", "change"),
    [
        ("poll", {"polls": "many"}),
        ("poll", {"polls": -1}),
        ("poll", {"spent": None}),
        ("poll", {"url": 7}),
        ("poll", {"url": None}),
        ("poll", {"source": "elsewhere"}),
        ("poll", {"source": ["body"]}),
        ("paging", {"next": None}),
        ("paging", {"next": "two"}),
        ("paging", {"next": {"page": 2}}),
        ("paging", {"counts": [1]}),
        ("paging", {"counts": [1, "2", 9]}),
        ("paging", {"sizes": {}}),
        ("paging", {"seen": [1, 2]}),
        ("paging", {"place": "items"}),
        ("paging", {"stored": -1}),
    ],
)
def test_what_was_changed_is_an_error_of_ours(
    resumed: Resumed, httptask_server: LoopbackServer, layer: str, change: dict[str, Any]
) -> None:
    kept = {**(POLL if layer == "poll" else PAGES), **change}
    result = resumed(layer, {PLACES[layer]: kept})
    error = _error(result)
    assert (error.code, error.pointer) == ("kept_malformed", f"/inputParameters/httptask/{layer}")
    assert "begin the task again" in error.hint
    assert result.status is TaskStatus.FAILED_WITH_TERMINAL_ERROR
    assert httptask_server.requests == []


@pytest.mark.parametrize("kept", [[], "poll", 7, {"poll/poll": []}, {"poll/poll": "state"}])
def test_layers_that_are_none_are_an_error_too(
    resumed: Resumed, httptask_server: LoopbackServer, kept: Any
) -> None:
    error = _error(resumed("poll", kept))
    assert error.code == "kept_malformed"
    assert error.pointer.startswith("/inputParameters")
    assert httptask_server.requests == []


@pytest.mark.parametrize(
    "url", ["/state", "URL/a b", "URL/a\r\nX: y", "URL:99999/", "http://[", ""]
)
def test_an_address_that_is_none_is_an_error_too(
    resumed: Resumed, httptask_server: LoopbackServer, url: str
) -> None:
    error = _error(resumed("poll", {"poll/poll": {**POLL, "url": url}}))
    assert error.code != "plugin_failed"
    assert httptask_server.requests == []


@settings(
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(layer=st.sampled_from(["poll", "paging"]), kept=JSON, key=st.sampled_from([*POLL, *PAGES]))
def test_no_value_is_taken_for_a_fault_of_a_plugin(
    resumed: Resumed, layer: str, kept: Any, key: str
) -> None:
    whole, place = POLL if layer == "poll" else PAGES, PLACES[layer]
    for state in (kept, {place: kept}, {place: {**whole, key: kept}}):
        result = resumed(layer, state)
        assert result.error is None or result.error.code != "plugin_failed"
