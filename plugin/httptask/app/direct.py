"""A task for an address, without any description or file of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from httptask.errors import DefinitionError, InputError
from httptask.hooks import hookimpl
from httptask.hooks.claims import BUILTIN
from httptask.hooks.views import Claim
from httptask.importers.by_hand import request
from httptask.importers.drafts import Drafts, Source
from httptask.importers.secret_names import SecretNames
from httptask.importers.task import build_tasks

_HOST: Final = re.compile(
    r"(?P<local>localhost|\d+(?:\.\d+){3}|\[[0-9a-f:]+\])(?:[:/?]|\Z)"
    r"|(?:[\w-]+\.)+[a-z]{2,}(?::\d+(?:/|\Z)|/)",
    re.ASCII | re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class DirectTask:
    """A task for a request that was written by hand.

    Attributes:
        task: the task; secrets in it stand by their names.
        secrets: values of the secrets that were written as they are, by name.
    """

    task: dict[str, Any]
    secrets: Mapping[str, str]

    @property
    def plugins(self) -> dict[str, object]:
        """Return what gives the task these secrets."""
        return {f"{BUILTIN}written-secrets": _WrittenSecrets(self.secrets)}


def is_url(text: str) -> bool:
    """Tell whether a text is an address, and not the name of a file."""
    return "://" in text


def direct_task(
    url: str,
    *,
    method: str = "",
    headers: Iterable[str] = (),
    data: str | None = None,
    user: str = "",
    folder: Path | None = None,
) -> DirectTask:
    """Return the task of a request that is written by hand; credentials in it become secrets.

    Args:
        url: its address; ``{name}`` in it is an input.
        method: its method; "" is POST with a body, else GET.
        headers: each ``Name: value``.
        data: its body, or ``@FILE``.
        user: ``NAME:PASSWORD``, or "".
        folder: where files are read; None for nowhere.

    Raises:
        InputError: a header is not one, or there is no such file.
        DefinitionError: the address is not one that a task can call.
    """
    if data is not None and data.startswith("@") and folder is not None:
        _require_file(folder / data[1:])
    names = SecretNames()
    drafts = Drafts([request(url, method, headers, data, user, Source("", folder=folder))])
    tasks = build_tasks(drafts, names)
    if not tasks:
        reason = drafts.rejected[0]
        hint = "write it with http:// or https://"
        raise DefinitionError(f"{reason.message}: {url[:80]!r}", code=reason.kind, hint=hint)
    return DirectTask(tasks[0].task, names.values)


def refuse_address_without_scheme(text: str) -> None:
    """Refuse what names no file and looks like an address, with the scheme that it needs.

    Raises:
        InputError: it does.
    """
    found = _HOST.match(text)
    if found is None or Path(text).exists():
        return
    scheme = "http" if found["local"] else "https"
    raise InputError(
        f"there is no file {text!r}",
        code="file_unreadable",
        hint=f"an address begins with http:// or https://: write {scheme}://{text}",
    )


def _require_file(path: Path) -> None:
    if not path.is_file():
        raise InputError(
            f"the body cannot be read: there is no file {path.name!r}",
            code="file_missing",
            hint=f"@ is followed by a file, looked for in {path.parent.resolve()}",
        )


class _WrittenSecrets:
    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values

    @hookimpl
    def httptask_claims(self) -> list[Claim]:
        return [Claim("get_secret", "written", "credentials of the command line")]

    @hookimpl(tryfirst=True)
    def httptask_get_secret(self, name: str) -> str | None:
        return self._values.get(name)
