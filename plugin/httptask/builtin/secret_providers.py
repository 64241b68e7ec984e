"""Where secrets come from: the environment, a ``.env`` file, a file per secret.

A secret called NAME is the variable ``HTTPTASK_SECRET_NAME`` or Conductor's own
``CONDUCTOR_SECRET_NAME``; the same variables are read from ``.env`` in the working folder (or from
``HTTPTASK_ENV_FILE``); ``HTTPTASK_SECRETS_DIR`` names a folder with a file per secret.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from httptask.errors import CredentialsError
from httptask.hooks import hookimpl
from httptask.hooks.views import Claim

VARIABLE_PREFIXES = ("HTTPTASK_SECRET_", "CONDUCTOR_SECRET_")
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")


class EnvironmentSecrets:
    """Reads secrets from environment variables."""

    @hookimpl
    def httptask_claims(self) -> list[Claim]:
        """Claim the environment."""
        return [Claim("get_secret", "environment", "HTTPTASK_SECRET_NAME, CONDUCTOR_SECRET_NAME")]

    @hookimpl(trylast=True)
    def httptask_get_secret(self, name: str) -> str | None:
        """Return the variable's value."""
        found = (os.environ.get(prefix + name) for prefix in VARIABLE_PREFIXES)
        return next((value for value in found if value is not None), None)


class DotenvSecrets:
    """Reads secrets from a ``.env`` file."""

    @hookimpl
    def httptask_claims(self) -> list[Claim]:
        """Claim the ``.env`` file."""
        return [Claim("get_secret", "dotenv", ".env in the working folder, or HTTPTASK_ENV_FILE")]

    @hookimpl(trylast=True)
    def httptask_get_secret(self, name: str) -> str | None:
        """Return the variable's value in the file; nothing in it is expanded."""
        named = os.environ.get("HTTPTASK_ENV_FILE")
        path = Path(named or ".env")
        if not named and not path.is_file():
            return None
        from dotenv import dotenv_values  # noqa: PLC0415 - start-up stays fast

        try:
            # Opened here: the library takes a file that is not there for an empty one.
            with path.open(encoding="utf-8") as file:
                values = dotenv_values(stream=file, interpolate=False)
        except (OSError, UnicodeDecodeError) as error:
            raise _unreadable(name, str(path), error) from error
        found = (values.get(prefix + name) for prefix in VARIABLE_PREFIXES)
        return next((value for value in found if value is not None), None)


class FolderSecrets:
    """Reads secrets from a folder with a file per secret, as container platforms mount them."""

    @hookimpl
    def httptask_claims(self) -> list[Claim]:
        """Claim the folder."""
        return [Claim("get_secret", "folder", "a file per secret in HTTPTASK_SECRETS_DIR")]

    @hookimpl(trylast=True)
    def httptask_get_secret(self, name: str) -> str | None:
        """Return the file's text, less one line break at its end."""
        folder = os.environ.get("HTTPTASK_SECRETS_DIR")
        if not folder or not _NAME.fullmatch(name):
            return None
        path = Path(folder) / name
        try:
            return path.read_text("utf-8").removesuffix("\n")
        except FileNotFoundError as error:
            if not path.parent.is_dir():
                raise _unreadable(name, "HTTPTASK_SECRETS_DIR", error) from error
            return None
        except (OSError, UnicodeDecodeError) as error:
            raise _unreadable(name, "HTTPTASK_SECRETS_DIR", error) from error


def _unreadable(name: str, place: str, error: OSError | UnicodeDecodeError) -> CredentialsError:
    why = error.strerror if isinstance(error, OSError) else "not UTF-8"
    return CredentialsError(
        f"the secret {name!r} cannot be read from {place}: {why}",
        code="secret_unreadable",
        retryable=False,
    )
