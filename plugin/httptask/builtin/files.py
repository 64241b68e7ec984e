"""The content-addressed store of bodies that are too large or too binary for JSON."""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from httptask.core.body import FileRef
from httptask.errors import ResponseError

_SUFFIXES = {
    "application/json": ".json",
    "application/pdf": ".pdf",
    "application/x-ndjson": ".ndjson",
    "application/zip": ".zip",
    "image/gif": ".gif",
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/svg+xml": ".svg",
    "image/webp": ".webp",
    "text/csv": ".csv",
    "text/html": ".html",
    "text/plain": ".txt",
}


@contextlib.contextmanager
def _failures_told(root: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ResponseError(
            f"the response cannot be stored in {root}: {error.strerror}",
            code="file_unwritable",
            hint="check disk space and rights of the data folder",
        ) from error


class FileWriter:
    """Writes one file under a temporary name; ``commit`` gives it its digest as its name.

    Use it as a context manager: what is not committed is removed. All it does raises a
    ``ResponseError`` when the disk is full or the folder cannot be written.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._digest = hashlib.sha256()
        self.size = 0
        with _failures_told(root):
            make_folder(root)
            handle, name = tempfile.mkstemp(prefix=".part-", dir=root)
        self._file = os.fdopen(handle, "wb")
        self._path = Path(name)

    def __enter__(self) -> Self:
        return self

    def write(self, chunk: bytes) -> None:
        """Append bytes."""
        self._digest.update(chunk)
        self.size += len(chunk)
        with _failures_told(self._root):
            self._file.write(chunk)

    def commit(self, media_type: str, name: str = "") -> FileRef:
        """Make the file durable under its digest and return its reference.

        Args:
            media_type: what is known of its type.
            name: the name that the server gave it, or "".
        """
        sha256 = self._digest.hexdigest()
        folder = self._root / sha256[:2]
        bare = media_type.partition(";")[0].strip().lower()
        path = folder / f"{sha256}{_SUFFIXES.get(bare, '')}"
        with _failures_told(self._root):
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            make_folder(folder)
            self._path.replace(path)
            sync_folder(folder)
        return FileRef(str(path), sha256, self.size, bare or "application/octet-stream", name)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with contextlib.suppress(OSError):  # what a full disk has not taken is written once more
            self._file.close()
        self._path.unlink(missing_ok=True)


def make_folder(folder: Path) -> None:
    """Make a folder, for its owner only, that survives a loss of power."""
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for each in missing:
        sync_folder(each.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder survive a loss of power, where a folder can be opened at all."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def store_bytes(root: Path, chunks: Iterable[bytes], media_type: str) -> FileRef:
    """Store bytes and return the reference of the file."""
    with FileWriter(root) as writer:
        for chunk in chunks:
            writer.write(chunk)
        return writer.commit(media_type)


def stored_path(root: Path, sha256: str) -> Path | None:
    """Return the path of a stored file, or None if the store lacks it."""
    if len(sha256) != 64 or not all(digit in "0123456789abcdef" for digit in sha256):
        return None
    return next(iter(sorted((root / sha256[:2]).glob(f"{sha256}*"))), None)
