"""Names in a prepared task: of inputs, secrets and the task itself."""

from __future__ import annotations

import re

from httptask.core.words import ascii_text, slug, words

_RUN = re.compile(r"[A-Za-z0-9]+")
_IDENTIFIER = re.compile(r"[^A-Za-z0-9_]+")
_GENERIC = frozenset({"api", "apis", "rest", "the", "openapi", "swagger", "specification", "spec"})


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


def secret_stem(api: str) -> str:
    """Return the first part of an API's secret names, such as ``PET_STORE``."""
    kept = [word for word in words(api) if word not in _GENERIC and not _is_version(word)]
    stem = "_".join(kept[:3] or words(api)[:3]).upper() or "API"
    return f"API_{stem}" if stem[0].isdigit() else stem


def _is_version(word: str) -> bool:
    return word.isdigit() or bool(re.fullmatch(r"v\d+", word))
