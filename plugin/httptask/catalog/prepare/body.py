"""The body of a prepared task, by media type."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from httptask.catalog.prepare.skeleton import Skeleton
from httptask.catalog.values import MISSING, Body, Json, Media
from httptask.errors import DefinitionError

FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"
_MEDIA_TYPE = re.compile(r"[!#$%&'*+.^_`|~0-9a-z-]+/[!#$%&'*+.^_`|~0-9a-z-]+(\s*;.*)?\Z")
FILE_REFERENCE: Json = {
    "type": "object",
    "description": "a stored file, as an earlier task's output names it; NAME=@FILE stores one",
    "required": ["path"],
    "properties": {"path": {"type": "string"}},
}
"""Schema of an input that is a file."""
JSON_TEXT: Json = {
    "type": "string",
    "description": "the JSON form of the text: in double quotes, with JSON's escapes",
    "pattern": r'^\s*"[\s\S]*"\s*$',
    "examples": ['"text"'],
}
"""Schema of an input that is a whole JSON body which is one string."""
AS_JSON_TEXT: Final = (
    "body_not_structured",
    "a JSON body that is one string is given as JSON text, with its quotes",
)
_OF_RANGE = {
    "image": "image/png",
    "audio": "audio/mpeg",
    "video": "video/mp4",
    "message": "message/rfc822",
    "text": "text/plain",
}
"""The media type that is sent for a range; the user can write another one of it."""
_MEDIA_KINDS = ("image/", "audio/", "video/", "font/")
FILE_KINDS: Final = (*_MEDIA_KINDS, "application/pdf", "application/zip")


@dataclass(slots=True)
class PreparedBody:
    """What goes into the task.

    Attributes:
        content_type: value of ``contentType``, or ``""``.
        body: value of ``http_request.body``, or `MISSING`.
        extra: keys of ``httptask``: form, formEncoding, multipart or file.
        schema: JSON Schema of the value that is written, or `MISSING`.
        lost: what is given up for this media type, or ``""``.
    """

    content_type: str = ""
    body: Json = MISSING
    extra: dict[str, Json] = field(default_factory=dict)
    schema: Json = MISSING
    lost: str = ""


def is_json(content_type: str) -> bool:
    """Tell whether a media type is JSON or built on it."""
    kind = content_type.partition(";")[0].strip()
    misspelled = "/" not in kind and "json" in kind
    known = kind in ("application/json", "text/json", "*/*", "")
    return known or kind.endswith("+json") or misspelled


def family(content_type: str) -> str:
    """Return ``json``, ``form``, ``multipart``, ``file``, ``xml`` or ``text``."""
    kind = content_type.partition(";")[0].strip()
    if is_json(kind):
        return "json"
    if kind in (FORM, MULTIPART):
        return "form" if kind == FORM else "multipart"
    if kind.startswith("multipart/"):
        return "text"
    if kind.endswith(("/xml", "+xml")) and not kind.startswith("image/"):
        return "xml"
    return "text" if kind.startswith("text/") else "file"


_PREFERENCE = ("json", "form", "multipart", "text", "file", "xml")


def plain_first(ranked: Sequence[Media]) -> list[Media]:
    """Return media types with plain JSON before a kind of it for the same, if that was first."""
    return sorted(ranked, key=lambda each: not _is_plain(each, ranked[0]))


def _is_plain(media: Media, first: Media) -> bool:
    plain = media.content_type.partition(";")[0].strip() == "application/json"
    return plain and is_json(first.content_type) and media.schema == first.schema


def choose_media(body: Body, choice: str | None = None) -> Media | None:
    """Return the media type to send: the chosen one, else the best one for a task.

    Raises:
        DefinitionError: ``choice_unknown``.
    """
    if choice is None:
        ranked = sorted(body.media, key=lambda media: _PREFERENCE.index(family(media.content_type)))
        return plain_first(ranked)[0] if ranked else None
    for media in body.media:
        if choice.lower() in (media.content_type, media.content_type.partition(";")[0]):
            return media
    raise DefinitionError(
        f"the body cannot be {choice!r}",
        code="choice_unknown",
        hint="one of " + ", ".join(media.content_type for media in body.media),
    )


def prepare_body(body: Body, media: Media, skeleton: Skeleton) -> PreparedBody:
    """Return the body skeleton for a media type; an optional body stays out if it may be empty."""
    kind = _kind(media, skeleton)
    result = PreparedBody(content_type=concrete(media.content_type))
    if kind == "json" and is_json_text(media, skeleton):
        result.body = _json_text(media, skeleton)
        result.lost = AS_JSON_TEXT[1]
    elif kind == "json":
        result.body = skeleton.value(media.schema, (), media.example)
        result.schema = media.schema
    elif kind == "form":
        value = _members(skeleton.value(media.schema, (), media.example))
        result.extra["form"] = value
        if styles := _form_styles(media, skeleton):
            result.extra["formEncoding"] = styles
        result.schema = media.schema
    elif kind == "multipart":
        result.content_type = ""
        result.extra["multipart"] = _parts(media, skeleton)
    elif kind == "file":
        result.extra["file"] = skeleton.input("file", FILE_REFERENCE, "body")
    elif skeleton.secrets and skeleton.resolved(media.schema).get("format") == "password":
        result.body = skeleton.secrets.of_place("password")
    else:
        example, text = _text(media.example), {"type": "string"}
        result.body = skeleton.scalar(skeleton.body_name, text, "body", example)
        result.lost = f"a {media.content_type} body is one text" if kind == "xml" else ""
    if not body.required and result.body in ({}, MISSING) and not any(result.extra.values()):
        return PreparedBody()
    return result


def is_json_text(media: Media, skeleton: Skeleton) -> bool:
    """Tell whether a JSON body is one string: a task's text is sent as it is, without quotes."""
    text = skeleton.resolved(media.schema)
    kinds = text.get("type")
    only_text = kinds == "string" or (isinstance(kinds, list) and set(kinds) == {"string", "null"})
    return is_json(media.content_type) and only_text and not is_file(text, "")


