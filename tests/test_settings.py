from __future__ import annotations

from pathlib import Path

import pytest

from httptask.core.execution import Execution
from httptask.core.permissions import SecretOrigins
from httptask.errors import DefinitionError
from httptask.expressions import Context
from httptask.hooks.task import CompiledTask
from httptask.settings import Settings, default_data


def test_allowed_hosts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPTASK_ALLOW_HOSTS", "a.internal:80, b.internal  [::1]:8080,")
    settings = Settings.from_environment(allow_hosts=["c.internal"])
    assert settings.policy.allowed == {
        ("a.internal", 80),
        ("b.internal", None),
        ("::1", 8080),
        ("c.internal", None),
    }
    monkeypatch.setenv("HTTPTASK_ALLOW_HOSTS", "http://a.internal")
    with pytest.raises(DefinitionError) as caught:
        Settings.from_environment()
    assert caught.value.code == "allow_host_invalid"


def test_origins_of_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(
        "HTTPTASK_SECRET_ORIGINS_KEY", "https://API.example.com:443/, http://b.example:8080"
    )
    monkeypatch.setenv("HTTPTASK_SECRET_ORIGINS_BOUND", "only https://a.example")
    monkeypatch.setenv("HTTPTASK_SECRET_ORIGINS_NOWHERE", "only")
    settings = Settings.from_environment()
    assert settings.secret_origins == {
        "KEY": SecretOrigins(frozenset({"https://api.example.com", "http://b.example:8080"})),
        "BOUND": SecretOrigins(frozenset({"https://a.example"}), only=True),
        "NOWHERE": SecretOrigins(frozenset(), only=True),
    }


@pytest.mark.parametrize(
    "text",
    [
        "api.example.com",
        "https://a.example only",
        "ftp://x",
        "https://",
        "http://h:99999",
        "https://u:p@h",
        "*",
    ],
)
def test_what_is_not_an_origin(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("HTTPTASK_SECRET_ORIGINS_KEY", text)
    with pytest.raises(DefinitionError) as caught:
        Settings.from_environment()
    assert caught.value.code == "secret_origin_invalid"


def test_the_environment_of_expressions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONDUCTOR_ENV_REGION", "eu")
    monkeypatch.setenv("REGION", "us")
    assert Settings.from_environment().env == {"REGION": "eu"}


def test_where_data_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert default_data().is_relative_to(tmp_path)
    monkeypatch.setenv("HTTPTASK_DATA", str(tmp_path / "d"))
    assert Settings.from_environment().files == tmp_path / "d" / "files"
    assert Settings.from_environment(data=tmp_path / "e").files == tmp_path / "e" / "files"


@pytest.mark.parametrize("author", [True, False])
def test_literal_loopback_is_the_authors_own(author: bool) -> None:
    inputs = {
        "uri": "http://localhost:8080/x",
        "method": "GET",
        "httptask": {"proxy": "http://h:1"},
    }
    settings = Settings.from_environment(author=author)
    call = settings.call(CompiledTask.of(inputs), Context.build(), Execution.fresh("t"))
    assert call.policy.literal == ({("localhost", 8080), ("h", 1)} if author else set())
