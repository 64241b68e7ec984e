"""A type checker finds layers that are wrong: types widen in ``authorize`` only."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
from mypy import api

HEAD = """
from httptask.core.message import HttpRequest, HttpResponse
from httptask.hooks.views import (
    Ask, DecodedBody, Exchange, Outcome, Send, SendSigned, SignedRequest, Task,
)
"""
RIGHT = {
    "signer": """
def layer(exchange: Exchange, request: HttpRequest, send: SendSigned) -> HttpResponse:
    return send(SignedRequest(request, fields=("Authorization",)))
""",
    "cache": """
def layer(exchange: Exchange, request: HttpRequest, send: Send) -> HttpResponse:
    return send(request)
""",
    "pager": """
def layer(task: Task, request: HttpRequest, ask: Ask) -> Outcome:
    outcome = ask(request)
    return outcome if outcome.body is None else Outcome(outcome.verdict, outcome.response)
""",
    "observer": """
def layer(exchange: Exchange, signed: SignedRequest, send: SendSigned) -> HttpResponse:
    print(signed.fields)
    return send(signed)
""",
}
WRONG = {
    "a cache that reads credentials": """
def layer(exchange: Exchange, request: HttpRequest, send: Send) -> HttpResponse:
    print(request.fields)
    return send(request)
""",
    "a signer that forgets to sign": """
def layer(exchange: Exchange, request: HttpRequest, send: SendSigned) -> HttpResponse:
    return send(request)
""",
    "a pager that reads a body that may not be there": """
def layer(task: Task, request: HttpRequest, ask: Ask) -> Outcome:
    print(ask(request).body.value)
    return ask(request)
""",
    "a return that was forgotten": """
def layer(exchange: Exchange, request: HttpRequest, send: Send) -> HttpResponse:
    send(request)
""",
    "a signed request for an unsigned slot": """
def layer(exchange: Exchange, request: HttpRequest, send: Send) -> HttpResponse:
    return send(SignedRequest(request))
""",
    "an unsigned request of a guard": """
def layer(exchange: Exchange, signed: SignedRequest, send: SendSigned) -> HttpResponse:
    return send(signed.request)
""",
}


@pytest.mark.xdist_group("mypy")
def test_a_type_checker_tells_right_layers_from_wrong_ones(
    tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(root)  # with the project's settings, so that its cache serves both
    programs = {f"right_{number}": text for number, text in enumerate(RIGHT.values())}
    programs |= {f"wrong_{number}": text for number, text in enumerate(WRONG.values())}
    for name, text in programs.items():
        (tmp_path / f"{name}.py").write_text(HEAD + text, "utf-8")
    files = [str(tmp_path / f"{name}.py") for name in programs]
    limit = sys.getrecursionlimit()
    try:
        said, _, _ = api.run(files)
    finally:
        sys.setrecursionlimit(limit)  # mypy raises it for good, and other tests rely on it
    found = set(re.findall(r"(\w+)\.py:\d+: error", said))
    assert found == {name for name in programs if name.startswith("wrong_")}, said
