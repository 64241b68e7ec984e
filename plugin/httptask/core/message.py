"""Requests and responses as values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Protocol
from urllib.parse import urlsplit

import msgspec

from httptask.core.body import Body
from httptask.core.methods import IDEMPOTENT
from httptask.errors import DecodeError

DEFAULT_PORTS = {"http": 80, "https": 443}
SHORT_BODY = 4 * 1024 * 1024


class Headers:
    """Header lines in order; names compare without case, a name may repeat."""

    __slots__ = ("_firsts", "lines")

    def __init__(self, lines: Iterable[tuple[str, str]] = ()) -> None:
        self.lines: tuple[tuple[str, str], ...] = tuple(lines)
        self._firsts: dict[str, str] | None = None

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self.lines)

    def __len__(self) -> int:
        return len(self.lines)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Headers) and self.lines == other.lines

    def __hash__(self) -> int:
        return hash(self.lines)

    def __repr__(self) -> str:
        return f"Headers({[name for name, _ in self.lines]})"

    def __contains__(self, name: str) -> bool:
        return name.lower() in self._known()

    def get(self, name: str) -> str | None:
        """Return the first value of a header, or None."""
        return self._known().get(name.lower())

    def get_all(self, name: str) -> list[str]:
        """Return every value of a header, in order."""
        wanted = name.lower()
        if wanted not in self._known():
            return []
        return [value for key, value in self.lines if key.lower() == wanted]

    def without(self, *names: str) -> Headers:
        """Return these headers less the named ones."""
        gone = {name.lower() for name in names}
        return Headers(line for line in self.lines if line[0].lower() not in gone)

    def with_header(self, name: str, value: str) -> Headers:
        """Return these headers with one header set, replacing earlier lines of that name."""
        return Headers((*self.without(name).lines, (name, value)))

    def to_map(self) -> dict[str, list[str]]:
        """Return name -> values; of a repeated name the last spelling counts, as in Conductor."""
        if len(self._known()) == len(self.lines):
            return {name: [value] for name, value in self.lines}
        spelled = {name.lower(): name for name, _ in self.lines}
        gathered: dict[str, list[str]] = {name: [] for name in spelled.values()}
        for name, value in self.lines:
            gathered[spelled[name.lower()]].append(value)
        return gathered

    def _known(self) -> dict[str, str]:
        """Return the first values by lower-case name; made when it is first asked for."""
        if self._firsts is None:
            self._firsts = {name.lower(): value for name, value in reversed(self.lines)}
        return self._firsts


class Origin(msgspec.Struct, frozen=True):
    """Scheme, host and port: what a credential is bound to."""

    scheme: str
    host: str
    port: int

    def __str__(self) -> str:
        return f"{self.scheme}://{self.authority}"

    @property
    def authority(self) -> str:
        """Return the value of a Host header."""
        whole = endpoint(self.host, self.port)
        default = DEFAULT_PORTS.get(self.scheme) == self.port
        return whole.removesuffix(f":{self.port}") if default else whole

    @classmethod
    def of(cls, url: str) -> Origin:
        """Return the origin of an absolute http(s) URL that has been built already.

        Raises:
            ValueError: the port is not a number, or a bracket is missing.
        """
        return _origin(url)


def endpoint(host: str, port: int) -> str:
    """Return host and port as they stand in an address."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


@lru_cache(maxsize=256)
def _origin(url: str) -> Origin:
    parts = urlsplit(url)
    scheme = parts.scheme.lower()
    host = (parts.hostname or "").rstrip(".")
    return Origin(scheme, host, parts.port or DEFAULT_PORTS.get(scheme, 0))


@lru_cache(maxsize=256)
def _target(url: str) -> str:
    parts = urlsplit(url)
    path = parts.path or "/"
    return f"{path}?{parts.query}" if parts.query else path


class HttpRequest(msgspec.Struct, frozen=True):
    """A request, ready to be signed or sent.

    Attributes:
        method: upper-case method.
        url: absolute, percent-encoded, without fragment.
        headers: every header line that is sent, in order, but for the body's framing.
        body: the replayable body, or None.
        idempotent: the author's word that sending it twice does no harm, whatever its method.
    """

    method: str
    url: str
    headers: Headers
    body: Body | None = None
    idempotent: bool = False

    @property
    def may_repeat(self) -> bool:
        """Tell whether sending the request twice does no harm."""
        return self.idempotent or self.method in IDEMPOTENT

    @property
    def origin(self) -> Origin:
        """Return the origin this request goes to."""
        return Origin.of(self.url)

    @property
    def target(self) -> str:
        """Return the request target as it stands in the request line."""
        return _target(self.url)

    def with_headers(self, headers: Headers) -> HttpRequest:
        """Return this request with other headers."""
        return HttpRequest(self.method, self.url, headers, self.body, self.idempotent)


class ByteStream(Protocol):
    """The bytes of a response, content encodings undone, as they arrive."""

    def __iter__(self) -> Iterator[bytes]: ...

    def close(self) -> None:
        """Release the connection; safe to call twice."""


class MemoryStream:
    """A body that is in memory: one chunk, or none when it is empty."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def __iter__(self) -> Iterator[bytes]:
        if self._data:
            yield self._data

    def close(self) -> None:
        """Do nothing: no connection is held."""


class HttpResponse(msgspec.Struct, frozen=True):
    """A response whose body may still be on its way.

    Attributes:
        status: status code.
        reason: the reason phrase the server sent, maybe empty.
        headers: header lines in the order received.
        stream: the body's bytes, to be read once.
        url: the URL that responded.
        http_version: "1.0" or "1.1".
        remote_address: "ip:port" of the peer, or "".
    """

    status: int
    reason: str
    headers: Headers
    stream: ByteStream
    url: str
    http_version: str = "1.1"
    remote_address: str = ""

    def read(self, limit: int = SHORT_BODY) -> bytes:
        """Return the body, and give the connection back.

        Args:
            limit: the most bytes that it may have.

        Raises:
            DecodeError: it has more.
            RequestError: it broke off.
        """
        data = bytearray()
        try:
            for chunk in self.stream:
                data += chunk
                if len(data) > limit:
                    raise DecodeError(
                        f"the response from {self.url} has more than {limit} bytes",
                        code="response_too_large",
                        retryable=False,
                    )
        finally:
            self.stream.close()
        return bytes(data)

    def with_stream(self, stream: ByteStream) -> HttpResponse:
        """Return this response with its body read through another stream."""
        return HttpResponse(
            self.status,
            self.reason,
            self.headers,
            stream,
            self.url,
            self.http_version,
            self.remote_address,
        )
