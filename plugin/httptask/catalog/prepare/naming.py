"""Names in a prepared task: of inputs, secrets and the task itself."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from httptask.core.words import ascii_text, slug, words

_RUN = re.compile(r"[A-Za-z0-9]+")
_IDENTIFIER = re.compile(r"[^A-Za-z0-9_]+")
_GENERIC = frozenset(
    {"api", "apis", "rest", "the", "openapi", "swagger", "specification", "spec", "documentation",
     "docs", "reference", "untitled", "overview"}
)  # fmt: skip


def title_slug(title: str) -> str:
    """Return the slug of an API's title; GitHub and APIs stay words, a CamelCaseTitle does not."""
    runs = _RUN.findall(ascii_text(title.replace("'", "")))
    return slug(" ".join(run if len(words(run)) > 2 else run.lower() for run in runs))


def identifier(text: str) -> str:
    """Return the text as a name that an expression can hold."""
    name = _IDENTIFIER.sub("_", ascii_text(text)).strip("_") or "value"
    return f"_{name}" if name[0].isdigit() else name


def task_name(operation_id: str, method: str, path: str) -> str:
    """Return a ``snake_case`` task name, at most 60 characters."""
    name = "_".join(words(operation_id) or [method.lower(), *words(path)])
    name = name[:60].strip("_") or "call_api"
    return f"call_{name}" if name[0].isdigit() else name


def secret_stem(title: str, base: str) -> str:
    """Return the first part of an API's secret names, such as ``PET_STORE``.

    Args:
        title: what the API is called.
        base: its address, whose host names it where the title says nothing; or ``""``.
    """
    labels = (urlsplit(base).hostname or "").split(".")
    named = (words(title), words(labels[-2] if len(labels) > 1 else ""))
    kept = [
        [word for word in each if word not in _GENERIC and not _is_version(word)] for each in named
    ]
    stem = "_".join((kept[0] or kept[1] or words(title))[:3]).upper() or "API"
    return f"API_{stem}" if stem[0].isdigit() else stem


def _is_version(word: str) -> bool:
    return word.isdigit() or bool(re.fullmatch(r"v\d+", word))
