"""Security: what proves who calls."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from httptask.catalog.documents.resources import Node
from httptask.catalog.openapi.reading import Reading
from httptask.catalog.openapi.told_access import together, told_schemes, with_word
from httptask.catalog.values import AuthScheme, Flow

TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
"""A name that a header or a cookie can have (RFC 9110)."""

PREPARED = frozenset(
    {"basic", "bearer", "apiKey", "oauth2", "openIdConnect", "digest", "aws-sigv4"}
)
"""Kinds of schemes that a prepared task can carry."""

_GRANTS: Final = {
    "clientCredentials": "client_credentials",
    "application": "client_credentials",
    "authorizationCode": "authorization_code",
    "accessCode": "authorization_code",
    "deviceAuthorization": "device_code",
    "implicit": "implicit",
    "password": "password",
}
"""OAuth 2 grants by their names in OpenAPI 3 and 2.0."""
_METADATA: Final = {"openIdConnect": "openIdConnectUrl", "oauth2": "oauth2MetadataUrl"}
"""Where a scheme names its server's metadata; of ``oauth2`` since OpenAPI 3.2."""
_SIGV4: Final = re.compile(
    r"sig(?:nature)?[\s_-]*v(?:ersion)?\s*4|signature version 4|aws4", re.IGNORECASE
)


def read_auth(reading: Reading, root: Node, operation: Node) -> tuple[tuple[AuthScheme, ...], ...]:
    """Return the alternatives, each a set of schemes needed together.

    Where the description applies its schemes nowhere, each of them is an alternative; where it
    declares none, what its text tells of is. One that names a scheme that is not declared is passed
    over where another one does not; else its other schemes are left.
    """
    listed = operation.get("security") or root.get("security")
    if listed is None or not listed.value:
        return reading.shared(root, _unapplied)
    schemes = _schemes(reading, root)
    alternatives: list[tuple[AuthScheme, ...]] = []
    partial: list[tuple[AuthScheme, ...]] = []
    declared: list[tuple[AuthScheme, ...]] = []
    for requirement in listed.elements():
        if not isinstance(requirement.value, dict):
            reading.notes.add(requirement, "security_invalid", "a requirement is not an object")
            continue
        option = [_needed(reading, schemes, name, node) for name, node in requirement.items()]
        known = tuple(scheme for scheme in option if scheme)
        if len(known) < len(option):
            partial += [known] if known else []
        else:
            alternatives.append(known)
            if schemes and all(schemes.get(name) for name in requirement.value):
                declared.append(alternatives[-1])
    found = together(root, tuple((declared if any(declared) else alternatives) or partial))
    return tuple(tuple(with_word(root, each) for each in option) for option in found)


def _unapplied(reading: Reading, root: Node) -> tuple[tuple[AuthScheme, ...], ...]:
    """Return the schemes of a description that asks for none of them anywhere."""
    schemes = _schemes(reading, root)
    if schemes is None or not schemes.value:
        return told_schemes(reading, root)
    if _asks_somewhere(root):
        return ()
    beside = reading.beside()
    found = (_scheme(beside, name, written) for name, written in schemes.items())
    return tuple(
        (replace(each, applied=False),) for each in found if each and each.kind in PREPARED
    )


def _asks_somewhere(root: Node) -> bool:
    paths = root.get("paths")
    operations = [each for _, item in (paths.items() if paths else ()) for _, each in item.items()]
    lists = [each.get("security") for each in (root, *operations)]
    return any(isinstance(each.value, list) and any(each.value) for each in lists if each)


def _schemes(reading: Reading, root: Node) -> Node | None:
    if reading.dialect == "2.0":
        return root.get("securityDefinitions")
    components = root.get("components")
    return components.get("securitySchemes") if components else None


def _needed(reading: Reading, schemes: Node | None, name: str, use: Node) -> AuthScheme | None:
    """Return the scheme of a name; a name of none means the only one that is declared.

    Scopes of such a one that have spaces are notes and no scopes.
    """
    written = schemes.get(name) if schemes else None
    listed = use.value if isinstance(use.value, list) else []
    scopes = [each for each in listed if isinstance(each, str)]
    if written is None:
        reading.notes.add(use, "security_unknown", f"no security scheme is named {name!r}")
        declared = list(schemes.items()) if schemes else []
        if len(declared) != 1:
            return None
        [(name, written)] = declared
        scopes = [] if any(" " in each for each in scopes) else scopes
    scheme = _scheme(reading, name, written)
    return scheme and replace(scheme, scopes=_split(scopes))


def _split(scopes: Iterable[str]) -> tuple[str, ...]:
    """Return scopes one by one: none has a space in it (RFC 6749, section 3.3)."""
    return tuple(dict.fromkeys(each for text in scopes for each in text.split()))


def _scheme(reading: Reading, name: str, written: Node) -> AuthScheme | None:
    node = reading.follow(written)
    if node is None or not isinstance(node.value, dict):
        reading.notes.add(written, "security_unknown", f"no security scheme is named {name!r}")
        return None
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
        description=node.text("description"),
        secret=node.text("x-httptask-secret"),
        flows=tuple(_flows(node)) if kind == "oauth2" else (),
        metadata_url=node.text(_METADATA[kind]) if kind in _METADATA else "",
    )


def _has_place(node: Node) -> bool:
    key, location = node.text("name"), node.text("in")
    if location == "query":
        return bool(key) and "${" not in key
    return location in ("header", "cookie") and bool(TOKEN.fullmatch(key))


def _kind(node: Node) -> str:
    kind = node.text("type")
    if _is_sigv4(node):
        return "aws-sigv4"
    if kind == "http":
        return node.text("scheme").lower() or "http"
    known = {name.lower(): name for name in (*PREPARED, "mutualTLS")}
    return known.get(kind.lower(), kind or "unknown")


def _is_sigv4(node: Node) -> bool:
    if node.text("x-amazon-apigateway-authtype").lower() == "awssigv4":
        return True
    if node.text("type") == "http":
        return node.text("scheme").lower().startswith(("aws4", "awssigv4", "sigv4"))
    named = node.text("type") == "apiKey" and node.text("name").lower() == "authorization"
    return named and _SIGV4.search(node.text("description")) is not None


def _flows(node: Node) -> Iterator[Flow]:
    listed = node.get("flows")
    named = listed.items() if listed else [(node.text("flow"), node)]
    for name, each in named:
        if name in _GRANTS and isinstance(each.value, Mapping):
            scopes: Any = each.value.get("scopes")
            yield Flow(
                _GRANTS[name],
                each.text("tokenUrl"),
                each.text("deviceAuthorizationUrl") or each.text("authorizationUrl"),
                _split(map(str, scopes)) if isinstance(scopes, Mapping) else (),
            )
