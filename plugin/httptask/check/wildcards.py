"""What a path with ``[*]``, slices and filters reads: its names, those in filters, and its type."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from httptask.check.shape import Shape
from httptask.expressions import Reference

_PART: Final = re.compile(
    r"\.(?P<name>[\w-]+)(?![\w(-])|\[\s*'(?P<quoted>[^']*)'\s*\]|\[\s*(?P<index>-?\d+)\s*\]"
    r"|(?P<all>\[\s*\*\s*\]|\[\s*-?\d*\s*:\s*-?\d*\s*\])|\[\s*\?\s*\((?P<filter>[^()]*)\)\s*\]"
)
_STRING: Final = re.compile(r"'[^']*'|\"[^\"]*\"")
_IN_FILTER: Final = re.compile(r"@((?:\.[A-Za-z_][\w-]*)+)(?!\s*\()")
_LENGTH: Final = ".length()"


class Several(NamedTuple):
    """What a path with wildcards reads.

    Attributes:
        missing: each name that it cannot find, with the names that are there.
        shape: the shape of its value, or None if nothing is known of it.
    """

    missing: list[tuple[list[str], str]]
    shape: Shape | None


def several(reference: Reference, start: Shape) -> Several:
    """Follow a path behind its certain part.

    Args:
        reference: the reference; its path has wildcards.
        start: the shape at its prefix.
    """
    text = reference.text[:-1]
    at = len("${" + (reference.task_ref or reference.root))
    for _ in reference.prefix:
        part = _PART.match(text, at)
        if part is None:
            return Several([], None)
        at = part.end()
    missing: list[tuple[list[str], str]] = []
    place: Shape | None = start
    many = False
    while place is not None and (part := _PART.match(text, at)):
        at, name = part.end(), part["name"] or part["quoted"]
        if name is not None:
            below = place.at(name)
            if below is None and many:
                missing.append((place.names(), name))
            place = below
        elif part["index"] is not None:
            place = None if many else place.at(int(part["index"]))
        elif place.types() != frozenset({"array"}):
            place = None
        else:
            place, many = place.items(), True
            missing += _in_filter(part["filter"] or "", place)
    if text[at:] == _LENGTH and place is not None and not many:
        return Several(missing, Shape.of({"type": "integer"}))
    whole = place is not None and many and at == len(text)
    return Several(missing, place.listed() if place is not None and whole else None)


def _in_filter(condition: str, item: Shape) -> Iterator[tuple[list[str], str]]:
    for found in _IN_FILTER.finditer(_STRING.sub("''", condition)):
        place: Shape | None = item
        for name in found[1].split(".")[1:]:
            below = None if place is None else place.at(name)
            if below is None and place is not None and name != "length":
                yield place.names(), name
            place = below
