"""Authors' files, written so that a half-written one never exists."""

from __future__ import annotations

import os
from pathlib import Path
from secrets import token_hex
from typing import Any

from httptask.core.json_text import pretty
from httptask.errors import DefinitionError


def write_json(path: Path, document: Any) -> bytes:
    """Replace a file by a JSON document, at once or not at all; write to a device or pipe.

    Returns:
        What was written.

    Raises:
        DefinitionError: the file cannot be written.
    """
    if path.is_dir():
        raise DefinitionError(
            f"cannot write {path}: it is a folder", code="file_unwritable", source=str(path)
        )
    content = f"{pretty(document)}\n".encode()
    try:
        if path.exists() and not path.is_file():
            path.write_bytes(content)
        else:
            _replace(path.resolve(), content)  # a link stays one
    except OSError as error:
        raise DefinitionError(
            f"cannot write {path}: {error.strerror}", code="file_unwritable", source=str(path)
        ) from error
    return content


def _replace(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{token_hex(8)}")
    try:
        with temporary.open("xb") as file:
            if path.exists():
                temporary.chmod(path.stat().st_mode & 0o777)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
