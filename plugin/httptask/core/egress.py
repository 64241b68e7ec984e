"""Which addresses a request may go to.

The policy judges the address that a name resolved to, at connect time, on every hop. It keeps no
state and opens no socket; the transport asks it.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable

import msgspec

from httptask.core.addresses import classify, is_loopback_host
from httptask.errors import DefinitionError, EgressRefusedError

Endpoint = tuple[str, int | None]

_ENDPOINT = re.compile(
    r"(?:\[([^\[\]]+)\]|([^:\[\]]+))(?::([0-9]{1,5}))?|([^\[\]]*:[^\[\]]*:[^\[\]]*)"
)


def parse_endpoint(text: str) -> Endpoint:
    """Read ``HOST``, ``HOST:PORT``, ``IPV6``, ``[IPV6]`` or ``[IPV6]:PORT``.

    Raises:
        DefinitionError: the text is none of these.
    """
    match = _ENDPOINT.fullmatch(text.strip())
    port = int(match[3]) if match and match[3] else None
    in_range = port is None or 0 < port < 65536
    if match is None or not in_range or (match[1] and not _is_ipv6(match[1])):
        raise DefinitionError(
            f"{text!r} is not HOST or HOST:PORT",
            code="allow_host_invalid",
            hint="for example localhost:8080 or [::1]:8080",
        )
    return (match[1] or match[2] or match[4]).lower().rstrip("."), port


def _is_ipv6(text: str) -> bool:
    try:
        return ipaddress.ip_address(text).version == 6
    except ValueError:
        return False


def _literally(host: str, port: int, kind: str) -> str:
    if kind != "loopback":
        return ""
    return (
        f"on your own command line, write {host}:{port} literally in uri, or in httptask.base if a "
        "response gave the address; "
    )


class EgressPolicy(msgspec.Struct, frozen=True):
    """Judges endpoints; public addresses pass, link-local and metadata ones never do.

    Attributes:
        allowed: endpoints the configuration allows although they are not public.
        literal: endpoints written literally in the definition; those that can only be this machine
            pass on the first hop.
    """

    allowed: frozenset[Endpoint] = frozenset()
    literal: frozenset[Endpoint] = frozenset()

    @classmethod
    def of(cls, allow_hosts: Iterable[str] = ()) -> EgressPolicy:
        """Return the policy with ``--allow-host`` texts as its exceptions."""
        return cls(frozenset(parse_endpoint(text) for text in allow_hosts if text.strip()))

    def with_literal(self, endpoints: Iterable[Endpoint]) -> EgressPolicy:
        """Return this policy with the definition's literal endpoints as first-hop exceptions."""
        return EgressPolicy(self.allowed, frozenset(endpoints))

    def after_first_hop(self) -> EgressPolicy:
        """Return the policy for redirects and other follow-up requests."""
        return EgressPolicy(self.allowed) if self.literal else self

    def names(self, host: str, port: int) -> bool:
        """Tell whether the configuration allows an endpoint by its name."""
        host = host.lower().rstrip(".")
        return (host, port) in self.allowed or (host, None) in self.allowed

    def judge(self, host: str, port: int, address: str) -> None:
        """Let a connection to an address pass, or refuse it.

        Args:
            host: name or address as it stands in the URL.
            port: TCP port.
            address: the address that ``host`` resolved to.

        Raises:
            EgressRefusedError: the address may not be called.
        """
        kind = classify(address)
        if kind == "public":
            return
        if kind == "never":
            raise EgressRefusedError(
                f"{host} resolves to {address}, a link-local or metadata address",
                retryable=False,
                hint="such addresses are never called",
            )
        if self.names(host, port):
            return
        host = host.lower().rstrip(".")
        if kind == "loopback" and (host, port) in self.literal and is_loopback_host(host):
            return
        raise EgressRefusedError(
            f"{host}:{port} resolves to {address}, which is not a public address",
            retryable=False,
            hint=_literally(host, port, kind)
            + f"if you trust it: --allow-host {host}:{port}, or HTTPTASK_ALLOW_HOSTS",
        )
