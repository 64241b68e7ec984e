from __future__ import annotations

import os
from pathlib import Path

import pytest

from httptask.builtin.secret_providers import DotenvSecrets, EnvironmentSecrets, FolderSecrets
from httptask.errors import CredentialsError
from httptask.plugins import build_manager


def test_the_order_of_providers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    get = build_manager(installed=False).hook.httptask_get_secret
    (tmp_path / "K").write_text("folder")
    monkeypatch.setenv("HTTPTASK_SECRETS_DIR", str(tmp_path))
    assert get(name="K", call=None) == "folder"
    Path(".env").write_text("CONDUCTOR_SECRET_K=dotenv\n")
    assert get(name="K", call=None) == "dotenv"
    monkeypatch.setenv("CONDUCTOR_SECRET_K", "conductor")
    assert get(name="K", call=None) == "conductor"
    monkeypatch.setenv("HTTPTASK_SECRET_K", "")
    assert get(name="K", call=None) == ""
    assert get(name="HOME", call=None) is None


def test_nothing_in_a_dotenv_file_is_expanded(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "other.env"
    path.write_text("HTTPTASK_SECRET_A='x${HOME}y'\nexport HTTPTASK_SECRET_B=b # note\n")
    monkeypatch.setenv("HTTPTASK_ENV_FILE", str(path))
    secrets = DotenvSecrets()
    assert secrets.httptask_get_secret("A") == "x${HOME}y"
    assert secrets.httptask_get_secret("B") == "b"
    assert "HTTPTASK_SECRET_A" not in os.environ


@pytest.mark.parametrize("name", ["../K", "a/b", "", ".hidden", "/etc/passwd", "sub"])
def test_a_name_is_not_a_path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str) -> None:
    folder = tmp_path / "secrets"
    (folder / "sub").mkdir(parents=True)
    (tmp_path / "K").write_text("outside")
    (folder / ".hidden").write_text("hidden")
    monkeypatch.setenv("HTTPTASK_SECRETS_DIR", str(folder))
    if name == "sub":
        with pytest.raises(CredentialsError, match="cannot be read"):
            FolderSecrets().httptask_get_secret(name)
    else:
        assert FolderSecrets().httptask_get_secret(name) is None


def test_a_file_is_taken_as_it_is_but_for_its_last_line_break(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HTTPTASK_SECRETS_DIR", str(tmp_path))
    (tmp_path / "K").write_bytes("ž line\nnext\n".encode())
    assert FolderSecrets().httptask_get_secret("K") == "ž line\nnext"
    (tmp_path / "L").write_bytes(b"\xff\xfe")
    with pytest.raises(CredentialsError) as caught:
        FolderSecrets().httptask_get_secret("L")
    assert caught.value.code == "secret_unreadable"


def test_only_prefixed_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THE_KEY", "not a secret of tasks")
    assert EnvironmentSecrets().httptask_get_secret("THE_KEY") is None


def test_a_named_place_that_cannot_be_read_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    binary = tmp_path / "binary.env"
    binary.write_bytes(b"HTTPTASK_SECRET_K=\xff\n")
    for path, why in ((tmp_path / "none.env", "No such file"), (binary, "not UTF-8")):
        monkeypatch.setenv("HTTPTASK_ENV_FILE", str(path))
        with pytest.raises(CredentialsError, match=why) as raised:
            DotenvSecrets().httptask_get_secret("K")
        assert raised.value.code == "secret_unreadable"
    monkeypatch.setenv("HTTPTASK_SECRETS_DIR", str(tmp_path / "nowhere"))
    with pytest.raises(CredentialsError, match="HTTPTASK_SECRETS_DIR: No such file"):
        FolderSecrets().httptask_get_secret("K")
