"""Call one stage hook: record it, and turn whatever it raises into one of our errors."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pluggy

from httptask.core.clock import Clock
from httptask.errors import HttpTaskError, PluginError
from httptask.hooks.specs import STAGES
from httptask.pipeline.recorder import Recorder

Asked = tuple[str, Callable[..., Any], Sequence[str]]
"""A plugin's name, its function, and the names of the arguments that it takes."""

_log = logging.getLogger("httptask.plugins")


@dataclass(frozen=True, slots=True)
class StageHooks:
    """The hooks of one plugin manager, looked up once."""

    stages: Mapping[str, Sequence[Asked]]
    get_secret: pluggy.HookCaller
    stage_finished: pluggy.HookCaller | None
    attempt_finished: pluggy.HookCaller | None

    @classmethod
    def of(cls, manager: pluggy.PluginManager) -> StageHooks:
        """Return a manager's hooks; an observer hook that nobody implements is None."""
        return cls(
            {name: _asked(getattr(manager.hook, f"httptask_{name}")) for name in STAGES},
            manager.hook.httptask_get_secret,
            _implemented(manager.hook.httptask_stage_finished),
            _implemented(manager.hook.httptask_attempt_finished),
        )


class Stages:
    """The eight stages of one task execution."""

    def __init__(self, hooks: StageHooks, recorder: Recorder, clock: Clock, task_ref: str) -> None:
        self._hooks = hooks
        self._recorder, self._now, self._task_ref = recorder, clock.monotonic, task_ref
        self.attempt = 0

    def __call__(self, name: str, **arguments: Any) -> Any:
        """Run a stage and return its value.

        Raises:
            HttpTaskError: whatever the stage raises; foreign errors are wrapped in PluginError.
        """
        began, plugin, value = self._now(), "", None
        try:
            for plugin, function, wanted in self._hooks.stages[name]:  # noqa: B007 - for _finish
                value = function(*map(arguments.__getitem__, wanted))
                if value is not None:
                    break
            else:
                raise PluginError(f"no plugin answers the stage {name}", stage=name)
        except HttpTaskError as error:
            error.stage = error.stage or name
            self._finish(name, plugin, began, None, error)
            raise
        except Exception as cause:
            failure = PluginError(
                f"a plugin failed in the stage {name}: {type(cause).__name__}: {cause}",
                code="plugin_failed",
                stage=name,
            )
            self._finish(name, plugin, began, None, failure)
            raise failure from cause
        self._finish(name, plugin, began, value, None)
        return value

    def attempt_finished(self) -> None:
        """Tell the observers about the attempt recorded last."""
        if self._hooks.attempt_finished is not None:
            self._tell(self._hooks.attempt_finished, self._recorder.last_attempt.to_json())

    def _finish(
        self, name: str, plugin: str, began: float, value: Any, error: HttpTaskError | None
    ) -> None:
        self._recorder.stage(name, plugin, began, self._now(), self.attempt, value, error)
        if self._hooks.stage_finished is not None:
            record = self._recorder.render_stage(-1).to_json()
            self._tell(self._hooks.stage_finished, record)

    def _tell(self, observers: Callable[..., Any], record: dict[str, Any]) -> None:
        try:
            observers(task_ref=self._task_ref, record=record)
        except Exception as error:  # noqa: BLE001 - an observer must not change the outcome
            _log.warning("an observer failed: %s", type(error).__name__)


def _asked(hook: pluggy.HookCaller) -> list[Asked]:
    """Return who is asked in turn.

    Where a plugin wraps others only pluggy can ask, and it does not tell who answered.
    """
    impls = hook.get_hookimpls()
    if any(impl.wrapper or impl.hookwrapper for impl in impls):
        assert hook.spec is not None  # noqa: S101 - every stage is specified
        plugins = [impl.plugin_name for impl in impls if not impl.wrapper]
        wanted = hook.spec.argnames
        return [(", ".join(reversed(plugins)), _by_pluggy(hook, wanted), wanted)]
    return [(impl.plugin_name, impl.function, impl.argnames) for impl in reversed(impls)]


def _by_pluggy(hook: pluggy.HookCaller, names: Sequence[str]) -> Callable[..., Any]:
    return lambda *values: hook(**dict(zip(names, values, strict=True)))


def _implemented(hook: pluggy.HookCaller) -> pluggy.HookCaller | None:
    return hook if hook.get_hookimpls() else None
