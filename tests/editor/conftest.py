"""The installed wheel's editor with its production back end, and a real browser to see it."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import venv
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, NoReturn

import pytest
import requests

pytest.importorskip("starlette")
import editor_server
from editor_server import Order

from httptask.catalog import Catalog
from httptask.editor.services import Services
from httptask.testing.images import DEMO_TOKEN, ImageService

HERE = Path(__file__).parent
DELAY = 0.05
"""Seconds the stand-in takes, and between its events."""


@dataclass
class Editor:
    """A running editor's server."""

    url: str
    token: str
    workflow: Path
    session: requests.Session = field(default_factory=requests.Session)

    @property
    def link(self) -> str:
        """The link that ``httptask serve`` prints."""
        return f"{self.url}/#token={self.token}"

    def call(self, method: str, path: str, **more: Any) -> requests.Response:
        """Call the REST API with the token."""
        headers = {"Authorization": f"Bearer {self.token}", **more.pop("headers", {})}
        return self.session.request(method, self.url + path, headers=headers, timeout=30, **more)


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
        for name in ("widgets", "choices", "uploads", "inside"):
            changes = found.add(str(HERE / f"descriptions/{name}.json"))
            assert [change.error for change in changes] == [None]
    return folder


class InstalledEditors:
    """Editors that the installed wheel runs, in a process of its own."""

    def __init__(self, python: Path, folder: Path) -> None:
        program = Path(editor_server.__file__)
        self._said = (folder / "stderr.txt").open("wb")
        self._process = subprocess.Popen(
            [python, program], stderr=self._said, cwd=folder,
            env={"PATH": os.environ["PATH"], "HOME": str(folder)},
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        self.httptask = Path(self._reply()["httptask"])

    @contextmanager
    def editor(self, order: Order) -> Iterator[dict[str, str]]:
        """Run an editor; yields its URL and token."""
        started = self._ask(asdict(order))
        yield started
        self._ask({"stop": started["url"]})

    def close(self) -> None:
        """End the process."""
        with self._said, self._process:
            assert self._process.stdin
            self._process.stdin.close()

    def _ask(self, order: Mapping[str, Any]) -> dict[str, str]:
        assert self._process.stdin
        self._process.stdin.write(json.dumps(order, default=list) + "\n")
        self._process.stdin.flush()
        return self._reply()

    def _reply(self) -> dict[str, str]:
        assert self._process.stdout
        return dict(json.loads(self._process.stdout.readline()))


@pytest.fixture(scope="session")
def installed_editors(
    installed: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[InstalledEditors]:
    """The process that runs the editors of the installed wheel."""
    found = InstalledEditors(installed, tmp_path_factory.mktemp("editors"))
    yield found
    found.close()


StartEditor = Callable[..., Editor]


@pytest.fixture
def start_editor(
    tmp_path: Path,
    catalogue: Path,
    images: ImageService,
    installed_editors: InstalledEditors,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[StartEditor]:
    """Start editors of the installed wheel; with a ``backend`` for the production one, here."""
    monkeypatch.setenv("HTTPTASK_SECRET_DIGITALOCEAN_TOKEN", DEMO_TOKEN)
    with ExitStack() as stack:

        def start(
            backend: Services | None = None, allow: tuple[str, ...] | None = None, **limits: Any
        ) -> Editor:
            hosts = allow if allow is not None else (images.url.removeprefix("http://"),)
            ours = {k: v for k, v in os.environ.items() if k.startswith(editor_server.VARIABLES)}
            order = Order(str(catalogue), images.url, str(tmp_path), hosts, limits, ours)
            runs = (
                editor_server.editor(order, backend) if backend else installed_editors.editor(order)
            )
            found = Editor(**stack.enter_context(runs), workflow=tmp_path / "flow.json")
            stack.enter_context(found.session)
            return found

        yield start


@pytest.fixture
def editor(start_editor: StartEditor) -> Editor:
    """One editor with its defaults."""
    return start_editor()


@pytest.fixture(scope="session")
def chromium(require: Callable[[str, str], NoReturn]) -> str:
    """Path of a browser, at best the one without windows: a page costs it a sixth of the time."""
    names = ("chromium-headless-shell", "chromium", "chromium-browser")
    path = next(filter(None, map(shutil.which, names)), None)
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
        tolerated: parts of console errors that are not a problem; the driver's own evaluation of a
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
    found.set_default_timeout(30_000)  # loading took 10 s once, eight busy processes to a core
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
            place = stack.enter_context(editor_server.listening())
            stack.enter_context(editor_server.running(app, place))
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
def wheel(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from this checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "-o", str(folder)]
    done = subprocess.run([*command, str(root)], capture_output=True, text=True)
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
    install = [sys.executable, "-m", "pip", "install", "--no-deps", "--no-compile", "--quiet"]
    command = [*install, "--target", str(packages), str(wheel)]
    subprocess.run(command, check=True, capture_output=True)
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return folder / "bin/python"
