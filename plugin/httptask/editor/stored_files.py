"""Files of a server's session: those that were uploaded, and those that its tests stored."""

from __future__ import annotations

import re
import threading
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from anyio.to_thread import run_sync

from httptask.builtin.files import FileWriter, stored_path
from httptask.errors import HttpTaskError

_CLOCK_TICK = 0.05
"""Seconds that a file system's time may lag behind."""
_DIGEST = re.compile(r"[0-9a-f]{64}\Z")


class UploadTooLargeError(HttpTaskError):
    """An uploaded file is larger than the server takes."""

    default_code = "body_too_large"


@dataclass(slots=True)
class StoredFiles:
    """The files that may be shown and sent.

    Attributes:
        root: folder of the file store.
    """

    root: Path
    _types: dict[str, str] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    async def receive(
        self, chunks: AsyncIterator[bytes], media_type: str, limit: int
    ) -> dict[str, Any]:
        """Store a file as it arrives; return its reference ``{path, sha256, size, mediaType}``.

        Raises:
            UploadTooLargeError: there are more bytes than ``limit``.
            ResponseError: it cannot be written.
        """
        with await run_sync(FileWriter, self.root) as writer:
            async for chunk in chunks:
                if writer.size + len(chunk) > limit:
                    raise UploadTooLargeError(f"the file is larger than {limit:,} bytes")
                await run_sync(writer.write, chunk)
            found = await run_sync(writer.commit, media_type)
        with self._lock:
            self._types[found.sha256] = found.media_type
        return found.to_json()

    def note(self, output: Any, began: float) -> None:
        """Let the files be shown that a test stored; a response may name any file of the store."""
        with self._lock:
            for each in _references(output):
                path = stored_path(self.root, each["sha256"])
                if path is not None and path.stat().st_mtime >= began - _CLOCK_TICK:
                    self._types[each["sha256"]] = str(each.get("mediaType", ""))

    def find(self, sha256: str) -> tuple[Path, str] | None:
        """Return path and media type of a file of this session, or None."""
        with self._lock:
            media_type = self._types.get(sha256)
        path = None if media_type is None else stored_path(self.root, sha256)
        return None if path is None or media_type is None else (path, media_type)


def _references(value: Any) -> Iterable[Mapping[str, Any]]:
    if isinstance(value, Mapping):
        if isinstance(value.get("sha256"), str) and _DIGEST.match(value["sha256"]):
            yield value
        for item in value.values():
            yield from _references(item)
    elif isinstance(value, list):
        for item in value:
            yield from _references(item)
