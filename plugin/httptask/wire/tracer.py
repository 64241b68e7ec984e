"""Run one function of a plugin: record it, tell who watches, and make its errors ours."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from traceback import TracebackException
from typing import Any

import pluggy

from httptask.core.clock import Clock
from httptask.core.execution import Execution
from httptask.errors import HttpTaskError, PluginError
from httptask.wire.recorder import Recorder, Step

_log = logging.getLogger("httptask.plugins")


class StoppedError(BaseException):
    """The caller asked to stop here; no plugin is meant to catch it."""


class Tracer:
    """Records what the plugins do in one task execution.

    Args:
        recorder: keeps the records.
        clock: tells the time.
        execution: which execution this is, for those who watch.
        observers: the hooks of a plugin manager; None where nobody watches.

    Attributes:
        attempt: number of the attempt under way, 0 before the first.
        records: whether anybody will read of the stages and layers that ended.
    """

    def __init__(
        self, recorder: Recorder, clock: Clock, execution: Execution, observers: Observers
    ) -> None:
        self.recorder, self.now = recorder, clock.monotonic
        self._execution, self._observers = execution, observers
        self.attempt = 0
        self.records = recorder.shows_steps or observers.finished is not None

    def started(self, kind: str, name: str, plugin: str = "") -> float:
        """Tell that something starts; return the time."""
        if self._observers.started is not None:
            record = {"type": kind, "name": name, "plugin": plugin, "attempt": self.attempt}
            self._tell(self._observers.started, record)
        return self.now()

    def finished(self, step: Step) -> None:
        """Record a stage or a layer that ended."""
        self.recorder.step(step)
        if self._observers.finished is not None:
            about = {"type": "layer" if step.kind else "stage", "name": step.name}
            self._tell(
                self._observers.finished, {**about, **self.recorder.render_step(step).to_json()}
            )

    def ended(self, kind: str, name: str, record: Callable[[], Mapping[str, Any]]) -> None:
        """Tell that a task or an attempt ended; its record is made if anybody watches."""
        if self._observers.finished is not None:
            about = {"type": kind, "name": name, "attempt": self.attempt}
            self._tell(self._observers.finished, {**about, **record()})

    def _tell(self, observers: Callable[..., Any], record: dict[str, Any]) -> None:
        try:
            observers(execution=self._execution, record=record)
        except Exception as error:  # noqa: BLE001 - an observer must not change the outcome
            _log.warning("an observer failed: %s", type(error).__name__)


class Observers:
    """The hooks of those who watch; None where nobody does."""

    def __init__(self, manager: pluggy.PluginManager) -> None:
        self.started = _implemented(manager.hook.httptask_started)
        self.finished = _implemented(manager.hook.httptask_finished)


def as_ours(error: Exception, name: str) -> HttpTaskError:
    """Return what a plugin raised as one of our errors, with the stage or layer it came from."""
    if isinstance(error, HttpTaskError):
        error.stage = error.stage or name
        return error
    failure = PluginError(
        f"a plugin failed in {name}: {type(error).__name__}: {_text(error)}",
        code="plugin_failed",
        stage=name,
    )
    failure.__cause__ = error
    return failure


def _text(error: Exception) -> str:
    """Return what an exception says, if it can say it."""
    return str(TracebackException(type(error), error, None))


def _implemented(hook: pluggy.HookCaller) -> pluggy.HookCaller | None:
    return hook if hook.get_hookimpls() else None
