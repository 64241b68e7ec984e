"""Durations and times of WAIT, as a server reads them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_UNITS: Final = (
    ("days", "d", 86_400),
    ("hours|hrs|hr", "h", 3_600),
    ("minutes|mins|min", "m", 60),
    ("seconds|secs|sec", "s", 1),
)
_DURATION: Final = re.compile(
    r"\s*" + "".join(rf"(?:(\d+)\s*(?:{names}|{short}))?\s*" for names, short, _ in _UNITS),
    re.IGNORECASE,
)
_FORMATS: Final = ("%Y-%m-%d %H:%M", "%Y-%m-%d")
_OFFSET: Final = re.compile(r"([+-])(\d\d):?(\d\d)\Z")


class WaitError(Exception):
    """A duration or time that cannot be read; the text is a server's."""


def wait_seconds(text: str) -> int:
    """Return the seconds of a duration, for instance ``1 day 2h 30 secs``.

    Raises:
        WaitError: it is not one.
    """
    found = _DURATION.fullmatch(text)
    if found is None or not any(found.groups()):
        raise WaitError(f"Not valid duration: {text}")
    parts = zip(found.groups(), _UNITS, strict=True)
    seconds = sum(int(number) * unit for number, (*_, unit) in parts if number)
    if seconds > 10**10:
        raise WaitError(f"Not valid duration: {text}")
    return seconds


def seconds_until(text: str, clock: int) -> float:
    """Return the seconds from a time (milliseconds) to another: a date, a minute, with a zone.

    Raises:
        WaitError: the text is not a time.
    """
    moment = _moment(text.strip())
    if moment is None:
        raise WaitError(f"Invalid/Unsupported Wait Until format.  Provided: {text}")
    return moment.timestamp() - clock / 1000


def _moment(text: str) -> datetime | None:
    for form in _FORMATS:
        try:
            return datetime.strptime(text, form).astimezone()
        except (ValueError, OverflowError):
            continue
    time, _, name = text.rpartition(" ")
    zone = _zone(name)
    if zone is None:
        return None
    try:
        return datetime.strptime(time, _FORMATS[0]).replace(tzinfo=zone)
    except ValueError:
        return None


def _zone(name: str) -> tzinfo | None:
    if offset := _OFFSET.match(name):
        size = timedelta(hours=int(offset[2]), minutes=int(offset[3]))
        return timezone(-size if offset[1] == "-" else size) if size < timedelta(days=1) else None
    if name in ("Z", "UTC", "GMT"):
        return UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
