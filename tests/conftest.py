"""What every test gets: its own home, no network but loopback, and the servers of the plugin.

`HTTPTASK_REQUIRE=shared,java,chromium` turns the absence of these from a skip into a failure;
`HTTPTASK_SHARED` says where the reference material is, if not at ``../shared``.
"""

from __future__ import annotations

import itertools
import os
import re
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NoReturn

import pytest
from hypothesis import HealthCheck, settings
from loopback import loopback_only
from one_wire import Strangers, one_wire

pytest_plugins = ["httptask.testing.plugin", "real_server", "httpbin", "both_transports"]

ROOT = Path(__file__).resolve().parent.parent
REQUIRED = frozenset(filter(None, os.environ.get("HTTPTASK_REQUIRE", "").split(",")))
SHARED = Path(os.environ.get("HTTPTASK_SHARED") or ROOT.parent / "shared")
LONGEST_ID = 80
FOREIGN_PREFIXES = ("HTTPTASK_", "CONDUCTOR_", "XDG_")
FOREIGN_NAMES = frozenset(
    {
        "all_proxy",
        "http_proxy",
        "https_proxy",
        "no_proxy",
        "netrc",
        "curl_ca_bundle",
        "requests_ca_bundle",
        "ssl_cert_dir",
        "ssl_cert_file",
    }
)

STARTED_ONCE = ("conductor", "recorded_target", "httpbin", "wheel")
"""Session fixtures that are expensive or have a fixed port: their tests run in one process."""

os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False
"""A test that starts a process would compile the whole package otherwise."""
_NUMBERS = itertools.count()
settings.register_profile("no clock", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("no clock")


def pytest_xdist_auto_num_workers() -> int:
    """Return one process more than processors: a fifth of the time of the tests is waiting."""
    return (os.cpu_count() or 1) + 1


def pytest_make_parametrize_id(val: object) -> str | None:
    """Return a short id of a long text: workers are sent all ids, and hold them in memory."""
    if not isinstance(val, str | bytes) or len(val) <= LONGEST_ID:
        return None
    return f"{val[:LONGEST_ID]!r}, {len(val)} in all"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Group the tests of each fixture that is started once."""
    for item in items:
        for name in getattr(item, "fixturenames", ()):
            if name in STARTED_ONCE:
                item.add_marker(pytest.mark.xdist_group(name))


def require(name: str, reason: str) -> NoReturn:
    """Skip the test for want of an optional resource, or fail it if the resource is required."""
    if name in REQUIRED:
        pytest.fail(f"{name} is required by HTTPTASK_REQUIRE: {reason}")
    pytest.skip(f"{name}: {reason}")


@pytest.fixture(scope="session", name="require")
def require_fixture() -> Callable[[str, str], NoReturn]:
    """`require`, for modules that cannot import this one."""
    return require


@pytest.fixture(scope="session")
def root() -> Path:
    """The project's root folder."""
    return ROOT


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of reference material."""
    if not (SHARED / "README.md").is_file():
        require("shared", f"no reference material at {SHARED}, see HTTPTASK_SHARED")
    return SHARED


@pytest.fixture
def tmp_path(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of the test's own; to number it, pytest's fixture lists those of all tests."""
    name = re.sub(r"\W", "_", request.node.name)[:30]
    return tmp_path_factory.mktemp(f"{name}-{next(_NUMBERS)}", numbered=False)


@pytest.fixture(autouse=True)
def isolated_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home and working folder, and no setting of the one who runs the tests."""
    for name in list(os.environ):
        if name.startswith(FOREIGN_PREFIXES) or name.lower() in FOREIGN_NAMES:
            monkeypatch.delenv(name)
    home = tmp_path / "home"
    home.mkdir()
    for name in ("HOME", "USERPROFILE", "APPDATA", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(home))
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    return home


@pytest.fixture(scope="session", autouse=True)
def interrupts_count() -> None:
    """Let children be interrupted: a shell has its background jobs ignore that, and theirs."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session", autouse=True)
def everything_leaves_through_the_wire() -> Iterator[Strangers]:
    """Fail if a module outside the wire connects to anything or resolves a name."""
    with one_wire() as strangers:
        yield strangers
    assert strangers.found == []


@pytest.fixture(scope="session", autouse=True)
def nothing_but_loopback() -> Iterator[None]:
    """Fail whatever connects off this machine; names other than localhost do not resolve."""
    with loopback_only():
        yield
