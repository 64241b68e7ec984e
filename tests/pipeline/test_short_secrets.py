"""A secret that is too short to be found by its value is masked where its field is known."""

from __future__ import annotations

import json
from typing import Any

import pytest

from httptask.core.tracing import Level
from httptask.testing import LoopbackServer
from httptask.testing.tasks import TaskRunner

PIN = "${workflow.secrets.PIN}"


@pytest.mark.parametrize(
    ("request_fields", "options"),
    [
        ({"headers": {"X-Pin": PIN}}, {}),
        ({"headers": {"X-Pin": f"pin {PIN}"}}, {}),
        ({"headers": {"X-Pin": [PIN]}}, {}),
        ({}, {"query": {"pin": PIN}}),
        ({}, {"query": {"pin": [PIN, "b"]}}),
        ({}, {"cookies": {"pin": PIN}}),
        ({"body": {"deep": {"pin": PIN}}}, {}),
        ({}, {"form": {"pin": PIN, "b": "c"}}),
    ],
)
def test_no_trace_shows_it(
    httptask_server: LoopbackServer,
    httptask_tasks: TaskRunner,
    monkeypatch: pytest.MonkeyPatch,
    request_fields: dict[str, Any],
    options: dict[str, Any],
) -> None:
    monkeypatch.setenv("HTTPTASK_SECRET_PIN", "x7q4z")
    uri = f"{httptask_server.url}/status/204"
    request = {"uri": uri, "method": "POST", **request_fields}
    result = httptask_tasks.run({"http_request": request, "httptask": options}, level=Level.TRACE)
    received = httptask_server.requests[0]
    assert b"x7q4z" in received.head + received.body
    assert result.trace is not None
    assert "x7q4z" not in json.dumps(result.trace.to_json())
