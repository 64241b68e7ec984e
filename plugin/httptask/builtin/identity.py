"""Whose requests a task makes: some things are shared by those with the same credentials only."""

from __future__ import annotations

import json
import os
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from secrets import token_bytes
from typing import Final

from httptask.core.message import HttpRequest
from httptask.definition.field_types import Model, given_values
from httptask.hooks.views import Task

_FILE: Final = "identity.key"
_KEY_SIZE: Final = 32


def identity_of(task: Task, request: HttpRequest) -> str:
    """Return what stands for a task's credentials: keyed, so that nobody can guess them by it.

    They are what stands under ``auth``, every secret that was put in, and the headers that are
    known to hold credentials.

    Args:
        task: the task.
        request: its unsigned request.

    Raises:
        OSError: the key in the data folder cannot be read or made.
    """
    redactor, auth = task.redactor, task.options.auth
    of_headers = [line for line in request.headers if redactor.is_sensitive_field(line[0])]
    secrets = {name: redactor.named.get(name) for name in task.resolved.secrets}
    about = [given_values(auth) if auth is not None else None, of_headers, secrets]
    return digest(task.call.data, about)


def digest(folder: Path, value: object) -> str:
    """Return what stands for a value, in hexadecimal, by the key of a data folder.

    Raises:
        OSError: the key cannot be read or made.
    """
    text = json.dumps(value, sort_keys=True, default=_plain)
    return blake2b(text.encode(), key=_key(folder), digest_size=16).hexdigest()


def _plain(value: object) -> object:
    return given_values(value) if isinstance(value, Model) else str(value)


@lru_cache(maxsize=16)
def _key(folder: Path) -> bytes:
    """Return the key of a data folder, made by the first who needs it, whole or not at all."""
    path = folder / _FILE
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        made = path.with_name(f".{path.name}.{token_bytes(8).hex()}")
        handle = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(token_bytes(_KEY_SIZE))
        try:
            path.hardlink_to(made)
        except FileExistsError:
            pass  # another process was first
        finally:
            made.unlink()
    return path.read_bytes()
