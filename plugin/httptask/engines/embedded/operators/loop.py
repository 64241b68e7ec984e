"""DO_WHILE."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from httptask.engines.embedded.endings import Ending
from httptask.engines.embedded.entries import SUCCESS, Entry, in_order
from httptask.engines.embedded.flow import Flow
from httptask.engines.embedded.operators.fork import abandon, join_all
from httptask.engines.embedded.operators.switch import evaluate
from httptask.engines.embedded.program import Step
from httptask.scripts import Excerpt, ScriptError


def run_loop(flow: Flow, step: Step) -> None:
    """Go through the body at least once, or once per item, while the condition holds."""
    loop = _Loop(flow, step)
    try:
        status, reason = loop.run()
    except Ending as ending:
        if ending.by_terminate or flow.failed_at_once(ending):
            loop.note_pass()
        flow.show(step, loop.entry)
        raise
    flow.end(step, loop.entry, status, reason)


class _Loop:
    def __init__(self, flow: Flow, step: Step) -> None:
        self._flow = flow
        self._step = step
        self._items = _listed(flow, step)
        self._outer = flow.iterations
        self._starts: list[int] = []
        self.entry = flow.schedule(step, flow.inputs(step, flow.context()))
        self.entry["status"] = "IN_PROGRESS"
        self._output: dict[str, Any] = self.entry["outputData"]
        self._keep = _whole(self.entry["inputData"].get("keepLastN"))

    def run(self) -> tuple[str, str]:
        """Run all passes; return the loop's status, and why it failed."""
        number = 0
        while self._items is None or number < len(self._items):
            number += 1
            self._begin(number)
            try:
                self._flow.run_all(self._step.body)
                join_all(self._flow, f"{self._flow.name(self._step.ref)}/end")
            except Ending as ending:
                if not ending.in_loop:
                    raise
                return "FAILED", self._failed_pass()
            finally:
                self._flow.iterations = self._outer
            self.note_pass()
            try:
                if not self._goes_on():
                    return "COMPLETED", ""
            except ScriptError as error:
                text = f"Unable to evaluate condition {self._step.task.loop_condition}, exception "
                return "FAILED_WITH_TERMINAL_ERROR", text + str(error)
        if not number:
            self._output["iteration"] = 0
        return "COMPLETED", ""

    def _begin(self, number: int) -> None:
        self._starts.append(len(self._flow.entries))
        self._output["iteration"] = self.entry["iteration"] = number
        if self._items is not None:
            self._output["loopIndex"] = number - 1
            self._output["loopItem"] = self._items[number - 1]
        self._flow.show(self._step, self.entry)
        self._flow.iterations = (*self._outer, number)

    def _failed_pass(self) -> str:
        """Cancel what is open of a pass in which a permissive task failed; return its reason."""
        abandon(self._flow, f"{self._flow.key(self._step)}/failed")
        entries = self._of_pass()
        self._flow.cancel_open(entries)
        ended = SUCCESS | {"CANCELED"}
        latest = [entry for entry in entries if not entry["retried"]]
        at = next(i for i, entry in enumerate(latest) if entry["status"] not in ended)
        self.note_pass(latest[: at + 1])
        return f"{latest[at].get('reasonForIncompletion') or ''} "  # a server joins them so

    def note_pass(self, entries: Iterable[Entry] | None = None) -> None:
        """Put what the tasks of this pass, or some of them, gave into the loop's output."""
        base = self._flow.run.base
        self._output[str(self.entry["iteration"])] = {
            base(entry["referenceTaskName"]): entry["outputData"]
            for entry in (self._of_pass() if entries is None else entries)
        }
        if self._keep and len(self._starts) > self._keep:
            self._forget_first()
        self._flow.show(self._step, self.entry)

    def _of_pass(self) -> list[Entry]:
        own = self._flow.entries[self._starts[-1] :]
        return in_order(own, self._flow.branches)

    def _forget_first(self) -> None:
        """Drop the oldest pass that is still kept, its tasks included."""
        first, second = self._starts[0], self._starts[1]
        del self._flow.entries[first:second]
        self._starts = [start - (second - first) for start in self._starts[1:]]
        self._output.pop(str(self.entry["iteration"] - len(self._starts)), None)

    def _goes_on(self) -> bool:
        script = self._step.script
        if script is None:
            return self._items is not None
        root = {**self._flow.inputs(self._step, self._flow.context())}
        for name in ("loopIndex", "loopItem"):
            if name in self._output:
                root[name] = self._output[name]
        for name in (self._flow.name(self._step.ref), self._step.ref):
            root[name] = Excerpt(self._output, self._latest())
        for inner in self._step.nested():
            if inner is not self._step and inner.ref in self._flow.tasks:
                root[inner.ref] = self._flow.tasks[inner.ref]["output"]
        key = f"{self._flow.key(self._step)}/condition/{self.entry['iteration']}"
        value = evaluate(self._flow, key, script, root)
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return value > 0
        return value is True

    def _latest(self) -> dict[str, Any]:
        """Return what most conditions read of the output, however many passes it holds."""
        number = self.entry["iteration"]
        names = ("iteration", "loopIndex", "loopItem", str(number), str(number - 1))
        return {name: self._output[name] for name in names if name in self._output}


def _listed(flow: Flow, step: Step) -> list[Any] | None:
    """Return the items to go through; a single value is a list of itself, null an empty one."""
    if step.items is None:
        return None
    items = step.items.evaluate(flow.context())
    if items is None:
        return []
    return items if isinstance(items, list) else [items]


def _whole(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0
