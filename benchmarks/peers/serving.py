"""A peer's server, in a process of its own; the standard library only, as peers may import it."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager


def free_port() -> str:
    """Return a port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        return str(free.getsockname()[1])


@contextmanager
def serving(command: list[str], address: str) -> Iterator[None]:
    """Run a server, from when an address of it responds."""
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until = time.monotonic() + 180
        while not _responds(address):
            if time.monotonic() > until:
                sys.exit(f"{command} does not respond at {address}")
            time.sleep(0.2)
        yield
    finally:
        server.terminate()
        server.wait()


def _responds(address: str) -> bool:
    try:
        urllib.request.urlopen(address).close()
    except OSError:
        return False
    return True
