"""One OpenAPI description: which operations it has, and each of them on demand."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from httptask.catalog.documents.resources import Node, Resources
from httptask.catalog.openapi.access import read_auth
from httptask.catalog.openapi.parameters import collect, match_template, read_body, read_parameters
from httptask.catalog.openapi.reading import Part, Reading
from httptask.catalog.openapi.responses import read_responses
from httptask.catalog.openapi.schemas import SchemaBook
from httptask.catalog.openapi.servers import read_servers
from httptask.catalog.values import Operation, Reason
from httptask.errors import CatalogError

Json = Any
_CONTROL = re.compile(r"[\x00-\x1f]")
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")

_COLONS = re.compile(r"(?<=/):([A-Za-z]\w*):(?=/|$)")
"""A placeholder as another tool writes it: ``/:name:``."""


@dataclass(frozen=True, slots=True)
class Entry:
    """Where one operation is described."""

    pointer: str
    method: str
    path: str
    node: Node
    path_item: Node


def dialect_of(document: Json) -> str:
    """Return ``2.0``, ``3.0``, ``3.1``, ``3.2``, or ``""`` if it is not OpenAPI."""
    if not isinstance(document, Mapping):
        return ""
    version = str(document.get("openapi") or document.get("swagger") or "").strip()
    if version.startswith("2") and "swagger" in document:
        return "2.0"
    for known in ("3.0", "3.1", "3.2"):
        if version.startswith(known):
            return known
    return ""


class OpenApiDescription:
    """An OpenAPI document read lazily.

    Args:
        document: the main document.
        resources: finds what it refers to.
        source: file or URL it came from.
    """

    def __init__(self, document: Json, resources: Resources, source: str) -> None:
        self.dialect = dialect_of(document)
        if not self.dialect:
            raise CatalogError(
                "not OpenAPI 2.0, 3.0, 3.1 or 3.2",
                code="format_unknown",
                source=source,
                hint="an importer plugin can add a format",
            )
        self.source = source
        self.resources = resources
        self.book = SchemaBook(resources, self.dialect)
        self._root = Node(document)
        self._entries: dict[tuple[str, str], Entry] = {}
        self._parts: dict[tuple[object, str, str], Part] = {}
        info = self._root.get("info")
        self._info: Mapping[str, Json] = (
            info.value if info and isinstance(info.value, Mapping) else {}
        )

    @property
    def title(self) -> str:
        """The API's title, one line."""
        return " ".join(str(self._info.get("title") or "").split())[:120] or "Untitled API"

    @property
    def version(self) -> str:
        """The API's version as its author writes it."""
        return str(self._info.get("version") or "")[:60]

    @property
    def provider(self) -> str:
        """Provider that a directory of APIs named, or ``""``."""
        names = (self._info.get(f"x-{word}Name") for word in ("provider", "service"))
        return " ".join(str(name) for name in names if name)

    @property
    def summary(self) -> str:
        """Description of the whole API, untrusted."""
        return str(self._info.get("description") or self._info.get("summary") or "")

    def tag_descriptions(self) -> dict[str, str]:
        """Return what the author says about each group of operations, untrusted."""
        tags = self._root.get("tags")
        return (
            {node.text("name"): node.text("description") for node in tags.elements()}
            if tags
            else {}
        )

    def entries(self) -> Iterator[Entry]:
        """Yield every operation of the document, those that cannot be read included."""
        paths = self._root.get("paths")
        for path, written in paths.items() if paths else ():
            if path.startswith("x-") or is_alias(written):
                continue
            try:
                item = self.resources.follow(written)
            except CatalogError:
                item = written
            yield from _entries(_placed(path), item)

    def entry(self, pointer: str, path: str) -> Entry:
        """Return the operation at a pointer.

        Raises:
            CatalogError: ``operation_unknown``.
        """
        if not self._entries:
            self._entries = {(each.pointer, each.path): each for each in self.entries()}
        place = pointer, _placed(path)
        if place not in self._entries:
            raise CatalogError(
                f"there is nothing at {pointer}", code="operation_unknown", source=self.source
            )
        return self._entries[place]

    def notes(self) -> Iterator[Reason]:
        """Yield what is left out of the document without being an operation of its own."""
        paths = self._root.get("paths")
        for path, written in paths.items() if paths else ():
            if is_alias(written):
                yield Reason(written.pointer, "path_alias", f"{path} repeats another path")
            elif not path.startswith("x-"):
                try:
                    self.resources.follow(written)
                except CatalogError as error:
                    yield Reason(f"{written.pointer}/$ref", error.code, error.message)

    def operation(self, entry: Entry, operation_id: str = "", api: str = "") -> Operation:
        """Read one operation, without its definitions.

        Raises:
            CatalogError: it cannot be called at all; pointer and hint say why.
        """
        operation, _ = self.read(entry, operation_id, api)
        return operation

    def read(
        self, entry: Entry, operation_id: str = "", api: str = ""
    ) -> tuple[Operation, Reading]:
        """Read one operation; the reading tells which definitions it refers to."""
        _refuse_unusable(entry, self.source)
        reading = Reading(self.resources, self.book, self.dialect, self.source, self._parts)
        node, item, root = entry.node, entry.path_item, self._root
        nodes = collect(reading, item, node)
        parameters = match_template(reading, entry.path, node, read_parameters(reading, nodes))
        body = read_body(reading, node, nodes, root)
        responses = read_responses(reading, node, root)
        servers = read_servers(reading, root, item, node, entry.path)
        auth = read_auth(reading, root, node)
        reading.finish()
        operation = Operation(
            id=operation_id,
            api=api,
            api_title=self.title,
            api_version=self.version,
            method=entry.method,
            path=entry.path,
            source=self.source,
            pointer=entry.pointer,
            operation_id=node.text("operationId"),
            summary=_one_line(node.text("summary")),
            description=node.text("description") or item.text("description"),
            tags=_strings(node.value.get("tags")),
            deprecated=node.value.get("deprecated") is True,
            documentation=self._documentation(node),
            servers=servers,
            auth=auth,
            parameters=parameters,
            body=body,
            responses=responses,
            reasons=reading.notes.reasons,
            hints=_hints(node),
        )
        return operation, reading

    def _documentation(self, node: Node) -> str:
        for holder in (node, self._root):
            docs = holder.get("externalDocs")
            url = docs.text("url") if docs else ""
            if url.startswith(("https://", "http://")) and "${" not in url:
                return url
        return self.source if self.source.startswith(("https://", "http://")) else ""


