"""Give a task of a workflow definition another reference, wherever it is referred to."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

Text = Callable[[str], str]
_REFERENCE_LISTS = ("joinOn", "defaultExclusiveJoinTask")


def renamed(workflow: Mapping[str, Any], old: str, new: str) -> dict[str, Any]:
    """Return the definition with every mention of a reference replaced.

    Mentions are ``taskReferenceName``, expressions, the lists of joins, and the conditions of
    loops, which read ``$.REFERENCE``.
    """
    name = re.escape(old)
    expression = re.compile(rf"(?<!\$)(\$\{{\s*){name}(?=\s*[.\[}}])")
    condition = re.compile(rf"(\$\.){name}(?![\w-])|(\$\[['\"]){name}(?=['\"]\])")

    def text(value: str) -> str:
        return expression.sub(lambda match: match[1] + new, value)

    def script(value: str) -> str:
        return condition.sub(lambda match: (match[1] or match[2]) + new, text(value))

    def walk(value: Any, key: str = "") -> Any:
        if isinstance(value, str):
            if key == "taskReferenceName":
                return new if value == old else value
            return script(value) if key == "loopCondition" else text(value)
        if isinstance(value, list):
            if key in _REFERENCE_LISTS:
                return [new if each == old else each for each in value]
            return [walk(each) for each in value]
        if isinstance(value, Mapping):
            return {name: walk(item, name) for name, item in value.items()}
        return value

    return dict(walk(workflow))
