"""A worker for a Conductor server, which checks each task's definition before it calls."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import pluggy

from httptask.app.check import check_single
from httptask.app.load import Surroundings
from httptask.core.json_text import decode_own, encode
from httptask.definition.findings import Loaded
from httptask.definition.workflow import WorkflowTask
from httptask.engines.conductor.service import WorkerOptions, run_worker

_log = logging.getLogger("httptask.worker")


def work(options: WorkerOptions, ready: Callable[[int | None], None] | None = None) -> None:
    """Work until SIGINT or SIGTERM; a second signal stops at once.

    Args:
        options: what the worker is started with.
        ready: called with the figures' port (or None) once it runs.

    Raises:
        HttpTaskError: plugins or settings are wrong.
    """
    run_worker(options, ready, checking=checking)


def checking(manager: pluggy.PluginManager) -> Callable[[Mapping[str, Any]], None]:
    """Return what refuses a task for what ``httptask check`` calls an error of its definition.

    Warnings are logged, once for each definition.

    Args:
        manager: the worker's plugins.
    """
    beside = Surroundings.of(manager)

    @lru_cache(maxsize=256)
    def checked(written: bytes) -> Loaded[WorkflowTask]:
        task = decode_own(written)
        found = check_single(task, beside)
        for finding in found.findings:
            if finding.severity == "warning":
                name = task["taskReferenceName"]
                _log.info("task %s: %s (%s)", name, finding.message, finding.code)
        return found

    def check(task: Mapping[str, Any]) -> None:
        checked(encode(task)).require()

    return check
