"""What a JSON Schema says of values that arrive as texts: which are lists, which numbers."""

from __future__ import annotations

from typing import Any

from httptask.definition.schema_path import alternatives, step, types_of


class Described:
    """One place in the values that a schema describes; worked out when it is asked for, once.

    Args:
        root: JSON Schema document; True says nothing.
        places: the schemas of this place; the document itself when absent.

    Attributes:
        types: the JSON types that the schema names here; none where it names none.
    """

    def __init__(self, root: Any, places: list[Any] | None = None) -> None:
        self._root = root
        self._options = alternatives(root, [root] if places is None else places)
        self.types = frozenset(kind for option in self._options for kind in types_of(option))
        self._inner: dict[str | int, Described] = {}

    def of(self, part: str | int) -> Described:
        """Return what it says of a member or an item."""
        found = self._inner.get(part)
        if found is None:
            places = [each for option in self._options for each in step(option, part)]
            found = self._inner[part] = Described(self._root, places or [True])
        return found
