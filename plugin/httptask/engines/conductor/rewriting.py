"""What the built-in HTTP task makes of a query, of a media type and of a number."""

from __future__ import annotations

import re
from typing import Any, Final

from httptask.builtin.codecs.text import known_charset
from httptask.expressions import java_float

_QUERY_PART: Final = re.compile(r"([^&=]+)(=?)([^&]*)")
_TOKEN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_PARAMETER: Final = re.compile(r';((?:[^;"\\]|\\.|"(?:[^"\\]|\\.)*"?)*)', re.DOTALL)


def sent_query(query: str) -> str:
    """Return a query as the built-in task takes it apart and puts it together again."""
    parts = _QUERY_PART.findall(query)
    return "&".join(name + equals + value.replace("=", "%3D") for name, equals, value in parts)


def query_parts(query: str) -> list[str]:
    """Return the names and values that the built-in task takes a query apart into."""
    return [text for name, _, value in _QUERY_PART.findall(query) for text in (name, value)]


def sent_media_type(written: str) -> str | None:
    """Return a media type as the built-in task sends it, or None where it refuses it.

    Args:
        written: one media type with its parameters; several with commas are none.
    """
    kind, semicolon, rest = written.partition(";")
    kind = kind.strip().lower()
    kind = "*/*" if kind == "*" else kind
    main, _, sub = kind.partition("/")
    if not (_TOKEN.fullmatch(main) and _TOKEN.fullmatch(sub)) or (main == "*" and sub != "*"):
        return None
    parameters: dict[str, str] = {}
    for part in _PARAMETER.findall(semicolon + rest):
        name, equals, value = (text.strip() for text in part.partition("="))
        if not equals:
            continue
        if not _is_parameter(name, value):
            return None
        parameters.pop(name.lower(), None)
        parameters[name.lower()] = f";{name}={value}"
    return kind + "".join(parameters.values())


def _is_parameter(name: str, value: str) -> bool:
    quoted = len(value) > 1 and value[0] == value[-1] == '"'
    if not _TOKEN.fullmatch(name) or not (quoted or _TOKEN.fullmatch(value)):
        return False
    if name.lower() == "charset":
        return known_charset(value.strip('"')) is not None
    if name.lower() == "q":
        return re.fullmatch(r"0*(0(\.\d*)?|\.\d+|1(\.0*)?)", value) is not None
    return True


def has_java_text(value: Any) -> bool:
    """Tell whether Java writes a number differently from JSON: 1.0E20 for 1e20, 1.1 for 1.10."""
    return isinstance(value, float) and java_float(float(value)) != str(value)
