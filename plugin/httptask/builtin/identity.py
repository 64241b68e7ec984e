"""Whose requests a task makes: some things are shared by those with the same credentials only."""

from __future__ import annotations

import json
import os
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from secrets import token_bytes
from typing import Final

from httptask.builtin.auth.aws_credentials import keys_of
from httptask.core.message import HttpRequest
from httptask.definition.field_types import Model, given_values
from httptask.definition.options import AuthOptions
from httptask.definition.signing_options import AwsSigV4Options
from httptask.hooks.views import Task
from httptask.wire.call import Tls

_FILE: Final = "identity.key"
_KEY_SIZE: Final = 32


def identity_of(task: Task, request: HttpRequest) -> str:
    """Return what stands for a task's credentials: keyed, so that nobody can guess them by it.

    They are what stands under ``auth``, the AWS key of the machine that is used, the certificate
    that is shown, every secret that was put in, and the headers that are known to hold
    credentials.

    Args:
        task: the task.
        request: its unsigned request.

    Raises:
        OSError: the key in the data folder cannot be read or made, or the certificate not be read.
        CredentialsError: the machine has no such AWS key, or it may not be used.
        InputError: the certificate's file is not there, or may not be named.
    """
    redactor = task.redactor
    auth: AuthOptions | None = task.options.auth
    of_headers = [line for line in request.headers if redactor.is_sensitive_field(line[0])]
    secrets = {name: redactor.named.get(name) for name in task.resolved.secrets}
    own: object = given_values(auth) if auth is not None else None
    if isinstance(auth, AwsSigV4Options) and auth.credentials is not None:
        own = [own, keys_of(auth, task).access]
    return digest(task.call.data, [own, of_headers, secrets, _certificate(task)])


def _certificate(task: Task) -> str:
    """Return the certificate that a task shows, or ""."""
    tls = Tls.of(task)
    return tls.pem or (Path(tls.certificate).read_text("latin-1") if tls.certificate else "")


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
