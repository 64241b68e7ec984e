"""A definition, and what stands beside it: plugins' options, task definitions, functions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

import pluggy

from httptask.check.connections import tells_none
from httptask.definition.findings import Loaded
from httptask.definition.loader import Source, load_task, load_task_defs, load_workflow
from httptask.definition.options import HttpTaskOptions
from httptask.definition.reading import Document, read_document
from httptask.definition.workflow import TaskDef, WorkflowDef, WorkflowTask
from httptask.errors import DefinitionError
from httptask.hooks.claims import makes_outputs, options_model

if TYPE_CHECKING:  # the engine is loaded only by those who need it
    from httptask.engines.embedded.functions import Function, Functions
    from httptask.engines.embedded.library import Library
    from httptask.settings import Settings

MAX_FILES: Final = 1_000
STARTERS: Final = ("SUB_WORKFLOW", "START_WORKFLOW", "FORK_JOIN_DYNAMIC")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a definition is read with.

    Attributes:
        options_model: model of ``httptask``, with what the plugins add.
        task_defs: task definitions by name.
        functions: what executes SIMPLE tasks, by name.
        workflow_defs: a folder of definitions that others may start, or None.
        open_outputs: whether a plugin makes the outputs of HTTP tasks, of whatever names.
        connections: the machine's file of connections; None where another machine runs tasks.
        granted: tells the scopes that the token of a connection has, by its name.
    """

    options_model: type[HttpTaskOptions] = HttpTaskOptions
    task_defs: Mapping[str, TaskDef] = field(default_factory=dict)
    functions: Mapping[str, Function] = field(default_factory=dict)
    workflow_defs: Path | None = None
    open_outputs: bool = False
    connections: Path | None = None
    granted: Callable[[str], Sequence[str]] = tells_none
    _kept: dict[Path, tuple[tuple[int, int], tuple[WorkflowDef, ...]]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    @classmethod
    def of(
        cls,
        manager: pluggy.PluginManager,
        *,
        task_defs: Source | None = None,
        functions: Functions | None = None,
        workflow_defs: str | Path | None = None,
        machine: Settings | None = None,
    ) -> Self:
        """Read what a caller names.

        Args:
            manager: the plugins.
            task_defs: task definitions: a file, or the document.
            functions: what executes SIMPLE tasks.
            workflow_defs: a folder of definitions.
            machine: the machine that is to run tasks, if it is this one.

        Raises:
            DefinitionError: one of them cannot be used.
        """
        folder = None if workflow_defs is None else Path(workflow_defs)
        if folder is not None and not folder.is_dir():
            raise DefinitionError(f"{folder} is not a folder", code="file_unreadable")
        if isinstance(functions, str):
            from httptask.engines.embedded.functions import load_functions  # noqa: PLC0415 - engine

            functions = load_functions(functions)
        model, defs = options_model(manager), read_task_defs(task_defs)
        found = cls(model, defs, functions or {}, folder, makes_outputs(manager))
        if machine is None:
            return found

        def granted(name: str) -> Sequence[str]:
            from httptask.trial.connections import granted_scopes  # noqa: PLC0415 - start-up

            return granted_scopes(name, machine, manager)

        return replace(found, connections=machine.connections_file, granted=granted)

    def workflow(self, source: Source) -> Loaded[WorkflowDef]:
        """Read a workflow definition; see ``load_workflow``."""
        return load_workflow(source, options_model=self.options_model, task_defs=self.task_defs)

    def task(self, source: Source) -> Loaded[WorkflowTask]:
        """Read a task that stands on its own; see ``load_task``."""
        return load_task(source, options_model=self.options_model, task_defs=self.task_defs)

    def library(self, loaded: Loaded[WorkflowDef]) -> Library:
        """Return what a definition may need: of other definitions only those that it can start.

        They are looked for in the definition's own file, in the folder, and beside the file.
        """
        from httptask.engines.embedded.library import Library  # noqa: PLC0415 - the engine

        workflow = loaded.value
        if workflow is None or not _starts_others(workflow):
            return Library(self.functions, self.task_defs)
        found: dict[tuple[str, int], WorkflowDef] = {}
        for one in self._others(loaded):
            found.setdefault((one.name, one.version), one)
        return Library(self.functions, self.task_defs, tuple(found.values()))

    def _others(self, loaded: Loaded[WorkflowDef]) -> Iterator[WorkflowDef]:
        yield from self._defined(Document(loaded.raw, loaded.source))
        own = Path(loaded.source) if loaded.source else None
        folders = [self.workflow_defs, own.resolve().parent if own else None]
        beside = [sorted(folder.glob("*.json"))[:MAX_FILES] for folder in folders if folder]
        for path in chain([own] if own else [], *beside):
            yield from self._read(path)

    def _read(self, path: Path) -> tuple[WorkflowDef, ...]:
        """Return the definitions in a file, which may hold anything; read again when it changes."""
        try:
            found = path.stat()
            state = (found.st_mtime_ns, found.st_size)
            kept = self._kept.get(path)
            if kept is None or kept[0] != state:
                kept = self._kept[path] = (state, tuple(self._defined(read_document(path))))
        except (OSError, DefinitionError):
            return ()
        return kept[1]

    def _defined(self, document: Document) -> Iterator[WorkflowDef]:
        listed: list[Any] = document.value if isinstance(document.value, list) else [document.value]
        for one in listed:
            if isinstance(one, Mapping) and "tasks" in one:
                loaded = self.workflow(Document(one, document.source))
                if loaded.value is not None:
                    yield loaded.value


def read_task_defs(source: Source | None) -> dict[str, TaskDef]:
    """Return task definitions by name, from a file or a document; those that were read stay.

    Raises:
        DefinitionError: it does not hold task definitions.
    """
    if isinstance(source, Mapping) and all(isinstance(one, TaskDef) for one in source.values()):
        return dict(source)
    return {} if source is None else load_task_defs(source).require()


def folder_of(document: Document) -> Path | None:
    """Return the folder below which a definition may name files, or None when none may."""
    if document.source and document.base_dir:
        return Path(document.source).resolve().parent
    return document.base_dir


def _starts_others(workflow: WorkflowDef) -> bool:
    starters = any(task.type in STARTERS for _, task in workflow.walk())
    return starters or workflow.failure_workflow is not None
