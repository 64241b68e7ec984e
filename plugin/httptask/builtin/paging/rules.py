"""What names the next page, for each kind of paging."""

from __future__ import annotations

import sys
from contextlib import suppress
from typing import Any, Final

from httptask.builtin.following import at_home
from httptask.builtin.kept import LONGEST
from httptask.builtin.paging.place import Place, with_url
from httptask.builtin.reading import Read
from httptask.core.message import HttpRequest
from httptask.core.urls import resolve_reference
from httptask.definition.options import IdempotencyKeyOptions, PagingOptions
from httptask.errors import ResponseError
from httptask.hooks.views import Task

NUMBERED: Final = ("page", "offset")
_SHOWN: Final = 200
_ADDRESSES: Final = ("next_url", "link")
_LINK: Final = "$.response.links.next"
_FIRST: Final = {"page": 1, "offset": 0}


class Rule:
    """How pages are asked for.

    Args:
        task: the execution.
        request: the task's own request.
    """

    def __init__(self, task: Task, request: HttpRequest) -> None:
        self.options: PagingOptions = task.option("paging")
        self._task, self._request = task, request
        self._pointer = f"{task.call.task.pointer}/httptask/paging"
        parameter, kind = self.options.parameter, self.options.kind
        self._place = None if parameter is None else Place(parameter, task.call.task.pointer)
        self._token = self.options.token or (_LINK if kind == "link" else None)

    @property
    def is_numbered(self) -> bool:
        """Tell whether this side counts, and a response need not name the next page."""
        return self.options.kind in NUMBERED

    def first(self) -> Any:
        """Return what names the first page; None where the request is sent as it is."""
        if not self.is_numbered or self._place is None:
            return None
        if self.options.start is not None:
            return self.options.start
        with suppress(TypeError, ValueError):
            return int(self._place.get(self._request))
        return _FIRST[self.options.kind]

    def can_begin_at(self, value: Any) -> bool:
        """Tell whether a page other than the first may be named by a value that was kept."""
        if self.is_numbered:
            return isinstance(value, int)
        kind: type[Any] = str if self.options.kind in _ADDRESSES else object
        return value is not None and isinstance(value, kind)

    def request(self, value: Any, number: int) -> HttpRequest:
        """Return the request for a page.

        Args:
            value: what names it.
            number: how many pages come before it.

        Raises:
            InputError: the request has no place for the value.
            ResponseError: the address leads to another origin.
        """
        request = self._request
        if value is not None:
            place = self._place
            if self.options.kind in _ADDRESSES or place is None:
                request = with_url(request, at_home(request, value, f"{self._pointer}/token"))
            else:
                request = place.put(request, value)
        return _keyed(request, self._task, number) if number else request

    def following(self, value: Any, page: Read, items: list[Any], step: int) -> Any:
        """Return what names the page behind one; None where nothing does.

        Args:
            value: what named this page.
            page: the page.
            items: its items.
            step: the most items that a page had.
        """
        kind = self.options.kind
        if kind == "page":
            return value + 1
        if kind == "offset":
            return value + (len(items) or step)
        if kind == "last_item" and self._token is None:
            return self._named(_id_of(items[-1])) if items else None
        found = self._named(page.read(self._token or ""))
        if found is None or kind not in _ADDRESSES:
            return found
        with suppress(ValueError):
            return resolve_reference(page.response.url, str(found))
        # Redacted before it is cut: a secret that is cut off could not be found later.
        shown = self._task.redactor.text(str(found))[:_SHOWN]
        raise self._refusal(f"is not an address: {shown!r}")

    def names_next(self, page: Read) -> bool:
        """Tell whether a Link header names a next page."""
        return page.read(_LINK) is not None

    def _named(self, value: Any) -> Any:
        """Return what names the next page, if it is something that can."""
        if value is None or value is False or value == "":
            return None
        if isinstance(value, bool) or not isinstance(value, (str, int, float)):
            raise self._refusal("is neither a text nor a number")
        if isinstance(value, str) and len(value) > LONGEST:
            raise self._refusal(f"is longer than {LONGEST:,} characters")
        return value

    def _refusal(self, why: str) -> ResponseError:
        return ResponseError(
            f"what names the next page {why}",
            code="paging_token",
            pointer=f"{self._pointer}/token",
            retryable=False,
        )


def _id_of(item: Any) -> Any:
    return item.get("id") if isinstance(item, dict) else item


def _keyed(request: HttpRequest, task: Task, number: int) -> HttpRequest:
    """Return the request of a later page with an idempotency key of its own."""
    key = task.options.idempotency_key
    if not key:
        return request
    name = (key if isinstance(key, IdempotencyKeyOptions) else IdempotencyKeyOptions()).header
    value = request.headers.get(name)
    return request.with_headers(request.headers.with_header(name, f"{value}-{number}"))


def ends(options: PagingOptions, page: Read, pages: int, items: int) -> bool | None:
    """Tell what the stop rule says: the end, more, or (None) nothing.

    Args:
        options: what the task says.
        page: the last page.
        pages: how many there are.
        items: how many items there are.
    """
    rule = options.stop
    if rule is None:
        return None
    if isinstance(rule, str):
        value = page.read(rule)
        counted = isinstance(value, (int, float)) and not isinstance(value, bool)
        return items >= value if counted else not value or str(value).lower() == "false"
    value = page.read(rule.path)
    if rule.in_ is not None:
        return value in rule.in_
    with suppress(TypeError, ValueError, OverflowError):
        return (pages if rule.counts == "pages" else items) >= float(value)
    return None


def total(options: PagingOptions, page: Read) -> float | None:
    """Return how many items the response says there are, if the stop rule reads that."""
    rule = options.stop
    counts = isinstance(rule, str) or (rule is not None and rule.counts == "items")
    value = page.read(rule if isinstance(rule, str) else rule.path) if counts and rule else None
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return min(value, sys.float_info.max)
