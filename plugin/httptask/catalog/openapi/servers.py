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
_DOCUMENT = re.compile(
    r"[^/:]/[^?]*\.(?:png|jpe?g|gif|svg|ico|webp|json|ya?ml|md|pdf|txt)/*$", re.IGNORECASE
)
"""A URL whose path is that of a picture or of a document."""
_FILES = re.compile(
    r"(?:[^/]+\.)?(?:githubusercontent\.com|github\.(?:com|io)|gitlab\.com|bitbucket\.org|"
    r"amazonaws\.com|cloudfront\.net|googleapis\.com|windows\.net|swaggerhub\.com|readme\.io|"
    r"stoplight\.io|apis\.guru|jsdelivr\.net|netlify\.app|postman\.com)(?:[:/]|$)|"
    r"(?:docs?|developers?|static|assets|cdn)\."
)
"""A host that gives out descriptions of other hosts' APIs."""
_PLAIN_PORT = re.compile(r"(https://[^/]+):80(?=/|$)", re.IGNORECASE)
_SAMPLE = re.compile(r"https://[^\s\"'<>?#\\]+")
_LONGEST = 20_000
"""Characters of a text in which addresses are looked for."""
_LOCAL_SUFFIXES = (
    *(".local", ".localhost", ".internal", ".lan", ".home", ".corp"),
    *(".test", ".example", ".invalid"),
)


def read_servers(
    reading: Reading, root: Node, path_item: Node, operation: Node, path: str
) -> tuple[Server, ...]:
    """Return the servers of the narrowest level that has any.

    Without any, the one that a sample of the operation calls, else where the description is from.
    """
    found = _described(reading, root, path_item, operation)
    if not found or found[0].is_path:
        sampled = _sampled(operation, path)
        found = (Server(sampled),) if sampled else found
    return tuple(_of_tenant(reading, root, server) for server in found)


def _described(
    reading: Reading, root: Node, path_item: Node, operation: Node
) -> tuple[Server, ...]:
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
    written = unusable[0][1] if unusable else "/"
    relative = written == "/" or _PATH.fullmatch(written) is not None
    origin = source if source.startswith("http") or not relative else _origin(root)
    if base := _resolve(written if relative else "/", origin):
        return (_judged(Server(base)),)
    for node, url in unusable[:1]:
        kind, why = "server_relative", "has no host"
        if _DOCUMENT.search(url):
            kind, why = "server_document", "is a picture or a document"
        reading.notes.add(node, kind, f"the server {url[:80]!r} {why}: {_CHOOSE}")
    if not unusable:
        reading.notes.add(root, "server_missing", f"no server: {_CHOOSE}")
    return tuple(_below(url) for _, url in unusable if _PATH.fullmatch(url))[:1]


def _origin(root: Node) -> str:
    """Return the https URL that a description without servers says it was read from, or ``""``."""
    info = root.get("info")
    origins = info.get("x-origin") if info else None
    urls = [each.text("url") for each in origins.elements()] if origins else []
    url = urls[0] if urls else ""
    host = url.lower().removeprefix("https://")
    usable = url.lower().startswith("https://") and public_host(url) and not _FILES.match(host)
    return url if usable else ""


def _sampled(operation: Node, path: str) -> str:
    """Return the server that a sample of the operation calls it at, or ``""``."""
    wanted = re.compile("(.*?)" + "[^/]+".join(map(re.escape, _VARIABLE.split(path)[::2])) + "/?")
    for key in ("x-codeSamples", "x-code-samples"):
        samples = operation.get(key)
        for each in samples.elements() if samples else ():
            for url in _SAMPLE.findall(each.text("source")[:_LONGEST]):
                found = wanted.fullmatch(url)
                if found and _has_host(found[1]) and public_host(found[1]) and "{" not in found[1]:
                    return found[1]
    return ""


def _of_tenant(reading: Reading, root: Node, server: Server) -> Server:
    """Return a server with the part of its host that is each customer's, where a text tells it.

    The text is that of the description or of a scheme: ``https://{tenant}.api.pets.com``.
    """
    scheme, _, place = server.url.partition("://")
    host, slash, path = place.partition("/")
    if not server.public or "{" in host or not host:
        return server
    below = re.compile(
        rf"https://((?:[\w-]+\.)*\{{\w+\}}\.(?:[\w-]+\.)*{re.escape(host)})(?![\w.-])"
    )
    for node, text in _told(root):
        if found := below.search(text[:_LONGEST]):
            reading.notes.add(node, "server_variable", f"a sample calls {found[0]}, not {host}")
            return replace(server, url=f"{scheme}://{found[1]}{slash}{path}")
    return server


def _told(root: Node) -> Iterator[tuple[Node, str]]:
    """Yield what is told of the whole API and of its schemes."""
    parts = root.get("components")
    info = root.get("info")
    if info:
        yield info, info.text("description")
    schemes = root.get("securityDefinitions") or (parts.get("securitySchemes") if parts else None)
    for _, scheme in schemes.items() if schemes else ():
        yield scheme, scheme.text("description")


def _old_servers(reading: Reading, root: Node, operation: Node, source: str) -> Iterator[Server]:
    origin = urlsplit(source if source.startswith("http") else _origin(root))
    host = root.text("host").strip() or origin.netloc
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
        yield _judged(Server(_PLAIN_PORT.sub(r"\1", f"{scheme}://{host}{path}")))


def _server(reading: Reading, node: Node) -> Server | None:
    url = _PLAIN_PORT.sub(r"\1", _resolve(node.text("url"), reading.source))
    if not url or _DOCUMENT.search(url):
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
