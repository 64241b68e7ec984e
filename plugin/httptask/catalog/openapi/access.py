"""Servers and security: where an operation is called and what proves who calls."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Mapping
from urllib.parse import urljoin, urlsplit

from httptask.catalog.documents.resources import Node
from httptask.catalog.openapi.reading import Reading
from httptask.catalog.values import AuthScheme, Server
from httptask.core.addresses import is_public

_VARIABLE = re.compile(r"\{([^{}]+)\}")
_VALUE = re.compile(r"[A-Za-z0-9._~:/?=&%@+-]+")
"""A default that is a part of an address, and no note such as ``{account}`` or ``<your host>``."""
_CHOOSE = "choose one when preparing, or give the input 'server' when running"
_LOCAL_SUFFIXES = (".local", ".localhost", ".internal", ".lan", ".home", ".corp", ".test")


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
        return (_judged(base),)
    for node, url in unusable[:1]:
        reading.notes.add(
            node, "server_relative", f"the server {url[:80]!r} has no host: {_CHOOSE}"
        )
    if not unusable:
        reading.notes.add(root, "server_missing", f"no server: {_CHOOSE}")
    return ()


def _old_servers(reading: Reading, root: Node, operation: Node, source: str) -> Iterator[Server]:
    origin = urlsplit(source) if source.startswith("http") else None
    host = root.text("host").strip() or (origin.netloc if origin else "")
    if not host or "${" in host + root.text("basePath") or " " in host:
        reading.notes.add(root, "server_missing", f"no host: {_CHOOSE}")
        return
    schemes = operation.value.get("schemes") or root.value.get("schemes")
    known = [s for s in schemes if s in ("https", "http")] if isinstance(schemes, list) else []
    base = root.text("basePath").rstrip("/")
    for scheme in sorted(known, reverse=True) or ["https"]:
        yield _judged(
            f"{scheme}://{host}{base if base.startswith('/') or not base else '/' + base}"
        )


def _server(reading: Reading, node: Node) -> Server | None:
    url = _resolve(node.text("url"), reading.source)
    if not url:
        return None
    variables = {}
    declared = node.get("variables")
    for name, each in declared.items() if declared else ():
        default = each.value.get("default") if isinstance(each.value, dict) else None
        if isinstance(default, (str, int)) and _VALUE.fullmatch(str(default)):
            variables[name] = str(default)
    for name in _VARIABLE.findall(url):
        if name not in variables:
            reading.notes.add(node, "server_variable", f"variable {name!r} has no default")
    return _judged(url, node.text("description"), variables)


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
        url = urljoin(source, url) if source.startswith("http") else ""
    return url.rstrip("/") if urlsplit(url).netloc or url.startswith("{") else ""


def _judged(url: str, description: str = "", variables: Mapping[str, str] | None = None) -> Server:
    values = variables or {}
    filled = _VARIABLE.sub(lambda match: values.get(match[1], "x"), url)
    return Server(url, description, values, public_host(filled))


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
        return "." in host and not host.endswith(_LOCAL_SUFFIXES) and not host[-1:].isdecimal()


def read_auth(reading: Reading, root: Node, operation: Node) -> tuple[tuple[AuthScheme, ...], ...]:
    """Return the alternatives, each a set of schemes needed together."""
    listed = operation.get("security") or root.get("security")
    schemes = _schemes(reading, root)
    alternatives = []
    for requirement in listed.elements() if listed else ():
        if not isinstance(requirement.value, dict):
            reading.notes.add(requirement, "security_invalid", "a requirement is not an object")
            continue
        option = [_needed(reading, schemes, name, node) for name, node in requirement.items()]
        if all(option) or not option:
            alternatives.append(tuple(scheme for scheme in option if scheme))
    return tuple(alternatives)


def _schemes(reading: Reading, root: Node) -> Node | None:
    if reading.dialect == "2.0":
        return root.get("securityDefinitions")
    components = root.get("components")
    return components.get("securitySchemes") if components else None


def _needed(reading: Reading, schemes: Node | None, name: str, use: Node) -> AuthScheme | None:
    written = schemes.get(name) if schemes else None
    node = reading.follow(written) if written else None
    if node is None or not isinstance(node.value, dict):
        reading.notes.add(use, "security_unknown", f"no security scheme is named {name!r}")
        return None
    scopes = tuple(s for s in use.value if isinstance(s, str)) if use.value else ()
    kind = _kind(node)
    if kind == "apiKey" and not _has_place(node):
        reading.notes.add(node, "security_invalid", f"{name!r} does not say where the key goes")
        return None
    if kind not in PREPARED:
        reading.notes.add(node, "security_unsupported", f"{kind!r} must be set up by hand")
    return AuthScheme(
        name=name,
        kind=kind,
        parameter=node.text("name") if kind == "apiKey" else "",
        location=node.text("in") if kind == "apiKey" else "",
        scopes=scopes,
        description=node.text("description"),
        secret=node.text("x-httptask-secret"),
        token_url=_token_url(node),
    )


def _has_place(node: Node) -> bool:
    key, location = node.text("name"), node.text("in")
    if location == "query":
        return bool(key) and "${" not in key
    return location in ("header", "cookie") and bool(TOKEN.fullmatch(key))


TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
"""A name that a header or a cookie can have (RFC 9110)."""

PREPARED = frozenset({"basic", "bearer", "apiKey", "oauth2", "openIdConnect"})
"""Kinds of schemes that a prepared task can carry."""


def _kind(node: Node) -> str:
    kind = node.text("type")
    if kind == "http":
        return node.text("scheme").lower() or "http"
    known = {name.lower(): name for name in (*PREPARED, "mutualTLS")}
    return known.get(kind.lower(), kind or "unknown")


def _token_url(node: Node) -> str:
    flows = node.value.get("flows")
    holders = list(flows.values()) if isinstance(flows, dict) else []
    for holder in (node.value, *holders):
        url = holder.get("tokenUrl") if isinstance(holder, dict) else None
        if isinstance(url, str):
            return url
    return ""
