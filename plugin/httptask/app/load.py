"""A definition, and what stands beside it: plugins' options, task definitions, functions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

import pluggy

from httptask.definition.findings import Loaded
from httptask.definition.loader import Source, load_task, load_task_defs, load_workflow
from httptask.definition.options import HttpTaskOptions
from httptask.definition.reading import Document, read_document
from httptask.definition.workflow import TaskDef, WorkflowDef, WorkflowTask
from httptask.errors import DefinitionError
from httptask.hooks.claims import options_model

if TYPE_CHECKING:  # the engine is loaded only by those who need it
    from httptask.engines.embedded.functions import Function, Functions
    from httptask.engines.embedded.library import Library

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
    """

    options_model: type[HttpTaskOptions] = HttpTaskOptions
    task_defs: Mapping[str, TaskDef] = field(default_factory=dict)
    functions: Mapping[str, Function] = field(default_factory=dict)
    workflow_defs: Path | None = None

    @classmethod
    def of(
        cls,
        manager: pluggy.PluginManager,
        *,
        task_defs: Source | None = None,
        functions: Functions | None = None,
        workflow_defs: str | Path | None = None,
    ) -> Self:
        """Read what a caller names.

        Args:
            manager: the plugins.
            task_defs: task definitions: a file, or the document.
            functions: what executes SIMPLE tasks.
            workflow_defs: a folder of definitions.

        Raises:
            DefinitionError: one of them cannot be used.
        """
        folder = None if workflow_defs is None else Path(workflow_defs)
        if folder is not None and not folder.is_dir():
            raise DefinitionError(f"{folder} is not a folder", code="file_unreadable")
        if isinstance(functions, str):
            from httptask.engines.embedded.functions import load_functions  # noqa: PLC0415 - engine

            functions = load_functions(functions)
        return cls(options_model(manager), read_task_defs(task_defs), functions or {}, folder)

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
        for document in self._documents(loaded):
            for one in self._definitions(document):
                found.setdefault((one.name, one.version), one)
        return Library(self.functions, self.task_defs, tuple(found.values()))

    def _documents(self, loaded: Loaded[WorkflowDef]) -> Iterator[Document]:
        yield Document(loaded.raw, loaded.source)
        own = Path(loaded.source) if loaded.source else None
        if own is not None:
            yield from _read([own])
        if self.workflow_defs is not None:
            yield from _read(sorted(self.workflow_defs.glob("*.json")))
        if own is not None:
            yield from _read(sorted(own.resolve().parent.glob("*.json")))

    def _definitions(self, document: Document) -> Iterator[WorkflowDef]:
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
    return Path(document.source).resolve().parent if document.base_dir else None


def _starts_others(workflow: WorkflowDef) -> bool:
    starters = any(task.type in STARTERS for _, task in workflow.walk())
    return starters or workflow.failure_workflow is not None


def _read(paths: Iterable[Path]) -> Iterator[Document]:
    """Yield what can be read; files beside a definition may be anything."""
    for number, path in enumerate(paths):
        if number == MAX_FILES:
            return
        try:
            yield read_document(path)
        except DefinitionError:
            continue
