"""A file on disk that becomes a body, or a part of one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from httptask.errors import InputError

CHUNK_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class FileSource:
    """A file on disk that becomes the content of a part.

    Attributes:
        path: where it is; whoever makes this value has checked that it may be read.
        size: its bytes; another size at the time of sending is an error.
        filename: the name that is sent.
        media_type: its media type, or "" for the one that its name suggests.
        pointer: where the author names it, for errors.
    """

    path: Path
    size: int
    filename: str
    media_type: str = ""
    pointer: str = ""


def file_chunks(source: FileSource) -> Iterator[bytes]:
    """Yield a file's bytes.

    Raises:
        InputError: the file cannot be read, or is no longer as large as it was.
    """
    left = source.size
    try:
        with source.path.open("rb") as file:
            while left >= 0 and (chunk := file.read(CHUNK_BYTES)):
                left -= len(chunk)
                yield chunk
    except OSError as error:
        raise InputError(
            f"the file cannot be read: {error.strerror}",
            code="file_unreadable",
            pointer=source.pointer,
        ) from error
    if left:
        raise InputError(
            "the file changed while it was sent", code="file_changed", pointer=source.pointer
        )
