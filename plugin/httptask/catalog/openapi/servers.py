"""Servers: where an operation is called."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import urljoin, urlsplit

from httptask.catalog.documents.resources import Node
from httptask.catalog.openapi.reading import Reading
from httptask.catalog.values import SERVER_INPUT, Server
from httptask.core.addresses import is_public

_VARIABLE = re.compile(r"\{([^{}]+)\}")
_VALUE = re.compile(r"[A-Za-z0-9._~:/?=&%@+-]+")
"""A default that is a part of an address, and no note such as ``{account}`` or ``<your host>``."""
_EXAMPLE = re.compile(r"\bexample\.(?:com|net|org)\b", re.IGNORECASE)
"""A host as a default, of a name that is reserved for documentation (RFC 2606)."""
_PATH = re.compile(r"(?:/[\w.~-]+)+/?", re.ASCII)
"""A server of which only the path is described."""
_CHOOSE = "choose one when preparing, or give the input 'server' when running"
_STAND_IN = re.compile(
    r"(?:[^.]+\.)*(?:test|domain|(?:my|your)-?(?:domain|company|host|server))\.(?:com|net|org)$|"
    r"your[a-z0-9-]*\.[^.]+\.[^.]+|(?:[^.]+\.)*(?:contoso|fabrikam)\.|"
    r"example\.|(?:api|www|my|host|server|sandbox)\.example\.(?:com|net|org)$"
)
"""A host that stands for that of each customer, such as ``yourstore.pets.com``, or for none."""
_MOCKED = re.compile(
    r"virtserver\.swaggerhub\.com|stoplight\.io/mocks/|"
    r"(?:[^/]+\.)?(?:mock\.pstmn\.io|mockable\.io|apiary-mock\.com|mocklab\.io|prism\.stoplight\.io|"
    r"mockapi\.io|wiremockapi\.cloud)(?:[:/]|$)"
)
"""A server that makes up what it responds, from the description alone."""
_LOCAL_SUFFIXES = (
    *(".local", ".localhost", ".internal", ".lan", ".home", ".corp"),
    *(".test", ".example", ".invalid"),
)


def read_servers(
    reading: Reading, root: Node, path_item: Node, operation: Node
) -> tuple[Server, ...]:
    """Return the servers of the narrowest level that has any."""
    source = reading.source
    if reading.dialect == "2.0":
        return tuple(_old_servers(reading, root, operation, source))
    unusable: list[tuple[Node, str]] = []
    for holder in (operation, path_item, root):
        listed = holder.get("servers")
        nodes = list(listed.elements()) if listed else []
        servers = [reading.shared(each, _server) for each in nodes]
        if found := tuple(server for server in servers if server):
            return found
        unusable += [(node, node.text("url")) for node in nodes]
    if base := _resolve("/", source):
        return (_judged(Server(base)),)
    for node, url in unusable[:1]:
        reading.notes.add(
            node, "server_relative", f"the server {url[:80]!r} has no host: {_CHOOSE}"
        )
    if not unusable:
        reading.notes.add(root, "server_missing", f"no server: {_CHOOSE}")
    return tuple(_below(url) for _, url in unusable if _PATH.fullmatch(url))[:1]


def _old_servers(reading: Reading, root: Node, operation: Node, source: str) -> Iterator[Server]:
    origin = urlsplit(source) if source.startswith("http") else None
    host = root.text("host").strip() or (origin.netloc if origin else "")
    if not host or "${" in host + root.text("basePath") or " " in host:
        reading.notes.add(root, "server_missing", f"no host: {_CHOOSE}")
        if not host and _PATH.fullmatch(root.text("basePath")):
            yield _below(root.text("basePath"))
        return
    schemes = operation.value.get("schemes") or root.value.get("schemes")
    known = [s for s in schemes if s in ("https", "http")] if isinstance(schemes, list) else []
    base = root.text("basePath").rstrip("/")
    for scheme in sorted(known, reverse=True) or ["https"]:
        path = base if base.startswith("/") or not base else f"/{base}"
        yield _judged(Server(f"{scheme}://{host}{path}"))


def _server(reading: Reading, node: Node) -> Server | None:
    url = _resolve(node.text("url"), reading.source)
    if not url:
        return None
    variables, choices = {}, {}
    declared = node.get("variables")
    for name, each in declared.items() if declared else ():
        described = each.value if isinstance(each.value, dict) else {}
        default = described.get("default")
        if _is_value(default):
            variables[name] = str(default)
        listed = described.get("enum")
        if isinstance(listed, list) and listed and all(map(_is_value, listed)):
            choices[name] = tuple(dict.fromkeys(str(value) for value in listed))
    for name in _VARIABLE.findall(url):
        if name not in variables:
            reading.notes.add(node, "server_variable", f"variable {name!r} has no default")
    return _judged(Server(url, node.text("description"), variables, choices=choices))


def _below(path: str) -> Server:
    """Return the server of a path whose host is an input."""
    return Server(f"{{{SERVER_INPUT}}}{path.rstrip('/')}")


def _is_value(value: object) -> bool:
    written = isinstance(value, (str, int)) and _VALUE.fullmatch(str(value)) is not None
    return written and not _EXAMPLE.search(str(value))


def _resolve(url: str, source: str) -> str:
    """Return an absolute http(s) URL, or ``""``."""
    if "${" in url or any(ord(char) <= 32 for char in url.strip()):
        return ""
    url = url.strip()
    if url.startswith("//"):
        url = f"https:{url}"
    elif re.match(r"^[a-z0-9-]+(\.[a-z0-9-]+)+(/|$)", url, re.IGNORECASE):
        url = f"https://{url}"
    elif not re.match(r"^(\{[^{}]+\}|https?)://", url, re.IGNORECASE):
        url = _joined(source, url) if source.startswith("http") else ""
    return url.rstrip("/") if _has_host(url) or url.startswith("{") else ""


def _joined(source: str, url: str) -> str:
    try:
        return urljoin(source, url)
    except ValueError:
        return ""


def _has_host(url: str) -> bool:
    try:
        return bool(urlsplit(url).netloc)
    except ValueError:
        return False


def _judged(server: Server) -> Server:
    filled = _VARIABLE.sub(lambda match: server.variables.get(match[1], "x"), server.url)
    return replace(server, public=public_host(filled))


def is_mocked(url: str) -> bool:
    """Tell whether a server makes up what it responds: its path is not that of the API either."""
    return _MOCKED.match(url.lower().partition("://")[2]) is not None


def public_host(url: str) -> bool:
    """Tell whether a URL's host looks public; a name that resolves elsewhere is judged later."""
    try:
        host = (urlsplit(url).hostname or "").rstrip(".").lower()
        urlsplit(url).port  # noqa: B018 - raises for a port that is none
    except ValueError:
        return False
    try:
        return is_public(ipaddress.ip_address(host))
    except ValueError:
        named = "." in host and not _STAND_IN.match(host) and not is_mocked(url)
        return named and not host.endswith(_LOCAL_SUFFIXES) and not host[-1:].isdecimal()
