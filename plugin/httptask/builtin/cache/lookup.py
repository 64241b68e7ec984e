"""One request and the cache: hishel says what to do next, and this does it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Any, Final

import hishel

from httptask.builtin.cache.messages import (
    Storing,
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
    key: str,
    opened: Callable[[], hishel.SqliteStorage],
    *,
    cookies: bool,
) -> HttpResponse:
    """Return the stored response to a request, or the one that comes, which is then stored.

    Args:
        exchange: the exchange.
        request: the request.
        send: sends it.
        key: what stands for its address and whoever makes it.
        opened: opens the stored responses; where that fails, nothing is stored.
        cookies: whether a response that sets cookies is stored.
    """
    recorder, asked = exchange.task.recorder, stored_request(exchange.task, request)
    try:
        storage = opened()
        entries = storage.get_entries(key)
    except (OSError, RuntimeError, sqlite3.Error) as error:
        recorder.note(f"goes on without the cache, which cannot be used: {error}")
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
                for entry in state.updating_entries:
                    self._storage.update_headers(entry.id, entry.response.headers)
                state = state.next()
            elif isinstance(state, hishel.FromCache):
                return self._stored(state.entry.response)
            else:
                break
        assert self._last is not None  # noqa: S101 - something was sent by now
        if not isinstance(state, hishel.StoreAndUse) or (
            "Set-Cookie" in self._last.headers and not cookies
        ):
            return self._last
        saved: Any = self._storage.create_entry(asked, state.response, key).response.stream
        if self._request.method == "HEAD":  # nobody reads a body that is not there
            saved = iter(list(saved))
        return self._last.with_stream(Storing(saved, self._last.stream))

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
