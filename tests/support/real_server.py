"""A real Conductor server, its recorded target, and a worker on it: once for all tests.

``HTTPTASK_CONDUCTOR_URL`` names a server that runs already (started by the same script with the
secrets of ``SECRETS`` in its environment), so that a developer does not wait for a new one.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import pytest
import requests

from httptask.engines.conductor.client import ConductorClient, ServerSettings

SECRETS = {
    "TOK": "tok-0123456789abcdef",
    "CANARY": "canary-7f3e9b1d/+&é",
    "USER": "alice",
    "PW": "s3cret-pässword",
    "JSON": '{"user": "neo-anderson", "pin": 71830245}',
}
"""What ``${workflow.secrets.NAME}`` gives on the real server."""

ENVIRONMENT = {"REGION": "eu-west", "CFG": '{"a": {"b": [1, 2]}}'}
"""What ``${workflow.env.NAME}`` gives there."""

_PROPERTIES = (
    "--spring.datasource.hikari.maximum-pool-size=1",
    "--conductor.integrations.ai.enabled=false",
    "--conductor.scheduler.enabled=false",
    "--conductor.app.systemTaskWorkerThreadCount=20",
    "--conductor.app.systemTaskMaxPollCount=20",
    "--conductor.app.systemTaskQueuePopTimeout=0ms",
    "--conductor.app.systemTaskWorkerPollInterval=50ms",
)
"""The script's own settings, but for the interval: polling every 10 ms takes a fifth of a core."""

_RUNNING = os.environ.get("HTTPTASK_CONDUCTOR_URL", "")
_DOWNLOADS = Path(
    os.environ.get("CONDUCTOR_DIR") or Path(tempfile.gettempdir(), "conductor-server")
)
_HOME = os.environ.get("HOME", "")
_TARGET = "http://127.0.0.1:9999"
_LOG = "http://127.0.0.1:9998/log"

Refuse = Callable[[str, str], NoReturn]


