"""Validation errors, rewritten for the author of the file.

Every text says what is wrong and with which value, shortened; a value that may be a secret is
never shown, and objects and lists are only named.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, Final

from pydantic import ValidationError

from httptask.definition.findings import Finding
from httptask.definition.leaves import MEDIA_TYPE, SHA256, STATUS, TOKEN
from httptask.definition.options import OUTPUT_NAME, RESPONSE_PATH
from httptask.definition.reading import escape

_SHOWN = 40
_LISTED = 12

_PATTERNS: Final[Mapping[str, str]] = {
    TOKEN: "a name of letters, digits and !#$%&'*+-.^_`|~",
    MEDIA_TYPE: 'one media type, such as "application/json"',
    OUTPUT_NAME: 'a name of letters, digits, "_" and "-", other than "response"',
    RESPONSE_PATH: 'a path that begins with "$", such as "$.response.body.id", without "${"',
    STATUS: 'a status code such as 404, or a family such as "4xx"',
    SHA256: "64 hexadecimal digits in lower case",
}
_TYPES: Final[Mapping[str, str]] = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "finite_number": "a finite number",
    "bool_type": "true or false",
    "dict_type": "an object",
    "model_type": "an object",
    "model_attributes_type": "an object",
    "list_type": "a list",
}
_SECRET_NAME: Final = re.compile(
    r"secret|passw|token|authorization|api[-_]?key|cookie|credential|private|signature|proxy",
    re.IGNORECASE,
)
_SECRET_TEXT: Final = re.compile(r"(?=[\w+/=.~-]*\d)(?=[\w+/=.~-]*[A-Za-z])[\w+/=.~-]{16,}|@|://")
_KINDS: Final[Mapping[str, str]] = {
    "string": "text",
    "number": "a number",
    "boolean": "true or false",
    "null": "null",
    "array": "a list",
    "object": "an object",
}
_LIMITS: Final[Mapping[str, tuple[str, str]]] = {
    "greater_than_equal": ("ge", "at least"),
    "less_than_equal": ("le", "at most"),
}


def explain(
    error: ValidationError, document: Any, pointer: str = "", source: str = ""
) -> list[Finding]:
    """Return a validation error as findings, in the order of the file.

    Args:
        error: what pydantic says.
        document: the document that was validated.
        pointer: JSON Pointer of that document in the author's file.
        source: that file.
    """
    return [_finding(line, document, pointer, source) for line in error.errors(include_url=False)]


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return a hint that names the known word nearest to this one, or ""."""
    by_lower = {name.lower(): name for name in known}
    near = get_close_matches(word.lower(), by_lower, n=1, cutoff=0.6)
    return f'did you mean "{by_lower[near[0]]}"?' if near else ""


def unknown_key(key: str, known: Sequence[str], pointer: str, source: str = "") -> Finding:
    """Return the finding that an object has no such key."""
    hint = did_you_mean(key, known)
    if not hint and len(known) <= _LISTED:
        hint = "known here: " + ", ".join(known)
    message = f'"{_cut(key)}" is not a known key here'
    return Finding("unknown_key", "error", message, f"{pointer}/{escape(key)}", hint, source)


def _finding(line: Any, document: Any, pointer: str, source: str) -> Finding:
    kind, context = line["type"], line.get("ctx", {})
    names = _path(line["loc"], document)
    if kind == "missing" and names[-1:] != [line["loc"][-1]]:
        names.append(line["loc"][-1])
    where = pointer + "".join(f"/{escape(str(name))}" for name in names)
    if kind == "unknown_key":
        return unknown_key(str(names[-1]), context["known"], where.rpartition("/")[0], source)
    what = _subject(line["loc"], names)
    secret = any(isinstance(name, str) and _SECRET_NAME.search(name) for name in names)
    given = "(hidden)" if secret else show(line["input"])
    if kind in _TYPES:
        text = f"{what} must be {_TYPES[kind]}, not {given}"
        return Finding("wrong_type", "error", text, where, "", source)
    code, text, hint = _wording(kind, context, what, given)
    if code == "wrong_value" and not hint and not secret and isinstance(line["input"], str):
        hint = did_you_mean(line["input"], _choices(context))
    return Finding(code, "error", text, where, hint, source)


def _wording(kind: str, context: Mapping[str, Any], what: str, given: str) -> tuple[str, str, str]:
    """Return code, message and hint for one kind of error."""
    if kind == "missing":
        return "missing_key", f"{what} is missing", ""
    if kind.startswith("rule_"):
        return kind, str(context["text"]), ""
    if kind == "wrong_type":
        expected = _either([_KINDS[name] for name in context["kinds"]])
        return "wrong_type", f"{what} must be {expected}, not {given}", ""
    if kind == "union_tag_invalid":
        known = _choices(context)
        hint = did_you_mean(str(context["tag"]), known)
        return "unknown_kind", f"{what} has an unknown type; known are {_both(known)}", hint
    if kind == "union_tag_not_found":
        return "unknown_kind", f'{what} needs a "type" that says which kind it is', ""
    if kind == "recursion_loop":
        return "too_deep", f"{what} is nested too deeply", ""
    if kind in ("string_too_short", "too_short"):
        return "wrong_value", f"{what} must not be empty", ""
    return "wrong_value", f"{what} must {_limit(kind, context)}, not {given}", ""


def _limit(kind: str, context: Mapping[str, Any]) -> str:
    match kind:
        case "literal_error":
            return f"be {_either(_quoted(_choices(context)))}"
        case "greater_than_equal":
            return f"be at least {context['ge']:g}"
        case "less_than_equal":
            return f"be at most {context['le']:g}"
        case "string_pattern_mismatch":
            return f"be {_PATTERNS[context['pattern']]}"
    return "be another value"


def _path(loc: Sequence[int | str], document: Any) -> list[int | str]:
    """Return where an error is in the document, without the names that pydantic adds."""
    names: list[int | str] = []
    for part in loc:
        inside_list = isinstance(document, list) and isinstance(part, int) and part < len(document)
        if not inside_list and not (isinstance(document, dict) and part in document):
            continue
        document = document[part]
        names.append(part)
    return names


def _subject(loc: Sequence[int | str], names: Sequence[int | str]) -> str:
    if loc and loc[-1] == "[key]":
        return f"the name {show(names[-1])}" if names else "a name"
    for name in reversed(names):
        if isinstance(name, str):
            return f'"{_cut(name)}"' if name == names[-1] else f'an item of "{_cut(name)}"'
    return "this value"


def show(value: Any) -> str:
    """Return a value as a message may quote it: shortened, and never one that may be a secret."""
    if isinstance(value, str) and _SECRET_TEXT.search(value):
        return "this text"
    if isinstance(value, (dict, list)):
        return "an object" if isinstance(value, dict) else "a list"
    return _cut(json.dumps(value, ensure_ascii=False, default=lambda _: "?"))


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "..."


def _choices(context: Mapping[str, Any]) -> list[str]:
    return re.findall(r"'([^']*)'", str(context.get("expected", context.get("expected_tags", ""))))


def _quoted(words: Sequence[str]) -> list[str]:
    return [f'"{word}"' for word in words]


def _either(words: Sequence[str]) -> str:
    return " or ".join(filter(None, (", ".join(words[:-1]), words[-1]))) if words else "given"


def _both(words: Sequence[str]) -> str:
    return ", ".join(_quoted(words))
