"""What to know of the origins that stand literally in a task, and of the secrets sent to them."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from httptask.core.addresses import (
    Address,
    is_loopback_host,
    is_never_called,
    is_public,
)
from httptask.core.message import Origin
from httptask.definition.findings import Finding
from httptask.definition.written import written_auth
from httptask.hooks.task import CompiledTask, literal_origin

_AUTH = "/httptask/auth"
_CALLED = ("tokenUrl", "deviceUrl", "openIdConnectUrl")
_LOCAL_NAMES = ("localhost", ".localhost", ".local", ".internal", ".lan", ".home.arpa")


def check_origins(task: CompiledTask) -> Iterator[Finding]:
    """Yield what to know of the origins that a task calls."""
    places = (
        (task.origin, task.origin_pointer),
        (task.proxy_origin, f"{task.pointer}/httptask/proxy"),
    )
    for origin, pointer in places:
        if origin is not None and not looks_public(origin):
            yield Finding(
                "origin_not_public",
                "warning",
                f"{origin} is not a public address",
                pointer,
                _how_called(origin),
                task.source,
            )
    names = [ref for ref in task.template.references if ref.root == "workflow.secrets"]
    origin = task.origin
    if names and origin is not None and origin.scheme == "http" and looks_public(origin):
        yield Finding(
            "secret_in_clear",
            "warning",
            f"a secret is sent to {origin} without TLS: whoever is on the way can read it",
            task.origin_pointer,
            "write https",
            task.source,
        )
    if names and task.origin is None and _may_be_called(task):
        yield Finding(
            "secret_origin_unknown",
            "warning",
            "a secret is sent to an origin that is not written literally",
            task.origin_pointer,
            "write scheme and host literally in uri, or in httptask.base if a response gave the "
            "address, or configure HTTPTASK_SECRET_ORIGINS_NAME",
            task.source,
        )
    below = f"{_AUTH}/"
    if any(ref.pointer.startswith(below) for ref in names):
        yield from _token_origins(task)


def _may_be_called(task: CompiledTask) -> bool:
    """Tell whether the address may turn out as one of the web; if not, it is refused anyway."""
    text = str(task.options.get("base") or task.request.get("uri"))
    return "${" in text or text.strip().lower().startswith(("http://", "https://"))


def _token_origins(task: CompiledTask) -> Iterator[Finding]:
    """Yield a warning for each address under ``auth`` that secrets should not or may not go to."""
    auth = written_auth(task.written)
    for key in _CALLED:
        address = auth.get(key)
        if not isinstance(address, str):
            continue
        origin = literal_origin(address)
        if origin is not None and origin.scheme == "http" and looks_public(origin):
            yield Finding(
                "secret_in_clear",
                "warning",
                f"{key} is called without TLS: whoever is on the way can read, and change, what is "
                "sent",
                f"{task.pointer}{_AUTH}/{key}",
                "write https",
                task.source,
            )
        if origin is None:
            yield Finding(
                "secret_origin_unknown",
                "warning",
                f"a secret is sent to {key}, whose origin is not written literally",
                f"{task.pointer}{_AUTH}/{key}",
                "write scheme and host literally, or configure HTTPTASK_SECRET_ORIGINS_NAME",
                task.source,
            )


def _how_called(origin: Origin) -> str:
    address, needed = _address(origin), f"--allow-host {origin.host}:{origin.port}"
    if address is not None and is_never_called(address):
        return "link-local and metadata addresses are never called"
    if is_loopback_host(origin.host):
        return "it can be called from your own command line; elsewhere it needs " + needed
    return "it needs " + needed


def _address(origin: Origin) -> Address | None:
    try:
        return ipaddress.ip_address(origin.host)
    except ValueError:
        return None


def looks_public(origin: Origin) -> bool:
    """Tell whether an origin is one of the public network, by its name or address."""
    address = _address(origin)
    if address is not None:
        return is_public(address)
    host = origin.host.lower()
    return "." in host and not host.endswith(_LOCAL_NAMES)
