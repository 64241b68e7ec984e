"""What output mapping reads: the response, and cookies, location and links made of its headers."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Mapping, Sequence
from email.utils import mktime_tz, parsedate_tz
from functools import lru_cache
from typing import Any, Final, Self

from httptask.core.message import HttpResponse
from httptask.core.urls import resolve_reference
from httptask.expressions import HeaderMap, Path, compile_path

SET_COOKIE: Final = "Set-Cookie"
_DERIVED: Final = re.compile(
    r"""\$\s*(?:\.\s*|\[\s*['"])response(?:['"]\s*\])?\s*(?:\.\s*|\[\s*['"])(?:cookies|location|links)\b"""
)
_QUOTED: Final = r'"(?:[^"\\]|\\.){0,512}"'
_LINK: Final = re.compile(rf"<([^<>]*)>((?:\s*;\s*[^\s=;,]+(?:\s*=\s*(?:{_QUOTED}|[^\s;,]*))?)*)")
_PARAMETER: Final = re.compile(rf";\s*([^\s=;,]+)(?:\s*=\s*({_QUOTED}|[^\s;,]*))?")


class PrivateText(str):
    """A text of a response that is a secret, wherever a path puts it.

    Attributes:
        secret: the cookie's value in it.
    """

    __slots__ = ("secret",)
    secret: str

    @classmethod
    def of(cls, text: str, secret: str) -> Self:
        """Return a text with the secret that it carries."""
        made = cls(text)
        made.secret = secret
        return made


class ResponseDocument:
    """One response, for the paths of output mapping.

    Attributes:
        status: its status code.
        url: the address that responded.
        sets_cookies: whether anything in it is secret.

    Args:
        response: the response.
        shown: the same, as it stands in the output.
        now: seconds since the epoch, for cookies that expire.
    """

    def __init__(self, response: HttpResponse, shown: Mapping[str, Any], now: float) -> None:
        self.status, self.url = response.status, response.url
        self._response, self._now = response, now
        headers = HeaderMap(shown["headers"])
        self.sets_cookies = SET_COOKIE in response.headers
        if self.sets_cookies:
            lines = [PrivateText.of(text, _cookie(text)[1]) for text in headers[SET_COOKIE]]
            headers[headers.spelled(SET_COOKIE)] = lines
        self._plain = {"response": {**shown, "headers": headers}}

    def find(self, path: str) -> list[Any]:
        """Return what a path finds; derived fields are there only if the path names them.

        Raises:
            ExpressionError: the path cannot be read.
        """
        compiled, derived = _compiled(path)
        return compiled.find({"response": self._derived()} if derived else self._plain)

    def with_private_headers(self, output: dict[str, Any]) -> dict[str, Any]:
        """Return an output whose ``Set-Cookie`` lines are marked as secrets."""
        headers = dict(self._plain["response"]["headers"])
        return {**output, "response": {**output["response"], "headers": headers}}

    def _derived(self) -> dict[str, Any]:
        found: dict[str, Any] = {
            "cookies": cookies(self._response.headers.get_all(SET_COOKIE), self._now),
            "links": HeaderMap(links(self._response.headers.get_all("Link"), self.url)),
        }
        location = self._response.headers.get("Location")
        url = _resolved(self.url, location) if location is not None else None
        return {**found, "location": url} if url is not None else found


@lru_cache(maxsize=1024)
def _compiled(path: str) -> tuple[Path, bool]:
    return compile_path(path), is_derived(path)


def is_derived(path: str) -> bool:
    """Tell whether a path reads what is made of headers: cookies, location or links."""
    return _DERIVED.match(path) is not None


def cookies(lines: Sequence[str], now: float) -> dict[str, PrivateText]:
    """Return the cookies that ``Set-Cookie`` lines leave, by name; the last line of a name counts.

    Args:
        lines: values of the header.
        now: seconds since the epoch.
    """
    found: dict[str, PrivateText] = {}
    for line in lines:
        name, value = _cookie(line)
        if name:
            found.pop(name, None)
            if not _has_expired(line, now):
                found[name] = PrivateText.of(value, value)
    return found


def _cookie(line: str) -> tuple[str, str]:
    name, equals, value = line.partition(";")[0].partition("=")
    return (name.strip(" \t"), value.strip(" \t")) if equals else ("", "")


def _has_expired(line: str, now: float) -> bool:
    """Tell whether a line ends its cookie; ``Max-Age`` counts before ``Expires`` (RFC 6265)."""
    attributes = {}
    for part in line.split(";")[1:]:
        name, _, value = part.partition("=")
        attributes[name.strip().lower()] = value.strip()
    age = attributes.get("max-age", "")
    if re.fullmatch(r"-?[0-9]+", age):
        return age.startswith("-") or not age.strip("0")
    with contextlib.suppress(ValueError, OverflowError):
        until = parsedate_tz(attributes.get("expires", "")[:64])
        return until is not None and mktime_tz(until) <= now
    return False


def links(lines: Sequence[str], base: str) -> dict[str, str]:
    """Return absolute targets of ``Link`` lines by relation (RFC 8288); the first of each counts.

    Args:
        lines: values of the header.
        base: the address that responded.
    """
    found: dict[str, str] = {}
    for relation, target in (pair for line in lines for pair in _links(line)):
        url = _resolved(base, target)
        if url is not None:
            found.setdefault(relation.lower(), url)
    return found


def _links(line: str) -> Iterator[tuple[str, str]]:
    for target, text in _LINK.findall(line):
        parameters: dict[str, str] = {}
        for name, value in _PARAMETER.findall(text):
            parameters.setdefault(name.lower(), _unquoted(value))
        if "anchor" not in parameters:  # else it is a link of something else
            yield from ((relation, target) for relation in parameters.get("rel", "").split())


def _unquoted(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text[1:-1]) if text.startswith('"') else text


def _resolved(base: str, reference: str) -> str | None:
    try:
        return resolve_reference(base, reference)
    except ValueError:
        return None