def _placed(path: str) -> str:
    return _COLONS.sub(r"{\1}", path)


def is_alias(path_item: Node) -> bool:
    """Tell whether a path item only repeats another one of the same document."""
    return path_item.text("$ref").startswith("#/paths/")


def _entries(path: str, item: Node) -> Iterator[Entry]:
    for key, node in item.items():
        if key.lower() in METHODS or key.lower() == "query":
            yield Entry(node.pointer, key.upper(), path, node, item)
    more = item.get("additionalOperations")
    for key, node in more.items() if more else ():
        yield Entry(node.pointer, key, path, node, item)


def _refuse_unusable(entry: Entry, source: str) -> None:
    if not isinstance(entry.node.value, Mapping):
        raise CatalogError(
            "the operation is not an object",
            code="operation_invalid",
            pointer=entry.pointer,
            source=source,
            hint="correct the description",
        )
    if _CONTROL.search(entry.path) or not entry.method.isascii():
        raise CatalogError(
            "the path or the method has characters that cannot be sent",
            code="path_invalid",
            pointer=entry.pointer,
            source=source,
            hint="correct the description",
        )


def _one_line(text: str) -> str:
    return " ".join(text.split())[:300]


def _strings(value: Json) -> tuple[str, ...]:
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else ()


def _hints(node: Node) -> dict[str, Json]:
    prefix = "x-httptask-"
    return {
        key.removeprefix(prefix): value
        for key, value in node.value.items()
        if isinstance(key, str) and key.startswith(prefix)
    }
