"""Names of the secrets that this machine has; their values are not kept."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from dotenv import dotenv_values

from httptask.builtin.secret_providers import VARIABLE_PREFIXES

_ORIGINS = "HTTPTASK_SECRET_ORIGINS_"


def secret_names() -> list[str]:
    """Return the names of the secrets in the environment, ``.env`` and HTTPTASK_SECRETS_DIR."""
    return sorted({*_named(os.environ), *_named(_dotenv()), *_in_folder()})


def _named(variables: Iterable[str]) -> Iterator[str]:
    for variable in variables:
        if not variable.startswith(_ORIGINS):
            for prefix in VARIABLE_PREFIXES:
                if variable.startswith(prefix):
                    yield variable.removeprefix(prefix)


def _dotenv() -> list[str]:
    path = Path(os.environ.get("HTTPTASK_ENV_FILE", ".env"))
    try:
        return list(dotenv_values(path, interpolate=False)) if path.is_file() else []
    except (OSError, UnicodeDecodeError):
        return []  # a test that needs one of its secrets says what is wrong


def _in_folder() -> list[str]:
    folder = Path(os.environ.get("HTTPTASK_SECRETS_DIR") or os.devnull)
    try:
        found = [each.name for each in folder.iterdir() if each.is_file()]
    except OSError:
        return []
    return [name for name in found if not name.startswith(".")]
