"""XML as a JSON value: elements by name, ``@name`` for attributes, ``#text`` beside them.

Names lose their namespace prefix. An element that is alone in its place is a value, one that comes
again a list; what a schema or the task calls a list is one, however often it comes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final
from xml.parsers.expat import ErrorString

from httptask.builtin.codecs.limits import too_large
from httptask.builtin.codecs.typed import typed
from httptask.core.depth import MAX_DEPTH
from httptask.definition.described import Described
from httptask.errors import DecodeError, MissingExtraError

XML_LIMIT: Final = 32 * 1024 * 1024
"""Bytes of a document."""

MAX_TAGS: Final = 1_000_000
"""Tags of a document, and at most as many attributes."""

MAX_ELEMENTS_DEEP: Final = MAX_DEPTH // 2 - 1
TEXT: Final = "#text"
_XSI: Final = "{http://www.w3.org/2001/XMLSchema-instance}"
"""Attributes of this namespace say something of the document, not of what it describes."""


def decode_xml(text: str, lists: Sequence[str] = (), schema: Any = True) -> dict[str, Any]:
    """Return ``{NAME: value}`` of a document's root element.

    Args:
        text: the document; blanks in front are tolerated.
        lists: elements that are lists: a name, or the end of a path such as ``order/item``; a
            prefix does not count.
        schema: JSON Schema of the value; it says which elements are lists, numbers, truth values.

    Raises:
        MissingExtraError: the extra ``xml`` is not installed.
        DecodeError: not well-formed, entities or default attributes are declared, or too large or
            too deep.
    """
    try:
        from defusedxml.common import DefusedXmlException  # noqa: PLC0415 - an extra brings it
        from defusedxml.ElementTree import ParseError, XMLParser  # noqa: PLC0415 - as above
    except ImportError as error:
        raise MissingExtraError(
            "reading XML needs the extra xml", hint='pip install "httptask[xml]"'
        ) from error
    if max(text.count("<"), text.count("=")) > MAX_TAGS:
        raise too_large(f"{MAX_TAGS:,} tags or attributes", "")
    builder = _Builder(lists, Described(schema))
    parser = XMLParser(target=builder)
    # Each tag would get a copy, however short it is: the tags that are counted would not tell.
    parser.parser.AttlistDeclHandler = _refuse_default
    try:
        parser.feed(text.lstrip())
        parser.close()
    except ParseError as error:
        line, column = error.position
        why = f"{ErrorString(error.code)} (line {line}, column {column + 1})"
        raise DecodeError(f"The text cannot be read as XML: {why}", code="xml_invalid") from None
    except DefusedXmlException:
        raise _refused("entities") from None
    return builder.root.values


def _refuse_default(
    element: str, name: str, kind: str, default: str | None, required: bool
) -> None:
    del element, name, kind, required
    if default is not None:
        raise _refused("default attributes")


def _refused(what: str) -> DecodeError:
    text = f"The XML declares {what}, which are not read"
    return DecodeError(text, code="xml_refused", retryable=False)


class _Element:
    """An element that is being read."""

    __slots__ = ("described", "is_list", "is_nil", "lists", "name", "texts", "values")

    def __init__(
        self, name: str, described: Described, *, is_list: bool, is_nil: bool = False
    ) -> None:
        self.name, self.described, self.is_list, self.is_nil = name, described, is_list, is_nil
        self.values: dict[str, Any] = {}
        self.lists: set[str] = set()
        self.texts: list[str] = []

    def add(self, name: str, value: Any, *, is_list: bool) -> None:
        if name in self.lists:
            self.values[name].append(value)
        elif is_list or name in self.values:
            before = [self.values[name]] if name in self.values else []
            self.values[name] = [*before, value]
            self.lists.add(name)
        else:
            self.values[name] = value

    def value(self) -> Any:
        text = "".join(self.texts)
        if self.values:
            if text.strip():
                self.values[TEXT] = typed(text, self.described.of(TEXT))
            return self.values
        if self.is_nil:
            return None
        if "object" in self.described.types and not text.strip():
            return {}
        return typed(text, self.described)


class _Builder:
    """What the parser tells of a document."""

    def __init__(self, lists: Sequence[str], described: Described) -> None:
        self._lists: dict[str, list[list[str]]] = {}
        for path in lists:
            names = [name.rpartition(":")[2] for name in path.split("/")]
            self._lists.setdefault(names[-1], []).append(names)
        self.root = _Element("", described, is_list=False)
        self._open = [self.root]

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        if len(self._open) > MAX_ELEMENTS_DEEP:
            raise DecodeError(
                f"The text cannot be read as XML: it is nested deeper than {MAX_ELEMENTS_DEEP} "
                "elements",
                code="xml_invalid",
            )
        name, outer = _local(tag), self._open[-1]
        described = outer.described.of(name)
        is_list = len(self._open) > 1 and ("array" in described.types or self._is_named(name))
        if "array" in described.types:
            described = described.of(0)
        is_nil = attributes.get(f"{_XSI}nil") in {"true", "1"}
        element = _Element(name, described, is_list=is_list, is_nil=is_nil)
        for key, value in attributes.items():
            if not key.startswith(_XSI):
                written = f"@{_local(key)}"
                element.values[written] = typed(value, described.of(written))
        self._open.append(element)

    def data(self, text: str) -> None:
        self._open[-1].texts.append(text)

    def end(self, tag: str) -> None:
        del tag
        element = self._open.pop()
        self._open[-1].add(element.name, element.value(), is_list=element.is_list)

    def _is_named(self, name: str) -> bool:
        for names in self._lists.get(name, ()):
            above = names[:-1]
            if not above or [each.name for each in self._open[-len(above) :]] == above:
                return True
        return False


def _local(name: str) -> str:
    return name.rpartition("}")[2]
