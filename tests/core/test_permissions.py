from __future__ import annotations

from pathlib import Path

import pytest

from httptask.core.permissions import SecretOrigins, may_go, may_name_file

CONFIGURED = {
    "ADDED": SecretOrigins(frozenset({"https://a.example"})),
    "BOUND": SecretOrigins(frozenset({"https://a.example"}), only=True),
    "NOWHERE": SecretOrigins(frozenset(), only=True),
}


@pytest.mark.parametrize(
    ("name", "origin", "allowed"),
    [
        ("FREE", "https://literal.example", True),
        ("FREE", "https://a.example", False),
        ("ADDED", "https://literal.example", True),
        ("ADDED", "https://a.example", True),
        ("ADDED", "http://a.example", False),
        ("BOUND", "https://a.example", True),
        ("BOUND", "https://literal.example", False),
        ("BOUND", "https://a.example:8443", False),
        ("NOWHERE", "https://literal.example", False),
    ],
)
def test_where_a_secret_may_go(name: str, origin: str, allowed: bool) -> None:
    assert may_go(name, origin, {"https://literal.example"}, CONFIGURED) is allowed


def test_which_files_may_be_named(tmp_path: Path) -> None:
    allowed, other = tmp_path / "allowed", tmp_path / "other"
    (allowed / "deep").mkdir(parents=True)
    other.mkdir()
    (other / "key.pem").touch()
    (allowed / "link.pem").symlink_to(other / "key.pem")
    (tmp_path / "also").symlink_to(allowed)
    folders = [allowed, tmp_path / "missing"]
    assert may_name_file(allowed / "deep" / "ca.pem", folders)
    assert may_name_file(tmp_path / "also" / "ca.pem", folders)
    assert not may_name_file(allowed / "link.pem", folders)
    assert not may_name_file(allowed / ".." / "other" / "key.pem", folders)
    assert not may_name_file(tmp_path / "allowed-not" / "ca.pem", folders)
    assert not may_name_file(other / "key.pem", ())
    assert may_name_file(other / "key.pem", None)
