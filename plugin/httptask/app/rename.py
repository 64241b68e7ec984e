"""Give a task of a workflow definition another reference, wherever it is referred to."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from httptask.app.files import write_changed, write_first
from httptask.app.rename_tests import Rewritten, tests_of
from httptask.check.script_reads import reads
from httptask.check.workflow import NAME
from httptask.core.first_use import cached_property
from httptask.definition.loader import first_of
from httptask.definition.messages import did_you_mean
from httptask.definition.reading import escape, read_document
from httptask.definition.structure import raw_tasks
from httptask.errors import DefinitionError

_LISTS: Final = ("joinOn", "defaultExclusiveJoinTask")
_SCRIPTS: Final = frozenset(
    {"loopCondition", "expression", "caseExpression", "scriptExpression", "queryExpression"}
)
_OTHERS: Final = ("workflowDefinition", "workflowDef")
"""Definitions in a definition: their tasks have names of their own."""


@dataclass(frozen=True, slots=True)
class Renamed:
    """A definition in which a task has another reference.

    Attributes:
        document: the definition.
        places: JSON Pointers of what was rewritten.
        left: JSON Pointers of scripts that still have the name: what they mean by it is not known.
        files: tests of the workflow, and fixtures, that were rewritten as well.
    """

    document: dict[str, Any]
    places: tuple[str, ...]
    left: tuple[str, ...]
    files: tuple[Rewritten, ...] = ()


def rename(path: Path, old: str, new: str) -> Renamed:
    """Rewrite a definition's file, and the tests and fixtures beside it; see ``renamed``.

    Raises:
        DefinitionError: see ``renamed``; or the file cannot be read or written.
    """
    whole = read_document(path)
    document = first_of(whole).value
    try:
        done = renamed(document if isinstance(document, dict) else {}, old, new)
    except DefinitionError as error:
        error.source = str(path)
        raise
    name = str(done.document.get("name"))
    files = tuple(tests_of(path, name, old, new))
    write_first(whole, done.document)
    for each in files:
        write_changed(each.file, each.document)
    return replace(done, files=files)


def renamed(workflow: Mapping[str, Any], old: str, new: str) -> Renamed:
    """Return a definition with every mention of a task's reference replaced.

    Mentions are ``taskReferenceName``, expressions, the lists of joins, conditions of loops, and
    the outputs of joins and loops, which hold those of their tasks by reference.

    Raises:
        DefinitionError: there is no such task, or the new name is taken or cannot be read.
    """
    tasks = [task for _, task in raw_tasks(workflow)]
    names = [str(task.get("taskReferenceName")) for task in tasks]
    if old not in names:
        text, hint = f"there is no task with the reference {old!r}", did_you_mean(old, names)
        raise DefinitionError(text, code="reference_unknown", hint=hint)
    if new in names:
        text = f"there is already a task with the reference {new!r}"
        raise DefinitionError(text, code="duplicate_reference")
    if not NAME.fullmatch(new):
        hint = "letters, digits, _ and -, beginning with a letter; not workflow"
        text = f"{new!r} cannot be the reference of a task"
        raise DefinitionError(text, code="reference_name", hint=hint)
    joins = [task for task in tasks if old in _joined(task)]
    loops = [task for task in tasks if task.get("type") == "DO_WHILE" and _holds(task, old)]
    work = _Renaming(old, new, _refs(joins), _refs(loops))
    return Renamed(dict(work.walk(workflow, "")), tuple(work.places), tuple(work.left))


@dataclass(frozen=True)
class _Renaming:
    old: str
    new: str
    joins: tuple[str, ...]
    loops: tuple[str, ...]
    places: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)

    def walk(self, value: Any, pointer: str) -> Any:
        """Return a value with what is renamed in it."""
        key = pointer.rpartition("/")[2]
        if isinstance(value, str):
            return self._text(value, key, pointer)
        if isinstance(value, list):
            items = [self._listed(each) for each in value] if key in _LISTS else value
            if items != value:
                self.places.append(pointer)
            return [self.walk(each, f"{pointer}/{index}") for index, each in enumerate(items)]
        if not isinstance(value, Mapping):
            return value
        inputs = value.get("inputParameters")
        has_own = self.old in value or (isinstance(inputs, Mapping) and self.old in inputs)
        done = {}
        for name, item in value.items():
            below, is_script = f"{pointer}/{escape(name)}", name in _SCRIPTS and not has_own
            own = name in _OTHERS or (name == "loopCondition" and has_own)
            done[name] = item if own else self.walk(item, below)
            if is_script and self._mentioned.search(str(done[name])):
                self.left.append(below)
        return done

    def _listed(self, name: Any) -> Any:
        return self.new if name == self.old else name

    def _text(self, text: str, key: str, pointer: str) -> str:
        done = text
        if key == "taskReferenceName" and text == self.old:
            done = self.new
        for pattern in (self._filtered if "/outputFilter/" in pointer else self._root, self._inner):
            done = pattern.sub(rf"\g<1>{self.new}", done) if pattern else done
        if key == "loopCondition":
            done = self._condition(done)
        if done != text:
            self.places.append(pointer)
        return done

    def _condition(self, script: str) -> str:
        """Return a condition of a loop, which reads tasks as ``$.REFERENCE``."""
        for read in reversed(list(reads(script))):
            first, *rest = read.steps
            holds = first in self.joins and rest[:1] == [self.old]
            if first == self.old or holds:
                start = script.index(self.old, read.start + (len(str(first)) + 1 if holds else 0))
                script = self._replaced(script, start)
        return script

    def _replaced(self, script: str, start: int) -> str:
        """Return a script with the step that begins at a place renamed."""
        end = start + len(self.old)
        if script[start - 1] == "." and "-" in self.new:
            return f"{script[: start - 1]}['{self.new}']{script[end:]}"
        return script[:start] + self.new + script[end:]

    @cached_property
    def _root(self) -> re.Pattern[str]:
        return re.compile(rf"((?<!\$)\$\{{\s*){re.escape(self.old)}(?=\s*[.\[}}])")

    @cached_property
    def _filtered(self) -> re.Pattern[str]:
        """Return what an output filter reads its own task with: it is resolved after the call."""
        return re.compile(rf"(\$\$?\{{\s*){re.escape(self.old)}(?=\s*[.\[}}])")

    @cached_property
    def _inner(self) -> re.Pattern[str] | None:
        """Return what the outputs of joins and loops are read with, which hold the task's."""
        holders = [rf"{re.escape(name)}\.output" for name in self.joins]
        holders += [rf"{re.escape(name)}\.output(?:\.\d+|\['\d+'\])" for name in self.loops]
        if not holders:
            return None
        start = rf"(?<!\$)\$\{{\s*(?:{'|'.join(holders)})(?:\.|\[\s*['\"])"
        return re.compile(rf"({start}){re.escape(self.old)}(?![\w-])")

    @cached_property
    def _mentioned(self) -> re.Pattern[str]:
        return re.compile(rf"(?<![\w-]){re.escape(self.old)}(?![\w-])")


def _refs(tasks: list[dict[str, Any]]) -> tuple[str, ...]:
    return tuple(str(task.get("taskReferenceName")) for task in tasks)


def _joined(task: Mapping[str, Any]) -> list[Any]:
    names = task.get("joinOn") if task.get("type") == "JOIN" else None
    return names if isinstance(names, list) else []


def _holds(task: dict[str, Any], name: str) -> bool:
    return any(inner.get("taskReferenceName") == name for _, inner in raw_tasks(task))
