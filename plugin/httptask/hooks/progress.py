"""How far an execution has come: what layers keep for a later part of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from httptask.core.execution import Kept, Part
from httptask.errors import InterruptedCallError

_LAYERS, _REPEATS = "layers", "mayRepeat"


class Paused(BaseException):
    """This part of the execution ends, another one begins later; no plugin is meant to catch it.

    Attributes:
        seconds: how much later.
        kept: what that part is given to go on with.
    """

    def __init__(self, seconds: float, kept: Kept) -> None:
        super().__init__()
        self.seconds, self.kept = seconds, kept


class Progress:
    """What the layers of one execution keep.

    Args:
        part: what an earlier part kept, and what stores it for a later one.
        pointer: JSON Pointer of the task's ``inputParameters``, for errors.

    Raises:
        InterruptedCallError: what was kept cannot be read.
    """

    def __init__(self, part: Part | None = None, pointer: str = "") -> None:
        self._part = part or Part()
        states = (self._part.resume or {}).get(_LAYERS, {})
        if not isinstance(states, Mapping):
            raise malformed("its layers are not an object", pointer)
        self._states: dict[str, Any] = dict(states)

    def of(self, place: tuple[str, ...]) -> Any:
        """Return what a layer kept last, or None.

        Args:
            place: the names of the layers around it, the outermost first, and its own.
        """
        return self._states.get(place[-1]) if place else None

    def put(self, place: tuple[str, ...], state: Any, *, may_repeat: bool) -> dict[str, Any]:
        """Note a layer's state, and return all that is kept; what layers inside kept is over."""
        *outer, own = place
        self._states = {each: self._states[each] for each in outer if each in self._states}
        self._states[own] = state
        return {_LAYERS: dict(self._states), _REPEATS: may_repeat}

    def store(self, kept: Kept) -> None:
        """Store what is kept."""
        self._part.keep(kept)


def malformed(why: str, pointer: str) -> InterruptedCallError:
    """Return the error that what an engine stored of an execution cannot be read."""
    return InterruptedCallError(
        f"how far the task had come cannot be read: {why}",
        code="kept_malformed",
        pointer=pointer,
        hint="it was changed where it is stored; begin the task again, by a retry of its workflow, "
        "once you know whether what it has done may be done twice",
        retryable=False,
    )


def may_go_on(kept: Kept | None) -> bool:
    """Tell whether a part that was interrupted may begin again with what was kept."""
    return kept is not None and kept.get(_REPEATS) is True
