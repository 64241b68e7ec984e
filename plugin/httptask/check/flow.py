"""Check the flow: tasks that are never reached, variables, optional tasks, names of secrets."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from httptask.check.producers import Producers, options_of
from httptask.check.scope import Scope, ends_workflow
from httptask.check.statuses import accepted_statuses
from httptask.definition.findings import Finding, Fix
from httptask.definition.messages import did_you_mean, only_near
from httptask.definition.workflow import WorkflowDef, WorkflowTask
from httptask.expressions import Reference, Template

_UNKNOWN_TASKS: Final = ("FORK_JOIN_DYNAMIC", "DYNAMIC", "SUB_WORKFLOW")
_SIMILAR: Final = 0.88
_BODY_PART: Final = ("$.response.body.", "$.response.body[")


@dataclass(slots=True)
class FlowChecker:
    """Reads all templates of a workflow, and then says what does not fit together.

    Attributes:
        workflow: the definition.
        producers: what sets its variables.
        source: the definition's file.
    """

    workflow: WorkflowDef
    producers: Producers
    source: str
    _secrets: dict[str, list[str]] = field(default_factory=dict)
    _reads: dict[str, list[Reference]] = field(default_factory=dict)

    def read(self, template: Template, pointer: str, scope: Scope) -> Iterator[Finding]:
        """Note what a template reads; yield what is wrong with the variables in it."""
        for reference in template.references:
            where = pointer + reference.pointer
            match reference.root:
                case "workflow.variables" if reference.prefix:
                    yield from self._variable(reference, where, scope)
                case "workflow.secrets" if reference.prefix:
                    self._secrets.setdefault(str(reference.prefix[0]), []).append(where)
                case "task":
                    self._reads.setdefault(reference.task_ref or "", []).append(reference)

    def findings(self) -> Iterator[Finding]:
        """Yield what is known once everything is read."""
        yield from self._unreachable(self.workflow.tasks, "/tasks")
        yield from self._misspelt_secrets()
        for pointer, task in self.workflow.walk():
            for below, tasks in task.children():
                yield from self._unreachable(tasks, pointer + below)
            if task.type == "HTTP":
                yield from self._optional(task, pointer)
                yield from self._refusals(task, pointer)

    def _variable(self, reference: Reference, where: str, scope: Scope) -> Iterator[Finding]:
        name, known = str(reference.prefix[0]), self.producers.variables
        if any(task.type in _UNKNOWN_TASKS for task in self.producers.tasks.values()):
            return
        if name not in known:
            text = f"{reference.text}: nothing sets the variable {name!r}"
            hint, near = did_you_mean(name, known), only_near(name, known)
            fix = Fix.in_text(reference.text, name, near)
            yield Finding("variable_unknown", "error", text, where, hint, self.source, fix)
        elif name not in self.workflow.variables and name not in scope.variables:
            setters = scope.visible.intersection(self.producers.setters[name])
            if not setters <= scope.conditional:
                return
            text = f"{reference.text}: null: no task before this one sets the variable {name!r}"
            if setters:
                cases = " or ".join(map(repr, sorted(setters)))
                why = f"null unless the case of the SWITCH that holds {cases} is taken"
                text = f"{reference.text}: {why}"
            hint = "give it a value in variables of the workflow, or set it earlier"
            yield Finding("variable_unset", "warning", text, where, hint, self.source)

    def _unreachable(self, tasks: Sequence[WorkflowTask], pointer: str) -> Iterator[Finding]:
        ended = next((at for at, task in enumerate(tasks) if ends_workflow(task)), len(tasks))
        if ended + 1 < len(tasks):
            text = f"never reached: {tasks[ended].task_reference_name!r} ends the workflow"
            yield Finding(
                "task_unreachable", "warning", text, f"{pointer}/{ended + 1}", "", self.source
            )

    def _misspelt_secrets(self) -> Iterator[Finding]:
        uses = Counter({name: len(places) for name, places in self._secrets.items()})
        for name, places in self._secrets.items():
            others = [each for each in uses if uses[each] > uses[name] and _differ(each, name)]
            close = difflib.get_close_matches(name, others, n=1, cutoff=_SIMILAR)
            if close and uses[name] == 1:
                text = f"the secret {name!r} is named here only, and {close[0]!r} everywhere else"
                hint = f"did you mean {close[0]!r}?"
                yield Finding("secret_misspelt", "warning", text, places[0], hint, self.source)

    def _refusals(self, task: WorkflowTask, pointer: str) -> Iterator[Finding]:
        """Yield a warning if an error is accepted, and its body read as that of a success."""
        accepted, place = accepted_statuses(task.input_parameters)
        refused = [each for each in accepted if each[:1] in "45"]
        if not refused or not isinstance(options_of(task).get("responseSchema"), Mapping):
            return
        ref = task.task_reference_name
        reads = [each.prefix for each in self._reads.get(ref, ())]
        if any(map(_is_status, reads)) or self._loops_by_status():
            return
        for path in reads:
            if path[:3] == ("output", "response", "body") and len(path) > 3:
                shown = ".".join(map(str, path[2:]))
            elif path[:1] == ("output",) and len(path) > 1 and self._is_of_body(task, path[1]):
                shown = f"the output {path[1]!r}"
            else:
                continue
            text = f"a response with status {refused[0]} is accepted as well: then {shown} is null"
            hint = "branch on statusCode before it is read, or map it with a default"
            at = f"{pointer}/inputParameters{place}"
            yield Finding("status_unread", "warning", text, at, hint, self.source)
            return

    def _loops_by_status(self) -> bool:
        """Tell whether the condition of a loop reads a status."""
        conditions = (task.loop_condition for task in self.producers.tasks.values())
        return any("statusCode" in (condition or "") for condition in conditions)

    def _is_of_body(self, task: WorkflowTask, name: str | int) -> bool:
        """Tell whether an output without a default is a part of the body."""
        written = (options_of(task).get("output") or {}).get(name)
        if isinstance(written, Mapping):
            written = None if "default" in written else written.get("path")
        return isinstance(written, str) and written.startswith(_BODY_PART)

    def _optional(self, task: WorkflowTask, pointer: str) -> Iterator[Finding]:
        if not task.optional:
            return
        mapped = options_of(task).get("output")
        written = mapped.values() if isinstance(mapped, dict) else ()
        if any(isinstance(each, dict) and "default" in each for each in written):
            return  # its author has thought of its failure
        for reference in self._reads.get(task.task_reference_name, ()):
            path = reference.prefix
            if len(path) > 1 and path[0] == "output" and not _is_kept(path):
                text = f"if this task fails, {reference.text} is null"
                hint = "map the value with a default, or branch on the task's status"
                at = f"{pointer}/optional"
                yield Finding("optional_read", "warning", text, at, hint, self.source)
                return


def _is_kept(path: Sequence[str | int]) -> bool:
    """Tell whether a path reads what a refused request has as well."""
    return path[1] == "response" and len(path) > 2 and path[2] != "body"


def _is_status(path: Sequence[str | int]) -> bool:
    """Tell whether a path tells how a request went."""
    return path[:1] == ("status",) or (
        path[:2] == ("output", "response") and (path[2:3] in (("statusCode",), ("reasonPhrase",)))
    )


def _differ(one: str, other: str) -> bool:
    """Tell whether two names differ in more than their numbers."""
    plain = ["".join(each for each in name if not each.isdigit()) for name in (one, other)]
    return plain[0] != plain[1]
