"""Test one request: run one task as production would, and see every stage."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from dataclasses import replace as replaced
from typing import Any

import pluggy
from msgspec.structs import replace

from httptask.core.execution import Execution
from httptask.core.json_text import pretty
from httptask.core.result import TaskResult, TaskStatus
from httptask.core.sensitive import Redactor
from httptask.core.tracing import Level, Trace
from httptask.expressions import Context
from httptask.hooks.task import CompiledTask
from httptask.pipeline import Pipeline, Recorder
from httptask.settings import Settings
from httptask.trial.curl import curl_command
from httptask.trial.missing import require_inputs
from httptask.trial.suggestions import suggestions
from httptask.wire.recorder import Watcher

DRY_RUN_STOP = "authorize"

NextStep = Callable[[TaskResult], tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Trial:
    """How test requests are made.

    Attributes:
        settings: the machine's side.
        manager: the plugins.
        level: how much of the trace is kept.
        dry_run: stop before anything is sent.
        watch: called with each stage, exchange, event and attempt as it happens, redacted.
        cancelled: set it to give up.
        next_step: tells from a result what the engine would do next, as a trace status and in
            words; without it the task counts as one that is not retried.
    """

    settings: Settings
    manager: pluggy.PluginManager
    level: Level = Level.DEBUG
    dry_run: bool = False
    watch: Watcher | None = None
    cancelled: threading.Event | None = None
    next_step: NextStep | None = None

    def run(self, task: CompiledTask, context: Context) -> TaskResult:
        """Run the task once; its trace has a curl command and suggestions as well.

        Raises:
            InputError: values that the task refers to are missing.
        """
        require_inputs(task, context)
        execution = Execution.fresh(task.ref)
        redactor = Redactor()
        recorder = Recorder(redactor, self.level, self.watch)
        call = self.settings.call(
            task,
            replaced(context, task_id=execution.task_id),
            execution,
            redactor=redactor,
            mode="trial",
            cancelled=self.cancelled,
        )
        stop_after = DRY_RUN_STOP if self.dry_run else ""
        result = Pipeline(self.manager).run(call, recorder, stop_after)
        return replace(result, trace=self._completed(task, result, recorder, redactor))

    def _completed(
        self, task: CompiledTask, result: TaskResult, recorder: Recorder, redactor: Redactor
    ) -> Trace | None:
        trace = result.trace
        if trace is None:
            return None
        status, words = trace.status, trace.next_step
        if not trace.stopped_after:
            status, words = (self.next_step or _without_retries)(result)
        literals = frozenset(_literals(task.written))
        curls = {
            number: curl_command(request, redactor, literals)
            for number, request in recorder.requests.items()
        }
        return replace(
            trace,
            status=status,
            next_step=words,
            exchanges=tuple(replace(each, curl=curls.get(each.id, "")) for each in trace.exchanges),
            curl=next(reversed(curls.values()), ""),
            suggestions=tuple(
                redactor.text(text) for text in suggestions(task, result, redactor.named)
            ),
        )


def _literals(value: Any) -> Iterator[str]:
    """Yield the texts that stand in a definition as they are sent."""
    if isinstance(value, Mapping):
        for item in value.values():
            yield from _literals(item)
    elif isinstance(value, list):
        for item in value:
            yield from _literals(item)
    elif not isinstance(value, str) or "${" not in value:
        yield value if isinstance(value, str) else pretty(value, 0)


def _without_retries(result: TaskResult) -> tuple[str, str]:
    match result.status:
        case TaskStatus.COMPLETED:
            return "completed", "the workflow would go on"
        case TaskStatus.IN_PROGRESS:
            return "in_progress", "the task would wait until it is completed from outside"
        case TaskStatus.FAILED_WITH_TERMINAL_ERROR:
            return "failed_terminal", "the workflow would fail; no retry would help"
    return "failed", "the workflow would fail: the task has no retries"
