"""The names of a path behind ``[*]``, slices and filters, and those inside filters."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from httptask.check.shape import Shape

_PART: Final = re.compile(
    r"\.(?P<name>[\w-]+)(?![\w(-])|\[\s*'(?P<quoted>[^']*)'\s*\]|\[\s*(?P<index>-?\d+)\s*\]"
    r"|(?P<all>\[\s*\*\s*\]|\[\s*-?\d*\s*:\s*-?\d*\s*\])|\[\s*\?\s*\((?P<filter>[^()]*)\)\s*\]"
)
_STRING: Final = re.compile(r"'[^']*'|\"[^\"]*\"")
_IN_FILTER: Final = re.compile(r"@((?:\.[A-Za-z_][\w-]*)+)(?!\s*\()")
_BODY: Final = ".output.response.body"


def missing_names(text: str, shape: Shape) -> Iterator[tuple[list[str], str]]:
    """Yield each name that a path cannot find, with the names that are there.

    Args:
        text: the reference as written.
        shape: the shape of the body that it reads.
    """
    _, found, path = text.removesuffix("}").partition(_BODY)
    several = False
    place = shape if found else None
    at = 0
    while place is not None and (part := _PART.match(path, at)):
        at = part.end()
        name = part["name"] or part["quoted"]
        if name is not None:
            below = place.at(name)
            if below is None and several:
                yield place.names(), name
            place = below
        elif part["index"] is not None:
            place = None if several else place.at(int(part["index"]))
        elif place.types() != frozenset({"array"}):
            return
        else:
            place, several = place.items(), True
            yield from _in_filter(part["filter"] or "", place)


def _in_filter(condition: str, item: Shape) -> Iterator[tuple[list[str], str]]:
    for found in _IN_FILTER.finditer(_STRING.sub("''", condition)):
        place: Shape | None = item
        for name in found[1].split(".")[1:]:
            below = None if place is None else place.at(name)
            if below is None and place is not None and name != "length":
                yield place.names(), name
            place = below
