"""Check a body that is JSON as one text, and say how it is written as an object instead."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from httptask.builtin.build.written import Marked, has_mark
from httptask.builtin.codecs.jsontext import decode_json
from httptask.builtin.codecs.text import is_json, parse_media_type
from httptask.core.json_text import pretty
from httptask.definition.findings import Finding
from httptask.definition.written import stated_type
from httptask.errors import DecodeError
from httptask.hooks.task import CompiledTask

_STRING = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_MARK = re.compile("[\U000f0000-\U000ffffd]")


def check_json_text(task: CompiledTask) -> Iterator[Finding]:
    """Yield a warning if a text that is sent as JSON is not JSON, or a value can break it."""
    body = task.request.get("body")
    if not isinstance(body, str) or not body or not _is_sent_as_json(task.request):
        return
    marked = Marked.of(body)
    if marked.text in marked.expressions:
        return
    pointer = f"{task.request_pointer}/body"
    try:
        skeleton = decode_json(_quoted(marked.text))
    except DecodeError:
        if not has_mark(_STRING.sub("", marked.text)):
            text, hint = "the content type is JSON, but this text is not", "write an object"
            yield Finding("body_not_json", "warning", text, pointer, hint, task.source)
            return
        skeleton = None
    if marked.expressions:
        text = "a value goes into the JSON text as it is: a quote or a line break in it breaks it"
        hint = "write an object, in which values are escaped"
        hint += "" if skeleton is None else f": {_shown(marked, skeleton)}"
        yield Finding("json_text_value", "warning", text, pointer, hint, task.source)


def _is_sent_as_json(request: Mapping[str, Any]) -> bool:
    kind, where = stated_type(request)
    if where == "/contentType":
        kind = kind or "application/json"
    return isinstance(kind, str) and is_json(parse_media_type(kind)[0])


def _quoted(text: str) -> str:
    """Return a text in which each mark outside the strings is a string of its own."""
    done, position = [], 0
    for string in _STRING.finditer(text):
        done += [_MARK.sub(r'"\g<0>"', text[position : string.start()]), string[0]]
        position = string.end()
    return "".join((*done, _MARK.sub(r'"\g<0>"', text[position:])))


def _shown(marked: Marked, skeleton: Any) -> str:
    return marked.restored(pretty(skeleton, 0))
