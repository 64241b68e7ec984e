"""The audit hook of the whole test session sees what it is there for."""

from __future__ import annotations

import sys
import types

from one_wire import Strangers, nearest

from httptask.testing import LoopbackServer
from httptask.testing.tasks import TaskRunner


def test_a_task_is_seen_and_is_at_home(
    httptask_server: LoopbackServer,
    httptask_tasks: TaskRunner,
    everything_leaves_through_the_wire: Strangers,
) -> None:
    before = everything_leaves_through_the_wire.seen
    httptask_tasks.run({"http_request": {"uri": httptask_server.url, "method": "GET"}})
    assert everything_leaves_through_the_wire.seen > before
    assert everything_leaves_through_the_wire.found == []


def test_a_caller_outside_is_found() -> None:
    strangers = Strangers()
    strangers.watching = True
    stranger = types.ModuleType("httptask.catalog.somewhere")
    exec("def call(act, *given): return act(*given)", stranger.__dict__)
    strangers.audit("open", ("file",))
    stranger.call(strangers.audit, "socket.connect", (None, ("127.0.0.1", 1)))
    assert strangers.found == ["httptask.catalog.somewhere: socket.connect(('127.0.0.1', 1),)"]
    strangers.audit("socket.connect", (None, ("127.0.0.1", 1)))
    assert len(strangers.found) == 1


def test_a_test_is_nobody_of_the_package() -> None:
    assert nearest(sys._getframe()) == ""
