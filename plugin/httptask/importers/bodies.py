"""Bodies of drafts as ``body``, ``form``, ``multipart`` or ``file``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote_plus

from httptask.core.depth import too_deep
from httptask.core.digits import loads
from httptask.core.secret_names import is_secret_name
from httptask.importers.addresses import pairs_of
from httptask.importers.drafts import FORM, MULTIPART, Draft, File, Form, Multipart, Part, Text
from httptask.importers.holes import HOLE, around, has_hole
from httptask.importers.texts import Texts

_DEPTH: Final = 90
_JSON_TEXT: Final = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_BOUNDARY: Final = re.compile(r'boundary="?([^";]+)"?', re.IGNORECASE)
_PARAMETER: Final = re.compile(r'(filename|name)="((?:[^"\\]|\\.)*)"')
_FOREIGN: Final = re.compile(r"/|[A-Za-z]:[\\/]|~|\\\\|(?:.*[\\/])?\.\.(?:[\\/]|$)")


def body_fields(draft: Draft, media_type: str, texts: Texts) -> tuple[str, Any]:
    """Return the key of the task that holds the body, and its value; "" without a body.

    Args:
        draft: the request.
        media_type: its content type, in lower case, parameters included.
        texts: writes its texts.
    """
    body = draft.body
    essence = media_type.partition(";")[0].strip()
    if isinstance(body, Text) and essence == MULTIPART:
        body = _parts_of(body.text, draft) or body
    if isinstance(body, Text) and essence == FORM and (form := _form_of(body.text)):
        body = form
    if isinstance(body, Form):
        return _form(body, texts)
    if isinstance(body, Multipart):
        return "multipart", _multipart(body, draft, texts)
    if isinstance(body, File):
        return "file", texts.plain(own_path(body.path, draft))
    if body is None or not body.text:
        return "", None
    if essence == FORM:
        return "body", _in_place(body.text, texts)
    if essence.endswith(("/json", "+json")) or not essence:
        value = json_value(body.text)
        if isinstance(value, (dict, list)):
            return "body", _filled(value, "", texts)
    return "body", texts.plain(body.text)


def json_value(text: str) -> Any:
    """Return the JSON value of a text in which holes stand for values; None if it is not JSON.

    A text that says a member twice is not read: one of them would be lost.
    """
    made, at = [], 0
    for found in _JSON_TEXT.finditer(text):
        made += [_quoted(text[at : found.start()]), found[0]]
        at = found.end()
    try:
        value = loads("".join([*made, _quoted(text[at:])]))
    except (ValueError, RecursionError):
        return None
    if too_deep(value, _DEPTH) or _members_written(text) != _members(value):
        return None
    return value


def _quoted(text: str) -> str:
    return HOLE.sub(lambda found: f'"{found[0]}"', text)


def _members_written(text: str) -> int:
    return len(re.findall(r"(?<=\")\s*:", _JSON_TEXT.sub('""', text)))


def _members(value: Any) -> int:
    if isinstance(value, dict):
        return len(value) + sum(_members(item) for item in value.values())
    return sum(_members(item) for item in value) if isinstance(value, list) else 0


def _filled(value: Any, place: str, texts: Texts) -> Any:
    if isinstance(value, dict):
        return {texts.plain(key): _filled(item, key, texts) for key, item in value.items()}
    if isinstance(value, list):
        return [_filled(item, place, texts) for item in value]
    return texts.member(place, value) if isinstance(value, str) else value


def _form_of(text: str) -> Form | None:
    """Return a form with a variable or a secret in it, if it is written as we would write it."""
    pairs = pairs_of(text)
    if not any(has_hole(value) or is_secret_name(name) for name, value in pairs):
        return None
    again = "&".join(f"{_encoded(name)}={_encoded(value)}" for name, value in pairs)
    return Form(tuple(pairs)) if again == text else None


def _encoded(text: str) -> str:
    return around(text, quote_plus)


def _form(body: Form, texts: Texts) -> tuple[str, Any]:
    form: dict[str, Any] = {}
    last = ""
    for name, value in body.fields:
        written, key = texts.at(name, value), texts.plain(name)
        if key in form and key != last:  # a list would change the order
            text = "&".join(f"{_encoded(name)}={_encoded(value)}" for name, value in body.fields)
            return "body", _in_place(text, texts)
        _append(form, key, written)
        last = key
    return "form", form


def _in_place(text: str, texts: Texts) -> str:
    made = []
    for piece in text.split("&"):
        name, equals, value = piece.partition("=")
        made.append(f"{texts.plain(name)}{equals}{texts.at(name, value)}")
    return "&".join(made)


def _append(values: dict[str, Any], key: str, value: Any) -> None:
    if key not in values:
        values[key] = value
    elif isinstance(values[key], list):
        values[key].append(value)
    else:
        values[key] = [values[key], value]


def _multipart(body: Multipart, draft: Draft, texts: Texts) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for part in body.parts:
        _append(made, texts.plain(part.name), _part(part, draft, texts))
    return made


def _part(part: Part, draft: Draft, texts: Texts) -> Any:
    value = None if part.value is None else texts.at(part.name, part.value)
    more = {"filename": texts.plain(part.filename), "contentType": texts.plain(part.content_type)}
    more = {name: each for name, each in more.items() if each}
    if value is not None:
        return {"value": value, **more} if more else value
    return {"file": texts.plain(own_path(part.file, draft)), **more}


def own_path(path: str, draft: Draft) -> str:
    """Return a path below the definition's folder: of another machine's the last part is kept."""
    if not _FOREIGN.match(path):
        return path
    message = "a path of another machine: only the name is kept"
    draft.lose(draft.pointer, "file_path_foreign", message)
    return re.split(r"[/\\]", path.rstrip("/\\"))[-1] or "file"


def _parts_of(text: str, draft: Draft) -> Multipart | None:
    """Return the parts of a multipart body that stands in a source as text."""
    content_type = draft.header("Content-Type") or ""
    named = _BOUNDARY.search(content_type)
    first = text.lstrip().partition("\n")[0].strip()
    boundary = f"--{named[1]}" if named else first
    if not boundary.startswith("--") or boundary not in text:
        return None
    parts = []
    for piece in text.split(boundary)[1:]:
        if piece.startswith("--"):
            break
        part = _one_part(re.sub(r"\r?\n\Z", "", re.sub(r"\A\r?\n", "", piece)), draft)
        if part is not None:
            parts.append(part)
    return Multipart(tuple(parts))


def _one_part(piece: str, draft: Draft) -> Part | None:
    split = re.split(r"\r?\n\r?\n", piece, maxsplit=1)
    if len(split) < 2:
        split = [re.sub(r"\r?\n\Z", "", piece), ""]
    headers: Mapping[str, str] = {
        name.strip().lower(): value.strip()
        for name, _, value in (line.partition(":") for line in split[0].splitlines())
    }
    given = dict(_PARAMETER.findall(headers.get("content-disposition", "")))
    if "name" not in given:
        draft.lose(draft.pointer, "media_invalid", "a part without a name is left out")
        return None
    if "filename" in given and not split[1]:
        message = f"the recording has no content of the file of part {given['name']}"
        draft.lose(draft.pointer, "file_content_missing", message)
    content_type = headers.get("content-type", "")
    return Part(given["name"], split[1], "", given.get("filename", ""), content_type)
