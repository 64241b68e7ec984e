"""The items of one page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from httptask.builtin.reading import Read
from httptask.errors import ResponseError

_IDENTITIES = frozenset({"id", "_id", "uuid", "guid", "uid", "key", "href", "self", "url"})
_SHOWN = 6


class ItemsPlace:
    """Where the items of a page stand; once found, it stays the same for all pages.

    Args:
        path: what the author says, or None.
        found: the names that an earlier part of the execution has found.
    """

    def __init__(self, path: str | None, found: list[str] | None, pointer: str) -> None:
        self._path, self.found, self._pointer = path, found, f"{pointer}/httptask/paging/items"

    def of(self, page: Read) -> list[Any] | None:
        """Return the items; None where a page has none at all.

        Raises:
            ResponseError: what is there is no list, or it cannot be told which list it is.
        """
        if page.body.file is not None or page.body.kind == "text":
            raise self._refusal("a page is not JSON", "a page is read as JSON")
        value = page.body.value
        if self._path is not None:
            return self._checked(page.read(self._path))
        if self.found is None:
            self.found = self._looked_for(value)
        for name in self.found or ():
            value = value.get(name) if isinstance(value, dict) else None
        return None if self.found is None else self._checked(value)

    def _checked(self, value: Any) -> list[Any] | None:
        if value is None or isinstance(value, list):
            return value
        raise self._refusal("the items of a page are not a list", "name the list: paging.items")

    def _looked_for(self, body: Any) -> list[str] | None:
        if isinstance(body, list):
            return []
        for below in (_lists(body), _inner_lists(body)):
            places = list(below)
            if len(places) == 1:
                return places[0]
            if places:
                names = ", ".join("$.response.body." + ".".join(each) for each in places[:_SHOWN])
                raise self._refusal("a page has several lists", f"name one: {names}")
        return None

    def _refusal(self, why: str, hint: str) -> ResponseError:
        return ResponseError(
            why, code="paging_items", pointer=self._pointer, hint=hint, retryable=False
        )


def _lists(body: Any) -> Iterator[list[str]]:
    """Yield the places of lists in an object; those of objects, if there are any."""
    members = body.items() if isinstance(body, dict) else ()
    found = [(name, value) for name, value in members if isinstance(value, list)]
    of_objects = [name for name, value in found if value and isinstance(value[0], dict)]
    yield from ([name] for name in of_objects or [name for name, _ in found])


def _inner_lists(body: Any) -> Iterator[list[str]]:
    for name, value in body.items() if isinstance(body, dict) else ():
        yield from ([name, *inner] for inner in _lists(value))


def have_identity(items: list[Any]) -> bool:
    """Tell whether each item is an object that has something like an id."""
    return bool(items) and all(
        isinstance(item, dict) and any(str(name).lower() in _IDENTITIES for name in item)
        for item in items
    )
