"""What stands beside a definition: Python functions, and definitions of other workflows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from httptask.definition.findings import Loaded
from httptask.definition.loader import load_workflow
from httptask.definition.options import HttpTaskOptions
from httptask.definition.reading import Document, read_document
from httptask.definition.workflow import TaskDef, WorkflowDef
from httptask.engines.embedded.functions import Function, load_functions
from httptask.engines.embedded.library import Library
from httptask.errors import DefinitionError

MAX_FILES: Final = 1_000
STARTERS: Final = ("SUB_WORKFLOW", "START_WORKFLOW", "FORK_JOIN_DYNAMIC")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Where functions and other definitions come from.

    Attributes:
        functions: what executes SIMPLE tasks, by name.
        workflow_defs: a folder of definitions, or None.
    """

    functions: Mapping[str, Function] = field(default_factory=dict)
    workflow_defs: Path | None = None

    @classmethod
    def of(cls, functions: str | None, workflow_defs: Path | None) -> Surroundings:
        """Read the functions of a module.

        Raises:
            DefinitionError: it has none, or the folder is not one.
        """
        if workflow_defs is not None and not workflow_defs.is_dir():
            raise DefinitionError(f"{workflow_defs} is not a folder", code="file_unreadable")
        return cls({} if functions is None else load_functions(functions), workflow_defs)

    def library(
        self,
        loaded: Loaded[WorkflowDef],
        task_defs: Mapping[str, TaskDef],
        options_model: type[HttpTaskOptions] = HttpTaskOptions,
    ) -> Library:
        """Return what a definition may need: of other definitions only those that it can start.

        They are looked for in the definition's own file, in the folder, and beside the file.
        """
        workflow = loaded.value
        if workflow is None or not _starts_others(workflow):
            return Library(self.functions, task_defs)
        found: dict[tuple[str, int], WorkflowDef] = {}
        for document in self._documents(loaded):
            for one in _definitions(document, options_model, task_defs):
                found.setdefault((one.name, one.version), one)
        return Library(self.functions, task_defs, tuple(found.values()))

    def _documents(self, loaded: Loaded[WorkflowDef]) -> Iterator[Document]:
        yield Document(loaded.raw, loaded.source)
        own = Path(loaded.source) if loaded.source else None
        if own is not None:
            yield from _read([own])
        if self.workflow_defs is not None:
            yield from _read(sorted(self.workflow_defs.glob("*.json")))
        if own is not None:
            yield from _read(sorted(own.resolve().parent.glob("*.json")))


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


def _definitions(
    document: Document, options_model: type[HttpTaskOptions], task_defs: Mapping[str, TaskDef]
) -> Iterator[WorkflowDef]:
    listed: list[Any] = document.value if isinstance(document.value, list) else [document.value]
    for one in listed:
        if isinstance(one, Mapping) and "tasks" in one:
            loaded = load_workflow(
                Document(one, document.source), options_model=options_model, task_defs=task_defs
            )
            if loaded.value is not None:
                yield loaded.value
