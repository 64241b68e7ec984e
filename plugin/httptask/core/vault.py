"""Values of responses that are secrets, kept out of every journal: a handle stands in their place.

A handle says nothing of the value. It opens in the run that kept it only, and the value may go
only to the origin that sent it. The files are readable by their owner alone, and go after a month.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import shutil
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import msgspec

from httptask.core.sensitive import MASK
from httptask.errors import ResponseError

AGE: Final = timedelta(days=30)
Replace = Callable[[re.Match[str], str], str]
_HANDLE: Final = re.compile(r"\*\*\*([0-9a-f]{32})\.(\d{1,6})\*\*\*")


class Kept(msgspec.Struct, frozen=True):
    """A value that was kept.

    Attributes:
        name: what it is, for messages.
        value: the value.
        origin: the origin that sent it: the only one it may go to.
    """

    name: str
    value: str
    origin: str


class _File(msgspec.Struct):
    run: str
    values: list[Kept]


class Vault:
    """The kept values of one data folder.

    Args:
        folder: made when the first value is kept.

    Attributes:
        in_use: whether a value was kept by this object.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.in_use = False

    def keep(self, run: str, values: Sequence[Kept]) -> list[str]:
        """Keep values of a run; return a handle for each.

        Raises:
            ResponseError: they cannot be written.
        """
        name = secrets.token_hex(16)
        self.in_use = True
        try:
            day = self._today()
            handle = os.open(day / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "wb") as file:
                file.write(msgspec.json.encode(_File(run, list(values))))
        except OSError as error:
            raise ResponseError(
                f"a cookie cannot be kept in {self._folder}: {error.strerror}",
                code="file_unwritable",
                hint="check disk space and rights of the data folder",
            ) from error
        return [f"{MASK}{name}.{index}{MASK}" for index in range(len(values))]

    def open(self, run: str, handle: re.Match[str]) -> Kept | None:
        """Return what a handle stands for; None when it is gone, or another run's."""
        name, index = handle[1], int(handle[2])
        for path in self._folder.glob(f"*/{name}"):
            with contextlib.suppress(OSError, msgspec.MsgspecError):
                found = msgspec.json.decode(path.read_bytes(), type=_File)
                if found.run == run and index < len(found.values):
                    return found.values[index]
        return None

    def _today(self) -> Path:
        """Return the folder of this day; with a new day, what is too old goes."""
        now = datetime.now(UTC)
        today = self._folder / now.date().isoformat()
        if not today.exists():
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            today.mkdir(mode=0o700, exist_ok=True)
            oldest = (now - AGE).date().isoformat()
            for day in self._folder.iterdir():
                if day.name < oldest:
                    shutil.rmtree(day, ignore_errors=True)
        return today


def with_handles(value: Any, replace: Replace) -> Any:
    """Return a JSON value with each handle in its texts replaced; the same one if there is none.

    Args:
        value: the value.
        replace: returns the text for a handle, given the nearest key above it as well.
    """
    return _replaced(value, replace, "") if _has_handle(value) else value


def _has_handle(value: Any) -> bool:
    if isinstance(value, str):
        return MASK in value and _HANDLE.search(value) is not None
    if isinstance(value, dict):
        value = value.values()
    elif not isinstance(value, list):
        return False
    for item in value:  # noqa: SIM110 - a generator takes twice the time
        if _has_handle(item):
            return True
    return False


def _replaced(value: Any, replace: Replace, key: str) -> Any:
    if isinstance(value, str):
        return _HANDLE.sub(lambda found: replace(found, key), value)
    if isinstance(value, dict):
        return {name: _replaced(item, replace, str(name)) for name, item in value.items()}
    return [_replaced(item, replace, key) for item in value] if isinstance(value, list) else value


def masked(value: Any) -> Any:
    """Return a JSON value as it may be shown: each handle as ``***``."""
    return with_handles(value, lambda _found, _key: MASK)
