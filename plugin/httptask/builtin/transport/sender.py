"""Send a request over a pooled connection, within its time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from httptask.builtin.transport.answer import Answer
from httptask.builtin.transport.failures import raise_if_over, send_failure
from httptask.builtin.transport.gate import Passage, addresses
from httptask.builtin.transport.pools import GatedAdapter
from httptask.builtin.transport.stream import BodyStream
from httptask.builtin.transport.watchdog import Watch, Watchdog
from httptask.core.body import Body
from httptask.core.message import HttpRequest, HttpResponse
from httptask.definition.options import HttpTaskOptions, TlsOptions
from httptask.errors import InputError, TransportError
from httptask.hooks.views import Exchange
from httptask.wire.environment import authorities

SEND_SIZE = 256 * 1024
_LENGTH = "Content-Length"
_CODING = "Transfer-Encoding"
_watchdog = Watchdog()


class Sender:
    """Sends requests over one shared pool of kept-alive connections."""

    def __init__(self) -> None:
        self._adapter = GatedAdapter(pool_connections=64, pool_maxsize=64)

    def close(self) -> None:
        """Close idle connections."""
        self._adapter.close()

    def send(self, exchange: Exchange, request: HttpRequest) -> HttpResponse:
        """Send the request and return the answer, its body unread.

        Raises:
            EgressRefusedError: the policy forbids the address, or the proxy's.
            DeadlineError: the deadline passed, or the call was cancelled.
            TransportError: no answer; ``retryable`` says whether another try may help.
        """
        spec, options = exchange.task.resolved.spec, exchange.task.resolved.options
        watch = Watch(exchange.task.deadline, exchange.task.call.cancelled)
        call = Passage(
            policy=exchange.policy,
            probe=exchange.probe,
            connect_timeout=_seconds(spec.connection_time_out),
            read_timeout=_seconds(spec.read_time_out),
            method=request.method,
            target=request.target,
            lines=request.headers.lines,
            body=None if request.body is None else _sent(request.body),
            watch=watch,
        )
        _watchdog.add(watch)
        try:
            proxy = self._proxied(exchange, request, call)
            certificate = _certificate(options.tls, exchange)
            verify = _verify(options, exchange)
            pool = self._adapter.pool(request.origin, verify, certificate, proxy)
            answer = pool.exchange(call)
        except Exception as error:
            _watchdog.remove(watch)
            failure = send_failure(error, call, watch, request)
            if failure is error:
                raise
            raise failure from error
        except BaseException:
            _watchdog.remove(watch)
            raise
        stream = BodyStream(answer, watch, _watchdog)
        return _response(answer, request, stream, exchange.probe.remote_address)

    def _proxied(self, exchange: Exchange, request: HttpRequest, call: Passage) -> str:
        """Return the proxy to use, or "", once the target behind it has been judged."""
        origin = request.origin
        proxy = exchange.proxy
        if not proxy:
            return ""
        try:
            found = addresses(origin.host, origin.port, call.watch)
        except (OSError, UnicodeError) as error:
            raise_if_over(call.watch, error)
            raise TransportError(
                f"{origin.host} cannot be resolved, so the egress policy cannot judge it",
                code="dns_failed",
                retryable=True,
                hint="requests through a proxy are judged here first",
            ) from error
        for *_, address in found:
            exchange.policy.judge(origin.host, origin.port, str(address[0]))
        call.policy = exchange.task.call.policy
        call.through_proxy(request.url)
        return proxy


def _seconds(milliseconds: int | None) -> float | None:
    return milliseconds / 1000 if milliseconds else None


def _sent(body: Body) -> bytes | Iterable[bytes]:
    """Return the bytes, or pieces small enough that a timeout means silence, not slowness."""
    if body.data is None:
        return body.chunks()
    if body.size <= SEND_SIZE:
        return body.data
    view = memoryview(body.data)
    return (bytes(view[at : at + SEND_SIZE]) for at in range(0, body.size, SEND_SIZE))


def _verify(options: HttpTaskOptions, exchange: Exchange) -> bool | str:
    tls = options.tls
    if not tls.verify:
        return False
    if tls.ca_bundle:
        return _file(tls.ca_bundle, exchange, "caBundle")
    return authorities() if options.trust_env else True


def _certificate(tls: TlsOptions, exchange: Exchange) -> str | tuple[str, str] | None:
    if not tls.client_certificate:
        return None
    certificate = _file(tls.client_certificate, exchange, "clientCertificate")
    if not tls.client_key:
        return certificate
    return certificate, _file(tls.client_key, exchange, "clientKey")


def _file(text: str, exchange: Exchange, key: str) -> str:
    task = exchange.task.call.task
    pointer = f"{task.pointer}/httptask/tls/{key}"
    options = task.written.get("httptask")
    tls = options.get("tls") if isinstance(options, Mapping) else None
    if not isinstance(tls, Mapping) or tls.get(key) != text:
        raise InputError(
            "a certificate's path may only be written literally",
            code="file_refused",
            pointer=pointer,
        )
    path = Path(text) if task.base_dir is None else task.base_dir / text
    if not path.is_file():
        raise InputError(f"there is no file {text!r}", code="file_missing", pointer=pointer)
    return str(path)


def _response(
    answer: Answer, request: HttpRequest, stream: BodyStream, remote_address: str
) -> HttpResponse:
    return HttpResponse(
        status=answer.status,
        reason=answer.reason,
        headers=answer.headers,
        stream=stream,
        url=request.url,
        http_version=answer.version,
        remote_address=remote_address,
    )
