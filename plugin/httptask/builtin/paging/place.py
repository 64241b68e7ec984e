"""Where the place in a list is written in a request: a query parameter, a header, the body."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote, unquote_plus

from httptask.core.body import Body
from httptask.core.json_text import decode, encode
from httptask.core.message import HttpRequest
from httptask.definition.paging_options import PageParameter
from httptask.definition.reading import steps
from httptask.errors import InputError

_POINTER = "/httptask/paging/parameter"
_NOT_IN_HEADER = re.compile(r"[^\x20-\x7e]")


class Place:
    """A place in a request that holds one value.

    Args:
        written: the name of a query parameter, or where else it is.
        pointer: JSON Pointer of ``inputParameters``, for errors.
    """

    def __init__(self, written: PageParameter | str, pointer: str) -> None:
        self.kind, self.name = "query", str(written)
        if isinstance(written, PageParameter):
            self.kind, self.name = written.in_, written.name
        self._pointer = pointer + _POINTER

    def get(self, request: HttpRequest) -> Any:
        """Return the value that a request has there, or None."""
        if self.kind == "header":
            return request.headers.get(self.name)
        if self.kind == "body":
            return _member(self._document(request), steps(self.name))
        found = (pair for pair in _pairs(request.url) if _name(pair) == self.name)
        first = next(found, None)
        return None if first is None else unquote_plus(first.partition("=")[2])

    def put(self, request: HttpRequest, value: Any) -> HttpRequest:
        """Return a request with a value there.

        Raises:
            InputError: the request has no such place, or the value cannot stand there.
        """
        text = value if isinstance(value, str) else encode(value).decode()
        if self.kind == "header":
            if _NOT_IN_HEADER.search(text):
                raise self._refusal(f"what names the next page cannot stand in {self.name}")
            return request.with_headers(request.headers.with_header(self.name, text))
        if self.kind == "query":
            return with_url(request, self._url(request.url, text))
        document = self._document(request)
        if not _put(document, steps(self.name), value):
            raise self._refusal(f"the body has no place {self.name}")
        media_type = request.body.media_type if request.body is not None else ""
        return _with_body(request, Body.of(encode(document), media_type))

    def _url(self, url: str, text: str) -> str:
        pair = f"{quote(self.name, safe='[]')}={quote(text, safe='')}"
        pairs: list[str] = []
        done = False
        for each in _pairs(url):
            if _name(each) != self.name:
                pairs.append(each)
            elif not done:
                pairs.append(f"{each.partition('=')[0]}={quote(text, safe='')}")
                done = True
        return f"{url.partition('?')[0]}?{'&'.join(pairs if done else [*pairs, pair])}"

    def _document(self, request: HttpRequest) -> Any:
        data = request.body.data if request.body is not None else None
        try:
            return decode(data or b"")
        except (ValueError, RecursionError):
            raise self._refusal("the request has no JSON body for it") from None

    def _refusal(self, why: str) -> InputError:
        return InputError(
            f"the next page cannot be asked for: {why}", code="paging_place", pointer=self._pointer
        )


def with_url(request: HttpRequest, url: str) -> HttpRequest:
    """Return a request for another address of the same origin."""
    return HttpRequest(request.method, url, request.headers, request.body, request.idempotent)


def _with_body(request: HttpRequest, body: Body) -> HttpRequest:
    return HttpRequest(request.method, request.url, request.headers, body, request.idempotent)


def _pairs(url: str) -> list[str]:
    query = url.partition("?")[2]
    return query.split("&") if query else []


def _name(pair: str) -> str:
    return unquote_plus(pair.partition("=")[0])


def _member(value: Any, path: list[str]) -> Any:
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _put(document: Any, path: list[str], value: Any) -> bool:
    """Put a value into an object; objects on the way are made."""
    *above, last = path or [""]
    for key in above:
        if not isinstance(document, dict):
            return False
        if document.get(key) is None:
            document[key] = {}
        document = document[key]
    if not isinstance(document, dict):
        return False
    document[last] = value
    return True
