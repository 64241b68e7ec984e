"""The five stages: ask the plugins in turn for the next value."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pluggy

from httptask.errors import PluginError
from httptask.hooks.specs import STAGES
from httptask.wire.recorder import Step
from httptask.wire.tracer import Tracer, as_ours

Asked = tuple[str, Callable[..., Any], Sequence[str]]
"""A plugin's name, its function, and the names of the arguments that it takes."""


class StageHooks:
    """The stage hooks of one plugin manager, looked up once."""

    def __init__(self, manager: pluggy.PluginManager) -> None:
        self.asked: Mapping[str, Sequence[Asked]] = {
            name: _asked(getattr(manager.hook, f"httptask_{name}")) for name in STAGES
        }


class Stages:
    """The stages of one task execution."""

    def __init__(self, hooks: StageHooks, tracer: Tracer) -> None:
        self._asked, self._tracer = hooks.asked, tracer

    def __call__(self, name: str, **arguments: Any) -> Any:
        """Run a stage and return its value.

        Raises:
            HttpTaskError: whatever the stage raises; foreign errors are wrapped in PluginError.
        """
        tracer = self._tracer
        began, plugin, value = tracer.started("stage", name), "", None
        try:
            for plugin, function, wanted in self._asked[name]:  # noqa: B007 - for the record
                value = function(*map(arguments.__getitem__, wanted))
                if value is not None:
                    break
            else:
                raise PluginError(f"no plugin implements the stage {name}", stage=name)
        except Exception as cause:
            error = as_ours(cause, name)
            if tracer.records:
                ended = tracer.now()
                tracer.finished(Step(name, plugin, began, ended, tracer.attempt, None, error))
            if error is cause:
                raise
            raise error from cause
        if tracer.records:
            tracer.finished(Step(name, plugin, began, tracer.now(), tracer.attempt, value))
        return value


def _asked(hook: pluggy.HookCaller) -> list[Asked]:
    """Return who is asked in turn.

    Where a plugin wraps others only pluggy can ask, and it does not tell whose value it returns.
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
