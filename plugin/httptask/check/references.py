"""Check each ``${...}`` against the task, the mapping and the schema that it points at."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from httptask.check.producers import Producers, options_of
from httptask.check.scope import Scope
from httptask.check.wildcards import several
from httptask.definition.findings import Finding, Fix, Severity
from httptask.definition.messages import known, only_near
from httptask.definition.paged_schema import body_schema, response_fields
from httptask.definition.schema_path import missing_part
from httptask.definition.workflow import WorkflowTask
from httptask.expressions import TASK_FIELDS, WORKFLOW_FIELDS, Reference, Template

LOOP_OUTPUTS = ("iteration", "loopIndex", "loopItem")


def _is_refused(expression: str) -> bool:
    """Tell whether a server refuses to register a task for an expression: it has a blank in it."""
    closed = expression.count("{") == expression.count("}")
    return closed and any(each.isspace() for each in expression)


@dataclass(frozen=True, slots=True)
class ReferenceChecker:
    """Checks the references of one workflow definition."""

    producers: Producers
    source: str
    unjoined: set[str] = field(default_factory=set)
    """References of the tasks that are read while they may still run."""
    _undeclared: dict[str, list[Finding]] = field(default_factory=dict)

    def check(self, template: Template, pointer: str, scope: Scope) -> Iterator[Finding]:
        """Yield what is wrong with the references of a template.

        Args:
            template: the compiled template.
            pointer: where it stands.
            scope: what may be referred to there.
        """
        for problem in template.problems:
            refused = _is_refused(problem.text) and not pointer.startswith("/outputParameters")
            yield self._finding(
                "expression_problem",
                "error" if refused else "warning",
                f"{problem.text}: {problem.why}",
                pointer + problem.pointer,
                f"write ${problem.text} for a text that is meant as it is" if refused else "",
            )
        for reference in template.references:
            where = pointer + reference.pointer
            match reference.root:
                case "task":
                    yield from self._task(reference, where, scope)
                case "workflow.input":
                    yield from self._input(reference, where)
                case "workflow.variables" if reference.prefix:
                    yield from self._deeper(reference, len(reference.prefix) - 1, where)
                case "workflow":
                    yield from self._workflow(reference, where)

    def undeclared(self) -> Iterator[Finding]:
        """Yield a warning for each input that is read and not declared, at its first place."""
        for first, *others in self._undeclared.values():
            more = f"; {1 + len(others)} places read it" if others else ""
            yield replace(first, message=first.message + more)

    def _task(self, reference: Reference, pointer: str, scope: Scope) -> Iterator[Finding]:
        ref = reference.task_ref or ""
        target = self.producers.tasks.get(ref)
        if target is None:
            if ref not in self.producers.forked.written:
                yield self._unknown(reference, ref, pointer)
        elif ref not in scope.visible:
            yield self._finding(
                "reference_later",
                "warning",
                f"{reference.text}: null: the task {ref!r} has not ended when this is resolved",
                pointer,
                "refer only to tasks that come before, on the same branch",
            )
        else:
            yield from self._doubts(reference, ref, pointer, scope)
            if reference.prefix:
                yield from self._inside(reference, target, pointer)

    def _doubts(
        self, reference: Reference, ref: str, pointer: str, scope: Scope
    ) -> Iterator[Finding]:
        if ref in scope.running:
            self.unjoined.add(ref)
            yield self._finding(
                "reference_not_joined",
                "warning",
                f"{reference.text}: the task {ref!r} may still run: no JOIN has waited for it",
                pointer,
                f"add {ref!r} to joinOn of a JOIN before this task",
            )
        if ref in scope.conditional:
            yield self._finding(
                "reference_conditional",
                "warning",
                f"{reference.text}: null unless the case of the SWITCH that holds {ref!r} is taken",
                pointer,
                "refer to it inside that case only, or let the receiver take null",
            )

    def _unknown(self, reference: Reference, ref: str, pointer: str) -> Finding:
        forked = self.producers.forked
        names = [] if forked.open else [*self.producers.tasks, *forked.written]
        close = difflib.get_close_matches(ref, [*names, "workflow"], n=1)
        hint = f"did you mean {close[0]!r}?" if close else known(names)
        text = f"{reference.text}: there is no task with the reference {ref!r}"
        severity: Severity = "warning"
        if reference.text == f"${{{ref}}}":
            text += ": null unless a server has that variable in its environment"
            if not close:
                hint = f"the engine reads only ${{workflow.env.{ref}}} (CONDUCTOR_ENV_{ref})"
        elif forked.open:
            text += ": null unless the dynamic fork makes one"
        else:
            severity = "error"
        fix = Fix.in_text(reference.text, ref, only_near(ref, names))
        return Finding("reference_unknown", severity, text, pointer, hint, self.source, fix)

    def _inside(
        self, reference: Reference, target: WorkflowTask, pointer: str
    ) -> Iterator[Finding]:
        area, *rest = reference.prefix
        if area not in TASK_FIELDS:
            yield self._lacks(reference, f"a task has no {area!r}", pointer, area, TASK_FIELDS)
        elif area == "input" and rest:
            yield from self._own_input(reference, target, str(rest[0]), pointer)
        elif area == "output":
            holder, below = self.producers.within(target, rest)
            if holder is None or not below:
                return  # a name in joinOn is checked where it stands
            if holder.type == "HTTP":
                yield from self._output(reference, holder, below, pointer)
            elif holder.type == "DO_WHILE":
                yield from self._loop_output(reference, holder, below, pointer)
            else:
                yield from self._fixed_output(reference, holder, below, pointer)
            if reference.path is None:
                yield from self._several(reference, pointer)

    def _own_input(
        self, reference: Reference, target: WorkflowTask, name: str, pointer: str
    ) -> Iterator[Finding]:
        """Yield a warning for what a task gives, looked for in what it is given."""
        outputs = self.producers.output_names(target) or ()
        if name in outputs and name not in target.input_parameters:
            ref = target.task_reference_name
            text = f"{reference.text}: null: {name!r} is an output of {ref!r}, and no input"
            yield self._finding("path_unknown", "warning", text, pointer, "write output for input")

    def _fixed_output(
        self, reference: Reference, target: WorkflowTask, below: Sequence[Any], pointer: str
    ) -> Iterator[Finding]:
        names, name = self.producers.output_names(target), str(below[0])
        if names is None or name in names:
            yield from self._deeper(reference, len(below) - 1, pointer)
        else:
            ref = target.task_reference_name
            why = f"null: the output of {ref!r}, of type {target.type}, has no {name!r}"
            yield self._lacks(reference, why, pointer, name, names, severity="warning")

    def _loop_output(
        self, reference: Reference, target: WorkflowTask, rest: Sequence[Any], pointer: str
    ) -> Iterator[Finding]:
        """A loop's output holds its passes by their number, counted from 1."""
        ref, name = target.task_reference_name, str(rest[0])
        inside = {inner.task_reference_name for below, inner in target.walk() if below}
        if name.isdecimal() and len(rest) > 1:
            why = f"null: a pass of the loop {ref!r} has no {rest[1]!r}"
            yield self._lacks(reference, why, pointer, rest[1], inside, severity="warning")
        if name.isdecimal() or name in LOOP_OUTPUTS:
            return
        hint = f"read ${{{name}.output}} for the last pass, or ${{{ref}.output.1.{name}}}"
        yield self._finding(
            "path_unknown",
            "error",
            f"{reference.text}: the output of the loop {ref!r} has no {name!r}",
            pointer,
            hint if name in inside else "known: iteration and the number of a pass",
        )

    def _output(
        self, reference: Reference, target: WorkflowTask, rest: Sequence[Any], pointer: str
    ) -> Iterator[Finding]:
        options = options_of(target)
        name, *path = rest
        names = self.producers.output_names(target)
        if names is not None and name not in names:
            message = f"{target.task_reference_name!r} has no output {name!r}"
            yield self._lacks(reference, message, pointer, name, names)
        elif name == "response" and path and not self.producers.is_replaced(target):
            part, *inner = path
            fields = response_fields(options)
            if part not in fields:
                yield self._lacks(reference, f"a response has no {part!r}", pointer, part, fields)
            elif part == "body":
                schema = body_schema(options)
                if inner:
                    yield from self._body(reference, schema, inner, pointer)
        elif name != "response":
            yield from self._deeper(reference, len(path), pointer)

    def _body(
        self, reference: Reference, schema: Any, path: Sequence[Any], pointer: str
    ) -> Iterator[Finding]:
        if not isinstance(schema, Mapping):
            return
        gone = missing_part(schema, path)
        if gone is not None:
            index, names = gone
            yield self._beyond(reference, path[index], names, pointer)

    def _deeper(self, reference: Reference, depth: int, pointer: str) -> Iterator[Finding]:
        """Check so many last parts of a certain path against the schema of what is above them."""
        prefix = reference.prefix
        above = len(prefix) - depth
        shape = self.producers.at(reference, prefix[:above])
        for part in prefix[above:]:
            if shape is None:
                return
            inner = shape.at(part)
            if inner is None:
                yield self._beyond(reference, part, shape.names(), pointer)
            shape = inner

    def _several(self, reference: Reference, pointer: str) -> Iterator[Finding]:
        """Check the names behind ``[*]``, slices and filters, and those in filters."""
        start = self.producers.at(reference, reference.prefix)
        for names, name in several(reference, start).missing[:1] if start else ():
            yield self._beyond(reference, name, names, pointer)

    def _beyond(self, reference: Reference, name: Any, names: list[str], pointer: str) -> Finding:
        why = f"null unless a response has more than its schema, which has no {name!r}"
        return self._lacks(reference, why, pointer, name, names, "path_not_in_schema", "warning")

    def _input(self, reference: Reference, pointer: str) -> Iterator[Finding]:
        """Yield a name that ``inputSchema`` has not, and note an input that is not declared."""
        declared = self.producers.declared
        name = str(reference.prefix[0]) if reference.prefix else ""
        if declared and name and name not in declared and not name.startswith("_"):
            message = f"null unless it is given: the workflow declares no input {name!r}"
            found = self._lacks(
                reference, message, pointer, name, declared, "input_undeclared", "warning"
            )
            self._undeclared.setdefault(name, []).append(found)
            return
        schema, path = self.producers.workflow.input_schema, reference.prefix
        data = schema.data if schema and schema.type == "JSON" else None
        gone = missing_part(data, path) if data else None
        if gone is not None and path[0] in declared:
            index, names = gone
            why = f"null unless the input has more than its schema, which has no {path[index]!r}"
            code = "path_not_in_schema"
            yield self._lacks(reference, why, pointer, path[index], names, code, "warning")

    def _workflow(self, reference: Reference, pointer: str) -> Iterator[Finding]:
        if reference.prefix and reference.prefix[0] not in WORKFLOW_FIELDS:
            name = reference.prefix[0]
            message = f"a workflow has no {name!r}"
            yield self._lacks(reference, message, pointer, name, WORKFLOW_FIELDS)

    def _lacks(
        self,
        reference: Reference,
        why: str,
        pointer: str,
        name: Any,
        names: Any,
        code: str = "path_unknown",
        severity: Severity = "error",
    ) -> Finding:
        close = difflib.get_close_matches(str(name), [str(each) for each in names], n=1)
        hint = f"did you mean {close[0]!r}?" if close else known(names)
        fix = Fix.in_text(reference.text, str(name), only_near(str(name), names))
        text = f"{reference.text}: {why}"
        return Finding(code, severity, text, pointer, hint, self.source, fix)

    def _finding(
        self, code: str, severity: Any, message: str, pointer: str, hint: str = ""
    ) -> Finding:
        return Finding(code, severity, message, pointer, hint, self.source)
