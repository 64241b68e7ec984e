"""Any source to tasks: the importer that reads it, and the account of what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from httptask.definition.file_kinds import kind_of
from httptask.definition.other_formats import other_format
from httptask.errors import DefinitionError
from httptask.importers.drafts import Drafts, Loss, RequestImporter, Source
from httptask.importers.secret_names import SecretNames
from httptask.importers.task import ImportedTask, build_tasks
from httptask.importers.texts import identifier


@dataclass(frozen=True, slots=True)
class Import:
    """What came of a source.

    Attributes:
        format: name of the format.
        tasks: in the source's order.
        rejected: items that give no task, and why.
        losses: what is lost and belongs to no task.
        defaults: values of inputs that the source has.
    """

    format: str
    tasks: tuple[ImportedTask, ...]
    rejected: tuple[Loss, ...]
    losses: tuple[Loss, ...]
    defaults: dict[str, Any]

    @property
    def degraded(self) -> int:
        """How many tasks lack something of their request."""
        return sum(bool(task.losses) for task in self.tasks)

    @property
    def reasons(self) -> list[Loss]:
        """Every loss and every rejection."""
        own = [loss for task in self.tasks for loss in task.losses]
        return list(dict.fromkeys([*own, *self.losses, *self.rejected]))

    def to_json(self, source: str) -> dict[str, Any]:
        """Return the account as one document."""
        reasons = [
            {"pointer": each.pointer, "kind": each.kind, "message": each.message}
            for each in self.reasons
        ]
        return {
            "source": source,
            "format": self.format,
            "imported": len(self.tasks) - self.degraded,
            "degraded": self.degraded,
            "rejected": len(self.rejected),
            "reasons": reasons,
            "operations": {each.reference: each.operation for each in self.tasks if each.operation},
            "inputTemplate": self.defaults,
            "tasks": [task.task for task in self.tasks],
        }


def importer_of(
    source: Source, importers: Sequence[RequestImporter], wanted: str = ""
) -> RequestImporter:
    """Return the importer of a source.

    Args:
        source: what is imported.
        importers: all that there are; the first of a name counts.
        wanted: the format's name, or "" to look at the source.

    Raises:
        DefinitionError: ``format_unknown``, ``format_ambiguous``.
    """
    known = {importer.name: importer for importer in reversed(importers)}
    names = ", ".join(sorted(known))
    if wanted:
        if wanted not in known:
            message = f"there is no format {wanted[:40]!r}"
            raise DefinitionError(message, code="format_unknown", hint=f"formats: {names}")
        return known[wanted]
    fitting = [importer for importer in known.values() if importer.claims(source)]
    if not fitting:
        message = "no format is known that looks like this"
        hint = f"these are imported: {names}; --format names one"
        value = source.text if source.document is None else source.document
        if kind := kind_of(value):
            message = f"this is {kind}, not a request that somebody made"
        if other := other_format(value):
            message, hint = f"this is {other.name}", other.hint or hint
        raise DefinitionError(message, code="format_unknown", hint=hint)
    if len(fitting) > 1:
        found = " and ".join(sorted(each.name for each in fitting))
        hint = "name one with --format"
        raise DefinitionError(f"{found} fit", code="format_ambiguous", hint=hint)
    return fitting[0]


def import_requests(source: Source, importer: RequestImporter) -> Import:
    """Return the tasks of a source, and what is lost.

    Raises:
        DefinitionError: the source cannot be read at all.
    """
    return import_drafts(importer.name, importer.read(source))


def import_drafts(form: str, drafts: Drafts) -> Import:
    """Return the tasks of requests that were read, and what is lost."""
    tasks = tuple(build_tasks(drafts, SecretNames()))
    needed = {name for task in tasks for name in task.inputs}
    defaults = {identifier(name): value for name, value in drafts.defaults.items()}
    return Import(
        form,
        tasks,
        tuple(drafts.rejected),
        tuple(drafts.losses),
        {name: value for name, value in defaults.items() if name in needed},
    )
