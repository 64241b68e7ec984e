"""The editor's server with its production back end, and a real browser to look at it."""

from __future__ import annotations

import hashlib
import shutil
import socket
import subprocess
import sys
import sysconfig
import tempfile
import threading
import time
import venv
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NoReturn

import pytest
import requests

pytest.importorskip("starlette")
import uvicorn

from httptask.catalog import Catalog
from httptask.editor.app import create_app
from httptask.editor.services import Services
from httptask.editor.settings import EditorSettings
from httptask.editor.wiring import Backend
from httptask.editor.workflow_file import WorkflowFile
from httptask.plugins import build_manager
from httptask.settings import Settings
from httptask.testing.images import DEMO_TOKEN, ImageService

HERE = Path(__file__).parent
DELAY = 0.05
"""Seconds the stand-in takes, and between its events."""


class StandInCatalog(Catalog):
    """A catalogue whose bundled image operation points at a stand-in."""

    stand_in: str | None = None

    def prepare(self, operation_id: str, **choices: str | int | None) -> dict[str, Any]:
        """Prepare a task; the image operation's goes to the stand-in."""
        if operation_id.startswith("digitalocean") and self.stand_in:
            choices.setdefault("server", self.stand_in)
        return super().prepare(operation_id, **choices)


@dataclass
class Editor:
    """A running editor's server."""

    url: str
    token: str
    backend: Services
    workflow: Path
    settings: EditorSettings
    session: requests.Session = field(default_factory=requests.Session)

    @property
    def link(self) -> str:
        """The link that ``httptask serve`` prints."""
        return f"{self.url}/#token={self.token}"

    def call(self, method: str, path: str, **more: Any) -> requests.Response:
        """Call the REST API with the token."""
        headers = {"Authorization": f"Bearer {self.token}", **more.pop("headers", {})}
        return self.session.request(method, self.url + path, headers=headers, timeout=30, **more)


@contextmanager
def listening() -> Iterator[socket.socket]:
    """A socket on a free loopback port."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        yield found


@contextmanager
def running(app: Any, on: socket.socket) -> Iterator[None]:
    """Serve an application from a thread."""
    config = uvicorn.Config(app, log_level="error", access_log=False, timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [on]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield
    server.should_exit = True
    thread.join(5)


@pytest.fixture(scope="session")
def image_service() -> Iterator[ImageService]:
    """The stand-in of the image API, for the whole run."""
    with ImageService(delay=DELAY) as service:
        yield service


@pytest.fixture
def images(image_service: ImageService) -> Iterator[ImageService]:
    """The stand-in of the image API; a test may make it slower."""
    yield image_service
    image_service.delay = DELAY


@pytest.fixture(scope="session")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A catalogue with the bundled operation, every kind of field, and every kind of choice."""
    folder = tmp_path_factory.mktemp("catalogue")
    with closing(Catalog.open(folder)) as found:
        for name in ("widgets", "choices"):
            changes = found.add(str(HERE / f"descriptions/{name}.json"))
            assert [change.error for change in changes] == [None]
    return folder


@pytest.fixture
def catalog(catalogue: Path, images: ImageService) -> Catalog:
    """The catalogue, its bundled operation pointing at the stand-in."""
    found = StandInCatalog.open(catalogue)
    found.stand_in = images.url
    return found


StartEditor = Callable[..., Editor]


@pytest.fixture
def start_editor(
    tmp_path: Path, catalog: Catalog, images: ImageService, monkeypatch: pytest.MonkeyPatch
) -> Iterator[StartEditor]:
    """Start editors; ``backend`` replaces the production one, the rest are settings."""
    monkeypatch.setenv("HTTPTASK_SECRET_DIGITALOCEAN_TOKEN", DEMO_TOKEN)
    open_ones: list[Any] = []
    editors: list[Editor] = []

    def start(
        backend: Services | None = None, allow: tuple[str, ...] | None = None, **changed: Any
    ) -> Editor:
        place = listening()
        found = place.__enter__()
        port = found.getsockname()[1]
        hosts = allow if allow is not None else (images.url.removeprefix("http://"),)
        machine = Settings.from_environment(allow_hosts=hosts, data=tmp_path / "data")
        manager = build_manager(installed=False)
        backend = backend or Backend(catalog, machine, manager, hosts)
        settings = replace(EditorSettings.loopback(port), **changed)
        workflow = tmp_path / "flow.json"
        server = running(create_app(backend, settings, WorkflowFile(workflow)), found)
        server.__enter__()
        open_ones.extend([server, place])
        url = f"http://127.0.0.1:{port}"
        editors.append(Editor(url, settings.token, backend, workflow, settings))
        return editors[-1]

    yield start
    for started in editors:
        started.session.close()
    while open_ones:
        open_ones.pop(0).__exit__(None, None, None)


