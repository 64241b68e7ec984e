"""Queries, handed to kept child processes."""

from __future__ import annotations

import atexit
import contextlib
import importlib.util
import os
import re
import subprocess
import sys
import threading
from pathlib import Path
from typing import IO, Any, Final, cast

import msgspec

from httptask.core.json_text import encode
from httptask.errors import ExpressionError, MissingExtraError

SECONDS: Final = 10.0
MEMORY: Final = 512 * 1024 * 1024

_CHILD: Final = Path(__file__).with_name("child.py")
_REFUSED: Final = (
    "env", "input", "inputs", "halt", "halt_error", "halt_error/1", "get_search_list"
)  # fmt: skip
_GONE: Final = "def leaf_paths: paths(scalars); "  # jq 1.5 has it, and so has a server
_OUTER_LINES: Final = 2  # what stands before a query, so that a message names the author's line
_RESULT: Final = (
    'walk(if type == "number" and isnan then "NaN" elif type == "number" and isinfinite '
    'then if . > 0 then "Infinity" else "-Infinity" end else . end) | tojson'
)
_ENV: Final = re.compile(r"\$\s*ENV\b")
_LINE: Final = re.compile(r"(?: at <top-level>)?, line (\d+)(, column \d+)?:?\Z")
_UNKNOWN: Final = re.compile(r"(\S+) is not defined")
_WORDS: Final = tuple(
    (re.compile(pattern, re.DOTALL), text)
    for pattern, text in (
        (r"(Cannot iterate over (?:number|string|boolean)) \(.*\)", r"\1"),
        (r"(Cannot index \w+ with number) \(.*\)", r"\1"),
        (r"(Cannot index \w+ with string) \((.*)\)", r"\1 \2"),
    )
)
_OPERANDS: Final = re.compile(r"(\w+ \()(.*)(\) and \w+ \()(.*)(\) cannot be .*)", re.DOTALL)
_UNDEFINED: Final = re.compile(r"refused_(\w+)/\d is not defined")


class JqError(Exception):
    """A query fails, or passes a limit."""


def check_query(query: str) -> None:
    """Check a query's syntax and that what it calls exists.

    Raises:
        ExpressionError: it has an error, or calls what is refused.
    """
    try:
        _ask({"query": _program(query)})
    except JqError as error:
        raise ExpressionError(f"not a jq query: {error}", code="query_invalid") from None


def transform(query: str, value: Any) -> list[Any]:
    """Return all results of a query.

    Raises:
        JqError: it fails, or passes a limit.
    """
    given = encode(value).decode()
    results = _ask({"query": _program(query), "input": given})
    return [msgspec.json.decode(text) for text in results]


def _program(query: str) -> str:
    """Return the program for a query: names that are refused lead to nothing.

    jq drops definitions that nobody uses, so only a query that uses one of them is refused.
    """
    if _ENV.search(query):
        raise JqError("$ENV is refused")
    refused = "".join(map(_definition, _REFUSED))
    return f"{_GONE}{refused}\n(\n{query}\n) | {_RESULT}"


def _definition(name: str) -> str:
    name, _, parameters = name.partition("/")
    return f"def {name}{'(f)' if parameters else ''}: refused_{name}; "


def _ask(request: dict[str, str]) -> list[str]:
    child = _taken()
    found = child.ask(msgspec.json.encode(request))
    with _lock:
        _idle.append(child)
    if "error" in found:
        raise JqError(_told(found["error"]))
    results: list[str] = found["results"]
    return results


def _cut(value: str) -> str:
    return value if len(value) < 15 else f"{value[:11]}..."


def _told(text: str) -> str:
    """Return a server's words, without the lines around the query; what is refused by its name."""
    if not text.startswith("jq: error: "):
        for pattern, words in _WORDS:
            text = pattern.sub(words, text)
        if operands := _OPERANDS.fullmatch(text):
            before, one, between, other, after = operands.groups()
            return f"{before}{_cut(one)}{between}{_cut(other)}{after}"
        return text
    message = text.splitlines()[0].removeprefix("jq: error: ")
    if refused := _UNDEFINED.search(message):
        return f"{refused[1]} is refused"
    place = _LINE.search(message)
    words = message if place is None else message[: place.start()]
    if unknown := _UNKNOWN.fullmatch(words):
        name = unknown[1]
        known = f"Function {name} does not exist"
        return f"Undefined variable: {name}" if name.startswith("$") else known
    if place is None:
        return words
    return f"{words} at line {max(1, int(place[1]) - _OUTER_LINES)}"


class _Child:
    """One process; its owner is the process that started it, not one that was forked."""

    def __init__(self) -> None:
        spec = importlib.util.find_spec("jq")
        if spec is None or spec.origin is None:
            raise MissingExtraError(
                "JSON_JQ_TRANSFORM needs a part that is not installed",
                hint="pip install 'httptask[run]'",
            )
        folder = str(Path(spec.origin).parent)
        kept = {name: os.environ[name] for name in ("SYSTEMROOT",) if name in os.environ}
        self.owner = os.getpid()
        self._process = process = subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-I", "-S", str(_CHILD), folder, str(MEMORY)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=kept,
        )
        self._requests = cast("IO[bytes]", process.stdin)
        self._responses = cast("IO[bytes]", process.stdout)

    def ask(self, request: bytes) -> Any:
        """Return the child's response.

        Raises:
            JqError: it passed a limit and is dead.
        """
        process, late = self._process, threading.Event()

        def kill() -> None:
            late.set()
            process.kill()

        timer = threading.Timer(SECONDS, kill)
        timer.daemon = True
        timer.start()
        try:
            self._requests.write(request + b"\n")
            self._requests.flush()
            line = self._responses.readline()
        except OSError:
            line = b""
        finally:
            timer.cancel()
        if line.endswith(b"\n"):
            return msgspec.json.decode(line)
        self.close()
        if late.is_set():
            raise JqError(f"the query did not end within {SECONDS:g} seconds")
        raise JqError(f"the query ended its process: it needed more than {MEMORY >> 20} MiB")

    def close(self) -> None:
        """End the process."""
        with contextlib.suppress(OSError):
            self._process.kill()
        self._process.communicate()


_idle: list[_Child] = []
_lock = threading.Lock()


def _taken() -> _Child:
    """Return an idle child of this process, or a new one."""
    with _lock:
        while _idle:
            child = _idle.pop()
            if child.owner == os.getpid():
                return child
    return _Child()


@atexit.register
def _close_all() -> None:
    with _lock:
        while _idle:
            child = _idle.pop()
            if child.owner == os.getpid():
                child.close()
