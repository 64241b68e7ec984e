"""What the parts of an operation's reading share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

from httptask.catalog.documents.resources import Node, Resources
from httptask.catalog.openapi.notes import Notes
from httptask.catalog.openapi.schemas import AMBIGUOUS, CONTRADICTORY, SchemaBook
from httptask.catalog.values import Json, Reason
from httptask.errors import CatalogError

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Part:
    """What was read of a place, what was lost in it, and which definitions it refers to."""

    value: Any
    reasons: tuple[Reason, ...]
    references: Mapping[str, None]


@dataclass(slots=True)
class Reading:
    """One operation being read.

    Attributes:
        resources: finds references.
        book: converts schemas.
        dialect: ``2.0``, ``3.0``, ``3.1`` or ``3.2``.
        source: file or URL of the description.
        parts: what was read once for all operations, by reader and place.
        notes: what is lost.
        references: names of the definitions that the schemas refer to.
        failures: the same of error responses, in which no task's values are.
        used: names of all definitions that they lead to; known once it is finished.
    """

    resources: Resources
    book: SchemaBook
    dialect: str
    source: str
    parts: dict[tuple[object, str, str], Part]
    notes: Notes = field(default_factory=Notes)
    references: dict[str, None] = field(default_factory=dict)
    failures: dict[str, None] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)

    def follow(self, node: Node) -> Node | None:
        """Follow references; None, noted, where they lead nowhere."""
        try:
            return self.resources.follow(node)
        except CatalogError as error:
            self.notes.add_error(Node(None, node.uri, f"{node.pointer}/$ref"), error)
            return None

    def schema(self, node: Node) -> Json:
        """Return the converted schema, noting losses in it and in what it refers to."""
        definition = self.book.convert(node)
        self.notes.extend(definition.reasons)
        self.references.update(dict.fromkeys(definition.references))
        return definition.schema

    def shared(self, node: Node, read: Callable[[Reading, Node], T]) -> T:
        """Return what a reader makes of a node, asking it once for all operations that have it."""
        key = (read, node.uri, node.pointer)
        if key not in self.parts:
            own = self.beside()
            value = read(own, node)
            self.parts[key] = Part(value, own.notes.reasons, own.references)
        part = self.parts[key]
        self.notes.extend(part.reasons)
        self.references.update(part.references)
        return cast("T", part.value)

    def beside(self) -> Reading:
        """Return a reading that notes for itself; see `take_failures`."""
        return Reading(self.resources, self.book, self.dialect, self.source, self.parts)

    def take_failures(self, other: Reading) -> None:
        """Take what the reading of an error response found."""
        self.notes.extend(_mattering(other.notes.reasons))
        self.failures.update(other.references)

    def finish(self) -> None:
        """Note what is lost in all definitions that the schemas lead to."""
        used, failing = self.book.closure(self.references), self.book.closure(self.failures)
        for definition in used.values():
            if definition.reasons:
                self.notes.extend(definition.reasons)
        for definition in failing.values():
            if definition.reasons:
                self.notes.extend(_mattering(definition.reasons))
        self.references.update(self.failures)
        self.used = used.keys() | failing.keys()


def _mattering(reasons: tuple[Reason, ...]) -> tuple[Reason, ...]:
    """Return what matters in an error response: it is shown, and nothing is held against it."""
    return tuple(each for each in reasons if each.kind not in (AMBIGUOUS, CONTRADICTORY))
