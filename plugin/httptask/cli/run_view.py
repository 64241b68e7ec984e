"""A workflow execution in the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from httptask.cli.output import (
    bold,
    dim,
    mark,
    milliseconds,
    note,
    plain,
    print_json,
    say,
    short_json,
    size_text,
    style,
)

_GOOD = frozenset({"COMPLETED", "COMPLETED_WITH_ERRORS", "SKIPPED"})
_COLOURS = {"COMPLETED": "green", "RUNNING": "yellow", "IN_PROGRESS": "yellow"}


def coloured(status: str) -> str:
    """Return a status in its colour."""
    return style(status, fg=_COLOURS.get(status, "red"))


def show_task(task: Mapping[str, Any]) -> None:
    """Show one task that has ended, on standard error."""
    status = task["status"]
    good = None if status in {"SCHEDULED", "IN_PROGRESS"} else status in _GOOD
    retried = f" retry {task['retryCount']}" if task.get("retryCount") else ""
    took = milliseconds(float(task.get("endTime") or 0) - float(task.get("startTime") or 0))
    name = f"{plain(task['referenceTaskName']):<20}"
    note(f"{mark(good)} {name} {dim(task['taskType'])}{retried} {coloured(status)} {dim(took)}")
    if task.get("reasonForIncompletion"):
        note(f"    {plain(task['reasonForIncompletion'])}")


def finish(run: Mapping[str, Any], as_json: bool) -> int:
    """Print a finished execution and return the exit code."""
    if as_json:
        print_json(run)
    else:
        show_run(run)
    return 0 if run["status"] in {"COMPLETED", "RUNNING", "PAUSED"} else 1


def show_run(run: Mapping[str, Any]) -> None:
    """Show an execution: status, output and files."""
    say(f"{bold(plain(run.get('workflowName', 'workflow')))} {coloured(run['status'])}")
    say(f"  {dim('id')}      {plain(run['workflowId'])}")
    if run.get("reasonForIncompletion"):
        say(f"  {dim('reason')}  {plain(run['reasonForIncompletion'])}")
    for name, value in (run.get("output") or {}).items():
        say(f"  {dim('output')}  {plain(name)} = {short_json(value)}")
    for label, file in stored_files(run):
        about = dim(f"{file['mediaType']}, {size_text(file['size'])}")
        say(f"  {dim('file')}    {plain(label)} {plain(file['path'])} {about}")


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
    if isinstance(value, Mapping):
        if {"path", "sha256", "size", "mediaType"} <= value.keys():
            yield value
        else:
            for item in value.values():
                yield from _files(item)
    elif isinstance(value, list):
        for item in value:
            yield from _files(item)
