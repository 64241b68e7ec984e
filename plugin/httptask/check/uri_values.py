"""Check the values that a ``uri`` takes as they are, and say how they are escaped instead."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from httptask.builtin.build.written import Marked, has_mark, split_uri
from httptask.core.words import free_name
from httptask.definition.findings import Finding
from httptask.hooks.task import CompiledTask

_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_INPUT = "${workflow.input."
_ENCODED = re.compile(r"[%+{}]")


def check_uri_values(task: CompiledTask) -> Iterator[Finding]:
    """Yield a warning if a value of path or query, other than an input, can change the address.

    What a caller gives is its own affair; the trace warns when it does change the address.
    """
    uri = task.request.get("uri")
    if not isinstance(uri, str):
        return
    marked, base, rest = split_uri(uri)
    sent, hash_mark, fragment = rest.partition("#")
    if any(not text.startswith(_INPUT) for text in marked.within(sent)):
        edit = _Edit(marked, task.options)
        hint = edit.hint(base, sent, hash_mark + fragment)
        yield Finding(
            "uri_value_unescaped",
            "warning",
            "a value goes into the uri as it is: &, #, ?, / or + in it changes the address",
            f"{task.request_pointer}/uri",
            hint,
            task.source,
        )


@dataclass(slots=True)
class _Edit:
    """Moves values out of a uri.

    Attributes:
        marked: the uri.
        options: ``httptask`` as it is written.
        path: values for ``httptask.path``.
        query: values for ``httptask.query``.
        whole: whether every value could be moved.
    """

    marked: Marked
    options: Mapping[str, Any]
    path: dict[str, str] = field(default_factory=dict)
    query: dict[str, str] = field(default_factory=dict)
    whole: bool = True

    def hint(self, base: str, sent: str, fragment: str) -> str:
        """Return what to write instead."""
        path, _, query = sent.partition("?")
        path = "/".join(map(self._segment, path.split("/")))
        kept = [each for each in query.split("&") if self._is_kept(each)] if query else []
        if not self.whole:
            return "give the values in httptask.path, as {name} in the uri, and in httptask.query"
        uri = base + path + ("?" + "&".join(kept) if kept else "") + fragment
        places = {"path": self.path, "query": self.query}
        moved = {key: values for key, values in places.items() if values}
        return (
            f'write "uri": {_shown(self.marked.restored(uri))} and in httptask '
            f"{_shown(moved)[1:-1]}, which are escaped"
        )

    def _segment(self, segment: str) -> str:
        if not has_mark(segment):
            return segment
        value = self.marked.restored(segment)
        name = self._free_name(value)
        self.whole = self.whole and self._is_plain(segment)
        self.path[name] = value
        return f"{{{name}}}"

    def _is_kept(self, parameter: str) -> bool:
        if not has_mark(parameter):
            return True
        name, _, value = parameter.partition("=")
        taken = self.options.get("query") or {}
        free = name not in self.query and isinstance(taken, Mapping) and name not in taken
        self.whole = self.whole and free and self._is_plain(name, value) and not has_mark(name)
        self.query[name] = self.marked.restored(value)
        return False

    def _is_plain(self, *parts: str) -> bool:
        """Tell whether nothing but the values would be encoded in another way."""
        return not any(map(_ENCODED.search, parts))

    def _free_name(self, value: str) -> str:
        words = _WORD.findall(value[value.rfind("${") :])
        name = words[-1] if words else "value"
        given = self.options.get("path") or {}
        self.whole = self.whole and isinstance(given, Mapping)
        return free_name(name, lambda free: free in given or free in self.path)


def _shown(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
