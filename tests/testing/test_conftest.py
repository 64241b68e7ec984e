"""The guards of ``tests/conftest.py`` and its optional resources."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import pytest

pytest_plugins = ["pytester"]
CONFTEST = Path(__file__).parent.parent / "conftest.py"


def test_home_and_settings_are_the_tests_own(tmp_path: Path) -> None:
    assert Path.home() == tmp_path / "home"
    assert Path.cwd() == tmp_path / "work"
    assert not [name for name in os.environ if name.startswith(("HTTPTASK_", "XDG_"))]
    assert "http_proxy" not in {name.lower() for name in os.environ}


@pytest.mark.parametrize(
    "host", ["93.184.216.34", "169.254.169.254", "10.0.0.1", "0.0.0.0", "2606:4700::1111"]
)
def test_another_machine_is_out_of_reach(host: str) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with (
        socket.socket(family) as sock,
        pytest.raises(pytest.fail.Exception, match="reaches for the network"),
    ):
        sock.connect((host, 80))


def test_names_do_not_resolve_but_localhost_and_numbers_do() -> None:
    with pytest.raises(socket.gaierror, match=r"not even example\.com"):
        socket.getaddrinfo("example.com", 80)
    assert socket.getaddrinfo("localhost", 80)
    assert socket.getaddrinfo("127.1", 80)[0][4][0] == "127.0.0.1"


def test_require_skips(require: Callable[[str, str], NoReturn]) -> None:
    with pytest.raises(pytest.skip.Exception, match="unheard-of: why"):
        require("unheard-of", "why")


@pytest.mark.parametrize(("required", "outcome"), [("", "skipped"), ("java,shared", "errors")])
def test_the_shared_folder_is_skipped_or_required(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, required: str, outcome: str
) -> None:
    monkeypatch.setenv("HTTPTASK_REQUIRE", required)
    monkeypatch.setenv("HTTPTASK_SHARED", str(pytester.path / "absent"))
    monkeypatch.setenv("PYTHONPATH", str(CONFTEST.with_name("support")))
    pytester.makeconftest(CONFTEST.read_text())
    pytester.makepyfile("def test_it(shared): assert shared")
    result = pytester.runpytest_subprocess("-rs", "-p", "no:cacheprovider")
    assert result.parseoutcomes() == {outcome: 1}
    result.stdout.fnmatch_lines(["*shared*no reference material at*absent*"])
