"""What a response says of a rate limit: in the fields of the drafts, in X- fields, by Retry-After.

========================================================= =======================================
``RateLimit: "default";r=50;t=30`` and ``RateLimit-Policy`` draft-ietf-httpapi-ratelimit-headers-08
``RateLimit: limit=100, remaining=50, reset=30``          drafts 05 to 07
``RateLimit-Limit``, ``-Remaining``, ``-Reset``           drafts up to 04
``X-RateLimit-...``, ``X-Rate-Limit-...``                 custom; a reset in seconds or milliseconds
                                                          of the epoch, in seconds from now, as a
                                                          date, or as a time like ``6m0s``
========================================================= =======================================
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final

import msgspec

from httptask.builtin.check_response import retry_after
from httptask.core.message import Headers, HttpResponse

_CLOSING: Final = frozenset({403, 429, 503})
"""Statuses whose Retry-After is about all requests, not about this one."""

_NUMBER: Final = re.compile(r"\s*(\d{1,15}(?:\.\d{1,9})?)\s*(?:[,;].*)?", re.DOTALL)
_SPAN: Final = re.compile(
    r"(?:(\d{1,6})h)?(?:(\d{1,6})m)?(?:(\d{1,9}(?:\.\d{1,9})?)s)?(?:(\d{1,9})ms)?"
)
_SPAN_UNITS: Final = (3600.0, 60.0, 1.0, 0.001)
_FORMS: Final = ("x-ratelimit-{}", "x-rate-limit-{}", "ratelimit-{}", "x-ratelimit-{}-requests")
_OF_EPOCH: Final = 1e8
_IN_MILLISECONDS: Final = 1e11
"""Numbers from here on are moments since the epoch, in seconds, and in milliseconds."""

_LONGEST_FIELD: Final = 2000


class Quota(msgspec.Struct, frozen=True):
    """What a response says of how many requests may follow.

    Attributes:
        remaining: how many may, or None.
        resets: seconds until there are ``limit`` again, or None.
        limit: how many there are in a whole period, or None.
        closed: seconds until any may follow, 0 for now.
    """

    remaining: int | None = None
    resets: float | None = None
    limit: int | None = None
    closed: float = 0.0

    @property
    def says_nothing(self) -> bool:
        """Tell whether nothing is known by it."""
        return self.remaining is None and not self.closed


def quota_of(response: HttpResponse, now: float) -> Quota:
    """Return what a response says; whatever cannot be read counts as not said.

    Args:
        response: the response, its body unread.
        now: seconds since the epoch.
    """
    headers = response.headers
    found = _of_draft(headers) or _of_fields(headers, now) or Quota()
    wait = retry_after(headers.get("Retry-After"), now) if response.status in _CLOSING else None
    return msgspec.structs.replace(found, closed=wait) if wait else found


def _of_draft(headers: Headers) -> Quota | None:
    """Return what the field RateLimit says: of several policies, the one that leaves least."""
    text, policy = (_joined(headers, name) for name in ("RateLimit", "RateLimit-Policy"))
    if not text:
        return None
    quotas = {name: about.get("q") for name, about in _items(policy)}
    found = [
        Quota(about["r"], _positive(about.get("t")), _whole(quotas.get(name)))
        for name, about in _items(text)
        if _whole(about.get("r")) is not None
    ]
    if found:
        return min(found, key=lambda each: (each.remaining or 0, -(each.resets or 0)))
    values = _dictionary(text)
    remaining = _whole(values.get("remaining"))
    if remaining is None:
        return None
    return Quota(remaining, _positive(values.get("reset")), _whole(values.get("limit")))


def _of_fields(headers: Headers, now: float) -> Quota | None:
    for form in _FORMS:
        remaining = _number(headers.get(form.format("remaining")))
        if remaining is not None:
            limit = _number(headers.get(form.format("limit")))
            after = _number(headers.get(form.format("reset-after")))
            resets = after if after is not None else _reset(headers, form.format("reset"), now)
            return Quota(int(remaining), resets, int(limit) if limit is not None else None)
    return None


def _reset(headers: Headers, name: str, now: float) -> float | None:
    """Return the seconds until a reset; a moment is held against the server's own clock."""
    text = headers.get(name) or ""
    number = _number(text)
    if number is not None and number < _OF_EPOCH:
        return number
    if number is None:
        span = _span(text)
        if span is not None:
            return span
        moment = _moment(text)
    else:
        moment = number / 1000 if number >= _IN_MILLISECONDS else number
    return None if moment is None else max(moment - (_moment(headers.get("Date")) or now), 0.0)


def _span(text: str) -> float | None:
    """Return the seconds of a text like ``6m0s``."""
    parts = _SPAN.fullmatch(text.strip())
    if parts is None or not any(parts.groups()):
        return None
    return sum(
        float(part) * unit for part, unit in zip(parts.groups(), _SPAN_UNITS, strict=True) if part
    )


def _moment(text: str | None) -> float | None:
    """Return the time of a date, of HTTP or ISO 8601, in seconds since the epoch."""
    for read in (parsedate_to_datetime, datetime.fromisoformat):
        with suppress(ValueError, OverflowError):
            found = read(text or "")
            return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
    return None


def _number(text: str | None) -> float | None:
    found = _NUMBER.fullmatch(text) if text is not None else None
    return float(found[1]) if found else None


def _whole(value: Any) -> int | None:
    return value if type(value) is int and value >= 0 else None


def _positive(value: Any) -> float | None:
    return float(value) if type(value) is int and value >= 0 else None


def _joined(headers: Headers, name: str) -> str:
    text = ", ".join(headers.get_all(name))
    return text if len(text) <= _LONGEST_FIELD else ""


def _items(text: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for value, about in _parsed(text, "list") or ():
        yield str(value), about


def _dictionary(text: str) -> dict[str, Any]:
    found = _parsed(text, "dictionary") or {}
    return {key: value for key, (value, _) in found.items()}


def _parsed(text: str, kind: str) -> Any:
    import http_sf  # noqa: PLC0415 - few responses have the field, and it takes long to import

    with suppress(ValueError):
        return http_sf.parse(text.encode(), tltype=kind) if text else None
    return None
