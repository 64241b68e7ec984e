"""One request and the cache: hishel says what to do next, and this does it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Any, Final

import hishel

from httptask.builtin.cache.messages import (
    NOT_STORED,
    Storing,
    has_secret,
    is_passing,
    response_of,
    response_to_store,
    stored_request,
    with_conditions,
)
from httptask.core.message import HttpRequest, HttpResponse
from httptask.hooks.views import Exchange, Send

_OPTIONS: Final[hishel.CacheOptions] = {"shared": False, "allow_stale": False}


def cached(
    exchange: Exchange,
    request: HttpRequest,
    send: Send,
    keyed: Callable[[], str],
    opened: Callable[[], hishel.SqliteStorage],
    *,
    cookies: bool,
) -> HttpResponse:
    """Return the stored response to a request, or the one that comes, which is then stored.

    Args:
        exchange: the exchange.
        request: the request.
        send: sends it.
        keyed: says what stands for its address and whoever makes it.
        opened: opens the stored responses; where either fails, nothing is stored.
        cookies: whether a response that sets cookies is stored.
    """
    try:
        key, asked = keyed(), stored_request(exchange.task, request)
        storage = opened()
        entries = storage.get_entries(key)
    except (OSError, RuntimeError, sqlite3.Error) as error:
        exchange.task.recorder.note(f"goes on without the cache, which cannot be used: {error}")
        return send(request)
    state = hishel.IdleClient(_OPTIONS).next(asked, entries)
    return _Lookup(exchange, request, send, storage).response(state, asked, key, cookies=cookies)


class _Lookup:
    def __init__(
        self, exchange: Exchange, request: HttpRequest, send: Send, storage: hishel.SqliteStorage
    ) -> None:
        self._exchange, self._request, self._send = exchange, request, send
        self._storage = storage
        self._last: HttpResponse | None = None

    def response(
        self, state: hishel.AnyState, asked: hishel.Request, key: str, *, cookies: bool
    ) -> HttpResponse:
        while True:
            if isinstance(state, hishel.CacheMiss | hishel.NeedRevalidation):
                state = state.next(self._sent(state.request))
            elif isinstance(state, hishel.InvalidateEntries):
                for entry_id in state.entry_ids:
                    self._storage.remove_entry(entry_id)
                state = state.next()
            elif isinstance(state, hishel.NeedToBeUpdated):
                self._update(state.updating_entries)
                state = state.next()
            elif isinstance(state, hishel.FromCache):
                return self._stored(state.entry.response)
            else:
                break
        if isinstance(state, hishel.StoreAndUse):
            return self._storing(state.response, asked, key, cookies=cookies)
        assert self._last is not None  # noqa: S101 - something was sent by now
        return self._last

    def _update(self, entries: list[hishel.Entry]) -> None:
        """Give stored responses the headers of the 304 that came, which says no secret."""
        assert self._last is not None  # noqa: S101 - it is the 304
        if not has_secret(self._last, self._exchange.task.redactor):
            for entry in entries:
                self._storage.update_headers(entry.id, entry.response.headers)

    def _storing(
        self, response: hishel.Response, asked: hishel.Request, key: str, *, cookies: bool
    ) -> HttpResponse:
        """Return what was sent for; it is stored as it is read, if it may be."""
        task, last = self._exchange.task, self._last
        assert last is not None  # noqa: S101 - hishel stores what was sent
        if is_passing(last.status) or ("Set-Cookie" in last.headers and not cookies):
            return last
        if has_secret(last, task.redactor):
            task.recorder.note(NOT_STORED)
            return last
        pieces: Any = response.stream
        saved: Any = self._storage.create_entry(asked, response, key).response.stream
        if saved is pieces:  # there is no room
            return last
        if self._request.method == "HEAD":  # nobody reads a body that is not there
            saved = iter(list(saved))
        return last.with_stream(Storing(saved, pieces, last.stream, task))

    def _sent(self, asked: hishel.Request) -> hishel.Response:
        if self._last is not None:
            self._exchange.drop(self._last)
        self._last = self._send(with_conditions(self._request, asked))
        return response_to_store(self._last)

    def _stored(self, found: hishel.Response) -> HttpResponse:
        if self._last is None:
            how = f"of {found.headers['age']} s ago"
        else:
            self._exchange.drop(self._last)
            how = "that still counts (304)"
        self._exchange.task.recorder.note(f"uses the stored response {how}")
        return response_of(found, self._request.url)
