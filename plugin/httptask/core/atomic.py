"""Write a file so that a half-written one never exists."""

from __future__ import annotations

import os
from pathlib import Path
from secrets import token_hex


def write_atomically(path: Path, content: bytes, *, private: bool = False) -> None:
    """Replace a file at once or not at all; write to a device or pipe as it is.

    Args:
        path: the file; its folder is made if it is absent.
        content: what it holds from now on.
        private: let nobody but its owner read it, at no moment.

    Raises:
        OSError: it cannot be written.
    """
    if path.exists() and not path.is_file():
        path.write_bytes(content)
    else:
        _replace(path.resolve(), content, private)  # a link stays one


def _replace(path: Path, content: bytes, private: bool) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{token_hex(8)}")
    try:
        with open(temporary, "xb", opener=_private if private else None) as file:
            if path.exists() and not private:
                temporary.chmod(path.stat().st_mode & 0o777)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
