"""The store of files when it cannot be written."""

from __future__ import annotations

from pathlib import Path

import pytest

from httptask.builtin.files import FileWriter, store_bytes
from httptask.errors import ResponseError
from httptask.testing import LoopbackServer
from httptask.testing.tasks import TaskRunner


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ResponseError, match="cannot be stored") as raised:
        store_bytes(tmp_path / "file" / "files", [b"x"], "text/plain")
    assert raised.value.code == "file_unwritable"
    assert "disk space" in raised.value.hint


def test_a_disk_that_fills_up(tmp_path: Path) -> None:
    root = tmp_path / "files"
    with FileWriter(root) as writer:
        writer._file.close()
        writer._file = Path("/dev/full").open("wb")  # noqa: SIM115 - the writer closes it
        with pytest.raises(ResponseError, match="No space left"):
            writer.write(b"x" * 1_000_000)
    assert list(root.iterdir()) == []


def test_a_task_that_cannot_store_its_response_says_so(
    httptask_server: LoopbackServer, httptask_tasks: TaskRunner, tmp_path: Path
) -> None:
    (tmp_path / "data").write_text("in the way")
    request = {"uri": f"{httptask_server.url}/echo", "method": "GET"}
    result = httptask_tasks.run(
        {"http_request": request, "httptask": {"response": {"format": "file"}}}
    )
    assert result.error is not None
    assert result.error.code == "file_unwritable"


def test_responses_are_for_their_owner_only(tmp_path: Path) -> None:
    root = tmp_path / "data" / "files"
    store_bytes(root, [b"x"], "text/plain")
    assert root.stat().st_mode & 0o077 == 0
