"""Values as the journal keeps them: JSON text, large ones in content-addressed files.

A text starts with one letter: ``J`` plain JSON; ``R`` JSON ``{"value", "files"}`` where each of
``files`` is ``[path, sha256]`` and the value at that path (keys and indexes) stands in a file.
Whoever reads gets the value back whole.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from httptask.builtin.files import store_bytes, stored_path
from httptask.core.json_text import decode_own, encode
from httptask.errors import EngineError

INLINE_LIMIT: Final = 64 * 1024
"""Bytes of JSON above which a value goes to a file."""


class Records:
    """Turns values into the journal's texts and back.

    Attributes:
        files: folder of the content-addressed store.
    """

    def __init__(self, files: Path) -> None:
        self.files = files

    def text(self, value: Any) -> str:
        """Return the journal's text of a value; large parts are stored first."""
        encoded = encode(value)
        if len(encoded) <= INLINE_LIMIT:
            return "J" + encoded.decode()
        stored: list[tuple[list[Any], str]] = []
        rest = self._shrunk(value, encoded, [], stored)
        return "R" + encode({"value": rest, "files": stored}).decode()

    def value(self, text: str) -> Any:
        """Return the value of a journal's text, parts in files put back.

        Raises:
            EngineError: a file is gone, or the text is not one of the journal's.
        """
        try:
            found = decode_own(text[1:])
            return self._whole(found) if text[0] == "R" else found
        except (ValueError, LookupError, TypeError) as error:
            raise EngineError(
                "a value in the journal is damaged", code="journal_damaged"
            ) from error

    def _shrunk(
        self, value: Any, encoded: bytes, path: list[Any], stored: list[tuple[list[Any], str]]
    ) -> Any:
        """Return the value with its large parts taken out; a part that stays large is stored.

        The smallest large parts are stored, so that equal bodies meet in one file.
        """
        first = len(stored)
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
        stored.insert(first, (path, self._store(encoded)))  # what is put back first holds the rest
        return None

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
        return decode_own(found.read_bytes())


def _place(holder: list[Any], path: list[Any]) -> tuple[Any, Any]:
    """Return the list or object that holds the value at a path, and its key in there."""
    owner: Any = holder
    last: Any = 0
    for key in path:
        owner, last = owner[last], key
    return owner, last
