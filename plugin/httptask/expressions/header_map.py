"""Names of response headers are compared without case (RFC 9110, section 5.1).

One type says so, and whatever reads members by name obeys: expressions, paths, filters, scripts.
It is a plain JSON object otherwise: it keeps the spelling received, and is stored and printed so.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any, Final

_DEPTH: Final = 100  # two levels for each loop around a task


class HeaderMap(dict[str, Any]):
    """Header fields by name; a member is found whatever the case of its name."""

    __slots__ = ()

    def __missing__(self, name: object) -> Any:
        return self[self.spelled(name)]

    def __contains__(self, name: object) -> bool:
        return self._find(name) is not None

    def __deepcopy__(self, memo: dict[int, Any]) -> dict[str, Any]:
        return copy.deepcopy(dict(self), memo)  # as what is read back from a journal

    def get(self, name: object, default: Any = None) -> Any:
        """Return a member, or the default."""
        found = self._find(name)
        return default if found is None else self[found]

    def spelled(self, name: object) -> str:
        """Return a member's name as it was received.

        Raises:
            KeyError: there is none.
        """
        found = self._find(name)
        if found is None:
            raise KeyError(name)
        return found

    def _find(self, name: object) -> str | None:
        if not isinstance(name, str) or dict.__contains__(self, name):
            return name if isinstance(name, str) else None
        wanted = name.lower()
        return next((own for own in self if own.lower() == wanted), None)


def readable_tasks(tasks: Mapping[str, Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """Return tasks, as ``${REF...}`` names their parts, with readable outputs."""
    return {
        ref: {**task, "output": readable(task["output"])} if "output" in task else task
        for ref, task in tasks.items()
    }


def readable(output: Any, depth: int = 0) -> Any:
    """Return a task's output as expressions read it: its headers, and those of tasks inside it.

    A loop's output and a JOIN's hold outputs of other tasks.
    """
    if not isinstance(output, dict) or depth > _DEPTH:
        return output
    response = output.get("response")
    headers = response.get("headers") if isinstance(response, dict) else None
    if isinstance(headers, HeaderMap):
        return output
    if isinstance(response, dict) and isinstance(headers, dict):
        return {**output, "response": {**response, "headers": HeaderMap(headers)}}
    return {
        name: readable(item, depth + 1) if isinstance(item, dict) else item
        for name, item in output.items()
    }
