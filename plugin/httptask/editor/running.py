"""Tests and sign-ins that run: one thread each, their events streamed, each can be cancelled."""

from __future__ import annotations

import logging
import math
import threading
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import anyio
from anyio import from_thread, to_thread
from anyio.streams.memory import MemoryObjectSendStream
from starlette.types import Receive

from httptask.core.json_text import encode
from httptask.editor.services import Emit
from httptask.errors import HttpTaskError

_LOG = logging.getLogger(__name__)
INTERNAL = HttpTaskError("The server failed.", code="internal_error")
Work = Callable[[Emit], Mapping[str, Any]]
"""Does what is to be done, tells its events meanwhile, and returns the last one."""


class TooManyTestsError(HttpTaskError):
    """More tests wait than the server keeps."""

    default_code = "too_many_tests"


@dataclass(slots=True)
class RunningTests:
    """The tests, or the sign-ins, of this server.

    Attributes:
        parallel: how many run at once.
        waiting: how many may wait beyond that.
        max_shown_bytes: a larger trace reaches the browser without its output.
    """

    parallel: int
    waiting: int
    max_shown_bytes: int
    _flags: dict[str, threading.Event] = field(default_factory=dict)
    _limiter: anyio.CapacityLimiter | None = None

    def cancel(self, test_id: str) -> bool:
        """Ask a test to stop; return False when there is none of that id."""
        flag = self._flags.get(test_id)
        if flag:
            flag.set()
        return flag is not None

    def register(self, flag: threading.Event) -> str:
        """Take a place for a test, cancelled by ``flag``, and return its id.

        Raises:
            TooManyTestsError: no place is left.
        """
        if len(self._flags) >= self.parallel + self.waiting:
            raise TooManyTestsError(
                f"{len(self._flags)} tests are under way", hint="try again when some have ended"
            )
        test_id = uuid4().hex
        self._flags[test_id] = flag
        return test_id

    async def stream(
        self, test_id: str, work: Work, cancelled: threading.Event, receive: Receive
    ) -> AsyncIterator[bytes]:
        """Run a registered test and yield its events as lines of JSON.

        The test is cancelled when the client goes away or the iterator is closed.
        """
        out, events = anyio.create_memory_object_stream[Mapping[str, Any]](math.inf)
        try:
            yield _line({"type": "started", "id": test_id})
            async with anyio.create_task_group() as group:
                group.start_soon(_watch, receive, cancelled)
                group.start_soon(self._work, out, work, cancelled)
                try:
                    async for event in events:
                        yield _line(self._shown(event))
                finally:
                    cancelled.set()
                    events.close()
                    group.cancel_scope.cancel()
        finally:
            self._flags.pop(test_id, None)

    async def _work(
        self,
        out: MemoryObjectSendStream[Mapping[str, Any]],
        work: Work,
        cancelled: threading.Event,
    ) -> None:
        def emit(event: Mapping[str, Any]) -> None:
            with suppress(anyio.BrokenResourceError, anyio.ClosedResourceError):
                from_thread.run_sync(out.send_nowait, event)

        with out:
            result = await to_thread.run_sync(_run, work, emit, cancelled, limiter=self._places())
            with suppress(anyio.BrokenResourceError):  # the client went away meanwhile
                out.send_nowait(result)

    def _places(self) -> anyio.CapacityLimiter:
        self._limiter = self._limiter or anyio.CapacityLimiter(self.parallel)
        return self._limiter

    def _shown(self, event: Mapping[str, Any]) -> Mapping[str, Any]:
        if event["type"] != "trace":
            return event
        trace = dict(event["trace"])
        size = len(encode(trace.get("output")))
        if size > self.max_shown_bytes:
            trace["output"] = None
            trace["outputTooLarge"] = size
        return {"type": "trace", "trace": trace}


def _run(work: Work, emit: Emit, cancelled: threading.Event) -> Mapping[str, Any]:
    if cancelled.is_set():
        return {"type": "cancelled"}
    try:
        return work(emit)
    except HttpTaskError as error:
        return {"type": "error", "error": error.to_json()}
    except Exception:  # noqa: BLE001 - the response has begun, and must say that it ends here
        _LOG.exception("a test failed")
        return {"type": "error", "error": INTERNAL.to_json()}


async def _watch(receive: Receive, cancelled: threading.Event) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    cancelled.set()


def _line(event: Mapping[str, Any]) -> bytes:
    return encode(event) + b"\n"
