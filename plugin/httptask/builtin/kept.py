"""What a layer kept of an execution, read back: where it is stored, it may be changed."""

from __future__ import annotations

from typing import Final, TypeVar

import msgspec

from httptask.hooks.progress import malformed
from httptask.hooks.views import Task

State = TypeVar("State", bound=msgspec.Struct)

LONGEST: Final = 16 * 1024
"""Characters of a text that is kept."""


def resumed(task: Task, kind: type[State], pointer: str) -> State | None:
    """Return what the layer that is given a task kept last, or None.

    Args:
        task: the layer's view.
        kind: what the layer keeps.
        pointer: JSON Pointer of the layer's options below ``inputParameters``.

    Raises:
        InterruptedCallError: it is something else.
    """
    if task.resume is None:
        return None
    try:
        return msgspec.convert(task.resume, kind)
    except msgspec.ValidationError as error:
        raise malformed(str(error), task.call.task.pointer + pointer) from None
