"""What a jq query reads of its input, and what it gives; nothing is said of what is not plain."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple, Protocol, Self

from httptask.check.shape import Shape

_TOKEN: Final = re.compile(
    r'\s+|#[^\n]*|(?P<field>\.[A-Za-z_]\w*)|(?P<text>"(?:[^"\\]|\\.)*")|(?P<number>\d+(?:\.\d+)?)'
    r"|(?P<word>@?[A-Za-z_]\w*)|(?P<sign>//(?!=)|==|!=|<=|>=|[.\[\](){}|,:;?<>+*/%-](?!=))"
)
_LONGEST: Final = 10_000
_DEEPEST: Final = 3
_WIDEST: Final = 40
_BOOLEAN: Final = Shape.of({"type": "boolean"})
_TEXT: Final = Shape.of({"type": "string"})
_NUMBER: Final = Shape.of({"type": "number"})
_WORDS: Final = {"true": True, "false": False, "null": None}
_COMPARING: Final = frozenset({"==", "!=", "<", "<=", ">", ">="})
_BINARY: Final = frozenset({*_COMPARING, "//", "and", "or", "+", "-", "*", "/", "%"})
_UNKNOWN: Final = frozenset({"def", "reduce", "foreach", "try", "label", "import", "include", "as"})
_GIVES: Final[Mapping[str, Shape]] = {
    **dict.fromkeys(("length", "utf8bytelength", "floor", "ceil", "round", "tonumber"), _NUMBER),
    **dict.fromkeys(("not", "has", "contains", "inside", "test", "any", "all"), _BOOLEAN),
    **dict.fromkeys(("startswith", "endswith", "IN", "isempty"), _BOOLEAN),
    **dict.fromkeys(("tostring", "tojson", "type", "join", "ascii_downcase"), _TEXT),
    **dict.fromkeys(("ascii_upcase", "ltrimstr", "rtrimstr", "todate"), _TEXT),
    **dict.fromkeys(("keys", "keys_unsorted", "split"), _TEXT.listed()),
}
_KEEPING: Final = frozenset({"select", "sort", "reverse", "unique", "sort_by", "unique_by"})
_OF_ITEMS: Final = frozenset(
    {"map", "sort_by", "unique_by", "group_by", "min_by", "max_by", "any", "all"}
)
_ITEM: Final = frozenset({"min_by", "max_by", "min", "max"})
_OF_WHOLE: Final = frozenset(
    {"select", "first", "del", "has", "contains", "startswith", "endswith"}
)


class Place(Protocol):
    """Where a query stands: a value of a shape, or the inputs of a task."""

    def at(self, part: str | int) -> Shape | None:
        """Return the shape of a member or an item; None where there can be none."""

    def names(self) -> list[str]:
        """Return the names of the members that are known."""


class Missing(NamedTuple):
    """A name that a query cannot find.

    Attributes:
        name: the name.
        names: those that are there.
    """

    name: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Queried:
    """What is known of a query.

    Attributes:
        missing: the names that it cannot find.
        shape: the shape of its first result, or None if nothing is known of it.
    """

    missing: tuple[Missing, ...]
    shape: Shape | None

    @classmethod
    def of(cls, query: str, start: Place) -> Self | None:
        """Return what is known of a query, or None if it has more than paths and plain calls.

        Args:
            query: the query.
            start: what it is put to.
        """
        if len(query) > _LONGEST:
            return None
        try:
            reader = _Reader(_tokens(query))
            shape = reader.pipe(start)
            reader.ended()
        except (_UnknownError, RecursionError):
            return None
        return cls(tuple(reader.missing), shape if isinstance(shape, Shape) else None)


class _UnknownError(Exception):
    """The query has something that is not followed."""


def _tokens(query: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    at = 0
    while at < len(query):
        token = _TOKEN.match(query, at)
        if token is None or "\\(" in token[0]:
            raise _UnknownError
        if token.lastgroup is not None:
            found.append((token.lastgroup, token[0]))
        at = token.end()
    return found


@dataclass(slots=True)
class _Reader:
    tokens: list[tuple[str, str]]
    missing: list[Missing] = field(default_factory=list)
    at: int = 0

    def pipe(self, place: Place | None) -> Place | None:
        found = self.several(place)
        while self.takes("|"):
            found = self.several(found)
        return found

    def several(self, place: Place | None) -> Place | None:
        found = self.value(place)
        while self.takes(","):
            self.value(place)
            found = None
        return found

    def value(self, place: Place | None) -> Place | None:
        told = len(self.missing)
        self.takes("-")
        found = self.path(place)
        while self.text() in _BINARY:
            sign = self.next()
            if sign == "//":  # its author has thought of what is not there
                del self.missing[told:]
            self.path(place)
            found = _BOOLEAN if sign in _COMPARING else None
        return found

    def path(self, place: Place | None) -> Place | None:
        found = self.term(place)
        while True:
            if self.kind() == "field":
                found = self.member(found, self.next()[1:])
            elif self.takes("["):
                found = self.inside(found, place)
            elif self.text() == "." and self.text(1) == "[":
                self.next()
            elif not self.takes("?"):
                return found

    def inside(self, found: Place | None, place: Place | None) -> Place | None:
        """Return what brackets behind a value give."""
        if self.takes("]"):
            return _items(found)
        kind, text = self.kind(), self.text()
        if self.text(1) == "]" and kind in ("number", "text"):
            self.next()
            self.next()
            if kind == "text":
                return self.member(found, text[1:-1])
            return found.at(int(text)) if found and text.isdecimal() else None
        while not self.takes("]"):
            if not self.takes(":"):
                self.pipe(place)
        return None

    def term(self, place: Place | None) -> Place | None:
        kind, text = self.kind(), self.next()
        match kind, text:
            case "field", _:
                return self.member(place, text[1:])
            case "text" | "number", _:
                return _TEXT if kind == "text" else _NUMBER
            case "word", _:
                return self.word(text, place)
            case _, ".":
                return self.member(place, self.next()[1:-1]) if self.kind() == "text" else place
            case _, "(":
                found = self.pipe(place)
                self.expect(")")
                return found
            case _, "[":
                return self.listed(place)
            case _, "{":
                return self.members(place)
        raise _UnknownError

    def word(self, name: str, place: Place | None) -> Place | None:
        if name in _UNKNOWN or name[0] == "@":
            raise _UnknownError
        if name == "if":
            self.choice(place)
            return None
        if name in _WORDS:
            return Shape.of({"const": _WORDS[name]})
        inner = _items(place) if name in _OF_ITEMS else place if name in _OF_WHOLE else None
        first: Place | None = None
        called = self.takes("(")
        if called:
            told, first = len(self.missing), self.pipe(inner)
            while self.takes(";"):
                del self.missing[told:]
                first = self.pipe(None)
            self.expect(")")
        if name == "map":
            return _list_of(first)
        if name in _ITEM or (name in ("first", "last") and not called):
            return _items(place)
        if name == "first":
            return first
        return place if name in _KEEPING else _GIVES.get(name)

    def choice(self, place: Place | None) -> None:
        """Read ``if A then B elif C then D else E end``."""
        again = True
        while again:
            self.pipe(place)
            self.expect("then")
            self.pipe(place)
            again = self.takes("elif")
        if self.takes("else"):
            self.pipe(place)
        self.expect("end")

    def listed(self, place: Place | None) -> Shape:
        if self.takes("]"):
            return Shape.of({"type": "array"})
        found = self.pipe(place)
        self.expect("]")
        return _list_of(found)

    def members(self, place: Place | None) -> Shape:
        """Read an object."""
        found: dict[str, Any] = {}
        closed = True
        while not self.takes("}"):
            kind, key = self.kind(), self.next()
            if key == "(":
                self.pipe(place)
                self.expect(")")
                closed = False
            elif kind not in ("word", "text"):
                raise _UnknownError
            name = key[1:-1] if kind == "text" else key
            value = self.value(place) if self.takes(":") else self.member(place, name)
            found[name] = _summary(value)
            self.takes(",")
        if not closed:
            return Shape.of({"type": "object"})
        return Shape.of({"type": "object", "properties": found, "required": [*found]})

    def member(self, place: Place | None, name: str) -> Shape | None:
        found = None if place is None else place.at(name)
        if found is None and place is not None:
            self.missing.append(Missing(name, tuple(place.names())))
        return found

    def kind(self) -> str:
        return self.tokens[self.at][0] if self.at < len(self.tokens) else ""

    def text(self, ahead: int = 0) -> str:
        place = self.at + ahead
        return self.tokens[place][1] if place < len(self.tokens) else ""

    def next(self) -> str:
        if self.at == len(self.tokens):
            raise _UnknownError
        self.at += 1
        return self.tokens[self.at - 1][1]

    def takes(self, text: str) -> bool:
        taken = self.text() == text
        self.at += taken
        return taken

    def expect(self, text: str) -> None:
        if not self.takes(text):
            raise _UnknownError

    def ended(self) -> None:
        if self.at < len(self.tokens):
            raise _UnknownError


def _items(place: Place | None) -> Shape | None:
    listed = isinstance(place, Shape) and place.types() == frozenset({"array"})
    return place.items() if listed and isinstance(place, Shape) else None


def _list_of(place: Place | None) -> Shape:
    return place.listed() if isinstance(place, Shape) else Shape.of({"type": "array"})


def _summary(place: Place | None, depth: int = _DEEPEST) -> Any:
    """Return a schema of its own for what is known of a shape."""
    kinds = place.types() if isinstance(place, Shape) else None
    if not isinstance(place, Shape) or kinds is None:
        return True
    found: dict[str, Any] = {"type": sorted(kinds | {"null"} if place.absent else kinds)}
    if values := place.values():
        found["enum"] = [each for _, each in values]
    elif depth and kinds == frozenset({"array"}):
        found["items"] = _summary(place.items(), depth - 1)
    elif depth and kinds == frozenset({"object"}) and place.is_one():
        names = place.names()
        members = {name: _summary(place.at(name), depth - 1) for name in names[:_WIDEST]}
        found |= {"properties": members} if 0 < len(names) <= _WIDEST else {}
    return found
