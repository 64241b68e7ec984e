"""Calls that a stop may leave behind, in real threads."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from waiting import wait_until

from httptask.core.result import TaskResult, TaskStatus
from httptask.engines.embedded.stopping import Abandonable, Stopped


def result() -> TaskResult:
    return TaskResult(TaskStatus.COMPLETED, {"thread": threading.get_ident()})


def elsewhere(work: Callable[[], Any]) -> Any:
    """Return what the work returns in a thread other than the main one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(work).result()


def lives(thread: int) -> bool:
    return thread in {each.ident for each in threading.enumerate()}


def test_the_main_thread_makes_its_calls_itself() -> None:
    found = Abandonable(threading.Event())(result)
    assert found.output == {"thread": threading.get_ident()}


def test_calls_one_after_the_other_share_a_thread() -> None:
    attempt = Abandonable(threading.Event())
    (thread,) = {elsewhere(lambda: attempt(result)).output["thread"] for _ in range(5)}
    assert lives(thread)
    attempt.close()
    wait_until(lambda: not lives(thread), 5)


def test_a_stop_leaves_a_call_behind_and_its_thread_ends_with_it() -> None:
    stopping, may_end = threading.Event(), threading.Event()
    attempt = Abandonable(stopping)
    threads = []

    def slow() -> TaskResult:
        threads.append(threading.get_ident())
        stopping.set()
        may_end.wait(10)
        return result()

    with pytest.raises(Stopped):
        elsewhere(lambda: attempt(slow))
    assert lives(threads[0])
    may_end.set()
    wait_until(lambda: not lives(threads[0]), 5)
