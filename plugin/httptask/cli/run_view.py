"""A workflow execution in the terminal."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Self

from httptask.cli.output import (
    bold,
    brief,
    dim,
    is_stored_file,
    is_terminal,
    json_text,
    mark,
    milliseconds,
    plain,
    print_json,
    say,
    short_json,
    size_text,
    style,
)
from httptask.core.sensitive import MASK
from httptask.errors import InterruptedCallError

if TYPE_CHECKING:
    from httptask.engines.embedded import RunEvent

MASKED = f"{MASK} in an output stands for a secret; it is not stored"

_GOOD = frozenset({"COMPLETED", "COMPLETED_WITH_ERRORS", "SKIPPED"})
_UNKNOWN = InterruptedCallError.default_code
_UNFINISHED = frozenset({"RUNNING", "PAUSED"})
_RETRIED = frozenset({"FAILED", "TIMED_OUT"})
_OPEN = frozenset({"SCHEDULED", "IN_PROGRESS"})
_BY_TASK = re.compile(r"Task (\S+) failed with status: ")
"""How a server begins the reason of a run: with the id of the task that failed."""
_REASON = 300
_COLOURS = {"COMPLETED": "green", "RUNNING": "yellow", "IN_PROGRESS": "yellow"}


def coloured(status: str) -> str:
    """Return a status in its colour."""
    return style(status, fg=_COLOURS.get(status, "red"))


class Progress:
    """Shows on standard error how a run goes on; on a terminal also what it waits for."""

    def __init__(self, *, quiet: bool = False) -> None:
        self._quiet, self._draws = quiet, not quiet and is_terminal()
        self._waiting: dict[str, str] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._erase()
        self._draws = False

    def saw(self, event: RunEvent) -> None:
        """Show one event."""
        task = event.document
        if self._quiet or event.kind not in {"task_scheduled", "task_updated", "waiting"}:
            return
        self._erase()
        if event.kind == "waiting":
            say(f"{mark(None)} {dim(wait_text(task))}", error=True)
        elif task["status"] not in _OPEN:
            self._waiting.pop(task["taskId"], None)
            show_task(task)
        elif task["taskType"] == "HTTP":
            self._waiting[task["taskId"]] = task["referenceTaskName"]
        if self._draws and self._waiting:
            names = plain(", ".join(self._waiting.values()))
            say(f"{mark(None)} {dim(names[:70] + ' …')}", error=True, nl=False)

    def _erase(self) -> None:
        if self._draws:
            say("\r\x1b[K", error=True, nl=False)


def wait_text(wait: Mapping[str, Any]) -> str:
    """Say what a run waits for, how long, and which command ends it."""
    ends = {"completion": "for its completion", "run": "for the run that it started"}
    left, end = wait["remainingMs"], ends.get(wait["waitsFor"])
    time = "" if left is None else milliseconds(float(left))
    what = " or ".join(filter(None, (time, end)))
    command = f": {wait['command']}" if wait["command"] else ""
    return plain(f"{wait['referenceTaskName']} waits {what}{command}")


def show_task(task: Mapping[str, Any], *, error: bool = True) -> None:
    """Show one task, on standard error or on standard output."""
    status = task["status"]
    good = None if status in _OPEN else status in _GOOD
    retried = f" retry {task['retryCount']}" if task.get("retryCount") else ""
    took = "" if good is None else milliseconds(float(task["endTime"] - task["startTime"]))
    name = f"{plain(task['referenceTaskName']):<20}"
    line = f"{mark(good)} {name} {dim(task['taskType'])}{retried} {coloured(status)} {dim(took)}"
    say(line.rstrip(), error=error)
    if task.get("reasonForIncompletion"):
        say(f"    {plain(brief(task['reasonForIncompletion'], _REASON))}", error=error)
    _show_cause(task.get("error") or {}, error=error)
    _show_warnings(task, error=error)


def _show_warnings(task: Mapping[str, Any], *, error: bool) -> None:
    """Show what is worth knowing of a response: outputs that find nothing, a broken schema."""
    for warning in task.get("warnings", ()):
        say(f"    {style('warning', fg='yellow')} {plain(warning['message'])}", error=error)


def _show_cause(cause: Mapping[str, Any], *, error: bool) -> None:
    """Show where in the author's file a task failed, and what helps."""
    if cause.get("pointer"):
        say(f"    {dim('at')}    {plain(cause['source'] + '#' + cause['pointer'])}", error=error)
    if cause.get("hint") and cause["code"] != _UNKNOWN:
        say(f"    {dim('hint')}  {plain(cause['hint'])}", error=error)


