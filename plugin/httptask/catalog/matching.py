"""Which operation of the catalogue a request is a call of."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Self
from urllib.parse import urlsplit

from httptask.catalog.values import Operation, Server

MAX_LOOKED_INTO: Final = 40
"""Operations that are read to find the one; more than that is not certain."""
_VARIABLE: Final = re.compile(r"\{[^{}]*\}")
_NO_NAME: Final = re.compile(r"[^a-z0-9]")
_SHORTEST: Final = 3
_OF_ANYBODY: Final = frozenset({"api", "www", "com", "org", "net", "dev", "app", "rest", "io"})


@dataclass(frozen=True, slots=True)
class Known:
    """An operation as it is looked through.

    Attributes:
        public: its id.
        path: its path template.
        steps: the parts of it.
        about: letters of what names its API.
    """

    public: str
    path: str
    steps: tuple[str, ...]
    about: str

    @classmethod
    def of(cls, public: str, path: str, about: str) -> Self:
        """Return an operation of which the store knows this."""
        return cls(public, path, _steps(path), _NO_NAME.sub("", about.lower()))


@dataclass(frozen=True, slots=True)
class Match:
    """A call and its operation.

    Attributes:
        operation: the operation.
        server: index of the server that is called.
    """

    operation: Operation
    server: int


Matcher = Callable[[str, str], Match | None]
"""Takes the method, upper case, and the address of a call."""


def match_call(
    method: str,
    url: str,
    known: Iterable[Known],
    read: Callable[[str], Operation],
) -> Match | None:
    """Return the operation that a request calls; None if that is not certain.

    Args:
        method: HTTP method, upper case.
        url: the address; its path may have ``{name}``.
        known: the operations of the method.
        read: returns an operation by its id.
    """
    address = urlsplit(url)
    names = [_NO_NAME.sub("", each) for each in (address.hostname or "").split(".")]
    telling = {each for each in names if len(each) >= _SHORTEST and each not in _OF_ANYBODY}
    steps = _steps(address.path)
    near = [
        each
        for each in known
        if _fits(each.steps, steps) and any(name in each.about for name in telling)
    ]
    if len(near) > MAX_LOOKED_INTO:
        return None
    found = list(_calls(method, f"{address.netloc}{address.path}", near, read))
    fewest = min((places for places, _ in found), default=0)
    best = [match for places, match in found if places == fewest]
    return best[0] if len(best) == 1 else None


def _calls(
    method: str,
    address: str,
    near: Iterable[Known],
    read: Callable[[str], Operation],
) -> Iterator[tuple[int, Match]]:
    """Yield how many places a path has, and the call that fits it."""
    for each in near:
        operation = read(each.public)
        for index, server in enumerate(operation.servers):
            if operation.method == method and _pattern(server, each.path).fullmatch(address):
                yield len(_VARIABLE.findall(each.path)), Match(operation, index)
                break


def _pattern(server: Server, path: str) -> re.Pattern[str]:
    """Return what the addresses of an operation at a server match, without their scheme."""
    base = server.url.partition("://")[2].rstrip("/")
    template = f"{base}{path.partition('?')[0]}".rstrip("/")
    pieces = [re.escape(each) for each in _VARIABLE.split(template)]
    return re.compile("[^/]+".join(pieces) + "/?")


def _steps(path: str) -> tuple[str, ...]:
    return tuple(path.partition("?")[0].strip("/").split("/"))


def _fits(template: tuple[str, ...], steps: tuple[str, ...]) -> bool:
    """Tell whether a path can end with a template."""
    if len(template) > len(steps):
        return False
    pairs = zip(reversed(template), reversed(steps), strict=False)
    return all("{" in one or one == other for one, other in pairs)
