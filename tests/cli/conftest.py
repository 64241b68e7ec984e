"""The command line as its users meet it: a process of the installed script, or its entry point."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from httptask.cli.app import run as run_command_line

SCRIPT = Path(sysconfig.get_path("scripts")) / "httptask"
TOKEN = "tok-0123456789abcdef"


@dataclass(frozen=True)
class Ran:
    """What a command printed, and how it ended."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """The one JSON document on standard output."""
        return json.loads(self.out)

    @property
    def error(self) -> dict[str, Any]:
        """The error document on standard output."""
        assert list(self.document) == ["error"]
        found: dict[str, Any] = self.document["error"]
        return found


Command = Callable[..., Ran]


def start(*arguments: str, env: Mapping[str, str] | None = None, **options: Any) -> Any:
    """Start the installed script."""
    return subprocess.Popen(
        [sys.executable, str(SCRIPT), *arguments],
        stdin=subprocess.DEVNULL,
        stdout=options.pop("stdout", subprocess.PIPE),
        stderr=options.pop("stderr", subprocess.PIPE),
        text=True,
        env={**os.environ, **(env or {})},
        **options,
    )


@pytest.fixture
def start_command() -> Callable[..., Any]:
    """Start the installed script: arguments, ``env`` beside the one there is, Popen's options."""
    return start


@pytest.fixture
def command() -> Command:
    """Run the installed script to its end."""

    def run(*arguments: str, env: Mapping[str, str] | None = None, **options: Any) -> Ran:
        process = start(*arguments, env=env, **options)
        out, err = process.communicate(timeout=60)
        return Ran(process.returncode, out, err)

    return run


@pytest.fixture
def invoke(capsys: pytest.CaptureFixture[str]) -> Command:
    """Run the entry point in this process: the same, but for a terminal and signals."""

    def run(*arguments: str) -> Ran:
        code = run_command_line(list(arguments))
        return Ran(code, *capsys.readouterr())

    return run


@pytest.fixture
def write() -> Callable[..., str]:
    """Write a JSON document, or a text, to a file in the working folder."""

    def write_file(name: str, content: Any) -> str:
        text = content if isinstance(content, str) else json.dumps(content)
        Path(name).write_text(text)
        return name

    return write_file


def http_task(url: str, ref: str = "call", method: str = "GET", **inputs: Any) -> dict[str, Any]:
    """Return an HTTP task; ``httptask`` and fields of the request may be given."""
    options = inputs.pop("httptask", None)
    request = {"uri": url, "method": method, **inputs}
    parameters = {"http_request": request, **({"httptask": options} if options else {})}
    return {
        "name": ref,
        "taskReferenceName": ref,
        "type": "HTTP",
        "inputParameters": parameters,
    }


@pytest.fixture
def task() -> Callable[..., dict[str, Any]]:
    """Make an HTTP task."""
    return http_task


@pytest.fixture
def flow() -> Callable[..., dict[str, Any]]:
    """Make a workflow definition of tasks."""

    def make(*tasks: dict[str, Any], **fields: Any) -> dict[str, Any]:
        return {"name": "flow", "version": 1, "schemaVersion": 2, "tasks": list(tasks), **fields}

    return make
