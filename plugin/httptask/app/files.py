"""How an author's file is written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from httptask.app.in_place import in_place
from httptask.core.atomic import write_atomically
from httptask.core.json_text import pretty
from httptask.definition.loader import first_of
from httptask.definition.reading import Document, parse, read_text
from httptask.errors import DefinitionError


def write_json(path: Path, document: Any, *, private: bool = False) -> bytes:
    """Replace a file by a JSON document, at once or not at all; write to a device or pipe.

    Args:
        path: the file.
        document: the document.
        private: let nobody but its owner read it.

    Returns:
        What was written.

    Raises:
        DefinitionError: the file cannot be written.
    """
    content = f"{pretty(document)}\n".encode()
    write_file(path, content, private=private)
    return content


def write_first(whole: Document, first: Any) -> None:
    """Change the definition of a file, or the first of its list: those behind it stay.

    The text stays as its author wrote it but for what has changed, if nothing has come or gone.

    Args:
        whole: the file as it was read.
        first: the definition.

    Raises:
        DefinitionError: the file cannot be written.
    """
    is_listed = first_of(whole) is not whole
    write_changed(whole, [first, *whole.value[1:]] if is_listed else first)


def write_changed(whole: Document, document: Any) -> None:
    """Change a file; see ``write_first``."""
    path = Path(whole.source)
    text = read_text(path)
    is_same = parse(text.encode(), whole.source) == whole.value
    changed = in_place(text, whole.value, document) if is_same else None
    if changed is None:
        write_json(path, document)
    else:
        write_file(path, changed.encode())


def write_file(path: Path, content: bytes, *, private: bool = False) -> None:
    """Replace a file; see ``write_json``.

    Raises:
        DefinitionError: the file cannot be written.
    """
    if path.is_dir():
        raise DefinitionError(
            f"cannot write {path}: it is a folder", code="file_unwritable", source=str(path)
        )
    try:
        write_atomically(path, content, private=private)
    except OSError as error:
        raise DefinitionError(
            f"cannot write {path}: {error.strerror}", code="file_unwritable", source=str(path)
        ) from error
