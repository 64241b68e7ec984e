"""The default transport as a plugin."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from httptask.core.closeable import Closeable
from httptask.core.message import HttpResponse
from httptask.core.permissions import may_name_file
from httptask.errors import InputError
from httptask.hooks import hookimpl
from httptask.hooks.views import Claim, Exchange, SignedRequest, Task
from httptask.wire.call import Call, Tls
from httptask.wire.environment import authorities
from httptask.wire.http1.client import Http1Client


class Http1Transport(Closeable):
    """Implements ``send_request`` over connections of our own."""

    def __init__(self) -> None:
        self._client = Http1Client()

    def close(self) -> None:
        """Close idle connections; the plugin can be used again afterwards."""
        self._client.close()

    @hookimpl
    def httptask_claims(self) -> list[Claim]:
        """Claim HTTP/1.1."""
        return [Claim("send_request", "http1", "HTTP/1.1, connections kept and judged when used")]

    @hookimpl(trylast=True)
    def httptask_send_request(self, exchange: Exchange, signed: SignedRequest) -> HttpResponse:
        """Send over a kept connection or a new one."""
        return self._client.send(call_of(exchange, signed.connection), signed.request)


def call_of(exchange: Exchange, identity: str) -> Call:
    """Return how the request of an exchange is sent."""
    task = exchange.task
    return Call(
        policy=exchange.policy,
        probe=exchange.probe,
        proxy=exchange.proxy,
        proxy_policy=task.call.policy,
        tls=_tls(task),
        connect_timeout=_seconds(task.spec.connection_time_out),
        read_timeout=_seconds(task.spec.read_time_out),
        deadline=task.deadline,
        cancelled=task.call.cancelled,
        identity=identity,
    )


def _seconds(milliseconds: int | None) -> float | None:
    return milliseconds / 1000 if milliseconds else None


def _tls(task: Task) -> Tls:
    options, tls = task.options, task.options.tls
    trusted = _file(tls.ca_bundle, task, "caBundle")
    if tls.verify and not trusted and options.trust_env:
        trusted = authorities()
    return Tls(
        verify=tls.verify,
        authorities=trusted,
        certificate=_file(tls.client_certificate, task, "clientCertificate"),
        key=_file(tls.client_key, task, "clientKey"),
    )


def _file(text: str | None, execution: Task, key: str) -> str:
    if not text:
        return ""
    task, folders = execution.call.task, execution.call.tls_folders
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
    if folders is not None and task.base_dir is not None:
        folders = (*folders, task.base_dir)
    if not may_name_file(path, folders):
        raise InputError(
            f"the file {text!r} is in no folder that certificates may be in",
            code="file_refused",
            pointer=pointer,
            hint="HTTPTASK_TLS_FOLDERS names the folders",
        )
    if not path.is_file():
        raise InputError(f"there is no file {text!r}", code="file_missing", pointer=pointer)
    return str(path)
