"""The URI of a prepared task, and which server it points at."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, urlsplit

from httptask.catalog.prepare.naming import identifier
from httptask.catalog.values import Operation, Server
from httptask.core.words import free_name
from httptask.errors import DefinitionError

SERVER_INPUT = "server"
_VARIABLE = re.compile(r"\{([^{}]+)\}")
_SAFE = "/:@!$&'()*+,;=~%-._"


@dataclass(frozen=True, slots=True)
class Address:
    """Where the request goes.

    Attributes:
        base: server without a trailing slash, ``{name}`` for variables without default; ``""`` if
            the workflow's input must say.
        path: path whose placeholders are names that an expression can hold.
        names: described parameter name to placeholder name, path parameters first.
        variables: server variables without a default, still in braces in `base`.
        query: query parameters that are written in the path itself.
    """

    base: str
    path: str
    names: Mapping[str, str]
    variables: tuple[str, ...]
    query: tuple[tuple[str, str], ...]


def address(operation: Operation, choice: str | int | None) -> Address:
    """Return where an operation's request goes.

    Args:
        operation: the operation.
        choice: index or URL of a server, any URL, or None for the first public server.

    Raises:
        DefinitionError: ``choice_unknown``.
    """
    base, variables = _base(_server(operation, choice))
    raw, _, query = operation.path.partition("?")
    path = raw.partition("#")[0]
    names: dict[str, str] = {}
    for name in _VARIABLE.findall(path):
        taken = set(names.values())
        names.setdefault(name, free_name(identifier(name), taken.__contains__))
    pairs = tuple(pair for pair in parse_qsl(query, keep_blank_values=True) if "{" not in pair[1])
    return Address(base, _escaped(path, names), names, variables, pairs)


def bases(operation: Operation, chosen: Address) -> list[str]:
    """Return the servers that an operation may be called at; none if a workflow's input says."""
    found = [(chosen.base, chosen.variables), *map(_base, operation.servers)]
    if not chosen.base or any(missing for _, missing in found):
        return []
    return [base for base, _ in found]


def _escaped(path: str, names: Mapping[str, str]) -> str:
    """Percent-encode what cannot stand in a path and rename the placeholders."""
    pieces = _VARIABLE.split(path)
    text = "".join(
        f"{{{names[piece]}}}" if index % 2 else quote(piece, safe=_SAFE)
        for index, piece in enumerate(pieces)
    )
    text = text.replace("${", "%24{")
    return text if text.startswith("/") or not text else f"/{text}"


def _server(operation: Operation, choice: str | int | None) -> Server | None:
    if choice is None:
        return next((server for server in operation.servers if server.public), None)
    if str(choice).isdecimal():
        if int(choice) < len(operation.servers):
            return operation.servers[int(choice)]
    elif urlsplit(str(choice)).scheme in ("http", "https") and urlsplit(str(choice)).netloc:
        known = (server for server in operation.servers if server.url == choice)
        return next(known, Server(str(choice)))
    listed = ", ".join(f"{i}: {s.url}" for i, s in enumerate(operation.servers[:8]))
    raise DefinitionError(
        f"there is no server {choice!r}",
        code="choice_unknown",
        hint=f"an http(s) URL, or one of {listed}" if listed else "give an http(s) URL",
    )


def _base(server: Server | None) -> tuple[str, tuple[str, ...]]:
    if server is None:
        return "", ()
    missing = []

    def fill(match: re.Match[str]) -> str:
        if match[1] in server.variables:
            return server.variables[match[1]]
        missing.append(identifier(match[1]))
        return f"{{{missing[-1]}}}"

    return _VARIABLE.sub(fill, server.url).rstrip("/"), tuple(dict.fromkeys(missing))
