"""Check the names and values in scripts: SWITCH, DECISION, DO_WHILE, INLINE and jq."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from httptask.check.producers import QUERY, Producers, followed, texts_of
from httptask.check.references import LOOP_OUTPUTS
from httptask.check.script_reads import STRING, Read, named_reads, reads
from httptask.check.shape import Shape
from httptask.definition.findings import Finding, Fix, Severity
from httptask.definition.messages import did_you_mean, either, known, only_near
from httptask.definition.reading import escape
from httptask.definition.workflow import WorkflowTask
from httptask.expressions import java_text

_LITERAL: Final = rf"(?:{STRING}|-?\d+(?:\.\d+)?\b)"
_AFTER: Final = re.compile(rf"\s*(?P<sign>[=!]==?)\s*(?P<value>{_LITERAL})(?!\s*[+*/.\[-])")
_BEFORE: Final = re.compile(rf"(?P<value>{_LITERAL})\s*(?P<sign>[=!]==?)\s*$")
_LISTED: Final = re.compile(
    rf"\[\s*((?:{STRING})(?:\s*,\s*(?:{STRING}))*)\s*\]\.(?:includes|indexOf)\(\s*$"
)
_SWITCH: Final = re.compile(r"\bswitch\s*\(\s*$")
_CASE: Final = re.compile(rf"\bcase\s+({STRING})\s*:")
_ASSIGNED: Final = re.compile(r"\s*=(?![=>])")
_TESTED: Final = re.compile(r"(?:\btypeof|\bin|\bdelete)\s*\(?\s*$")
_RETURN: Final = re.compile(r"\breturn\b\s*([^;}\n]*)")
_JQ_NAME: Final = re.compile(r"^\s*\.([A-Za-z_]\w*)(?![\w(])")
_NAME: Final = re.compile(r"[A-Za-z_]\w*")
_NUMERIC: Final = re.compile(r"-?\d+(?:\.\d+)?(?:E-?\d+)?|null")
_CHOOSING: Final = frozenset({"SWITCH", "DECISION", "DO_WHILE"})
_BUILT_IN: Final = frozenset({"length"})
_NEAR: Final = 200
_MOST_READS: Final = 500
_LONG: Final = 1_000


def check_scripts(
    task: WorkflowTask, pointer: str, producers: Producers, source: str
) -> Iterator[Finding]:
    """Yield what the scripts of a task name that is not there, and cases that never come."""
    yield from _Scripts(task, pointer, producers, source).findings()


@dataclass(frozen=True, slots=True)
class _Scripts:
    task: WorkflowTask
    pointer: str
    producers: Producers
    source: str

    def findings(self) -> Iterator[Finding]:
        task, inputs = self.task, self.task.input_parameters
        match task.type:
            case "SWITCH" | "DECISION":
                yield from self._switch()
            case "DO_WHILE" if task.loop_condition:
                yield from self._script(task.loop_condition, "loopCondition", self._loop_names())
            case "INLINE" if inputs.get("evaluatorType") != "value-param":
                where = "inputParameters/expression"
                yield from self._script(inputs.get("expression"), where, inputs)
            case "LAMBDA":
                where = "inputParameters/scriptExpression"
                yield from self._script(inputs.get("scriptExpression"), where, inputs)
            case "JSON_JQ_TRANSFORM":
                yield from self._query(inputs.get(QUERY))

    def _switch(self) -> Iterator[Finding]:
        task, inputs = self.task, self.task.input_parameters
        script = task.case_expression or task.expression
        where = "caseExpression" if task.case_expression else "expression"
        plain = task.evaluator_type == "value-param"
        named = task.case_value_param if task.type == "DECISION" else script if plain else None
        if task.type == "DECISION" and task.case_expression:
            named = None
        if named is not None:
            where = "caseValueParam" if task.type == "DECISION" else "expression"
            if inputs and named not in inputs:
                fix = Fix("set", near) if (near := only_near(named, inputs)) else None
                yield self._unknown(named, list(inputs), where, fix=fix)
                yield from self._unread({named})
            elif inputs:
                values = self._texts(inputs[named])
                yield from self._cases(values, f"inputParameters/{named}")
                yield from self._other_kinds(inputs[named], f"inputParameters/{named}")
                yield from self._uncovered(values)
        elif isinstance(script, str) and "${" not in script:
            if _NAME.fullmatch(script.strip()) and script.strip() in inputs:
                text = f"{script.strip()!r} is not defined in a script"
                hint = f'write $.{script.strip()}, or "evaluatorType": "value-param"'
                at = f"{self.pointer}/{where}"
                yield Finding("script_name_unknown", "error", text, at, hint, self.source)
            yield from self._script(script, where, inputs)
            results = self._results(script)
            yield from self._cases(results, where)
            if any(read.text == script.strip() for read in islice(reads(script), 1)):
                yield from self._uncovered(results)

    def _script(self, script: Any, where: str, names: Mapping[str, Any]) -> Iterator[Finding]:
        if not isinstance(script, str) or "${" in script:
            return
        found = list(islice(reads(script), _MOST_READS))
        assigned = [read for read in found if _ASSIGNED.match(script, read.end)]
        if self.task.type in _CHOOSING and assigned and assigned[0].steps[0] in names:
            text = f"{assigned[0].text} is given a value here, not compared with it"
            at = f"{self.pointer}/{where}"
            yield Finding("script_assigns", "warning", text, at, "write ==", self.source)
        own = {read.steps[0] for read in assigned}
        if any(read.steps[0] not in names for read in found):
            yield from self._unread({str(read.steps[0]) for read in found})
        for read in found:
            if read.steps[0] in own or _TESTED.search(
                script[max(0, read.start - _NEAR) : read.start]
            ):
                continue
            if read.steps[0] not in names:
                fix = _fix(read, script, str(read.steps[0]), names)
                yield self._unknown(str(read.steps[0]), list(names), where, fix=fix)
                continue
            yield from self._inner(read, names, where, script)
            yield from self._compared(read, script, where)
        for read in islice(named_reads(script), _MOST_READS):
            if read.steps[0] in names and read.steps[0] not in own:
                yield from self._inner(read, names, where, script)
                yield from self._compared(read, script, where)

    def _unread(self, names: set[str]) -> Iterator[Finding]:
        """Yield each input that the script does not name, where it names others instead."""
        inputs = self.task.input_parameters
        for name in inputs if names - inputs.keys() else ():
            hint = did_you_mean(name, names - inputs.keys())
            if name not in names and hint:
                at = f"{self.pointer}/inputParameters/{escape(name)}"
                text = f"the script does not read the input {name!r}"
                yield Finding("script_input_unread", "warning", text, at, hint, self.source)

    def _inner(
        self, read: Read, names: Mapping[str, Any], where: str, script: str
    ) -> Iterator[Finding]:
        first, *rest = read.steps
        known = self._names_in(str(first))
        if rest and known is not None and rest[0] not in known and not str(rest[0]).isdecimal():
            why, fix = f"{read.text}: {first!r} has no", _fix(read, script, str(rest[0]), known)
            yield self._unknown(str(rest[0]), known, where, why, fix)
            return
        shape = self._shape(str(first), ())
        for at, part in enumerate(rest):
            if shape is not None and shape.at(part) is None:
                if part not in _BUILT_IN:
                    why = f"{read.text}: the schema has no"
                    fix = _fix(read, script, str(part), shape.names())
                    yield self._unknown(str(part), shape.names(), where, why, fix)
                return
            shape = self._shape(str(first), tuple(rest[: at + 1]))

    def _compared(self, read: Read, script: str, where: str) -> Iterator[Finding]:
        before, behind = script[max(0, read.start - _NEAR) : read.start], script[read.end :]
        shape = self._of(read)
        values, at = _texts_of(shape), f"{self.pointer}/{where}"
        found = _AFTER.match(script, read.end) or _BEFORE.search(before)
        literals = [found["value"]] if found else _choices(before, behind)
        for literal in map(_value, literals if values is not None else ()):
            if literal and values and literal not in values:
                text = f"{read.text} is never {literal!r}"
                hint = did_you_mean(literal, sorted(values)) or known(values)
                yield Finding("script_value_impossible", "warning", text, at, hint, self.source)
                return
        kinds = shape.types() if shape is not None else None
        if found and kinds and (why := _never_equal(kinds, found["value"], found["sign"])):
            text = f"{read.text} {why}: it never equals {found['value']}"
            yield Finding("script_value_impossible", "warning", text, at, "", self.source)

    def _cases(self, values: frozenset[str] | None, where: str) -> Iterator[Finding]:
        if values is None:
            return
        for case in self.task.decision_cases:
            if case not in values and case != "null":
                yield Finding(
                    "case_impossible",
                    "warning",
                    f"this case is never taken: {where} never gives {case!r}",
                    f"{self.pointer}/decisionCases/{escape(case)}",
                    did_you_mean(case, sorted(values)) or known(values),
                    self.source,
                )
        written = self.task.input_parameters.get(where.removeprefix("inputParameters/"))
        if len(values) == 1 and where.startswith("inputParameters") and _is_fixed(written):
            text = f"it is always {min(values)!r}: the {self.task.type} chooses nothing"
            at = f"{self.pointer}/{where}"
            yield Finding("switch_constant", "warning", text, at, "", self.source)

    def _other_kinds(self, written: Any, where: str) -> Iterator[Finding]:
        """Yield a warning for each case that no such number, object or list makes."""
        shape = self.producers.text(written) if not _is_fixed(written) else None
        kinds = ((shape.types() if shape else None) or frozenset({"string"})) - {"null"}
        if not kinds or kinds & {"string", "boolean"}:
            return
        for case in self.task.decision_cases:
            if kinds <= {"object", "array"} or not _NUMERIC.fullmatch(case):
                text = f"this case is never taken: {where} is {either(sorted(kinds))}"
                at = f"{self.pointer}/decisionCases/{escape(case)}"
                yield Finding("case_impossible", "warning", text, at, "", self.source)

    def _uncovered(self, values: frozenset[str] | None) -> Iterator[Finding]:
        """Yield a warning if some of the values that are told apart have no case, nor a default."""
        task = self.task
        left = sorted((values or frozenset()) - task.decision_cases.keys())
        told_apart = len(task.decision_cases) > 1 and len(left) < len(values or ())
        if not left or not told_apart or task.default_case or self._is_read():
            return
        text = f"nothing is done for {either(left[:6])}: there is no case and no default"
        hint = f'write "{left[0]}": [] in decisionCases if that is meant, or tasks in defaultCase'
        at = f"{self.pointer}/defaultCase"
        yield Finding("case_missing", "warning", text, at, hint, self.source)

    def _is_read(self) -> bool:
        """Tell whether other tasks read which case was chosen."""
        read = f"${{{self.task.task_reference_name}."
        return any(
            read in text
            for task in self.producers.tasks.values()
            for _, text in texts_of(task.input_parameters)
        )

    def _results(self, script: str) -> frozenset[str] | None:
        """Return all texts that a script may give, or None if they are not known."""
        if len(script) > _LONG:
            return None
        returned = [found[1].strip() for found in _RETURN.finditer(script)]
        if not returned and "function" not in script and "=>" not in script:
            returned = [script.strip().rstrip(";").strip()]
        found = [self._result(each) for each in returned]
        if not found or None in found:
            return None
        return frozenset().union(*filter(None, found))

    def _result(self, script: str) -> frozenset[str] | None:
        arms = _arms(script)
        if arms is not None:
            left, right = (self._result(arm) for arm in arms)
            return None if left is None or right is None else left | right
        if re.fullmatch(_LITERAL, script):
            return frozenset({_value(script)})
        read = next(reads(script), None)
        return _texts_of(self._of(read)) if read is not None and read.text == script else None

    def _texts(self, written: Any) -> frozenset[str] | None:
        if _is_fixed(written):
            return frozenset({java_text(written)})
        return _texts_of(self.producers.text(written))

    def _of(self, read: Read) -> Shape | None:
        return self._shape(str(read.steps[0]), read.steps[1:])

    def _shape(self, name: str, steps: tuple[str | int, ...]) -> Shape | None:
        inputs = self.task.input_parameters
        if name in inputs:
            written = inputs[name]
            return None if _is_fixed(written) else followed(self.producers.text(written), steps)
        inner = self._loop_names().get(name) if self.task.type == "DO_WHILE" else None
        return self.producers.output(inner, steps) if inner is not None and steps else None

    def _names_in(self, name: str) -> list[str] | None:
        """Return what a task of the loop gives the condition, or None if that is not known."""
        if self.task.type != "DO_WHILE" or name in self.task.input_parameters:
            return None
        inner = self._loop_names().get(name)
        if inner is self.task:
            return list(LOOP_OUTPUTS)
        return None if inner is None else self.producers.output_names(inner)

    def _loop_names(self) -> dict[str, Any]:
        inside = {task.task_reference_name: task for _, task in self.task.walk()}
        return {**dict.fromkeys(LOOP_OUTPUTS[1:]), **self.task.input_parameters, **inside}

    def _query(self, query: Any) -> Iterator[Finding]:
        where, inputs = f"inputParameters/{QUERY}", self.task.input_parameters
        names = [name for name in inputs if name != QUERY]
        queried = self.producers.queried(self.task)
        if queried is None:
            found = _JQ_NAME.match(query) if isinstance(query, str) and "${" not in query else None
            if found and names and found[1] not in inputs:
                yield self._unknown(found[1], names, where)
            return
        for name, there in dict.fromkeys(queried.missing):
            if [*there] != names:
                yield self._unknown(name, [*there], where, "the schema has no")
            elif names:
                yield self._unknown(name, names, where)

    def _unknown(
        self, name: str, names: list[str], where: str, why: str = "", fix: Fix | None = None
    ) -> Finding:
        text = f"{why} {name!r}" if why else f"the task has no input {name!r}: it is undefined"
        hint = did_you_mean(name, names) or known(names)
        chooses = self.task.type in ("SWITCH", "DECISION") and not why and "${" not in name
        severity: Severity = "error" if chooses else "warning"
        at = f"{self.pointer}/{where}"
        return Finding("script_name_unknown", severity, text, at, hint, self.source, fix)


def _fix(read: Read, script: str, name: str, names: Iterable[str]) -> Fix | None:
    """Return the fix of a name in a path, if no longer path of the script begins like it."""
    if re.search(re.escape(read.text) + r"[\w$]", script):
        return None
    return Fix.in_text(read.text, name, only_near(name, names))


def _choices(before: str, behind: str) -> list[str]:
    """Return the literals that a path is compared with by a list or by ``switch``."""
    if (listed := _LISTED.search(before)) and re.match(r"\s*\)", behind):
        return re.findall(STRING, listed[1])
    if _SWITCH.search(before) and re.match(r"\s*\)\s*\{", behind):
        return _CASE.findall(behind.partition("switch")[0])
    return []


def _never_equal(kinds: frozenset[str], literal: str, sign: str) -> str:
    """Return why a value of some types does not equal a literal in JavaScript, or ""."""
    text = _value(literal)
    is_text, strict = text != literal, sign in ("===", "!==")
    if not is_text or kinds - {"integer", "number", "boolean"}:
        return ""
    if kinds == {"boolean"} and (strict or text not in ("", "0", "1")):
        return "is true or false, and no text"
    if "boolean" not in kinds and (strict or not re.fullmatch(r"\s*-?\d*\.?\d*\s*", text)):
        return "is a number"
    return ""


def _arms(script: str) -> tuple[str, str] | None:
    """Return the two results of ``condition ? a : b``, or None if it is not one."""
    bare = re.sub(STRING, lambda found: "_" * len(found[0]), script)
    asked = re.search(r"\?(?![.?])", bare)
    if asked is None:
        return None
    depth = 1
    for found in re.finditer(r"\?(?![.?])|:", bare[asked.end() :]):
        depth += 1 if found[0] == "?" else -1
        if not depth:
            middle = asked.end() + found.start()
            return script[asked.end() : middle].strip(), script[middle + 1 :].strip()
    return None


def _texts_of(shape: Shape | None) -> frozenset[str] | None:
    """Return the texts of all values of a shape, or None if they are not listed."""
    if shape is None:
        return None
    values = shape.values()
    if values is not None:
        return frozenset(java_text(value) for _, value in values)
    return frozenset({"true", "false"}) if shape.types() == frozenset({"boolean"}) else None


def _value(literal: str) -> str:
    return literal[1:-1] if literal[:1] in "'\"" else literal


def _is_fixed(written: Any) -> bool:
    return not isinstance(written, (dict, list)) and not (
        isinstance(written, str) and "${" in written
    )
