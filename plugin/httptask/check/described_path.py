"""Whether the path of a task's address can be the path of its operation."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final
from urllib.parse import unquote, urlsplit

from httptask.builtin.build.written import has_mark, split_uri
from httptask.check.described import Described
from httptask.core.words import words
from httptask.hooks.task import CompiledTask, literal_origin

_VARYING: Final = re.compile(r"\{([^{}]*)\}")


def other_path(task: CompiledTask, described: Described) -> str:
    """Return the path that an operation has instead of a task's, or "".

    Args:
        task: the task; its origin is one of the operation's.
        described: the operation.
    """
    _, _, rest = split_uri(str(task.request["uri"]))
    own = re.split("[?#]", rest, maxsplit=1)[0]
    if described.path is not None:
        bases = [
            urlsplit(each).path.rstrip("/")
            for each in described.servers
            if literal_origin(each) == task.origin
        ]
        wanted = [base + described.path for base in bases]
        found = any(_is_path(own, each) for each in wanted)
        return "" if found or not wanted else wanted[0]
    if not described.path_words or has_mark(own):
        return ""
    names = {*_VARYING.findall(own), *_described_names(task)}
    known, normal = _varied(described.path_words, names), _normal(own)
    if f"-{normal.replace('/', '-')}".endswith(f"-{known}"):
        return ""  # as is usual: no pattern has to be compiled
    return "" if _pattern(known).fullmatch(normal) else described.id


def _is_path(own: str, described: str) -> bool:
    parts, wanted = own.split("/"), described.split("/")
    if len(parts) != len(wanted):
        return has_mark(own)  # a value may hold several parts
    return all(map(_is_part, parts, wanted))


def _is_part(own: str, wanted: str) -> bool:
    return "{" in wanted + own or has_mark(own) or unquote(own) == unquote(wanted)


def _described_names(task: CompiledTask) -> Collection[str]:
    schema = task.schemas.get("parametersSchema")
    place = schema.document if schema else None
    for key in ("properties", "path", "properties"):
        place = place.get(key) if isinstance(place, dict) else None
    return place if isinstance(place, dict) else ()


def _normal(path: str) -> str:
    """Return a path in lower-case words, * for what varies."""
    return "/".join(filter(None, map(_words, path.split("/"))))


def _words(part: str) -> str:
    pieces = ("-".join(words(each)) for each in _VARYING.sub("*", unquote(part)).split("*"))
    return "-*-".join(pieces).replace("--", "-").strip("-")


def _varied(described: str, varying: Collection[str]) -> str:
    """Return the words of a path, * for what varies."""
    for name in sorted(("-".join(words(each)) for each in varying), key=len, reverse=True):
        if name:
            described = re.sub(rf"(?<![^-]){name}(?![^-])", "*", described)
    return described


def _pattern(described: str) -> re.Pattern[str]:
    """Return what matches the paths that an id can stand for, below any server.

    The last words may be those of a query or fragment, so that any of them may be left out.
    """
    first, *others = ("[^/]+" if each == "*" else each for each in described.split("-"))
    optional = "".join(f"(?:[-/]{part}" for part in others) + ")?" * len(others)
    return re.compile(f"(?:.*[-/])?{first}{optional}")
