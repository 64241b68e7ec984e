"""Credentials of AWS that the machine has: in the environment, or in AWS's own file."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from httptask.definition.signing_options import AwsSigV4Options
from httptask.errors import CredentialsError
from httptask.hooks.views import Task

_NAMES: Final = ("aws_access_key_id", "aws_secret_access_key", "aws_session_token")
_INDIRECT: Final = ("credential_process", "role_arn", "sso_session", "sso_start_url")


class AwsKeys(NamedTuple):
    """An access key: its id, its secret, and the token of temporary credentials, or ""."""

    access: str
    secret: str
    token: str = ""


def keys_of(auth: AwsSigV4Options, task: Task) -> AwsKeys:
    """Return the access key that a task says, or that it says where to find.

    Raises:
        CredentialsError: there is none, or this definition may not use the machine's own.
    """
    if auth.credentials is None:
        return AwsKeys(auth.access_key or "", auth.secret_key or "", auth.session_token or "")
    _check_may_use(auth.credentials, task)
    if auth.credentials == "environment":
        found: Mapping[str, str] = {name: os.environ.get(name.upper(), "") for name in _NAMES}
        where = "the environment"
    else:
        profile = auth.profile or os.environ.get("AWS_PROFILE") or "default"
        found, where = _of_file(profile)
    keys = AwsKeys(*(found.get(name, "") for name in _NAMES))
    if not keys.access or not keys.secret:
        indirect = [name for name in _INDIRECT if name in found]
        raise _missing(f"{where} has no access key and its secret", indirect)
    task.redactor.register(keys.secret)
    task.redactor.register(keys.token)
    return keys


def _check_may_use(source: str, task: Task) -> None:
    """Refuse a definition of somebody else's, or one whose address a value decides about."""
    call = task.call
    by_author = call.tls_folders is None  # who may name any certificate has this machine
    if call.task.connection is not None or (by_author and call.task.origin is not None):
        return
    raise CredentialsError(
        f"a definition may not use this machine's AWS credentials ({source})"
        if not by_author
        else "the machine's AWS credentials go to an address that is written literally",
        code="credentials_refused",
        pointer=f"{call.task.pointer}/httptask/auth/credentials",
        retryable=False,
        hint="name a connection of this machine: httptask auth add NAME aws-sigv4 --origin URL",
    )


def _of_file(profile: str) -> tuple[Mapping[str, str], str]:
    """Return what a profile of AWS's shared file says, and how that is called."""
    import configparser  # noqa: PLC0415 - start-up stays fast

    named = os.environ.get("AWS_SHARED_CREDENTIALS_FILE")
    path = Path(named) if named else Path.home() / ".aws" / "credentials"
    parser = configparser.RawConfigParser(default_section="")
    try:
        parser.read_string(path.read_text("utf-8"))
    except OSError as error:
        raise _missing(f"{path} cannot be read: {error.strerror}", ()) from error
    except (configparser.Error, UnicodeDecodeError) as error:
        raise _missing(f"{path} is not a file of AWS credentials", ()) from error
    where = f"the profile {profile!r} of {path}"
    if not parser.has_section(profile):
        raise _missing(f"there is no {where.removeprefix('the ')}", ())
    return dict(parser.items(profile)), where


def _missing(message: str, indirect: Sequence[str]) -> CredentialsError:
    hint = "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run: aws configure"
    if indirect:
        hint = f"{indirect[0]} is not followed: put the keys that it gives into the environment"
    return CredentialsError(message, code="credentials_missing", retryable=False, hint=hint)
