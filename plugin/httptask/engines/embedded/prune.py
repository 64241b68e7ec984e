"""Removing old runs, and the files that no run refers to any more."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from dbos import WorkflowStatus

from httptask.builtin.files import stored_path
from httptask.engines.embedded.store import ROOT, Store

GRACE: Final = timedelta(hours=1)
"""Files younger than this stay: a run may be about to refer to them."""

_FINISHED: Final = ["SUCCESS", "ERROR", "CANCELLED"]
_SHA256: Final = re.compile(rb"[0-9a-f]{64}")
_PAGE: Final = 200
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
    store: Store,
    older_than: timedelta,
    *,
    interrupted: bool = False,
    grace: timedelta = GRACE,
) -> Pruned:
    """Remove runs that ended before a while, and files that no run refers to.

    Args:
        store: the store.
        older_than: how long ago they must have ended.
        interrupted: also remove unfinished runs of dead processes, started that long ago.
        grace: how old an unreferenced file must be.
    """
    before = (datetime.now(UTC) - older_than).isoformat()
    rows = store.client.list_workflows(
        name=ROOT, status=_FINISHED, completed_before=before, load_input=False, load_output=False
    )
    if interrupted:
        rows += _interrupted(store, before)
    ids = tuple(row.workflow_id for row in rows)
    if ids:
        store.client.delete_workflows(list(ids), delete_children=True)
        store.intents.forget(ids)
    _remove_queues(store)
    return Pruned(ids, *_sweep(store, grace))


def _interrupted(store: Store, before: str) -> list[WorkflowStatus]:
    rows = store.client.list_workflows(
        name=ROOT, status=["PENDING", "ENQUEUED"], end_time=before,
        load_input=False, load_output=False,
    )  # fmt: skip
    return [row for row in rows if not store.slots.is_alive(row.executor_id or "")]


def _remove_queues(store: Store) -> None:
    """Remove what processes that were killed have left behind."""
    for name in list(store.slots.dead()):
        store.client.delete_queue(name)


def _sweep(store: Store, grace: timedelta) -> tuple[int, int]:
    used = _used(store)
    oldest = time.time() - grace.total_seconds()
    count = size = 0
    for path in _stored(store.files):
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


def _used(store: Store) -> set[str]:
    """Return every digest that a run's journal names, directly or inside a stored value."""
    used: set[str] = set()
    waiting = {digest for text in _texts(store) for digest in _digests([text.encode()])}
    while waiting:
        digest = waiting.pop()
        used.add(digest)
        path = stored_path(store.files, digest)
        if path is not None and path.suffix == ".json":
            waiting |= set(_digests(_chunks(path))) - used
    return used


def _texts(store: Store) -> Iterator[str]:
    """Yield every text of the journal in which a digest may stand."""
    offset = 0
    while rows := store.raw.list_workflows(limit=_PAGE, offset=offset):
        offset += _PAGE
        for row in rows:
            yield from (str(row.input), str(row.output))
            for step in store.raw.list_workflow_steps(row.workflow_id):
                yield str(step["output"])


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
