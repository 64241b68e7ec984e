"""Bodies of curl: ``-d`` and its relatives, ``-F``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final
from urllib.parse import quote_plus

from httptask.importers.curl_words import Option
from httptask.importers.drafts import File, Part, Text
from httptask.importers.holes import HOLE, around

if TYPE_CHECKING:
    from httptask.importers.curl_request import RequestOf

_LINE_ENDS: Final = str.maketrans("", "", "\r\n\0")
_PIECE: Final = re.compile(r';?((?:"(?:[^"\\]|\\.)*"|[^;])*)', re.DOTALL)
_ATTRIBUTE: Final = re.compile(r"\s*(type|filename|headers|encoder|charset)=(.*)", re.DOTALL)


def data_of(data: list[Option], request: RequestOf) -> Text | File:
    """Return the body that ``-d`` and its relatives make: joined by &, JSON without anything."""
    binary = data[0] if len(data) == 1 and data[0].name == "data-binary" else None
    if binary and binary.value.startswith("@") and binary.value != "@-":
        return File(binary.value[1:])
    if (
        len(data) == 1
        and data[0].value[:1] == "@"
        and data[0].name != "data-raw"
        and data[0].name != "data-urlencode"
        and _read(data[0].value[1:], request) is None
    ):
        return File(data[0].value[1:])
    made = ""
    for option in data:
        separator = "&" if made and option.name != "json" else ""
        made += separator + _piece(option, request)
    return Text(made)


def _piece(option: Option, request: RequestOf) -> str:
    if option.name == "data-urlencode":
        return encoded(option.value, request)
    if option.name == "data-raw" or not option.value.startswith("@"):
        return option.value
    name = option.value[1:]
    text = _read(name, request)
    if text is None:
        request.draft.lose(option.value, "file_content_missing", "the file cannot be read")
        return ""
    if name != "-":
        message = "the text of the file as it is now stands in the definition"
        request.draft.lose(option.value, "file_read_now", message)
    strips = option.name in ("data", "data-ascii")
    return text.translate(_LINE_ENDS) if strips else text


def _read(name: str, request: RequestOf) -> str | None:
    if name != "-":
        return request.source.file(name)
    if request.stdin is None:
        request.draft.lose("@-", "stdin", "what the command reads is not there")
        return ""
    return request.stdin


def encoded(value: str, request: RequestOf) -> str:
    """Return what ``--data-urlencode`` makes of ``TEXT``, ``NAME=TEXT`` or ``NAME@FILE``."""
    found = re.search(r"[=@]", HOLE.sub(lambda each: "x" * len(each[0]), value))
    if found is None:
        return _quoted(value)
    name, sign, text = value[: found.start()], found[0], value[found.end() :]
    if sign == "@":
        read = _read(text, request)
        if read is None:
            request.draft.lose(value, "file_content_missing", "the file cannot be read")
        text = read or ""
    return f"{name}={_quoted(text)}" if name else _quoted(text)


def _quoted(text: str) -> str:
    return around(text, lambda piece: quote_plus(piece, safe="~"))


def parts_of(options: list[Option], request: RequestOf) -> Iterator[Part]:
    """Yield the parts that ``-F`` and ``--form-string`` make."""
    for option in options:
        name, _, value = option.value.partition("=")
        if option.name == "form-string":
            yield Part(name, value)
            continue
        if value[:1] not in ("@", "<"):
            text, attributes = _attributes(value)
            yield Part(name, _unquoted(text), "", *_two(attributes))
            continue
        text, attributes = _attributes(value[1:])
        if value[0] == "<":
            read = _read(_unquoted(text), request)
            if read is None:
                request.draft.lose(value, "file_content_missing", "the file cannot be read")
            else:
                request.draft.lose(value, "file_read_now", "the text as it is now is in the task")
            yield Part(name, read or "", "", *_two(attributes))
            continue
        for path in text.split(",") if '"' not in text else [text]:
            yield Part(name, None, _unquoted(path), *_two(attributes))


def _two(attributes: dict[str, str]) -> tuple[str, str]:
    return attributes.get("filename", ""), attributes.get("type", "")


def _attributes(value: str) -> tuple[str, dict[str, str]]:
    """Return the text before ``;type=`` and ``;filename=``, and these."""
    pieces = _PIECE.findall(value)
    found: dict[str, str] = {}
    charset = ""
    while len(pieces) > 1 and (match := _ATTRIBUTE.fullmatch(pieces[-1]) or not pieces[-1]):
        pieces.pop()
        if match is True:
            continue
        text = _unquoted(match[2].strip())
        if match[1] == "charset":
            charset = f"; charset={text}"
        else:
            found.setdefault(match[1], text + (charset if match[1] == "type" else ""))
    return ";".join(pieces), found


def _unquoted(text: str) -> str:
    text = text.strip() if text.strip().startswith('"') else text
    if len(text) > 1 and text[0] == text[-1] == '"':
        return re.sub(r'\\(["\\])', r"\1", text[1:-1])
    return text
