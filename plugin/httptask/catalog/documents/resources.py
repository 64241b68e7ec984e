"""The documents of one API description, and lazy look-up of references across them."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

import msgspec

from httptask.errors import CatalogError, HttpTaskError

Json = Any
MAX_HOPS = 32

_ABSENT = object()


class Node(msgspec.Struct, frozen=True, gc=False):
    """A value with its place; many are made, and a struct is made fast.

    Attributes:
        value: the JSON value.
        uri: the document it is in; ``""`` is the main one.
        pointer: JSON Pointer in that document.
    """

    value: Json
    uri: str = ""
    pointer: str = ""

    def get(self, key: str | int) -> Node | None:
        """Return the child, or None if there is none."""
        value = self.value
        if isinstance(value, dict):
            child = value.get(key, _ABSENT)
        elif isinstance(value, list) and isinstance(key, int) and key < len(value):
            child = value[key]
        else:
            return None
        if child is _ABSENT:
            return None
        return Node(child, self.uri, f"{self.pointer}/{escape(key)}")

    def items(self) -> Iterator[tuple[str, Node]]:
        """Yield the members of an object; nothing for any other value."""
        if isinstance(self.value, dict):
            for key, child in self.value.items():
                yield str(key), Node(child, self.uri, f"{self.pointer}/{escape(key)}")

    def elements(self) -> Iterator[Node]:
        """Yield the elements of an array; nothing for any other value."""
        if isinstance(self.value, list):
            for index, child in enumerate(self.value):
                yield Node(child, self.uri, f"{self.pointer}/{index}")

    def text(self, key: str) -> str:
        """Return the string member of that name, or ``""``."""
        value = self.value.get(key) if isinstance(self.value, dict) else None
        return value if isinstance(value, str) else ""


def escape(key: object) -> str:
    """Return one reference token of a JSON Pointer."""
    text = str(key)
    if "~" in text or "/" in text:
        return text.replace("~", "~0").replace("/", "~1")
    return text


@dataclass(slots=True)
class Resources:
    """Finds what a ``$ref`` means, loading other documents only when one is followed.

    Attributes:
        root: the main document.
        load: gives the document of a URI relative to the main one; raises `HttpTaskError`.
        loaded: the documents that were needed so far, by URI.
    """

    root: Json
    load: Callable[[str], Json]
    loaded: dict[str, Json] = field(default_factory=dict)
    _failed: dict[str, CatalogError] = field(default_factory=dict)
    _found: dict[tuple[str, str], Node] = field(default_factory=dict)

    def document(self, uri: str) -> Json:
        """Return a document by its URI, asking for it once whether it comes or not.

        Raises:
            CatalogError: it cannot be loaded; the code says why.
        """
        if not uri:
            return self.root
        if uri in self._failed:
            raise self._failed[uri]
        if uri not in self.loaded:
            try:
                self.loaded[uri] = self.load(uri)
            except HttpTaskError as error:
                self._failed[uri] = CatalogError(error.message, code=error.code, source=uri)
                raise self._failed[uri] from error
            except (ValueError, OSError) as error:
                self._failed[uri] = _unresolved(uri, "it is not an address that can be read")
                raise self._failed[uri] from error
        return self.loaded[uri]

    def lookup(self, base: str, reference: str) -> Node:
        """Return what a reference written in the document `base` points at, one hop.

        Raises:
            CatalogError: ``ref_unresolved`` or what `load` raises.
        """
        known = self._found.get((base, reference))
        if known is None:
            try:
                target, fragment = urldefrag(reference)
                uri = join(base, target)
            except ValueError:
                raise _unresolved(reference, "it is not a URI") from None
            known = Node(find(self.document(uri), fragment, reference), uri, unquote(fragment))
            self._found[base, reference] = known
        return known

    def follow(self, node: Node) -> Node:
        """Follow ``$ref`` until a value without one.

        Raises:
            CatalogError: ``ref_cycle``, ``ref_unresolved`` or what `load` raises.
        """
        for _ in range(MAX_HOPS):
            value = node.value
            reference = value.get("$ref") if isinstance(value, dict) else None
            if not isinstance(reference, str):
                return node
            node = self.lookup(node.uri, reference)
        raise CatalogError(
            "the reference leads to itself", code="ref_cycle", pointer=node.pointer, source=node.uri
        )


def join(base: str, target: str) -> str:
    """Return the URI of `target` written in the document `base`; ``""`` is the main document."""
    if not target:
        return base
    if urlsplit(target).scheme or urlsplit(base).scheme:
        return urljoin(base, target)
    path = posixpath.normpath(posixpath.join(posixpath.dirname(base), target))
    return path.lstrip("/")


def find(document: Json, fragment: str, reference: str) -> Json:
    """Return the value at a JSON Pointer given as a URI fragment.

    Raises:
        CatalogError: ``ref_unresolved``.
    """
    value = document
    for token in fragment.split("/")[1:] if fragment.startswith("/") else ():
        key = unquote(token).replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict) and key in value:
            value = value[key]
        elif isinstance(value, list) and _is_index(key, value):
            value = value[int(key)]
        else:
            raise _unresolved(reference, f"there is nothing at {key!r}")
    if fragment and not fragment.startswith("/"):
        raise _unresolved(reference, "anchors are not followed")
    return value


def _is_index(key: str, value: list[Json]) -> bool:
    return key.isdecimal() and len(key) < 10 and int(key) < len(value)


def _unresolved(reference: str, why: str) -> CatalogError:
    return CatalogError(
        f"cannot resolve {reference[:200]!r}: {why}",
        code="ref_unresolved",
        hint="add the whole folder or a bundled document",
    )
