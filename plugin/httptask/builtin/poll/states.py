"""What a response says of a long-running operation: it goes on, has succeeded, or has failed."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Any, Final

from httptask.builtin.reading import Read
from httptask.core.digits import Number
from httptask.definition.options import PollOptions
from httptask.definition.poll_options import FAILED, SUCCEEDED, Source, StateRule
from httptask.errors import ResponseError
from httptask.hooks.views import Task
from httptask.scripts import Script, ScriptError

MONITORS: Final[dict[Source, str]] = {
    "operation-location": "Operation-Location",
    "azure-async": "Azure-AsyncOperation",
}
_ACCEPTED: Final = 202


class State(StrEnum):
    """How an operation stands."""

    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


class States:
    """How the task's options read a response.

    Args:
        task: the execution.
    """

    def __init__(self, task: Task) -> None:
        self._task, self._options = task, task.option("poll")

    def of(self, page: Read, source: str, *, first: bool) -> tuple[State, Any]:
        """Return how the operation stands, and the value that says so.

        Args:
            page: the response.
            source: where it came from: what ``from`` names, or ``location`` of ``auto``.
            first: whether it is the response to the task's own request.

        Raises:
            HttpTaskError: the condition cannot be evaluated.
        """
        options: PollOptions = self._options
        if options.condition is not None:
            begins = first and source != "same" and page.response.status == _ACCEPTED
            return (State.RUNNING, None) if begins else self._by_condition(page, options.condition)
        until = options.until
        if until is None and source in MONITORS and not first:
            until = StateRule()
        if until is None and options.failed is None:
            running = page.response.status == _ACCEPTED or (first and source in MONITORS)
            return (State.RUNNING if running else State.SUCCEEDED), None
        return self._by_rules(page, until, source, first=first)

    def _by_rules(
        self, page: Read, until: StateRule | None, source: str, *, first: bool
    ) -> tuple[State, Any]:
        failed = self._options.failed or StateRule(path=(until or StateRule()).path)
        value = page.read(failed.path)
        wanted = () if until is None or until.in_ is None else tuple(until.in_)
        if _is_one_of(value, failed.in_ or FAILED) and not _is_one_of(value, wanted):
            return State.FAILED, value
        if until is not None:
            value = page.read(until.path)
            if _is_one_of(value, until.in_ or SUCCEEDED):
                return State.SUCCEEDED, value
            # what a Location leads to in the end may be the result, which has no state
            is_result = value is None and source == "location" and not first
            running = not is_result or page.response.status == _ACCEPTED
        else:
            running = page.response.status == _ACCEPTED
        return (State.RUNNING if running else State.SUCCEEDED), value

    def _by_condition(self, page: Read, script: str) -> tuple[State, Any]:
        call = self._task.call
        inputs = call.task.template.evaluate(call.context) if call.inputs is None else call.inputs
        response = page.output["response"]
        shown = {"output": {**response, **page.output}, "input": inputs}
        try:
            value = Script(script).evaluate({call.task.ref: shown, **shown})
        except ScriptError as error:
            raise ResponseError(
                str(error),
                code="condition_failed",
                pointer=f"{call.task.pointer}/httptask/poll/condition",
                retryable=False,
            ) from error
        if value is True or value == 1:
            return State.SUCCEEDED, value
        return (State.FAILED if value == -1 else State.RUNNING), value


def _is_one_of(value: Any, states: Iterable[Any]) -> bool:
    """Tell whether a value is one of some states; texts in any case."""
    return any(_plain(value) == _plain(state) for state in states)


def _plain(value: Any) -> Any:
    if isinstance(value, bool):
        return str(value), "boolean"
    if isinstance(value, Number):
        return float(value)
    return value.casefold() if isinstance(value, str) else value
