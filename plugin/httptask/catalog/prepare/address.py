"""The URI of a prepared task, and which server it points at."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl, quote, urlsplit

from httptask.catalog.openapi.servers import is_mocked
from httptask.catalog.prepare.naming import identifier
from httptask.catalog.values import SERVER_INPUT, Json, Operation, Server
from httptask.core.secret_names import is_secret_name
from httptask.core.words import free_name
from httptask.errors import DefinitionError

_VARIABLE = re.compile(r"\{([^{}]+)\}")
_BELOW_HOST = re.compile(r"[^/]+//[^/]+(/.*[^/])/*")
_SAFE = "/:@!$&'()*+,;=~%-._"


@dataclass(frozen=True, slots=True)
class Address:
    """Where the request goes.

    Attributes:
        base: server without a trailing slash, ``{name}`` for variables that are inputs; ``""`` if
            the workflow's input must say.
        path: path whose placeholders are names that an expression can hold.
        names: described parameter name to placeholder name, path parameters first.
        variables: schemas of the server's variables that are still in braces in `base`.
        query: query parameters that are written in the path itself.
        servers: those that may be used unasked.
        fixed: variables of the server that stand at their defaults, although others are listed.
    """

    base: str
    path: str
    names: Mapping[str, str]
    variables: Mapping[str, Json]
    query: tuple[tuple[str, str], ...]
    servers: tuple[str, ...]
    fixed: tuple[str, ...] = ()

    @property
    def credentials(self) -> list[str]:
        """Variables of the server's path that hold a credential: ``{name}`` in `base`."""
        return [name for name in _VARIABLE.findall(self.base) if name not in self.variables]

    @property
    def schema(self) -> Json:
        """Schema of the input that says the server."""
        enum = {"enum": list(self.servers)} if self.servers else {}
        return {"type": "string", "format": "uri", **enum}


def address(operation: Operation, choice: str | int | None) -> Address:
    """Return where an operation's request goes.

    Args:
        operation: the operation.
        choice: index or URL of a server, any URL, ``server`` to make inputs of servers and their
            variables, or None for the first public server, https before http; if there is none, for
            an input and the path of the first server that has one.

    Raises:
        DefinitionError: ``choice_unknown``.
    """
    raw, _, query = operation.path.partition("?")
    path = raw.partition("#")[0]
    names: dict[str, str] = {}
    for name in _VARIABLE.findall(path):
        taken = set(names.values())
        names.setdefault(name, free_name(identifier(name), taken.__contains__))
    pairs = tuple(pair for pair in parse_qsl(query, keep_blank_values=True) if "{" not in pair[1])
    public = [server for server in operation.servers if server.public]
    urls = tuple(dict.fromkeys(_base(each, open_too=False)[0] for each in public))
    asked = choice == SERVER_INPUT
    server = _server(operation, None if asked else choice)
    if server is None or (asked and len(urls) > 1):
        return Address("", _escaped(path, names), names, {}, pairs, urls)
    base, variables = _base(server, open_too=asked)
    fixed = tuple(name for name in _base(server, open_too=True)[1] if name not in variables)
    return Address(base, _escaped(path, names), names, variables, pairs, urls, fixed)


def in_their_places(operation: Operation) -> Operation:
    """Return an operation whose parameters in the query of its path are query parameters."""
    _, _, query = operation.path.partition("?")
    keys = {value[1:-1]: key for key, value in parse_qsl(query) if _VARIABLE.fullmatch(value)}
    if not keys:
        return operation
    placed = (
        replace(each, name=keys[each.name], location="query", style="form", explode=True)
        if each.location == "path" and each.name in keys
        else each
        for each in operation.parameters
    )
    return replace(operation, parameters=tuple(placed))


def bases(operation: Operation, chosen: Address) -> list[str]:
    """Return the servers that an operation may be called at; none if a workflow's input says."""
    filled = (_base(server, open_too=False) for server in operation.servers if not server.is_path)
    found = [(chosen.base, chosen.variables), *filled]
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
        public = [server for server in operation.servers if server.public]
        return _first(public) or _elsewhere(operation.servers)
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


def _elsewhere(servers: Sequence[Server]) -> Server | None:
    """Return the first server with a path, where its host stands for another: an input names it."""
    for server in servers:
        found = _BELOW_HOST.fullmatch(server.url)
        if found and not is_mocked(server.url):
            return replace(server, url=f"{{{SERVER_INPUT}}}{found[1]}")
    return None


def _first(servers: Sequence[Server]) -> Server | None:
    """Return the first server, or one that is reached by https, the same host before others."""
    secure = [each for each in servers if not each.url.lower().startswith("http://")]
    if not servers or not secure or servers[0] in secure:
        return next(iter(servers), None)
    place = servers[0].url.partition("://")[2]
    return next((each for each in secure if each.url.partition("://")[2] == place), secure[0])


def _base(server: Server, *, open_too: bool) -> tuple[str, dict[str, Json]]:
    """Return a server's URL, and the schemas of the variables that stay in it as inputs.

    A variable of its path that is named as a credential, such as ``token``, stays in any case.

    Args:
        server: the server.
        open_too: whether a variable with several values stays although it has a default.
    """
    inputs: dict[str, Json] = {}

    def fill(match: re.Match[str]) -> str:
        default, choices = server.variables.get(match[1]), server.choices.get(match[1], ())
        if is_secret_name(match[1]) and "/" in match.string[: match.start()].partition("://")[2]:
            return f"{{{identifier(match[1])}}}"
        if default is not None and not (open_too and len(choices) > 1):
            after_slash = match.string[: match.start()].endswith("/")
            return default.removeprefix("/") if after_slash else default
        name = identifier(match[1])
        known = {} if default is None else {"default": default}
        known |= {"format": "uri"} if server.is_path and name == SERVER_INPUT else {}
        inputs[name] = {"type": "string", **({"enum": list(choices)} if choices else {}), **known}
        return f"{{{name}}}"

    return _VARIABLE.sub(fill, server.url).rstrip("/"), inputs
