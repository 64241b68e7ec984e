"""Where the pipeline put secrets: the request is made again, with a mark in place of each.

Which bytes of a request are a secret cannot be told from the bytes, as a short secret equals
innocent text. So the inputs are resolved and built a second time, when somebody looks.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import msgspec

from httptask.core.body import Body
from httptask.core.digits import loads
from httptask.core.first_use import cached_property
from httptask.core.message import Headers, HttpRequest
from httptask.errors import HttpTaskError

Lookup = Callable[[str], str | None]

_ADDED = (";", "&", "?")
_SIZE = "content-length"


class PutSecret(msgspec.Struct, frozen=True):
    """A secret that the pipeline put into a text.

    Attributes:
        name: its name, or "" where the text has it in another form, or only a part of it.
    """

    name: str = ""


Pieces = tuple[str | PutSecret, ...]
"""A text, cut at the secrets in it."""


class _Marked(msgspec.Struct, frozen=True):
    built: HttpRequest
    marked: HttpRequest


class Places:
    """The places of secrets in the requests of one task execution.

    What a method gives is None where a secret was put in but its place is unknown.

    Attributes:
        used: whether a secret was put into the task's inputs.
    """

    def __init__(self) -> None:
        self.used = False
        self._resolve: Callable[[], Any] | None = None
        self._build: Callable[[Any], HttpRequest] | None = None
        self._built: HttpRequest | None = None
        self._inputs: Any | None = None
        self._made: _Marked | None = None
        self._put: list[tuple[str, str]] = []

    @cached_property
    def _start(self) -> str:
        return f"z{secrets.token_hex(8)}z"

    @cached_property
    def _mark(self) -> re.Pattern[str]:
        return re.compile(f"{self._start}([0-9]+)z")

    def put(self) -> None:
        """Note that the inputs hold a secret."""
        self.used = True

    def resolved(self, resolve: Callable[[Lookup], Any], lookup: Lookup) -> None:
        """Note how the inputs are resolved, and what finds their secrets."""
        self._resolve = lambda: resolve(lambda name: self._marks(name, lookup(name)))

    def built(self, request: HttpRequest, build: Callable[[Any], HttpRequest]) -> None:
        """Note the request that was built of a secret, and how it is built from other inputs."""
        if self.used:
            self._built, self._build, self._made = request, build, None

    def hidden(self, text: str, mask: str) -> str:
        """Return a text with a mask in place of each mark."""
        return self._mark.sub(mask, text)

    def inputs(self) -> Any | None:
        """Return the resolved inputs, with marks; None as well where no secret was put in."""
        if self._inputs is None and self._resolve:
            with suppress(HttpTaskError):  # a mark is not what belongs there: a number, say
                self._inputs = self._resolve()
            self._resolve = None
        return self._inputs

    def url(self, request: HttpRequest) -> Pieces | None:
        """Return the pieces of a request's URL."""
        made = self._twice()
        if made is None:
            return None if self.used else (request.url,)
        return self._pieces(request.url, made.built.url, made.marked.url)

    def headers(self, headers: Headers) -> Iterator[tuple[str, str, Pieces | None]]:
        """Yield name, value and pieces of each header line."""
        made = self._twice()
        if made is None:
            yield from ((name, value, None if self.used else (value,)) for name, value in headers)
            return
        left = [
            (name, value, marked)
            for (name, value), (_, marked) in zip(
                made.built.headers, made.marked.headers, strict=True
            )
            if name.lower() != _SIZE
        ]
        for name, value in headers:
            own = [line for line in left if line[0].lower() == name.lower()]
            line = next((line for line in own if _follows(value, line[1])), own[0] if own else None)
            if line is None:
                yield name, value, (value,)
            else:
                left.remove(line)
                yield name, value, self._pieces(value, line[1], line[2])

    def body(self, body: Body) -> Body | None:
        """Return a request's body, with marks."""
        made = self._twice()
        if made is None:
            return None if self.used else body
        return made.marked.body if body == made.built.body else None

    def cut(self, text: str, marked: str) -> Pieces:
        """Return the pieces of a text that was made once more with marks."""
        if text == marked:
            return (text,)
        parts = self._mark.split(marked)
        if len(parts) == 1:
            return (PutSecret(),)
        put = [self._put[int(number)] for number in parts[1::2]]
        whole = "".join(
            part if index % 2 == 0 else self._put[int(part)][1] for index, part in enumerate(parts)
        )
        names = [PutSecret(name if whole == text else "") for name, _ in put]
        return tuple(
            names[index // 2] if index % 2 else part for index, part in enumerate(parts) if part
        )

    def _pieces(self, text: str, built: str, marked: str) -> Pieces | None:
        if built == marked:
            return (text,)
        if not _follows(text, built):
            return None
        added = text[len(built) :]
        return self.cut(built, marked) + ((added,) if added else ())

    def _twice(self) -> _Marked | None:
        inputs = self.inputs()
        if self._made is None and inputs is not None and self._built and self._build:
            with suppress(HttpTaskError):
                marked = self._build(inputs)
                if _names(marked) == _names(self._built):
                    self._made = _Marked(self._built, marked)
            self._build = None
        return self._made

    def _marks(self, name: str, value: str | None) -> str | None:
        """Return what stands for a secret: a mark, or one for each text of a JSON document."""
        if value is None:
            return None
        if value.lstrip()[:1] in {"{", "["}:
            try:
                return json.dumps(self._leaves(loads(value)))
            except (ValueError, RecursionError):
                pass
        return self._new_mark(name, value)

    def _leaves(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {key: self._leaves(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self._leaves(item) for item in value]
        keeps = value is None or isinstance(value, bool)
        return value if keeps else self._new_mark("", str(value))

    def _new_mark(self, name: str, value: str) -> str:
        self._put.append((name, value))
        return f"{self._start}{len(self._put) - 1}z"


def _names(request: HttpRequest) -> list[str]:
    return [name for name, _ in request.headers]


def _follows(text: str, built: str) -> bool:
    """Tell whether a text is one that was built, or has a credential added to its end."""
    added = text[len(built) :]
    return text.startswith(built) and (not added or added.startswith(_ADDED))
