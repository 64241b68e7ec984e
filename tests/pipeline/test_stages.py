"""Who is asked in a stage, and whose value counts."""

from __future__ import annotations

from typing import Any

import pytest

from httptask.core.message import HttpResponse
from httptask.core.tracing import Level
from httptask.hooks import hookimpl
from httptask.hooks.views import Claim, SendSigned, SignedRequest
from httptask.testing import LoopbackServer


class Declining:
    """Is asked before the defaults and returns nothing; its signature cannot be sent."""

    def __init__(self, value: str) -> None:
        self._value = value

    @hookimpl
    def httptask_claims(self) -> list[Claim]:
        return [Claim("build_request", "nothing"), Claim("guard", "own")]

    @hookimpl
    def httptask_build_request(self) -> None:
        return None

    @hookimpl
    def httptask_guard(self, signed: SignedRequest, send: SendSigned) -> HttpResponse:
        headers = signed.request.headers.with_header("X-Own", self._value)
        return send(SignedRequest(signed.request.with_headers(headers)))


def test_the_trace_names_the_plugin(
    httptask_server: LoopbackServer, httptask_task_runner: Any
) -> None:
    tasks = httptask_task_runner({"declining": Declining("fine")})
    inputs = {"http_request": {"uri": f"{httptask_server.url}/echo", "method": "GET"}}
    trace = tasks.run(inputs, level=Level.DEBUG).trace.to_json()
    plugins = {stage["name"]: stage["plugin"] for stage in trace["stages"]}
    assert plugins["build_request"] == "httptask.build"
    guards = [layer["plugin"] for layer in trace["layers"] if layer["slot"] == "guard"]
    assert guards == ["declining", "httptask.policy"]


@pytest.mark.parametrize("value", ["a\r\nX-Smuggled: 1", "a\n", "a\0", "\u20ac"])
def test_a_header_of_a_plugin_that_cannot_be_sent(
    httptask_server: LoopbackServer, httptask_task_runner: Any, value: str
) -> None:
    tasks = httptask_task_runner({"declining": Declining(value)})
    inputs = {"http_request": {"uri": f"{httptask_server.url}/echo", "method": "GET"}}
    result = tasks.run(inputs)
    assert result.error.code == "header_value_invalid"
    assert httptask_server.requests == []
