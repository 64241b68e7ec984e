"""Parts of addresses as they are written, with holes in them."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import quote, unquote, unquote_plus

from httptask.importers.holes import HOLE, around

_SCHEME: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
_USERINFO: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*://)([^/?#@]*)@")


def scheme_of(url: str) -> str:
    """Return the scheme in lower case, or "" if the address has none or begins with a hole."""
    found = _SCHEME.match(url)
    return found[1].lower() if found else ""


def with_scheme(url: str, scheme: str = "http") -> str:
    """Return an address with a scheme; one that begins with a hole stays as it is."""
    return url if scheme_of(url) or HOLE.match(url) else f"{scheme}://{url.lstrip('/')}"


def without_userinfo(url: str) -> tuple[str, str, str]:
    """Return an address without name and password, and these, decoded."""
    found = _USERINFO.match(url)
    if found is None:
        return url, "", ""
    name, _, password = found[2].partition(":")
    return found[1] + url[found.end() :], decoded(name), decoded(password)


def add_query(url: str, query: str) -> str:
    """Return an address with further parameters at the end of its query."""
    if not query:
        return url
    address, sign, fragment = url.partition("#")
    separator = "" if address.endswith(("?", "&")) else "&" if "?" in address else "?"
    return f"{address}{separator}{query}{sign}{fragment}"


def pairs_of(query: str) -> list[tuple[str, str]]:
    """Return the decoded pairs of a query or form, with their holes."""
    pairs = [piece.partition("=") for piece in query.split("&") if piece]
    return [(decoded(name, plus=True), decoded(value, plus=True)) for name, _, value in pairs]


def encoded_pair(name: str, value: str) -> str:
    """Return a parameter as it stands in a query; its holes stay."""
    return f"{encoded(name)}={encoded(value)}"


def encoded(text: str) -> str:
    """Return a text percent-encoded; its holes stay."""
    return around(text, lambda piece: quote(piece, safe=""))


def decoded(text: str, *, plus: bool = False) -> str:
    """Return a percent-encoded text decoded; its holes stay."""
    return around(text, unquote_plus if plus else unquote)
