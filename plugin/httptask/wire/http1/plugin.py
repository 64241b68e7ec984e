"""The default transport as a plugin."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from httptask.core.message import HttpRequest, HttpResponse
from httptask.definition.options import HttpTaskOptions
from httptask.errors import InputError
from httptask.hooks import hookimpl
from httptask.hooks.views import Attempt, Claim
from httptask.wire.call import Call, Tls
from httptask.wire.environment import authorities, proxy_for
from httptask.wire.http1.client import Http1Client


class Http1Transport:
    """Answers ``send_request`` over connections of our own."""

    def __init__(self) -> None:
        self._client = Http1Client()

    def close(self) -> None:
        """Close idle connections; the plugin can be used again afterwards."""
        self._client.close()

    @hookimpl
    def httptask_claims(self) -> list[Claim]:
        """Claim http and https."""
        return [
            Claim("send_request", "http", "HTTP/1.1, connections kept and judged when used"),
            Claim("send_request", "https", "the same over TLS"),
        ]

    @hookimpl(trylast=True)
    def httptask_send_request(self, attempt: Attempt, request: HttpRequest) -> HttpResponse:
        """Send over a kept connection or a new one."""
        return self._client.send(_call(attempt, request), request)


def _call(attempt: Attempt, request: HttpRequest) -> Call:
    spec, options = attempt.resolved.spec, attempt.resolved.options
    return Call(
        policy=attempt.policy,
        probe=attempt.probe,
        proxy=options.proxy or (proxy_for(str(request.origin)) if options.trust_env else ""),
        proxy_policy=attempt.call.policy,
        tls=_tls(options, attempt),
        connect_timeout=_seconds(spec.connection_time_out),
        read_timeout=_seconds(spec.read_time_out),
        deadline=attempt.deadline,
        cancelled=attempt.call.cancelled,
    )


def _seconds(milliseconds: int | None) -> float | None:
    return milliseconds / 1000 if milliseconds else None


def _tls(options: HttpTaskOptions, attempt: Attempt) -> Tls:
    tls = options.tls
    trusted = _file(tls.ca_bundle, attempt, "caBundle")
    if tls.verify and not trusted and options.trust_env:
        trusted = authorities()
    return Tls(
        verify=tls.verify,
        authorities=trusted,
        certificate=_file(tls.client_certificate, attempt, "clientCertificate"),
        key=_file(tls.client_key, attempt, "clientKey"),
    )


def _file(text: str | None, attempt: Attempt, key: str) -> str:
    if not text:
        return ""
    task = attempt.call.task
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
