"""A file of this machine as an input that a task sends."""

from __future__ import annotations

import mimetypes
from pathlib import Path
from typing import Any, Final

from httptask.builtin.files import FileWriter
from httptask.errors import DefinitionError

_CHUNK: Final = 1024 * 1024


def store_file(path: Path, files: Path) -> dict[str, Any]:
    """Store a file of this machine, for a task that sends it; return its reference.

    Args:
        path: the file.
        files: folder of stored files.

    Raises:
        DefinitionError: ``file_unreadable``.
        ResponseError: it cannot be stored.
    """
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    try:
        with path.open("rb") as source, FileWriter(files) as writer:
            while chunk := source.read(_CHUNK):
                writer.write(chunk)
            return writer.commit(kind, path.name).to_json()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not a usable path"
        message = f"cannot be read: {reason}"
        raise DefinitionError(message, code="file_unreadable", source=str(path)) from None
