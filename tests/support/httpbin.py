"""go-httpbin, a service that nobody here wrote, from the Go registry."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NoReturn

import pytest
from real_server import free_port
from waiting import wait_until

_ENVIRONMENT = dict(os.environ)
"""As it was before the tests: it says through which proxy Go reaches its registry."""

_MODULE = "github.com/mccutchen/go-httpbin/v2/cmd/go-httpbin@v2.15.0"


def _listens(port: int) -> bool:
    with socket.socket() as sock:
        return sock.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture(scope="session")
def httpbin(require: Callable[[str, str], NoReturn]) -> Iterator[str]:
    """The address of a go-httpbin of these tests."""
    go = shutil.which("go") or "/usr/local/go/bin/go"
    if not Path(go).exists():
        require("go", "no Go to build go-httpbin with")
    with tempfile.TemporaryDirectory() as folder:
        cache = Path(tempfile.gettempdir(), "httptask-go-cache")
        environment = {**_ENVIRONMENT, "GOBIN": folder, "GOCACHE": str(cache)}
        environment |= {"GOPATH": str(cache / "path"), "GOTOOLCHAIN": "local"}
        built = subprocess.run(
            [go, "install", _MODULE], env=environment, capture_output=True, text=True, timeout=300
        )
        if built.returncode:
            require("go", f"go-httpbin cannot be built: {built.stderr[-500:]}")
        port = free_port()
        command = [str(Path(folder, "go-httpbin")), "-host", "127.0.0.1", "-port", str(port)]
        child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            wait_until(lambda: _listens(port), 60)
            yield f"http://127.0.0.1:{port}"
        finally:
            child.kill()
            child.wait()
