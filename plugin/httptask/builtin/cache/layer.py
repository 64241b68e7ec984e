"""Keep responses for the same request of the same credentials to come, as RFC 9111 says.

hishel decides what may be stored, what still counts, and what has to be asked for again.
"""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from httptask.builtin.identity import digest, identity_of
from httptask.core.closeable import Closeable
from httptask.core.first_use import lock_over_forks
from httptask.core.message import HttpRequest, HttpResponse
from httptask.definition.oauth2_options import SIGN_INS, OAuth2Options
from httptask.definition.options import AuthOptions, CacheOptions
from httptask.errors import MissingExtraError
from httptask.hooks import hookimpl
from httptask.hooks.views import Claim, Exchange, Send, Task
from httptask.wire.call import Tls

if TYPE_CHECKING:
    from hishel import SqliteStorage

_LOADING: Final = lock_over_forks()
_CACHED: Final = frozenset({"task", "redirect"})
_STORED: Final = frozenset({"GET", "HEAD"})
_OWN_CONDITIONS: Final = (
    *("If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since"),
    *("If-Range", "Range"),
)


class Cache(Closeable):
    """The layer for ``httptask.cache``; each process has files of its own open."""

    def __init__(self) -> None:
        self._storages: dict[tuple[int, Path], SqliteStorage] = {}

    @hookimpl
    def httptask_claims(self) -> list[Claim]:
        """Claim ``cache``."""
        return [Claim("cache", "cache", "stored responses (RFC 9111)", options=CacheOptions)]

    @hookimpl(trylast=True)
    def httptask_cache(self, exchange: Exchange, request: HttpRequest, send: Send) -> HttpResponse:
        """Give the stored response, or store the one that comes."""
        task, options = exchange.task, exchange.task.options.cache
        if options is None or not _takes_part(exchange, request, options):
            return send(request)
        try:
            with _LOADING:
                from httptask.builtin.cache.lookup import cached  # noqa: PLC0415 - an extra's
        except ImportError as error:
            raise MissingExtraError(
                "httptask.cache needs the extra cache", hint='pip install "httptask[cache]"'
            ) from error
        keyed = partial(_key, task, request, options.identity)
        opened = partial(self._storage, task.call.data)
        cookies = options.store_secrets is True
        return cached(exchange, request, send, keyed, opened, cookies=cookies)

    def close(self) -> None:
        """Close the files that this process has open."""
        for place in list(self._storages):
            if place[0] == os.getpid():
                self._storages.pop(place).close()

    def _storage(self, folder: Path) -> SqliteStorage:
        with _LOADING:
            from httptask.builtin.cache.store import open_storage  # noqa: PLC0415 - an extra's

        place = os.getpid(), folder
        if place not in self._storages:
            made = open_storage(folder)
            if self._storages.setdefault(place, made) is not made:
                made.close()  # another thread was first
        return self._storages[place]


def _key(task: Task, request: HttpRequest, named: str | None) -> str:
    whose = ["name", named] if named else ["credentials", identity_of(task, request)]
    tls = Tls.of(task)
    return digest(task.call.data, [*whose, tls.verify, tls.authorities, request.url])


def _takes_part(exchange: Exchange, request: HttpRequest, options: CacheOptions) -> bool:
    """Tell whether a response may be stored, or make stored ones void."""
    if exchange.dry or exchange.purpose not in _CACHED:
        return False
    if request.method in _STORED and request.body is not None:
        return False
    if any(name in request.headers for name in _OWN_CONDITIONS):
        return False
    if _is_signed_in(exchange.task) and not options.identity:
        return False  # who that is does not stand in the definition
    return bool(options.store_secrets) or not _has_secret(exchange, request)


def _is_signed_in(task: Task) -> bool:
    auth: AuthOptions | None = task.options.auth
    return isinstance(auth, OAuth2Options) and auth.grant in SIGN_INS


def _has_secret(exchange: Exchange, request: HttpRequest) -> bool:
    task = exchange.task
    return (
        task.options.auth is not None
        or bool(task.resolved.secrets)
        or task.options.tls.client_certificate is not None
        or task.options.tls.client_certificate_pem is not None
        or any(task.redactor.is_sensitive_field(name) for name, _ in request.headers)
    )
