"""Validation errors, rewritten for the author of the file.

Every text says what is wrong and with which value, shortened; a value that may be a secret is
never shown, and objects and lists are only named.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import Any, Final

from pydantic import ValidationError

from httptask.definition.field_types import NO_EXPRESSION, keys
from httptask.definition.findings import Finding, Fix
from httptask.definition.messages import (
    choices,
    cut,
    did_you_mean,
    only_near,
    show,
    type_sentence,
    value_sentence,
)
from httptask.definition.reading import escape
from httptask.definition.workflow import TaskDef, WorkflowTask

_LISTED: Final = 12
HOMES: Final = {"http_request": "inputParameters", "httptask": "inputParameters"}
"""Keys that are refused elsewhere, and where they belong."""

_OF_TASK_DEF: Final = keys(TaskDef).keys() - keys(WorkflowTask).keys()
_SECRET_NAME: Final = re.compile(
    r"secret|passw|token|authorization|api[-_]?key|cookie|credential|private|signature|proxy",
    re.IGNORECASE,
)


def explain(
    error: ValidationError, document: Any, pointer: str = "", source: str = ""
) -> list[Finding]:
    """Return a validation error as findings, in the order of the models' fields.

    Args:
        error: what pydantic says.
        document: the document that was validated.
        pointer: JSON Pointer of that document in the author's file.
        source: that file.
    """
    lines = (line for line in error.errors(include_url=False) if line["type"] != NO_EXPRESSION)
    return [_finding(line, document, pointer, source) for line in lines]


def unknown_key(
    key: str, known: Sequence[str], free: Sequence[str], pointer: str, source: str = ""
) -> Finding:
    """Return the finding that the object at a pointer has no such key.

    Args:
        key: what is written.
        known: the keys of the object.
        free: those that are not written in it.
        pointer: JSON Pointer of the object.
        source: the file.
    """
    hint, near = did_you_mean(key, known), only_near(key, known)
    hint = _home(key, known) or (hint if hint == did_you_mean(key, free) else "")
    if not hint and len(known) <= _LISTED:
        hint = "known here: " + ", ".join(known)
    message = f'"{cut(key)}" is not a known key here'
    at, fix = f"{pointer}/{escape(key)}", Fix.key(near if near in free else "")
    return Finding("unknown_key", "error", message, at, hint, source, fix)


def _home(key: str, known: Collection[str]) -> str:
    """Return where a key belongs that another object has, or ""."""
    if key in HOMES:
        return f'it belongs in "{HOMES[key]}"'
    is_of_task = "taskDefinition" in known and key in _OF_TASK_DEF
    return 'it belongs in the task definition: "taskDefinition"' if is_of_task else ""


def _finding(line: Any, document: Any, pointer: str, source: str) -> Finding:
    kind, loc, context = line["type"], line["loc"], line.get("ctx", {})
    given = context.get("tag", line["input"])
    names = _path(kind, loc, document)
    where = pointer + "".join(f"/{escape(str(name))}" for name in names)
    what = _subject(loc, names, pointer)
    secret = any(_SECRET_NAME.search(str(name)) for name in names)
    shown = "" if loc[-1:] == ("[key]",) else f", not {'(hidden)' if secret else show(given)}"
    code, hint = "wrong_value", ""
    if kind == "unknown_key":
        above = where.rpartition("/")[0]
        return unknown_key(str(names[-1]), context["known"], context["free"], above, source)
    if kind.startswith("rule_"):
        code, text = kind, context["text"]
    elif kind == "missing":
        code, text = "missing_key", f"{what} is missing"
    elif kind == "union_tag_not_found":
        code, text = "unknown_kind", f'{what} needs a "type" that says which kind it is'
    elif kind in ("string_too_short", "too_short"):
        text = f"{what} must not be empty"
    elif sentence := type_sentence(kind, context, loc):
        code, text = "wrong_type", f"{what} must {sentence}{shown}"
    else:
        code = "unknown_kind" if kind == "union_tag_invalid" else code
        text = f"{what} must {value_sentence(kind, context)}{shown}"
        hint = did_you_mean(str(given), choices(context))
    return Finding(code, "error", text, where, hint, source)


def _path(kind: str, loc: Sequence[int | str], document: Any) -> list[int | str]:
    """Return where an error is in the document, without the names that pydantic adds."""
    names: list[int | str] = []
    for part in loc:
        inside_list = isinstance(document, list) and isinstance(part, int) and part < len(document)
        if inside_list or (isinstance(document, dict) and part in document):
            document = document[part]
            names.append(part)
    if kind == "missing" and names[-1:] != [loc[-1]]:
        names.append(loc[-1])
    if kind == "union_tag_invalid":
        names.append("type")
    return names


def _subject(loc: Sequence[int | str], names: Sequence[int | str], pointer: str) -> str:
    if loc[-1:] == ("[key]",):
        return f"the name {show(names[-1])}"
    path = [*pointer.split("/")[1:], *names]
    for name in reversed(path):
        if not str(name).isdecimal():
            return f'"{cut(str(name))}"' if name == path[-1] else f'an item of "{cut(str(name))}"'
    return "the document"