def _kind(media: Media, skeleton: Skeleton) -> str:
    """Return the family of a body, by its schema where that says more than the media type."""
    kind = family(media.content_type)
    whole = skeleton.resolved(media.schema)
    if kind in ("json", "text") and is_file(whole, ""):
        return "file"
    return "text" if kind == "form" and whole.get("type") == "string" else kind


def _json_text(media: Media, skeleton: Skeleton) -> Json:
    literal = skeleton.literal(media.schema)
    if literal is not MISSING:
        return json.dumps(literal, ensure_ascii=False)
    choices = skeleton.resolved(media.schema).get("enum", ())
    written = [json.dumps(each, ensure_ascii=False) for each in choices]
    more = {"enum": written, "examples": written[:1]} if written else {}
    return skeleton.input(skeleton.body_name, {**JSON_TEXT, **more}, "body")


def concrete(content_type: str) -> str:
    """Return a media type that can be sent instead of a range such as ``*/*``."""
    if _sendable(content_type):
        return content_type
    if is_json(content_type):
        return "application/json"
    return _OF_RANGE.get(content_type.partition("/")[0], "application/octet-stream")


def _text(example: Json) -> Json:
    return example if isinstance(example, str) else MISSING


def _members(value: Json) -> dict[str, Json]:
    return value if isinstance(value, dict) else {}


def _form_styles(media: Media, skeleton: Skeleton) -> dict[str, Json]:
    styles: dict[str, Json] = {}
    properties = skeleton.flattened(media.schema).get("properties", {})
    for name, encoding in media.encoding.items():
        if name not in properties:
            continue
        style: dict[str, Json] = {}
        kind = encoding.content_type.partition(",")[0].strip().lower()
        if _sendable(kind) and not encoding.style:
            style["contentType"] = kind
        elif encoding.style in ("form", "spaceDelimited", "pipeDelimited", "deepObject"):
            style["style"] = encoding.style
        if encoding.explode is not None and "contentType" not in style:
            style["explode"] = encoding.explode
        shape = skeleton.flattened(properties[name]).get("type")
        if style and (shape in ("array", "object", None) or "contentType" in style):
            styles[name] = style
    return styles


def _parts(media: Media, skeleton: Skeleton) -> dict[str, Json]:
    flat = skeleton.flattened(media.schema)
    properties: Mapping[str, Json] = flat.get("properties", {})
    parts: dict[str, Json] = {}
    for name in [*flat.get("required", ()), *filter(skeleton.wanted.__contains__, properties)]:
        schema = properties.get(name, True)
        kind = media.encoding[name].content_type if name in media.encoding else ""
        kind = kind.partition(",")[0].strip().lower()
        item = skeleton.flattened(schema)
        if item.get("readOnly") is True:
            continue
        if item.get("type") == "array" and is_file(skeleton.flattened(item.get("items", True)), ""):
            parts[name] = [_file_part(name, kind, skeleton)]
        elif is_file(item, kind):
            parts[name] = _file_part(name, kind, skeleton)
        else:
            scalar = item.get("type") in ("string", "integer", "number", "boolean")
            parts[name] = _value_part(skeleton.value(schema, (name,)), kind, scalar=scalar)
    return parts


def is_file(schema: Mapping[str, Json], content_type: str) -> bool:
    """Tell whether a part or a body is a file."""
    if schema.get("format") == "binary" or "contentMediaType" in schema:
        return "contentEncoding" not in schema
    return content_type.startswith(_MEDIA_KINDS) or content_type == "application/octet-stream"


def _file_part(name: str, content_type: str, skeleton: Skeleton) -> Json:
    part = {"file": skeleton.input(name, FILE_REFERENCE, f"body /{name}")}
    return {**part, "contentType": content_type} if _sendable(content_type) else part


def _value_part(value: Json, content_type: str, *, scalar: bool) -> Json:
    """Return a part; an input that may be an object is marked as a value, and no part's options."""
    if _sendable(content_type):
        return {"value": value, "contentType": content_type}
    return value if scalar else {"value": value}


def _sendable(content_type: str) -> bool:
    return bool(_MEDIA_TYPE.match(content_type)) and not {"*", "{"} & set(content_type)