@dataclass(slots=True)
class RealServer:
    """A server that was started by the script of the reference material.

    Attributes:
        url: its address.
        script: the script, or None for a server that ran before.
        environment: what it is started with.
        command: its command line.
        child: the process that ``again`` started.
    """

    url: str
    script: Path | None
    environment: Mapping[str, str]
    command: tuple[str, ...] = ()
    child: subprocess.Popen[bytes] | None = None

    def client(self) -> ConductorClient:
        """Return a client."""
        return ConductorClient(self.settings)

    @property
    def settings(self) -> ServerSettings:
        """Return where it is."""
        return ServerSettings(self.url)

    @property
    def pid(self) -> int:
        """Return its process id."""
        port = self.url.rpartition(":")[2]
        return int((_DOWNLOADS / f"server-{port}.pid").read_text())

    def kill(self) -> None:
        """Kill it without warning."""
        os.kill(self.pid, signal.SIGKILL)

    def again(self) -> None:
        """Start it again on the store that it had: what the script does, but for a fresh store."""
        port = self.url.rpartition(":")[2]
        folder = _DOWNLOADS / f"run-{port}"
        with (folder / "server-again.log").open("wb") as log:
            self.child = child = subprocess.Popen(
                self.command,
                cwd=folder,
                env=dict(self.environment),
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        (_DOWNLOADS / f"server-{port}.pid").write_text(str(child.pid))
        _healthy(self.url, 180)

    def remember(self) -> None:
        """Note its command line, for ``again``."""
        line = Path(f"/proc/{self.pid}/cmdline").read_bytes().rstrip(b"\0").split(b"\0")
        self.command = tuple(part.decode() for part in line)


@contextmanager
def started_server(script: Path, port: int, **environment: str) -> Iterator[RealServer]:
    """Start a server with the reference material's script; stop it afterwards."""
    given = {name: value for name, value in os.environ.items() if not name.startswith("HTTPTASK_")}
    given |= {f"CONDUCTOR_SECRET_{name}": value for name, value in SECRETS.items()}
    given |= {f"CONDUCTOR_ENV_{name}": value for name, value in ENVIRONMENT.items()}
    given |= {"CONDUCTOR_DIR": str(_DOWNLOADS), "PORT": str(port), "HOME": _HOME}
    given |= {"XMX": "600m", "TUNED": "0", "EXTRA": " ".join(_PROPERTIES), **environment}
    with tempfile.TemporaryDirectory() as home:
        quick = given | {"JAVA_HOME": str(_quick_java(Path(home)))}
        made = subprocess.run(
            ["bash", str(script), "start"], env=quick, capture_output=True, text=True, timeout=420
        )
    if made.returncode:
        raise RuntimeError(f"no server: {made.stderr[-2000:]}")
    server = RealServer(f"http://127.0.0.1:{port}", script, given)
    server.remember()
    watched = ["sh", "-c", f"read -r _; kill {server.pid}"]  # should this process be killed
    watch = subprocess.Popen(watched, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL)
    try:
        yield server
    finally:
        watch.communicate()
        if server.child is not None:
            server.child.kill()
            server.child.wait()
        subprocess.run(["bash", str(script), "stop"], env=given, capture_output=True, timeout=120)


@pytest.fixture(scope="session")
def conductor(shared: Path, require: Refuse) -> Iterator[RealServer]:
    """A real server with a fresh store."""
    if _RUNNING:
        yield RealServer(_RUNNING, None, {})
        return
    script = shared / "conductor" / "start-conductor.sh"
    _needed(require)
    with started_server(script, free_port()) as server:
        yield server


@pytest.fixture(scope="session")
def recorded_target(shared: Path, require: Refuse) -> Iterator[Callable[[], list[dict[str, Any]]]]:
    """The target of the recorded cases; call it for the requests it saw since the last call."""
    go = shutil.which("go") or "/usr/local/go/bin/go"
    if not Path(go).exists():
        require("go", "no Go to build the target server with")
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "main.go")
        source.write_bytes((shared / "conductor" / "target-server.go").read_bytes())
        cache = Path(tempfile.gettempdir(), "httptask-go-cache")
        environment = {**os.environ, "GOCACHE": str(cache), "GO111MODULE": "off", "HOME": folder}
        build = [go, "build", "-o", "target", "main.go"]
        subprocess.run(build, cwd=folder, env=environment, check=True, capture_output=True)
        child = subprocess.Popen([str(Path(folder, "target"))], stderr=subprocess.DEVNULL)
        try:
            _until(lambda: _responds(_TARGET) and _responds(_LOG), 10)
            yield lambda: _plain().get(_LOG, timeout=60).json()
        finally:
            child.kill()
            child.wait()


def _quick_java(home: Path) -> Path:
    """Make a home of Java that does not optimise: a server lives for minutes only."""
    command = home / "bin" / "java"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec "{_java()}" -XX:TieredStopAtLevel=1 "$@"\n')
    command.chmod(0o755)
    return home


def _needed(require: Refuse) -> None:
    if not _java():
        require("java", "no Java 21 or newer")
    if not list(_DOWNLOADS.glob("app-*/.ok")) and not shutil.which("mvn"):
        require("java", "no Maven to download the server with")


def _java() -> str:
    homes = [os.environ.get("JAVA_HOME", ""), *map(str, Path("/usr/lib/jvm").glob("*"))]
    commands = [f"{home}/bin/java" for home in homes if home] + [shutil.which("java") or ""]
    for command in filter(os.path.exists, commands):
        said = subprocess.run([command, "-version"], capture_output=True, text=True).stderr
        version = said.partition('"')[2].partition(".")[0].partition('"')[0]
        if version.isdecimal() and int(version) >= 21:
            return command
    return ""


def _healthy(url: str, seconds: float) -> None:
    def well() -> bool:
        try:
            return bool(_plain().get(f"{url}/health", timeout=2).json().get("healthy"))
        except (requests.RequestException, ValueError):
            return False

    _until(well, seconds)


def _until(condition: Callable[[], bool], seconds: float) -> None:
    until = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > until:
            raise TimeoutError(f"not in {seconds} s")
        time.sleep(0.1)


def _responds(url: str) -> bool:
    try:
        return _plain().get(url, timeout=1).status_code > 0
    except requests.RequestException:
        return False


def _plain() -> requests.Session:
    session = requests.Session()
    session.trust_env = False
    return session


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])
