"""Write an author's files so that a half-written one never exists."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

from httptask.errors import DefinitionError


def write_json(path: Path, document: Any) -> None:
    """Replace a file by a JSON document, at once or not at all; write to a device or pipe.

    Raises:
        DefinitionError: the file cannot be written.
    """
    if path.is_dir():
        raise DefinitionError(
            f"cannot write {path}: it is a folder", code="file_unwritable", source=str(path)
        )
    from httptask.core.json_text import pretty

    text = pretty(document) + "\n"
    try:
        if path.exists() and not path.is_file():
            path.write_text(text, "utf-8")
            return
        path = path.resolve()  # a link stays one
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            mode = path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~_umask()
            Path(name).chmod(mode)
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise DefinitionError(
            f"cannot write {path}: {error.strerror}", code="file_unwritable", source=str(path)
        ) from error


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current
