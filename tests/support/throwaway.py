"""Programs from package registries for one test: installed once, in the cache folder of pytest."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import pytest
import requests

Refuse = Callable[[str, str], NoReturn]
INSTALL_SECONDS = 240
START_SECONDS = 60
_ENVIRONMENT = dict(os.environ)
"""Of the one who runs the tests, before a test has a home of its own."""


def from_pypi(config: pytest.Config, package: str, refuse: Refuse) -> Path:
    """Return the folder of the programs of a Python package in an environment of its own."""
    folder = _folder(config, package)
    venv = [sys.executable, "-m", "venv", "--without-pip", str(folder)]
    pip = [sys.executable, "-m", "pip", "--python", str(folder / "bin" / "python")]
    install = [*pip, "install", "-q", "--no-compile", package]
    _install(folder, [venv, install], package, refuse)
    return folder / "bin"


def from_npm(config: pytest.Config, package: str, refuse: Refuse) -> Path:
    """Return the folder of the programs of a Node package in a folder of its own."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        refuse(package, "node and npm are not installed")
    folder = _folder(config, package)
    options = ["--no-audit", "--no-fund", "--ignore-scripts", "--prefix", str(folder)]
    _install(folder, [[npm, "install", *options, package]], package, refuse)
    return folder / "node_modules" / ".bin"


def _folder(config: pytest.Config, package: str) -> Path:
    name = "".join(letter if letter.isalnum() else "-" for letter in package)
    return config.cache.mkdir("programs") / name


def _install(folder: Path, commands: Sequence[list[str]], package: str, refuse: Refuse) -> None:
    done = folder / "installed"
    if done.exists():
        return
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for command in commands:
        try:
            ran = subprocess.run(
                command, env=_ENVIRONMENT, capture_output=True, text=True, timeout=INSTALL_SECONDS
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            refuse(package, f"cannot be installed: {error}")
        if ran.returncode:
            refuse(package, f"cannot be installed: {ran.stderr.strip()[-300:]}")
    done.touch()


def free_port() -> int:
    """Return a port of loopback that nothing listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextmanager
def running(command: Sequence[str], url: str, folder: Path) -> Iterator[None]:
    """Run a server in a folder, from when it responds at a URL until it is no longer needed."""
    environment = {**_ENVIRONMENT, "HOME": str(folder), "NO_COLOR": "1"}
    log = folder / "log.txt"
    with log.open("wb") as output:
        child = subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
        try:
            _await(child, url, log)
            yield
        finally:
            child.terminate()
            try:
                child.wait(60)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()


def _await(child: subprocess.Popen[bytes], url: str, log: Path) -> None:
    limit = time.monotonic() + START_SECONDS
    while child.poll() is None and time.monotonic() < limit:
        try:
            requests.get(url, timeout=60)
        except requests.ConnectionError:
            time.sleep(0.1)
        else:
            return
    pytest.fail(f"{child.args} does not respond: {log.read_text(errors='replace')[-2000:]}")
