"""Request bodies that can be sent again, and files as values."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import msgspec


class Body(msgspec.Struct, frozen=True):
    """The bytes of a request, in memory or streamed from a replayable source.

    Attributes:
        media_type: value for Content-Type, or "".
        size: bytes in all.
        data: the bytes, when they are in memory.
        source: opens a fresh iterator over the bytes, when they are not.
    """

    media_type: str
    size: int
    data: bytes | None = None
    source: Callable[[], Iterator[bytes]] | None = None

    @classmethod
    def of(cls, data: bytes, media_type: str = "") -> Body:
        """Return a body held in memory."""
        return cls(media_type, len(data), data)

    def chunks(self) -> Iterator[bytes]:
        """Yield the bytes from the start, at every call."""
        if self.source is not None:
            yield from self.source()
        elif self.data:
            yield self.data

    def head(self, limit: int) -> bytes:
        """Return at most the first ``limit`` bytes."""
        if self.data is not None or limit == 0:
            return (self.data or b"")[:limit]
        kept = bytearray()
        for chunk in self.chunks():
            kept += chunk[: limit - len(kept)]
            if len(kept) >= limit:
                break
        return bytes(kept)


class FileRef(msgspec.Struct, frozen=True):
    """A stored file: how a body too large or too binary for JSON is handed on.

    Attributes:
        path: absolute path in the file store.
        sha256: digest of the content, hexadecimal.
        size: bytes.
        media_type: type the server or the author stated.
        name: the file name that the server stated, or "".
    """

    path: str
    sha256: str
    size: int
    media_type: str
    name: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return ``{path, sha256, size, mediaType}``, and ``name`` if there is one."""
        found: dict[str, Any] = {
            "path": self.path,
            "sha256": self.sha256,
            "size": self.size,
            "mediaType": self.media_type,
        }
        return {**found, "name": self.name} if self.name else found
