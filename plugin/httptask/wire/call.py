"""How one request is sent: what must be known besides the request."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Self

import msgspec

from httptask.core.egress import EgressPolicy
from httptask.core.permissions import may_name_file
from httptask.errors import InputError
from httptask.hooks.recording import Probe
from httptask.hooks.views import Exchange, Task
from httptask.wire.certificates import ends_at, expiry
from httptask.wire.environment import authorities


class Tls(msgspec.Struct, frozen=True):
    """Trust and identity of TLS connections.

    Attributes:
        verify: whether the peer's certificate is checked.
        authorities: file or folder of the authorities to trust, or "" for the usual ones.
        certificate: file of our own certificate, or "".
        key: file of its key, or "" if it is in the same file.
        pem: certificate and key as one text, instead of the files, or "".
        password: password of the key, or "".
    """

    verify: bool = True
    authorities: str = ""
    certificate: str = ""
    key: str = ""
    pem: str = ""
    password: str = ""

    def __repr__(self) -> str:
        """Return no secret."""
        return f"Tls(verify={self.verify}, authorities={self.authorities!r})"

    @classmethod
    def of(cls, task: Task) -> Self:
        """Return what a task says of it, and the environment if the task asks for that.

        Raises:
            InputError: a file is not there, or may not be named.
        """
        options, tls = task.options, task.options.tls
        if not (tls.model_fields_set or options.trust_env):
            return cls()
        trusted = _file(tls.ca_bundle, task, "caBundle")
        if tls.verify and not trusted and options.trust_env:
            trusted = authorities()
        return cls(
            verify=tls.verify,
            authorities=trusted,
            certificate=_file(tls.client_certificate, task, "clientCertificate"),
            key=_file(tls.client_key, task, "clientKey"),
            pem=_pem(tls.client_certificate_pem, tls.client_key_pem),
            password=tls.client_key_password or "",
        )


class Call(msgspec.Struct, frozen=True):
    """How one request is sent.

    Attributes:
        policy: judges every address of the target.
        probe: is told how long each phase took.
        proxy: address of the proxy, or "".
        proxy_policy: judges the proxy's addresses; ``policy`` does when None.
        tls: trust and identity of TLS connections.
        connect_timeout: seconds for each step of connecting, or None.
        read_timeout: longest silence in seconds once connected, or None.
        deadline: monotonic time at which the call's time is over, or None.
        cancelled: set when the caller gives up.
        identity: whom the connection belongs to; "" shares it.
    """

    policy: EgressPolicy
    probe: Probe
    proxy: str = ""
    proxy_policy: EgressPolicy | None = None
    tls: Tls = Tls()
    connect_timeout: float | None = None
    read_timeout: float | None = None
    deadline: float | None = None
    cancelled: threading.Event | None = None
    identity: str = ""

    @classmethod
    def of(cls, exchange: Exchange, identity: str) -> Self:
        """Return how the request of an exchange is sent.

        Raises:
            InputError: a certificate's file is not there, or may not be named.
        """
        task = exchange.task
        tls = Tls.of(task)
        if (tls.certificate or tls.pem) and exchange.purpose == "task":
            _tell_expiry(exchange, tls)
        return cls(
            policy=exchange.policy,
            probe=exchange.probe,
            proxy=exchange.proxy,
            proxy_policy=task.call.policy,
            tls=tls,
            connect_timeout=_seconds(task.spec.connection_time_out),
            read_timeout=_seconds(task.spec.read_time_out),
            deadline=task.deadline,
            cancelled=task.call.cancelled,
            identity=identity,
        )

    @property
    def near_policy(self) -> EgressPolicy:
        """Return what judges the address that is connected to: the proxy's, or the target's."""
        return (self.proxy_policy or self.policy) if self.proxy else self.policy


def _pem(*texts: str | None) -> str:
    """Return PEM texts as one, with line breaks where variables have a backslash and an n."""
    return "\n".join(text.replace("\\n", "\n") for text in texts if text)


def _tell_expiry(exchange: Exchange, tls: Tls) -> None:
    """Warn once of a certificate that has ended, or ends soon."""
    if exchange.attempt.number > 1:
        return
    task = exchange.task
    told = expiry(ends_at(tls.certificate, tls.pem), task.call.clock.now())
    if told is not None:
        task.warn(*told, "/httptask/tls")


def _seconds(milliseconds: int | None) -> float | None:
    return milliseconds / 1000 if milliseconds else None


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
