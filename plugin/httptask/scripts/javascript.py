"""Evaluate scripts in quickjs-ng."""

from __future__ import annotations

import concurrent.futures.thread  # noqa: F401 - its lock is older than ours below
import math
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import msgspec

from httptask.core.first_use import lock_over_forks
from httptask.core.json_text import encode
from httptask.errors import ExpressionError, MissingExtraError
from httptask.expressions import HeaderMap, java_text

SECONDS: Final = 4
MEMORY: Final = 128 * 1024 * 1024
STACK: Final = 1024 * 1024

MAX_SAFE_INTEGER: Final = 2**53 - 1
LATE: Final = f"Script not evaluated within {SECONDS} seconds, interrupted."

_PRELUDE: Final = Path(__file__).with_name("prelude.js").read_text(encoding="utf-8")
_CHANGING: Final = re.compile(r"\b(Date|random|performance)\b")
_PARSED: Final = "throw 'parsed';"


class ScriptError(Exception):
    """A script failed; the text is a server's.

    Attributes:
        late: it was stopped because its time was over.
    """

    def __init__(self, text: str, *, late: bool = False) -> None:
        super().__init__(text)
        self.late = late


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A large object below ``$``: a script that reads more than a part of it is given it whole.

    Attributes:
        whole: all of it.
        part: what most scripts read.
    """

    whole: Mapping[str, Any]
    part: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Script:
    """A script whose syntax is right.

    Attributes:
        text: the script as written.
    """

    text: str

    @property
    def repeats_itself(self) -> bool:
        """Tell whether the script gives the same again: it reads neither clock nor chance."""
        return not _CHANGING.search(self.text)

    def evaluate(self, root: Mapping[str, Any]) -> Any:
        """Return the script's value for the values below ``$``, as a server stores it.

        Args:
            root: JSON; large objects in it may be an ``Excerpt``.

        Raises:
            ScriptError: the script throws, or passes a limit.
        """
        found = self._found(_encoded(root))
        if "beyond" in found:
            found = self._found(_encoded(root, whole=True))
        if "error" in found:
            raise ScriptError(_failure(self.text, **found["error"]))
        return found["value"]

    def decided_by(self, known: Mapping[str, Any]) -> Any:
        """Return the script's value if what is known below ``$`` alone decides it.

        Args:
            known: as for ``evaluate``; whatever else the script reads is not known.

        Raises:
            ScriptError: it reads more, throws, or passes a limit.
        """
        found = self._found(_encoded(Excerpt({}, known)))
        if "value" not in found:
            raise ScriptError("more decides it")
        return found["value"]

    def _found(self, root: str) -> dict[str, Any]:
        context, begun = _context(), time.monotonic()
        try:
            result = context.eval(_PRELUDE)(self.text, root)
        except _quickjs().JSException as error:
            raise _stopped(str(error)) from None
        if time.monotonic() - begun > SECONDS:
            raise ScriptError(LATE, late=True)
        found: dict[str, Any] = msgspec.json.decode(result)
        return found


def compile_script(text: str) -> Script:
    """Check a script's syntax.

    Raises:
        ExpressionError: it has none.
    """
    context = _context()
    try:
        context.eval(_PARSED + text)
    except _quickjs().JSException as error:
        message, _, place = str(error).partition("\n")
        if message.startswith("SyntaxError"):
            line = re.search(r":(\d+)", place)
            where = f" (line {line[1]})" if line else ""
            raise ExpressionError(
                f"not a script: {message}{where}", code="script_invalid"
            ) from None
    return Script(text)


def script_text(value: Any) -> str:
    """Return a script's value as the server writes it: 5.0 is ``5``, an object ``{x=1}``."""
    if isinstance(value, float) and math.isfinite(value) and value.is_integer():
        return str(int(value))
    return java_text(value)


_LOADING: Final = lock_over_forks()
"""Held while quickjs loads, which takes the lock of ``concurrent.futures``: a fork takes both, this
one first."""


@cache
def _quickjs() -> ModuleType:
    """Return the engine; it is loaded, and starts a thread, when the first script is met."""
    try:
        with _LOADING:
            import quickjs  # noqa: PLC0415 - most runs have no script
    except ModuleNotFoundError as error:
        raise MissingExtraError(
            "scripts need a part that is not installed", hint="pip install 'httptask[run]'"
        ) from error
    module: ModuleType = quickjs
    return module


def _context() -> Any:
    context = _quickjs().Context()
    context.set_time_limit(SECONDS)
    context.set_memory_limit(MEMORY)
    context.set_max_stack_size(STACK)
    return context


def _encoded(root: Mapping[str, Any] | Excerpt, *, whole: bool = False) -> str:
    def marked(value: Any) -> Any:
        """Return the value with what JSON cannot say in the form that the prelude reads.

        That is: large whole numbers, headers, whose names have no case, and parts of objects.
        """
        if isinstance(value, dict):
            found = {key: marked(item) for key, item in value.items()}
            return {"\0headers": found} if isinstance(value, HeaderMap) else found
        if isinstance(value, list):
            return [marked(item) for item in value]
        if isinstance(value, int) and not -MAX_SAFE_INTEGER <= value <= MAX_SAFE_INTEGER:
            return {"\0int": str(value)}
        if isinstance(value, Excerpt):
            return marked(value.whole) if whole else {"\0part": marked(value.part)}
        return value

    return encode(marked(root)).decode()


def _failure(script: str, text: str, line: int | None) -> str:
    """Return a server's words; ``line`` is 0 when what was thrown has no place."""
    at = 1 if line == 0 and "\n" not in script.strip() else line
    return f"Error evaluating the script `{text}`" + (f" at line {at}" if at else "")


def _stopped(text: str) -> ScriptError:
    if "interrupted" in text:
        return ScriptError(LATE, late=True)
    message = text.partition("\n")[0]
    return ScriptError(f"Error evaluating the script `{message}`")
