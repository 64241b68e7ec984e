"""The text of a ``.bru`` file as blocks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from httptask.errors import DefinitionError

_HEAD: Final = re.compile(r"([a-z][\w:-]*)\s*([{\[])\s*")
_TEXTS: Final = ("body:", "script:", "tests", "docs", "body")
_PAIRS: Final = frozenset({"body:form-urlencoded", "body:multipart-form", "body:file"})


@dataclass(frozen=True, slots=True)
class Pair:
    """A line ``name: value`` of a block; ``~`` before it means disabled."""

    name: str
    value: str
    enabled: bool = True


@dataclass(slots=True)
class Block:
    """A block: its lines as text, and as pairs."""

    name: str
    lines: list[str] = field(default_factory=list)

    @property
    def is_text(self) -> bool:
        """Whether the block holds a text as it is."""
        return self.name.startswith(_TEXTS) and self.name not in _PAIRS

    @property
    def text(self) -> str:
        """The text without the indentation of the block."""
        return "\n".join(line.removeprefix("  ") for line in self.lines).strip("\n")

    def pairs(self) -> list[Pair]:
        """Return the lines as pairs; a value between three quotes may have several lines."""
        found: list[Pair] = []
        rest = iter(self.lines)
        for line in rest:
            name, _, value = line.strip().partition(":")
            if not name:
                continue
            value = value.strip()
            if value.startswith("'''"):
                value = _quoted(value, rest)
            enabled = not name.startswith("~")
            found.append(Pair(name.lstrip("~").strip().strip('"'), value, enabled))
        return found

    def value(self, name: str) -> str:
        """Return the value of an enabled pair, or ""."""
        return next((each.value for each in self.pairs() if each.enabled and each.name == name), "")


def blocks(text: str) -> list[Block]:
    """Return the blocks of a file.

    Raises:
        DefinitionError: ``document_unreadable``: a block is not closed.
    """
    found: list[Block] = []
    current: Block | None = None
    end = "}"
    lines = text.splitlines()
    for number, line in enumerate(lines, 1):
        if current is not None:
            if line.rstrip() == end:
                found.append(current)
                current = None
            else:
                current.lines.append(line)
            continue
        head = _HEAD.fullmatch(line)
        if head:
            current, end = Block(head[1]), "}" if head[2] == "{" else "]"
        elif line.strip():
            _refuse(number, "this is not the beginning of a block")
    if current is not None:
        _refuse(len(lines), "a block is not closed")
    return found


def _quoted(value: str, rest: Iterator[str]) -> str:
    lines = [value[3:]] if value[3:] else []
    for line in rest:
        if line.strip().endswith("'''"):
            break
        lines.append(line.removeprefix("    "))
    return "\n".join(lines)


def _refuse(number: int, message: str) -> None:
    raise DefinitionError(message, code="document_unreadable", pointer=f"line {number}")
