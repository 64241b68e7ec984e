"""The pages that have come, in a file: a run that is killed goes on behind the last of them."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import msgspec

from httptask.builtin.files import FileWriter, make_folder
from httptask.core.body import FileRef
from httptask.core.execution import Execution
from httptask.core.json_text import decode_own, encode
from httptask.errors import ResponseError

NDJSON = "application/x-ndjson"

KEEP_SECONDS: Final = 30 * 24 * 3600
"""Seconds after which the pages of an execution that was interrupted are given up."""

_PREFIX: Final = ".part-pages-"


class Kept(msgspec.Struct, frozen=True):
    """One page in the file.

    Attributes:
        request: digest of its request.
        content: digest of its items.
        items: its items.
    """

    request: str
    content: str
    items: list[Any]


class Spool:
    """A file of pages, one a line, for one execution.

    Args:
        root: folder of the file store.
        execution: whose pages they are.
    """

    def __init__(self, root: Path, execution: Execution) -> None:
        about = (execution.workflow_id, execution.task_ref, execution.iteration, execution.retry)
        name = hashlib.sha256(repr(about).encode()).hexdigest()
        self._root, self._path = root, root / f"{_PREFIX}{name}"
        self.size = 0

    def cut(self, size: int) -> bool:
        """Keep the first bytes of what an earlier process wrote; tell whether they are there."""
        there = self._path.stat().st_size if self._path.exists() else 0
        if there < size:
            return False
        if there:
            os.truncate(self._path, size)
        self.size = size
        return True

    def add(self, page: Kept) -> None:
        """Append a page.

        Raises:
            ResponseError: the disk is full, or the folder cannot be written.
        """
        line = encode([page.request, page.content, page.items]) + b"\n"
        try:
            make_folder(self._root)
            if not self.size:
                self._remove_old()
            handle = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            with os.fdopen(handle, "ab") as file:
                file.write(line)
        except OSError as error:
            raise ResponseError(
                f"a page cannot be stored in {self._root}: {error.strerror}",
                code="file_unwritable",
                hint="check disk space and rights of the data folder",
            ) from error
        self.size += len(line)

    def pages(self) -> Iterator[Kept]:
        """Yield the pages."""
        if self._path.exists():
            with self._path.open("rb") as file:
                for line in file:
                    yield Kept(*decode_own(line))

    def items(self) -> list[Any]:
        """Return all items."""
        return [item for page in self.pages() for item in page.items]

    def to_file(self) -> FileRef:
        """Store all items as NDJSON and return the file's reference."""
        with FileWriter(self._root) as writer:
            for page in self.pages():
                writer.write(b"".join(encode(item) + b"\n" for item in page.items))
            return writer.commit(NDJSON)

    def remove(self) -> None:
        """Remove the file."""
        self._path.unlink(missing_ok=True)

    def _remove_old(self) -> None:
        """Remove the files of executions that nobody went on with."""
        before = time.time() - KEEP_SECONDS
        for path in self._root.glob(f"{_PREFIX}*"):
            with suppress(FileNotFoundError):  # another process was first
                if path.stat().st_mtime < before:
                    path.unlink()
