"""What the parts of an operation's reading share."""

from __future__ import annotations

from dataclasses import dataclass, field

from httptask.catalog.documents.resources import Node, Resources
from httptask.catalog.openapi.notes import Notes
from httptask.catalog.openapi.schemas import SchemaBook
from httptask.catalog.values import Json
from httptask.errors import CatalogError


@dataclass(slots=True)
class Reading:
    """One operation being read.

    Attributes:
        resources: finds references.
        book: converts schemas.
        dialect: ``2.0``, ``3.0``, ``3.1`` or ``3.2``.
        notes: what is lost.
        references: names of the definitions that the schemas refer to.
    """

    resources: Resources
    book: SchemaBook
    dialect: str
    notes: Notes = field(default_factory=Notes)
    references: dict[str, None] = field(default_factory=dict)

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
