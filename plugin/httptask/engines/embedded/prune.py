"""Removing old runs, and the files that no run refers to any more."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

from httptask.builtin.files import stored_path
from httptask.engines.embedded.clock import wall_ms
from httptask.engines.embedded.journal import Journal
from httptask.engines.embedded.reader import Reader, Row

GRACE: Final = timedelta(hours=1)
"""Files younger than this stay: a run may be about to refer to them."""

_SHA256: Final = re.compile(rb"[0-9a-f]{64}")
_CHUNK: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Pruned:
    """What was removed.

    Attributes:
        runs: ids of runs.
        files: number of files.
        bytes: their size.
    """

    runs: tuple[str, ...]
    files: int
    bytes: int


def prune(
    reader: Reader,
    older_than: timedelta,
    *,
    interrupted: bool = False,
    grace: timedelta = GRACE,
) -> Pruned:
    """Remove runs that ended before a while, and files that no run refers to.

    Args:
        reader: the journal; one that is only read is left as it is.
        older_than: how long ago they must have ended.
        interrupted: also remove unfinished runs that nobody executes, started that long ago.
        grace: how old an unreferenced file must be.
    """
    before = wall_ms() - int(older_than.total_seconds() * 1000)
    rows = [row for row in reader.rows() if _is_old(reader, row, before, interrupted=interrupted)]
    ids = tuple(row.id for row in rows)
    if not isinstance(reader, Journal):
        return Pruned(ids, 0, 0)
    reader.delete([row.number for row in rows])
    reader.give_back_space()
    return Pruned(ids, *_sweep(reader, grace))


def _is_old(reader: Reader, row: Row, before: int, *, interrupted: bool) -> bool:
    if row.ended is not None:
        return row.ended < before
    return interrupted and row.created < before and not reader.is_alive(row.owner)


def _sweep(journal: Journal, grace: timedelta) -> tuple[int, int]:
    files = journal.records.files
    used = _used(journal, files)
    oldest = time.time() - grace.total_seconds()
    count = size = 0
    for path in _stored(files):
        found = path.stat()
        if path.name[:64] not in used and found.st_mtime <= oldest:
            path.unlink(missing_ok=True)
            count, size = count + 1, size + found.st_size
    return count, size


def _stored(files: Path) -> Iterator[Path]:
    for path in files.glob("??/*"):
        if _SHA256.match(path.name.encode()) and path.is_file():
            yield path
    yield from files.glob(".part-*")


def _used(journal: Journal, files: Path) -> set[str]:
    """Return every digest that the journal names, directly or inside a stored value."""
    used: set[str] = set()
    waiting = {digest for text in journal.texts() for digest in _digests([text.encode()])}
    while waiting:
        digest = waiting.pop()
        used.add(digest)
        path = stored_path(files, digest)
        if path is not None and path.suffix == ".json":
            waiting |= set(_digests(_chunks(path))) - used
    return used


def _digests(chunks: Iterable[bytes]) -> Iterator[str]:
    tail = b""
    for chunk in chunks:
        data = tail + chunk
        for match in _SHA256.finditer(data):
            yield match.group().decode()
        tail = data[-63:]


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            yield chunk
