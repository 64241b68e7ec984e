"""Files to JSON documents, strictly, with the place of whatever is wrong.

Raises ``DefinitionError`` with one of the codes ``file_unreadable``, ``json_invalid``,
``json_encoding``, ``json_duplicate_key``, ``json_number``, ``json_too_large``, ``json_too_deep``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from json import JSONDecodeError, JSONDecoder
from pathlib import Path
from typing import Any, Final

from httptask.core.depth import too_deep
from httptask.core.digits import integer, number
from httptask.definition.other_formats import other_format
from httptask.errors import DefinitionError

MAX_BYTES: Final = 16 * 1024 * 1024
MAX_DEPTH: Final = 100

_BLANKS: Final = re.compile(r"[ \t\n\r]*")
_SCALAR: Final = re.compile(r"[^,\]}\s]*")
_DECODER: Final = JSONDecoder()
_BOM: Final = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Document:
    """A JSON document and where it came from.

    Attributes:
        value: the document.
        source: the file's path as it was given, or "".
        base_dir: the file's folder, or None.
    """

    value: Any
    source: str = ""
    base_dir: Path | None = None


def read_document(source: str | Path | Mapping[str, Any] | list[Any] | Document) -> Document:
    """Read a file, or take a document that is already in memory; one that is read stays as it is.

    Raises:
        DefinitionError: it cannot be read, or is not strict JSON within the limits.
    """
    if isinstance(source, Document):
        return source
    if isinstance(source, (str, Path)):
        path = Path(source)
        return Document(parse(_content(path), str(path)), str(path), path.parent)
    return Document(_copied(source))


def parse(content: bytes, source: str = "") -> Any:
    """Return the JSON document in these bytes.

    Raises:
        DefinitionError: not UTF-8, not JSON, a key twice, NaN or infinity, too large, too deep.
    """
    text = _decoded(content, source)
    strange: list[str] = []

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(items)
        if len(made) < len(items):
            strange.append("key")
        return made

    def constant(word: str) -> None:
        strange.append(word)

    try:
        value = json.loads(
            text,
            object_pairs_hook=pairs,
            parse_constant=constant,
            parse_float=number,
            parse_int=integer,
        )
    except JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        other = other_format(text)
        hint = f"this looks like {other.name}: {other.hint}" if other else ""
        message = f"not JSON at {place}: {error.msg}"
        raise _refusal("json_invalid", message, source, hint=hint) from None
    except RecursionError:
        raise _too_deep(source) from None
    except ValueError:
        raise _refusal("json_number", "a number has too many digits", source) from None
    if too_deep(value, MAX_DEPTH):
        raise _too_deep(source)
    if strange:
        _Locator(text, source).value(0, "")
    if "\\u" in text:  # only an escape can be half of a pair
        _check_text(value, source)
    return value


def read_text(path: str | Path) -> str:
    """Return the text in a file.

    Raises:
        DefinitionError: it cannot be read, is not UTF-8, or is too large.
    """
    return _decoded(_content(Path(path)), str(path))


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)  # one more than allowed: a device may never end
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not a usable path"
        raise _refusal("file_unreadable", f"cannot be read: {reason}", str(path)) from None


def _decoded(content: bytes, source: str) -> str:
    if len(content) > MAX_BYTES:
        raise _refusal("json_too_large", f"larger than {MAX_BYTES} bytes", source)
    try:
        return content.removeprefix(_BOM).decode()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise _refusal("json_encoding", f"line {line} is not UTF-8", source) from None


def _copied(value: Any) -> Any:
    from httptask.core.json_text import decode, encode_finite  # noqa: PLC0415 - start-up

    try:
        copy = decode(encode_finite(value))
    except UnicodeEncodeError:
        raise _refusal("json_encoding", "contains half of a surrogate pair", "") from None
    except RecursionError:
        raise _too_deep("") from None
    except (TypeError, ValueError) as error:
        raise _refusal("json_invalid", f"not a JSON document: {error}", "") from None
    if too_deep(copy, MAX_DEPTH):
        raise _too_deep("")
    return copy


def _check_text(value: Any, source: str) -> None:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise _refusal("json_encoding", "contains half of a surrogate pair", source) from None


def _too_deep(source: str) -> DefinitionError:
    return _refusal("json_too_deep", f"nested more than {MAX_DEPTH} levels deep", source)


def _refusal(
    code: str, message: str, source: str, pointer: str = "", hint: str = ""
) -> DefinitionError:
    return DefinitionError(message, code=code, source=source, pointer=pointer, hint=hint)


class _Locator:
    """Goes once more through a text that parses, to find where it is strange."""

    def __init__(self, text: str, source: str) -> None:
        self.text = text
        self.source = source

    def value(self, at: int, pointer: str) -> int:
        """Return the end of the value that begins here."""
        at = self._skip(at)
        match self.text[at]:
            case "{":
                return self._object(at + 1, pointer)
            case "[":
                return self._array(at + 1, pointer)
            case '"':
                return _DECODER.raw_decode(self.text, at)[1]
        scalar = _SCALAR.match(self.text, at)
        word = scalar[0] if scalar else ""
        if word.lstrip("-") in ("NaN", "Infinity"):
            self._refuse("json_number", f"{word} is not a JSON number", at, pointer)
        return at + len(word)

    def _object(self, at: int, pointer: str) -> int:
        seen: set[str] = set()
        at = self._skip(at)
        while self.text[at] != "}":
            start = self._skip(at + 1) if self.text[at] == "," else at
            key, at = _DECODER.raw_decode(self.text, start)
            here = f"{pointer}/{escape(key)}"
            if key in seen:
                self._refuse(
                    "json_duplicate_key", f'the key "{key[:40]}" appears twice', start, here
                )
            seen.add(key)
            at = self._skip(self.value(self._skip(at) + 1, here))
        return at + 1

    def _array(self, at: int, pointer: str) -> int:
        index = 0
        at = self._skip(at)
        while self.text[at] != "]":
            start = at + 1 if self.text[at] == "," else at
            at = self._skip(self.value(start, f"{pointer}/{index}"))
            index += 1
        return at + 1

    def _skip(self, at: int) -> int:
        blanks = _BLANKS.match(self.text, at)
        return blanks.end() if blanks else at

    def _refuse(self, code: str, message: str, at: int, pointer: str) -> None:
        line = self.text.count("\n", 0, at) + 1
        column = at - self.text.rfind("\n", 0, at)
        place = f"at line {line}, column {column}"
        raise _refusal(code, f"{message}, {place}", self.source, pointer)


def escape(name: str) -> str:
    """Return a key as a part of a JSON Pointer (RFC 6901)."""
    return name.replace("~", "~0").replace("/", "~1")


def steps(pointer: str) -> list[str]:
    """Return the keys that a JSON Pointer (RFC 6901) leads through."""
    return [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]
