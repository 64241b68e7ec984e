"""Who is asked in a stage, and who answers."""

from __future__ import annotations

from typing import Any

import pytest

from httptask.core.message import HttpRequest
from httptask.core.tracing import Level
from httptask.hooks import hookimpl
from httptask.hooks.views import Claim, SignedRequest
from httptask.testing import LoopbackServer


class Declining:
    """Is asked before the defaults and answers nothing; its signature cannot be sent."""

    def __init__(self, value: str) -> None:
        self._value = value

    @hookimpl
    def httptask_claims(self) -> list[Claim]:
        return [Claim("build_request", "nothing"), Claim("authenticate_request", "own")]

    @hookimpl
    def httptask_build_request(self) -> None:
        return None

    @hookimpl
    def httptask_authenticate_request(self, request: HttpRequest) -> SignedRequest:
        return SignedRequest(
            request.with_headers(request.headers.with_header("X-Own", self._value))
        )


def test_the_trace_names_who_answered(
    httptask_server: LoopbackServer, httptask_task_runner: Any
) -> None:
    tasks = httptask_task_runner({"declining": Declining("fine")})
    inputs = {"http_request": {"uri": f"{httptask_server.url}/echo", "method": "GET"}}
    trace = tasks.run(inputs, level=Level.DEBUG).trace.to_json()
    plugins = {stage["name"]: stage["plugin"] for stage in trace["stages"]}
    assert plugins["build_request"] == "httptask.build"
    assert plugins["authenticate_request"] == "declining"


@pytest.mark.parametrize("value", ["a\r\nX-Smuggled: 1", "a\n", "a\0", "\u20ac"])
def test_a_header_of_a_plugin_that_cannot_be_sent(
    httptask_server: LoopbackServer, httptask_task_runner: Any, value: str
) -> None:
    tasks = httptask_task_runner({"declining": Declining(value)})
    inputs = {"http_request": {"uri": f"{httptask_server.url}/echo", "method": "GET"}}
    result = tasks.run(inputs)
    assert result.error.code == "header_value_invalid"
    assert httptask_server.requests == []
