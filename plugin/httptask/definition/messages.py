"""The sentences of findings. A value that may be a secret is never in them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from itertools import takewhile
from typing import Any, Final

from httptask.core.digits import Number
from httptask.core.words import is_one_slip
from httptask.definition.auth_options import CONNECTION_NAME
from httptask.definition.option_parts import (
    DELIMITER,
    ELEMENT_PATH,
    OUTPUT_NAME,
    RESPONSE_PATH,
)
from httptask.definition.scalars import (
    BASE64,
    MEDIA_TYPE,
    OR_LIST,
    OR_OBJECT,
    SHA256,
    STATUS,
    TOKEN,
)
from httptask.definition.signing_options import SENT_TEMPLATE, SIGNED_TEMPLATE

_SHOWN: Final = 40
_SECRET_TEXT: Final = re.compile(
    r"(?=[\w+/=.~-]*\d)(?=[\w+/=.~-]*[A-Za-z])[\w+/=.~-]{16,}|@|://|(?i:bearer|basic) "
)
_PATTERNS: Final[Mapping[str, str]] = {
    TOKEN: "consist of letters, digits and !#$%&'*+-.^_`|~",
    MEDIA_TYPE: 'be one media type, such as "application/json"',
    OUTPUT_NAME: (
        'consist of letters, digits, "_" and "-", begin with a letter, and not be "response"'
    ),
    RESPONSE_PATH: 'be a path such as "$.response.body.id", without "${"',
    ELEMENT_PATH: 'be names of elements, such as "item" or "orders/order"',
    DELIMITER: "be one character, and not a quote",
    STATUS: 'be a status code such as 404, or a family such as "4xx"',
    BASE64: "be base64",
    CONNECTION_NAME: 'consist of letters, digits, "_", "." and "-"',
    SIGNED_TEMPLATE: "have nothing in braces but parts of the request, such as {method} or {body}",
    SENT_TEMPLATE: "have nothing in braces but parts of the request, without its body, and "
    "{signature}",
    SHA256: "be 64 hexadecimal digits in lower case",
}
_TYPES: Final[Mapping[str, str]] = {
    "string_type": "text",
    "int_type": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "dict_type": "an object",
    "model_type": "an object",
    "list_type": "a list",
}
_KINDS: Final[Mapping[str, str]] = {
    "string": "text",
    "number": "a number",
    "boolean": "true/false",
    "null": "null",
    "array": "a list",
    "object": "an object",
}


def type_sentence(kind: str, context: Mapping[str, Any], loc: Sequence[int | str]) -> str:
    """Return what the type must be ("be text or a list"), or "" if the error is another one."""
    if kind in _TYPES:
        expected = _TYPES[kind]
    elif kind == "wrong_type":
        expected = either([_KINDS[name] for name in context["kinds"]])
    else:
        return ""
    branches = takewhile(lambda part: part in (OR_LIST, OR_OBJECT), reversed(loc))
    return f"be {expected}{''.join(str(branch) for branch in branches)}"


def value_sentence(kind: str, context: Mapping[str, Any]) -> str:
    """Return what the value must be ("be at least 1")."""
    match kind:
        case "literal_error" | "union_tag_invalid":
            return "be " + either([f'"{choice}"' for choice in choices(context)])
        case "greater_than_equal":
            return f"be at least {_plain(context['ge'])}"
        case "less_than_equal":
            return f"be at most {_plain(context['le'])}"
        case "string_pattern_mismatch":
            return _PATTERNS[context["pattern"]]
    return "be another value"


def choices(context: Mapping[str, Any]) -> list[str]:
    """Return the words that an error lists as allowed."""
    return re.findall(r"'([^']*)'", str(context.get("expected", context.get("expected_tags", ""))))


def known(names: Iterable[Any]) -> str:
    """Return a hint that lists what there is, or ""."""
    listed = sorted(map(str, names))
    return "known: " + ", ".join(listed[:12]) if listed else ""


def did_you_mean(word: str, known: Iterable[str], similar: float = 0.6) -> str:
    """Return a hint that names the known word nearest to this one, or ""."""
    by_lower = {name.lower(): name for name in known}
    near = get_close_matches(word.lower(), by_lower, n=1, cutoff=similar)
    return f'did you mean "{by_lower[near[0]]}"?' if near else ""


def only_near(word: str, known: Iterable[Any]) -> str:
    """Return the one known word that a slip makes this one, or "" if none or several are."""
    texts = {str(each) for each in known}
    near = [each for each in texts if is_one_slip(each.lower(), word.lower())]
    near += [each for each in texts if each.lower() == word.lower()]
    return near[0] if len(near) == 1 and word not in texts else ""


def show(value: Any) -> str:
    """Return a value as a message may quote it: shortened, and never one that may be a secret."""
    if isinstance(value, str) and _SECRET_TEXT.search(value):
        return "this text"
    if isinstance(value, (dict, list)):
        return "an object" if isinstance(value, dict) else "a list"
    if isinstance(value, Number):
        return cut(str(value))
    return cut(json.dumps(value, ensure_ascii=False, default=lambda _: "?"))


def cut(text: str) -> str:
    """Return a text that is not too long for a message."""
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "..."


def either(words: Sequence[str]) -> str:
    """Return "a, b or c"."""
    return " or ".join(filter(None, (", ".join(words[:-1]), words[-1])))


def _plain(limit: float) -> str:
    return str(int(limit)) if limit == int(limit) else str(limit)
