"""Plugins with one layer, for tests."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from httptask.core.result import TaskResult
from httptask.hooks import hookimpl
from httptask.hooks.specs import SIGNED_SLOTS, SLOTS
from httptask.hooks.views import Claim
from httptask.testing import LoopbackServer

AROUND = [slot for slot in SLOTS if slot not in {"authorize", "send_request"}]


def request_to(server: LoopbackServer, path: str = "/echo", **options: Any) -> dict[str, Any]:
    return {
        "http_request": {"uri": server.url + path, "method": "GET"},
        "httptask": options,
    }


def layers(result: TaskResult, plugin: str = "mine") -> list[tuple[str, int]]:
    assert result.trace is not None
    return [(each.slot, each.inward) for each in result.trace.layers if each.plugin == plugin]


def plugin(slot: str, act: Callable[..., Any], claim: Claim | None = None) -> object:
    """Return a plugin with one layer; ``act`` is given the view, the request and the next one."""

    class Mine:
        @hookimpl
        def httptask_claims(self) -> list[Claim]:
            return [claim or Claim(slot, "test", "of a test")]

    first = (slot in SIGNED_SLOTS and "signed") or "request"
    views = {"pinned": "task", "page": "task", "poll": "task", "repeat": "attempt"}
    view = views.get(slot, "attempt" if slot == "breaker" else "exchange")
    onward = {"task": "ask", "attempt": "attempt_once", "exchange": "send"}[view]
    text = f"def layer(self, {view}, {first}, {onward}): return act({view}, {first}, {onward})"
    made: dict[str, Any] = {"act": act}
    exec(text, made)
    setattr(Mine, f"httptask_{slot}", hookimpl(made["layer"]))
    return Mine()


def through(view: Any, request: Any, onward: Any) -> Any:
    return onward(request)