@pytest.fixture
def editor(start_editor: StartEditor) -> Editor:
    """One editor with its defaults."""
    return start_editor()


@pytest.fixture(scope="session")
def chromium(require: Callable[[str, str], NoReturn]) -> str:
    """Path of the browser."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    return path or require("chromium", "no chromium on this machine: apt-get install chromium")


@pytest.fixture(scope="session")
def browser(chromium: str, require: Callable[[str, str], NoReturn]) -> Iterator[Any]:
    """A browser for the whole run."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        require("chromium", "the playwright package is not installed")
    with sync_playwright() as driver:
        found = driver.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        yield found
        found.close()


@dataclass
class Seen:
    """What a page did besides showing itself.

    Attributes:
        problems: console errors and uncaught ones.
        requests: URLs that the page asked for.
        tolerated: parts of console errors that are no problem; the driver's own evaluation of a
            script is refused as TrustedScript, and then made in another way.
    """

    problems: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    tolerated: list[str] = field(default_factory=lambda: ["requires 'TrustedScript'"])

    def note(self, text: str) -> None:
        """Keep a problem unless it is tolerated."""
        if not any(part in text for part in self.tolerated):
            self.problems.append(text)


@pytest.fixture
def seen() -> Seen:
    """Console errors and requests of the page."""
    return Seen()


@pytest.fixture
def page(browser: Any, seen: Seen, start_editor: StartEditor) -> Iterator[Any]:
    """A fresh page; a console error or an uncaught one fails the test."""
    del start_editor  # its servers outlive the page
    context = browser.new_context(viewport={"width": 1400, "height": 900})
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    found = context.new_page()
    found.set_default_timeout(10_000)
    found.on("console", lambda line: line.type == "error" and seen.note(line.text))
    found.on("pageerror", lambda error: seen.note(str(error)))
    found.on("request", lambda request: seen.requests.append(request.url))
    yield found
    context.close()
    assert not seen.problems, seen.problems


@pytest.fixture
def serve() -> Iterator[Callable[[Any], str]]:
    """Serve an application; returns its origin."""
    with ExitStack() as stack:

        def start(app: Any) -> str:
            place = stack.enter_context(listening())
            stack.enter_context(running(app, place))
            return f"http://127.0.0.1:{place.getsockname()[1]}"

        yield start


@pytest.fixture(scope="session")
def examples(root: Path, require: Callable[[str, str], NoReturn]) -> Path:
    """The examples, built, with their Node packages; kept for the next run."""
    source = root / "examples/editor"
    lock = (source / "package-lock.json").read_bytes()
    target = (
        Path(tempfile.gettempdir()) / f"httptask-examples-{hashlib.sha256(lock).hexdigest()[:12]}"
    )
    npm = shutil.which("npm")
    if not (target / "node_modules/.package-lock.json").exists():
        if npm is None:
            require("npm", "no npm on this machine")
        target.mkdir(exist_ok=True)
        for name in ("package.json", "package-lock.json", ".npmrc"):
            shutil.copy(source / name, target)
        done = subprocess.run([npm, "ci"], cwd=target, capture_output=True, text=True)
        if done.returncode:
            require("npm", f"npm ci failed: {done.stderr[-500:]}")
    shutil.copytree(
        source, target, dirs_exist_ok=True, ignore=shutil.ignore_patterns("node_modules", "dist")
    )
    subprocess.run(["node", "build.mjs"], cwd=target, check=True, capture_output=True)
    return target


@pytest.fixture(scope="session")
def wheel(
    root: Path, tmp_path_factory: pytest.TempPathFactory, require: Callable[[str, str], NoReturn]
) -> Path:
    """The wheel, built from this checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "-o", str(folder), str(root)]
    done = subprocess.run(command, capture_output=True, text=True)
    if "No matching distribution" in done.stdout + done.stderr:
        require("registry", "the build backend cannot be downloaded")
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="session")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an environment that has the wheel installed.

    What the wheel depends on is read from the running environment; httptask itself is not.
    """
    folder = tmp_path_factory.mktemp("installed")
    venv.create(folder, symlinks=True)
    packages = Path(sysconfig.get_path("purelib", vars={"base": str(folder)}))
    install = [sys.executable, "-m", "pip", "install", "--no-deps", "--target", str(packages)]
    subprocess.run([*install, "--quiet", str(wheel)], check=True, capture_output=True)
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return folder / "bin/python"
