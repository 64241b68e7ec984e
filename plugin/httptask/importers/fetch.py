"""Calls of ``fetch()``, as a browser copies them and documentation shows them; nothing is run."""

from __future__ import annotations

import json
import re
from typing import Any, Final

from httptask.errors import DefinitionError
from httptask.importers.drafts import Draft, Drafts, Source, Text
from httptask.importers.holes import secret, variable
from httptask.importers.members import text_of

_CALL: Final = re.compile(r"\bfetch\(\s*(?=[\"'`])")
_TOKEN: Final = re.compile(
    r"""(?P<skip>\s+|//[^\n]*|/\*.*?\*/)
    |(?P<text>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')
    |(?P<template>`(?:[^`\\]|\\.)*`)
    |(?P<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)
    |(?P<stringify>JSON\.stringify\()
    |(?P<name>[A-Za-z_$][\w$.]*)
    |(?P<mark>.)""",
    re.VERBOSE | re.DOTALL,
)
_PLACE: Final = re.compile(r"\$\{\s*([^}]*)\}")
_ESCAPE: Final = re.compile(r"\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(.))", re.DOTALL)
_ESCAPES: Final = {
    "n": "\n",
    "r": "\r",
    "t": "\t",
    "b": "\b",
    "f": "\f",
    "v": "\v",
    "0": "\0",
    "\n": "",
}
_CONSTANTS: Final = {"true": True, "false": False, "null": None, "undefined": None}
_DEPTH: Final = 50
_SILENT: Final = frozenset(
    {"method", "headers", "body", "mode", "credentials", "redirect", "cache", "referrer",
     "referrerPolicy", "signal", "keepalive", "priority", "integrity"}
)  # fmt: skip


class FetchImporter:
    """Calls of ``fetch()``."""

    name = "fetch"

    def claims(self, source: Source) -> bool:
        """Tell whether it calls fetch with a text."""
        return source.document is None and _CALL.search(source.text[:65536]) is not None

    def read(self, source: Source) -> Drafts:
        """Return the request of each call."""
        found = Drafts()
        for call in _CALL.finditer(source.text):
            line = source.text.count("\n", 0, call.start()) + 1
            try:
                found.requests.append(_Call(source.text, call.end()).draft(f"line {line}"))
            except DefinitionError as error:
                found.reject(f"line {line}", error.code, error.message)
        return found


class _Call:
    """Reads the literals of a call's arguments."""

    def __init__(self, text: str, at: int) -> None:
        self.text = text
        self.at = at

    def draft(self, pointer: str) -> Draft:
        """Return the request.

        Raises:
            DefinitionError: ``document_unreadable``: an argument is not a literal.
        """
        url = self._value(0)
        options = self._value(0) if self._next()[1] == "," else {}
        options = options if isinstance(options, dict) else {}
        draft = Draft(pointer, method=text_of(options, "method") or "GET", url=str(url))
        headers = options.get("headers")
        for name, value in headers.items() if isinstance(headers, dict) else ():
            draft.headers.append((name, value if isinstance(value, str) else json.dumps(value)))
        if isinstance(referrer := options.get("referrer"), str) and referrer.startswith("http"):
            draft.headers.append(("Referer", referrer))
        body = options.get("body")
        if isinstance(body, str) and body:
            draft.body = Text(body)
            draft.default_type("text/plain;charset=UTF-8")
        elif body is not None:
            draft.lose("body", "file_content_missing", "the body is not a text: it is left out")
        if options.get("credentials") == "include":
            draft.lose("credentials", "cookies_unknown", "the browser would add its cookies")
        if options.get("redirect") in ("manual", "error"):
            draft.options["redirects"] = {"follow": False}
        for name in options.keys() - _SILENT:
            draft.lose(name, "key_unknown", "a task has nothing for it")
        return draft

    def _next(self) -> tuple[str, str]:
        while found := _TOKEN.match(self.text, self.at):
            self.at = found.end()
            if found["skip"] is None:
                return found.lastgroup or "", found[0]
        raise DefinitionError("the call has no end", code="document_unreadable")

    def _ahead(self) -> str:
        before = self.at
        word = self._next()[1]
        self.at = before
        return word

    def _value(self, depth: int) -> Any:
        if depth > _DEPTH:
            raise DefinitionError("nested too deep", code="document_too_deep")
        kind, word = self._next()
        if kind == "text":
            return _unescaped(word[1:-1])
        if kind == "template":
            return "".join(
                _unescaped(piece) if at % 2 == 0 else _variable(piece)
                for at, piece in enumerate(_PLACE.split(word[1:-1]))
            )
        if kind == "number":
            return json.loads(word)
        if kind == "stringify":
            value = self._value(depth + 1)
            while self._next()[1] != ")":
                pass
            return json.dumps(value, ensure_ascii=False)
        if kind == "name":
            return _CONSTANTS[word] if word in _CONSTANTS else _variable(word)
        if word in "{[":
            return self._object(depth) if word == "{" else self._array(depth)
        raise DefinitionError("an argument is not a literal", code="document_unreadable")

    def _object(self, depth: int) -> dict[str, Any]:
        made: dict[str, Any] = {}
        while self._ahead() != "}":
            kind, word = self._next()
            if word == ",":
                continue
            if kind not in ("text", "name", "number"):
                raise DefinitionError("a key is not a literal", code="document_unreadable")
            key = _unescaped(word[1:-1]) if kind == "text" else word
            if self._ahead() == ":":
                self._next()
                made[key] = self._value(depth + 1)
            else:
                made[key] = _variable(key)
        self._next()
        return made

    def _array(self, depth: int) -> list[Any]:
        made = []
        while self._ahead() != "]":
            if self._ahead() == ",":
                self._next()
            else:
                made.append(self._value(depth + 1))
        self._next()
        return made


def _variable(name: str) -> str:
    if name.startswith("process.env."):
        return secret(name.removeprefix("process.env."))
    return variable(name)


def _unescaped(text: str) -> str:
    made = _ESCAPE.sub(_character, text)
    return made.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _character(found: re.Match[str]) -> str:
    if found[1] or found[2]:
        return chr(int(found[1] or found[2], 16))
    return _ESCAPES.get(found[3], found[3])