def finish(run: Mapping[str, Any], as_json: bool, *, told: bool = False) -> int:
    """Print a finished execution and return the exit code.

    Args:
        run: its document.
        as_json: print it as it is.
        told: whether the tasks have been shown on standard error.
    """
    if as_json:
        print_json(run)
    else:
        show_run(run, told=told and sys.stdout.isatty() and sys.stderr.isatty())
    return 0 if run["status"] in {"COMPLETED", "RUNNING", "PAUSED"} else 1


def show_run(run: Mapping[str, Any], *, told: bool = False) -> None:
    """Show an execution: status, output and files.

    Args:
        run: its document.
        told: whether its tasks, and why they failed, stand above.
    """
    say(f"{bold(plain(run.get('workflowName', 'workflow')))} {coloured(run['status'])}")
    say(f"  {dim('id')}      {plain(run['workflowId'])}")
    if run.get("reasonForIncompletion"):
        say(f"  {dim('reason')}  {plain(_reason(run, told=told))}")
    if any((task.get("error") or {}).get("code") == _UNKNOWN for task in run.get("tasks", ())):
        again = f"httptask resume {plain(run['workflowId'])} --resend makes the call again"
        say(f"  {dim('hint')}    {again}, if that does no harm")
    elif run["status"] in _RETRIED:
        again = f"httptask resume {plain(run['workflowId'])} --retry"
        say(f"  {dim('hint')}    {again} executes the failed tasks again")
    for wait in run.get("waiting", ()):
        say(f"  {dim('waits')}   {wait_text(wait)}")
    if run["status"] in _UNFINISHED:
        how = "runs unpause" if run["status"] == "PAUSED" else "resume"
        say(f"  {dim('hint')}    httptask {how} {plain(run['workflowId'])} goes on with it")
    for name, value in (run.get("output") or {}).items():
        say(f"  {dim('output')}  {plain(name)} = {short_json(value, len(name) + 13)}")
    if has_masked_outputs(run):
        say(dim(f"  {MASKED}"))
    for label, file in stored_files(run):
        about = dim(f"{file['mediaType']}, {size_text(file['size'])}")
        say(f"  {dim('file')}    {plain(label)} {plain(file['path'])} {about}")


def _reason(run: Mapping[str, Any], *, told: bool) -> str:
    """Return why a run ended, the task that failed by its reference."""
    text: str = run["reasonForIncompletion"]
    named = _BY_TASK.match(text)
    tasks = {task["taskId"]: task for task in run.get("tasks", ())}
    task = tasks.get(named[1]) if named else None
    if task is None:
        return brief(text, _REASON)
    ref, why = task["referenceTaskName"], task.get("reasonForIncompletion")
    return f"{ref} failed" if told or not why else f"{ref} failed: {brief(why, _REASON)}"


def has_masked_outputs(run: Mapping[str, Any]) -> bool:
    """Tell whether a secret in an output was masked before it was stored."""
    outputs = [run.get("output"), *(task.get("outputData") for task in run.get("tasks", ()))]
    return MASK in json_text(outputs)


def stored_files(run: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield every stored file among the outputs of an execution's tasks, with where it is."""
    seen: set[str] = set()
    for task in run.get("tasks", ()):
        for name, value in (task.get("outputData") or {}).items():
            for file in _files(value):
                if file["sha256"] not in seen:
                    seen.add(file["sha256"])
                    yield f"{task['referenceTaskName']}.{name}", file


def _files(value: Any) -> Iterator[Mapping[str, Any]]:
    if is_stored_file(value):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _files(item)
    elif isinstance(value, list):
        for item in value:
            yield from _files(item)
