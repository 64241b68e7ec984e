"""Which files a request may be made of.

A stored file, named by the reference that a task's output holds; or a file below the folder of
the definition, named literally in it. A path that arrives as data is never opened.
"""

from __future__ import annotations

import mimetypes
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from httptask.builtin.build.file_source import FileSource
from httptask.builtin.codecs.disposition import plain_name
from httptask.builtin.files import stored_path
from httptask.errors import InputError
from httptask.hooks.views import TaskCall


class FileSources:
    """Finds the files of one call."""

    def __init__(self, call: TaskCall) -> None:
        self._call = call

    def open(self, value: Any, pointer: str) -> FileSource:
        """Return the file that a value names.

        Raises:
            InputError: the file is missing, or may not be read.
        """
        if isinstance(value, Mapping):
            return self._stored(value, pointer)
        if not isinstance(value, str):
            raise InputError("a file is a path or a file reference", pointer=pointer)
        return self._literal_path(value, pointer)

    def _stored(self, reference: Mapping[str, Any], pointer: str) -> FileSource:
        sha256 = str(reference.get("sha256") or Path(str(reference.get("path", ""))).stem)
        path = stored_path(self._call.files, sha256)
        if path is None:
            raise InputError(
                "the file store does not have this file",
                code="file_missing",
                pointer=pointer,
                hint="a file reference is {path, sha256, size, mediaType, name} of a task's output",
            )
        media_type = str(reference.get("mediaType") or "")
        name = plain_name(str(reference.get("name") or "")) or _short(path)
        return FileSource(path, path.stat().st_size, name, media_type, self._full(pointer))

    def _literal_path(self, text: str, pointer: str) -> FileSource:
        base = self._call.task.base_dir
        if base is None or text not in _literal_files(self._call.task.written.get("httptask")):
            raise InputError(
                "a path may only be written literally in a definition file",
                code="file_refused",
                pointer=pointer,
                hint="pass a stored file as a whole: ${ref.output.NAME}",
            )
        root = base.resolve()
        path = (root / text).resolve()
        if not path.is_relative_to(root):
            raise InputError(
                f"{text!r} is not below the definition's folder",
                code="file_refused",
                pointer=pointer,
            )
        if not path.is_file():
            raise InputError(f"there is no file {text!r}", code="file_missing", pointer=pointer)
        media_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        return FileSource(path, path.stat().st_size, path.name, media_type, self._full(pointer))

    def _full(self, pointer: str) -> str:
        """Return the pointer in the author's file: it is needed when the file is sent."""
        return f"{self._call.task.pointer}/httptask{pointer}"


def _short(path: Path) -> str:
    return path.stem[:12] + path.suffix


def _literal_files(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            if key == "file" and isinstance(item, str) and "${" not in item:
                yield item
            yield from _literal_files(item)
    elif isinstance(value, list):
        for item in value:
            yield from _literal_files(item)
