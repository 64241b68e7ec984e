"""Wait until a service allows a request: calls at a time, and the rate limit that it tells.

The layer stands outside of ``authorize``: a signature would age while it waits.
"""

from __future__ import annotations

import math
import os
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Final, TypeVar

from httptask.builtin.identity import digest, identity_of
from httptask.builtin.limits.locked_file import LockedFile
from httptask.builtin.limits.quota import quota_of
from httptask.builtin.limits.store import LimitStore
from httptask.core.message import ByteStream, HttpRequest, HttpResponse
from httptask.definition.options import LimitsOptions
from httptask.errors import RequestError
from httptask.hooks import hookimpl
from httptask.hooks.views import Claim, Exchange, Send, Task

_TURN: Final = 0.02
_LONGEST_TURN: Final = 1.0
"""Seconds between two looks of one who waits: more, the more of them there are in this process."""

_BUSY: Final = 0.002
_TRIES: Final = 100
"""Seconds until a file is free that others have for a moment, and how often a note is tried."""

_CALLS: Final = frozenset({"task", "redirect"})
"""Purposes of what takes a slot. A layer's own request takes none: it may be made, like a token
call, while its task has one."""

T = TypeVar("T")


class Limits:
    """The layer for ``httptask.limits``."""

    def __init__(self) -> None:
        self._store_of = lru_cache(maxsize=16)(LimitStore)
        self._waiting: defaultdict[tuple[int, str], set[int]] = defaultdict(set)

    @hookimpl
    def httptask_claims(self) -> list[Claim]:
        """Claim ``limits``."""
        about = "waits for the service's rate limit, and while too many calls are under way"
        return [Claim("hedge", "limits", about, options=LimitsOptions)]

    @hookimpl(trylast=True)
    def httptask_hedge(self, exchange: Exchange, request: HttpRequest, send: Send) -> HttpResponse:
        """Wait for a slot, then for the budget; send, and note what the response says."""
        options = exchange.task.options.limits
        if exchange.dry or options is None:
            return send(request)
        try:
            if options.concurrency is None or exchange.purpose not in _CALLS:
                return self._within_budget(exchange.task, request, send)
            slot = self._slot(exchange.task, request, int(options.concurrency))
            try:
                response = self._within_budget(exchange.task, request, send)
                return response.with_stream(_Holding(response.stream, slot))
            except BaseException:
                slot.release()
                raise
        except OSError as error:
            raise _unusable(error) from error

    def _slot(self, task: Task, request: HttpRequest, count: int) -> LockedFile:
        host, store = request.origin.authority, self._store_of(task.call.data)
        key = digest(task.call.data, ["slot", host])
        with self._in_line(key) as turn:
            said = False
            while (slot := store.slot(key, count)) is None:
                if not said:
                    task.recorder.note(f"waits until one of {count} calls to {host} ends")
                    said = True
                left = task.time_left()
                if left is not None and turn() >= left:
                    raise _no_slot(host, count)
                task.wait(turn())
            return slot

    def _within_budget(self, task: Task, request: HttpRequest, send: Send) -> HttpResponse:
        wanted = task.options.limits.budget if task.options.limits is not None else False
        if not wanted:
            return send(request)
        name, about = str(wanted), ["name", wanted]
        if not isinstance(wanted, str):
            name = request.origin.authority
            about = ["host", name, identity_of(task, request)]
        key = digest(task.call.data, about)
        self._take(task, key, name)
        sent = task.call.clock.now()
        response = send(request)
        self._tell(task, key, name, response, sent)
        return response

    def _take(self, task: Task, key: str, name: str) -> None:
        """Wait until the budget has room for one request, and take it."""
        clock, store, told = task.call.clock, self._store_of(task.call.data), 0.0
        with self._in_line(key) as turn:
            while True:
                try:
                    wait = store.change(key, lambda budget: budget.take(clock.now()))
                except BlockingIOError:
                    task.wait(_BUSY)
                    continue
                if wait is None:
                    return
                seconds = max(wait.until - clock.now(), _BUSY)
                if wait.trial:
                    seconds = min(seconds, turn())
                elif wait.until != told:
                    told = wait.until
                    _announce(task, name, seconds)
                task.wait(seconds)

    def _tell(self, task: Task, key: str, name: str, response: HttpResponse, sent: float) -> None:
        """Note what a response says; it counts although that may fail."""
        clock, store = task.call.clock, self._store_of(task.call.data)
        now = clock.now()
        quota = quota_of(response, now)
        for _ in range(_TRIES):
            try:
                return store.change(key, lambda budget: budget.told(quota, sent, now))
            except BlockingIOError:
                clock.wait(_BUSY, None)
            except OSError as error:
                return task.recorder.note(f"cannot note the budget of {name}: {error.strerror}")
        return None

    @contextmanager
    def _in_line(self, key: str) -> Iterator[Callable[[], float]]:
        """Stand in the line of those who wait; give what tells how long until the next look."""
        place, me = (os.getpid(), key), threading.get_ident()
        self._waiting[place].add(me)
        try:
            yield lambda: min(_TURN * len(self._waiting[place]), _LONGEST_TURN)
        finally:
            self._waiting[place].discard(me)
            if not self._waiting[place]:
                self._waiting.pop(place, None)


class _Holding:
    """The stream of a response; its slot is free once it has been read or closed."""

    def __init__(self, stream: ByteStream, slot: LockedFile) -> None:
        self._stream, self._slot = stream, slot

    def __iter__(self) -> Iterator[bytes]:
        try:
            yield from self._stream
        finally:
            self._slot.release()

    def close(self) -> None:
        """Release the connection and the slot."""
        try:
            self._stream.close()
        finally:
            self._slot.release()


def _announce(task: Task, name: str, seconds: float) -> None:
    """Say that a task waits for a budget.

    Raises:
        RequestError: it has not so much time.
    """
    left = task.time_left()
    if left is not None and seconds >= left:
        raise RequestError(
            f"the budget of {name} is used up for {_shown(seconds)}, which would outlast the "
            "deadline",
            code="budget_exhausted",
            retryable=True,
            retry_after=seconds,
            hint="httptask.deadlineMs sets the total time; the task can be retried after that",
        )
    task.recorder.note(f"waits {_shown(seconds)} for the budget of {name}")


def _shown(seconds: float) -> str:
    return f"{math.ceil(seconds)} s" if seconds > 1 else f"{seconds:.1f} s"


def _no_slot(host: str, count: int) -> RequestError:
    return RequestError(
        f"none of {count} calls to {host} ended before the deadline",
        code="concurrency_exhausted",
        retryable=True,
        hint="httptask.limits.concurrency sets how many there may be, httptask.deadlineMs how "
        "long a task waits",
    )


def _unusable(error: OSError) -> RequestError:
    return RequestError(
        f"the limits in the data folder cannot be used: {error.strerror}",
        code="limits_unusable",
        retryable=False,
        hint="check disk space and rights of the data folder; without httptask.limits it is not "
        "used",
    )
