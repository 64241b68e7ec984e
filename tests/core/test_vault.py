from __future__ import annotations

import re
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from httptask.core.vault import AGE, Kept, Vault, masked, with_handles
from httptask.errors import ResponseError

VALUES = [Kept("the cookie of a", "s3cret", "https://a.example"), Kept("other", "", "https://b")]


def opened(vault: Vault, run: str, handle: str) -> Kept | None:
    found: list[Kept | None] = []

    def note(match: re.Match[str], _key: str) -> str:
        found.append(vault.open(run, match))
        return ""

    with_handles(handle, note)
    return found[0]


def test_a_handle_opens_in_its_run_only(tmp_path: Path) -> None:
    handles = Vault(tmp_path / "kept").keep("run", VALUES)
    assert [opened(Vault(tmp_path / "kept"), "run", each) for each in handles] == VALUES
    assert opened(Vault(tmp_path / "kept"), "other", handles[0]) is None
    assert opened(Vault(tmp_path / "elsewhere"), "run", handles[0]) is None
    assert opened(Vault(tmp_path / "kept"), "run", handles[0].replace(".0", ".9")) is None
    assert "s3cret" not in "".join(handles)


def test_only_the_owner_can_read_the_files(tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    Vault(folder).keep("run", VALUES)
    modes = {stat.S_IMODE(path.stat().st_mode) for path in folder.rglob("*") if path.is_file()}
    assert modes == {0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_what_is_old_goes_when_a_day_begins(tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    now = datetime.now(UTC)
    old, young = (
        folder / (now - age).date().isoformat()
        for age in (AGE + timedelta(days=1), timedelta(days=2))
    )
    for day in (old, young):
        day.mkdir(parents=True)
        (day / "x").write_bytes(b"")
    Vault(folder).keep("run", VALUES)
    assert not old.exists()
    assert young.exists()


def test_a_damaged_file_is_as_none(tmp_path: Path) -> None:
    handle = Vault(tmp_path).keep("run", VALUES)[0]
    next(path for path in tmp_path.rglob("*") if path.is_file()).write_bytes(b"{")
    assert opened(Vault(tmp_path), "run", handle) is None


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "kept").write_bytes(b"")
    with pytest.raises(ResponseError, match="cannot be kept") as caught:
        Vault(tmp_path / "kept").keep("run", VALUES)
    assert caught.value.code == "file_unwritable"


@pytest.mark.parametrize("plain", ["", "***", "a ***b***", {"a": [1, None, "***"]}, [], 1.5, True])
def test_a_value_without_handles_is_the_same_one(plain: Any) -> None:
    assert masked(plain) is plain


def test_handles_are_found_in_every_text_with_their_keys(tmp_path: Path) -> None:
    first, second = Vault(tmp_path).keep("run", VALUES)
    keys: list[str] = []

    def note(match: re.Match[str], key: str) -> str:
        keys.append(key)
        return match[2]

    value = {"Cookie": f"a={first}; b={second}", "list": [{"q": [first]}], "n": 1}
    assert with_handles(value, note) == {"Cookie": "a=0; b=1", "list": [{"q": ["0"]}], "n": 1}
    assert keys == ["Cookie", "Cookie", "q"]
    assert masked(value) == {"Cookie": "a=***; b=***", "list": [{"q": ["***"]}], "n": 1}
