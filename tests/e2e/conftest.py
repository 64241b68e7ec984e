"""The whole program: the installed script, real servers, real crashes."""

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

SCRIPT = Path(sysconfig.get_path("scripts")) / "httptask"


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


def start(*arguments: str, env: Mapping[str, str] | None = None) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(SCRIPT), *arguments],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True, env={**os.environ, **(env or {})}, start_new_session=True,
    )  # fmt: skip


def finish(process: subprocess.Popen[str]) -> Ran:
    out, err = process.communicate(timeout=90)
    return Ran(process.returncode, out, err)


@pytest.fixture
def start_command() -> Callable[..., subprocess.Popen[str]]:
    """Start the installed script, in a process group of its own."""
    return start


@pytest.fixture
def finish_command() -> Callable[[subprocess.Popen[str]], Ran]:
    """Wait for a process that was started."""
    return finish


@pytest.fixture
def command() -> Callable[..., Ran]:
    """Run the installed script to its end."""
    return lambda *arguments, env=None: finish(start(*arguments, env=env))


@pytest.fixture
def write() -> Callable[[str, Any], str]:
    """Write a JSON document to a file in the working folder."""

    def write_file(name: str, content: Any) -> str:
        Path(name).write_text(json.dumps(content))
        return name

    return write_file


@pytest.fixture
def task() -> Callable[..., dict[str, Any]]:
    """Make an HTTP task; ``httptask`` and fields of the request may be given."""

    def make(url: str, ref: str, method: str = "GET", **fields: Any) -> dict[str, Any]:
        options = fields.pop("httptask", None)
        request = {"uri": url, "method": method, **fields}
        inputs = {"http_request": request, **({"httptask": options} if options else {})}
        return {"name": ref, "taskReferenceName": ref, "type": "HTTP", "inputParameters": inputs}

    return make
