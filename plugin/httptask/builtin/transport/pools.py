"""Pools of gated connections, made by requests' adapter: it knows proxies and TLS."""

from __future__ import annotations

import queue
from functools import partial
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from httptask.builtin.transport.answer import Answer
from httptask.builtin.transport.gate import GatedHTTPConnection, GatedHTTPSConnection, Passage
from httptask.core.message import Origin

_MOST_POOLS = 256


class Idle(queue.LifoQueue[Any]):
    """The places of a pool for idle connections; nobody waits for one, so no lock is needed."""

    def get(self, block: bool = False, timeout: float | None = None) -> Any:
        """Return what was put in last.

        Raises:
            Empty: there is nothing.
        """
        del block, timeout
        try:
            return self.queue.pop()
        except IndexError:
            raise queue.Empty from None

    def put(self, item: Any, block: bool = False, timeout: float | None = None) -> None:
        """Put something in.

        Raises:
            Full: there is no place.
        """
        del block, timeout
        if len(self.queue) >= self.maxsize:
            raise queue.Full
        self.queue.append(item)


class GatedHTTPPool(HTTPConnectionPool):
    """A pool of gated connections."""

    ConnectionCls = GatedHTTPConnection
    QueueCls = Idle

    def exchange(self, call: Passage) -> Answer:
        """Send a request, once, over a kept connection or a new one.

        urllib3's own way is not used: it would send again, look through all headers for what it
        would add, and give an answer that reads ahead.

        Raises:
            EgressRefusedError: the policy forbids the address.
            InputError: a header cannot be sent.
            OSError, HTTPException, HTTPError: no answer.
        """
        connection: Any = self._get_conn()
        connection.call = call
        try:
            if call.tunnel and connection.is_closed:
                self._prepare_proxy(connection)
            for_proxy = self.proxy_headers if self.proxy and not call.tunnel else {}
            answer: Answer = connection.exchange(for_proxy)
        except BaseException:
            connection.close()
            self._put_conn(connection)
            raise
        answer.give_back = partial(self._take_back, connection)
        return answer

    def _take_back(self, connection: Any, usable: bool) -> None:
        if not usable:
            connection.close()
        self._put_conn(connection)


class GatedHTTPSPool(GatedHTTPPool, HTTPSConnectionPool):
    """A pool of gated TLS connections."""

    ConnectionCls = GatedHTTPSConnection


_POOLS = {"http": GatedHTTPPool, "https": GatedHTTPSPool}


class GatedAdapter(HTTPAdapter):
    """requests' adapter, its pools gated."""

    def __init__(self, **options: Any) -> None:
        self._pools: dict[Any, GatedHTTPPool] = {}
        super().__init__(**options)

    def close(self) -> None:
        """Close idle connections."""
        pools, self._pools = self._pools, {}
        for pool in pools.values():
            pool.close()
        super().close()

    def pool(
        self, origin: Origin, verify: bool | str, cert: str | tuple[str, str] | None, proxy: str
    ) -> GatedHTTPPool:
        """Return the pool for an origin; making it anew for each request takes long.

        Args:
            origin: where the request goes.
            verify: whether certificates are checked, or a file of authorities to trust.
            cert: the client's certificate, maybe with its key.
            proxy: address of the proxy, or "".

        Raises:
            OSError: a certificate's file is not there.
            RequestException: the address of the proxy cannot be used.
        """
        key = (origin, verify, cert, proxy)
        pool = self._pools.get(key)
        if pool is None:
            if len(self._pools) >= _MOST_POOLS:
                self._pools.clear()
            pool = self._pools[key] = self._made(*key)
        return pool

    def _made(self, origin: Origin, verify: Any, cert: Any, proxy: str) -> GatedHTTPPool:
        request = requests.PreparedRequest()
        request.url = f"{origin}/"
        proxies = {origin.scheme: proxy} if proxy else None
        pool: Any = self.get_connection_with_tls_context(request, verify, proxies, cert)
        self.cert_verify(pool, request.url, verify, cert)  # type: ignore[no-untyped-call]
        return pool  # type: ignore[no-any-return]

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Make the pools of direct connections."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, proxy: str, **proxy_kwargs: Any) -> Any:
        """Make the pools of connections through a proxy."""
        manager = super().proxy_manager_for(proxy, **proxy_kwargs)
        manager.pool_classes_by_scheme = _POOLS
        return manager
