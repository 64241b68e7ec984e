"""What every test gets: its own home, no network but loopback, and the servers of the plugin.

`HTTPTASK_REQUIRE=shared,java,chromium` turns the absence of these from a skip into a failure;
`HTTPTASK_SHARED` says where the reference material is, if not at ``../shared``.
"""

from __future__ import annotations

import ipaddress
import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn

import pytest

pytest_plugins = ["httptask.testing.plugin", "real_server"]

ROOT = Path(__file__).resolve().parent.parent
REQUIRED = frozenset(filter(None, os.environ.get("HTTPTASK_REQUIRE", "").split(",")))
SHARED = Path(os.environ.get("HTTPTASK_SHARED") or ROOT.parent / "shared")
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
def loopback_only() -> Iterator[None]:
    """Fail whatever connects off this machine; names other than localhost do not resolve."""
    with pytest.MonkeyPatch.context() as patch:
        for method in ("connect", "connect_ex", "sendto"):
            patch.setattr(socket.socket, method, _guarded(getattr(socket.socket, method)))
        patch.setattr(socket, "getaddrinfo", _resolving(socket.getaddrinfo))
        yield


def _guarded(method: Callable[..., Any]) -> Callable[..., Any]:
    def guarded(sock: socket.socket, *args: Any) -> Any:
        if sock.family in (socket.AF_INET, socket.AF_INET6) and not _is_loopback(args[-1][0]):
            pytest.fail(f"a test reaches for the network: {args[-1]}")
        return method(sock, *args)

    return guarded


def _resolving(resolve: Callable[..., Any]) -> Callable[..., Any]:
    def resolving(host: Any, *args: Any, **options: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        if name not in (None, "", "localhost") and not _is_address(name):
            raise socket.gaierror(socket.EAI_NONAME, f"tests resolve no names, not even {name}")
        return resolve(host, *args, **options)

    return resolving


def _is_loopback(host: str) -> bool:
    address = _address(host)
    return host in ("", "localhost") or (address is not None and address.is_loopback)


def _is_address(host: str) -> bool:
    return _address(host) is not None


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """Read an address in every form that the system's resolver takes, ``127.1`` included."""
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        pass
    else:
        return getattr(address, "ipv4_mapped", None) or address
    try:
        return ipaddress.IPv4Address(socket.inet_aton(host))
    except OSError:
        return None
