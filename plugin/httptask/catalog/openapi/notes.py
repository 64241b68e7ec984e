"""Collects what is lost while one operation is read."""

from __future__ import annotations

from dataclasses import dataclass, field

from httptask.catalog.documents.resources import Node
from httptask.catalog.values import Reason
from httptask.errors import CatalogError


@dataclass(slots=True)
class Notes:
    """Reasons, each once, in the order they came up."""

    found: dict[Reason, None] = field(default_factory=dict)

    def add(self, node: Node, kind: str, message: str) -> None:
        """Note a loss at a place."""
        self.found[Reason(node.pointer, kind, message, node.uri)] = None

    def add_error(self, node: Node, error: CatalogError) -> None:
        """Note a reference that cannot be followed, at the place that refers."""
        self.add(node, error.code, error.message)

    def extend(self, reasons: tuple[Reason, ...]) -> None:
        """Note what another part lost."""
        self.found.update(dict.fromkeys(reasons))

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """What was noted so far."""
        return tuple(self.found)
