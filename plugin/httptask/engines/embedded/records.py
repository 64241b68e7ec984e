"""Values as the journal keeps them: JSON text, large ones in content-addressed files.

A text starts with one letter: ``J`` plain JSON; ``R`` JSON ``{"value", "files"}`` where each of
``files`` is ``[path, sha256]`` and the value at that path (keys and indexes) stands in a file;
``E`` an error. Whoever reads gets the value back whole.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import msgspec
from dbos import Serializer

from httptask.builtin.files import store_bytes, stored_path
from httptask.core.digits import loads
from httptask.core.json_text import decode as decode_json
from httptask.core.json_text import encode
from httptask.errors import EngineError, HttpTaskError

INLINE_LIMIT: Final = 64 * 1024
"""Bytes of JSON above which a value goes to a file."""

FORMAT: Final = "httptask-1"
"""Name of this format in the journal."""


def decode(data: bytes | str) -> Any:
    """Return the value of JSON that ``encode`` wrote."""
    try:
        return decode_json(data)
    except msgspec.DecodeError:  # a lone surrogate
        return loads(data)


class Records(Serializer):
    """dbos' serializer for the journal.

    Attributes:
        files: folder of the content-addressed store.
    """

    def __init__(self, files: Path) -> None:
        self.files = files

    def name(self) -> str:
        """Return the name of the format."""
        return FORMAT

    def serialize(self, data: Any) -> str:
        """Return the journal's text of a value or an error; large parts are stored first."""
        if isinstance(data, BaseException):
            return "E" + encode(_error_document(data)).decode()
        encoded = encode(data)
        if len(encoded) <= INLINE_LIMIT:
            return "J" + encoded.decode()
        stored: list[tuple[list[Any], str]] = []
        rest = self._shrunk(data, encoded, [], stored)
        return "R" + encode({"value": rest, "files": stored}).decode()

    def deserialize(self, serialized_data: str) -> Any:
        """Return the value of a journal's text, parts in files put back.

        Raises:
            EngineError: a file is gone.
        """
        kind, text = serialized_data[0], serialized_data[1:]
        value = decode(text)
        if kind == "E":
            return _error(value)
        if kind == "R":
            return self._whole(value)
        return value

    def _shrunk(
        self, value: Any, encoded: bytes, path: list[Any], stored: list[tuple[list[Any], str]]
    ) -> Any:
        """Return the value with its large parts taken out; a part that stays large is stored.

        The smallest large parts are stored, so that equal bodies meet in one file.
        """
        if isinstance(value, (dict, list)):
            items = value.items() if isinstance(value, dict) else enumerate(value)
            large = {key: size for key, item in items if len(size := encode(item)) > INLINE_LIMIT}
            if large:
                value = value.copy()
                for key, size in large.items():
                    value[key] = self._shrunk(value[key], size, [*path, key], stored)
                encoded = encode(value)
        if len(encoded) <= INLINE_LIMIT:
            return value
        inner = [entry for entry in stored if entry[0][: len(path)] == path]
        if inner and path:
            encoded = self._refilled(value, inner, len(path))
            stored[:] = [entry for entry in stored if entry not in inner]
        stored.append((path, self._store(encoded)))
        return None

    def _refilled(self, value: Any, inner: list[tuple[list[Any], str]], depth: int) -> bytes:
        whole = {"value": value, "files": [(path[depth:], sha256) for path, sha256 in inner]}
        return encode(self._whole(whole))

    def _store(self, encoded: bytes) -> str:
        return store_bytes(self.files, [encoded], "application/json").sha256

    def _whole(self, record: dict[str, Any]) -> Any:
        holder = [record["value"]]
        for path, sha256 in record["files"]:
            owner, last = _place(holder, path)
            owner[last] = self._load(sha256)
        return holder[0]

    def _load(self, sha256: str) -> Any:
        found = stored_path(self.files, sha256)
        if found is None:
            raise EngineError(
                f"the stored file {sha256} is gone", code="file_missing", hint="it was pruned"
            )
        return decode(found.read_bytes())


class RawRecords(Records):
    """Gives the journal's text back as it is: to look for references to files."""

    def deserialize(self, serialized_data: str) -> Any:
        """Return the text itself."""
        return serialized_data


def _place(holder: list[Any], path: list[Any]) -> tuple[Any, Any]:
    """Return the list or object that holds the value at a path, and its key in there."""
    owner: Any = holder
    last: Any = 0
    for key in path:
        owner, last = owner[last], key
    return owner, last


def _error_document(error: BaseException) -> dict[str, Any]:
    if isinstance(error, HttpTaskError):
        return error.to_json()
    return {"code": "engine_failed", "message": f"{type(error).__name__}: {error}"}


def _error(document: dict[str, Any]) -> EngineError:
    return EngineError(document["message"], code=document["code"])
