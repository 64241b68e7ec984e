"""Where secrets may go: asked of every send, whatever its purpose."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from httptask.core.message import HttpRequest, HttpResponse
from httptask.errors import CredentialsError
from httptask.hooks import hookimpl
from httptask.hooks.views import Claim, Exchange, SendSigned, SignedRequest, Task
from httptask.wire.framing import framed

_BODY_OVERLAP = 4096
_OWN = frozenset({"task", "challenge"})


class GuardSecrets:
    """Lets a request pass if its secrets may go to its target, and to its proxy."""

    @hookimpl
    def httptask_claims(self) -> list[Claim]:
        """Claim the rules on secrets."""
        return [Claim("guard", "secrets", "secrets go only where the definition's text says")]

    @hookimpl(trylast=True)
    def httptask_guard(
        self, exchange: Exchange, signed: SignedRequest, send: SendSigned
    ) -> HttpResponse:
        """Check one send, its framing put in."""
        request = framed(signed.request)
        task = exchange.task
        if task.resolved.secrets or task.redactor.armed:
            _check_target(exchange, request)
            _check_proxy(exchange, request)
        return send(SignedRequest(request, signed.fields, signed.connection))


def _check_target(exchange: Exchange, request: HttpRequest) -> None:
    origin = request.origin
    if origin in exchange.origins:
        return
    task = exchange.task
    refused = next(_not_for(str(origin), task, task.resolved.secrets), "")
    if exchange.purpose in _OWN:
        if refused:
            raise _refusal(task, refused, str(origin))
    elif (refused or not task.resolved.secrets) and carries_secret(request, task):
        raise CredentialsError(
            f"the {exchange.purpose} to {origin} would carry a secret",
            code="redirect_refused" if exchange.purpose == "redirect" else "secret_origin_refused",
            retryable=False,
            hint="if you trust that origin, write its address literally in the definition",
        )


def _check_proxy(exchange: Exchange, request: HttpRequest) -> None:
    """Refuse a proxy that the definition does not name, where it would see a secret.

    It sees all of a request that no checked TLS protects, and what it is itself signed in with.
    """
    task = exchange.task
    written = task.options.proxy
    if not exchange.proxy or exchange.proxy != written or task.call.task.proxy_origin is not None:
        return
    protected = request.origin.scheme == "https" and task.options.tls.verify
    if protected and not task.redactor.contains_secret(written):
        return
    proxy = _proxy_origin(written)
    unnamed = task.redactor.armed and not task.resolved.secrets
    refused = next(_not_for(proxy, task, task.resolved.secrets), "")
    if refused or unnamed:
        raise CredentialsError(
            f"a secret would go to the proxy {proxy}, which the definition does not name",
            code="secret_origin_refused",
            pointer=f"{task.call.task.pointer}/httptask/proxy",
            retryable=False,
            hint="write the proxy's host and port literally in httptask.proxy",
        )


def _proxy_origin(address: str) -> str:
    """Return what may be shown of a proxy's address."""
    scheme, mark, rest = address.rpartition("://")
    host = rest.partition("/")[0].rpartition("@")[2]
    return f"{scheme if mark else 'http'}://{host}"


def _not_for(origin: str, task: Task, names: Iterable[str]) -> Iterator[str]:
    """Yield the secrets that are not configured for an origin."""
    configured = task.call.secret_origins
    return (name for name in sorted(names) if origin not in configured.get(name, ()))


def _refusal(task: Task, name: str, origin: str) -> CredentialsError:
    return CredentialsError(
        f"the secret {name!r} may not go to {origin}",
        code="secret_origin_refused",
        pointer=f"{task.call.task.request_pointer}/uri",
        retryable=False,
        hint="write scheme and host literally in uri, or set "
        f"HTTPTASK_SECRET_ORIGINS_{name}={origin}",
    )


def carries_secret(request: HttpRequest, task: Task) -> bool:
    """Tell whether a request has a secret of the task in its address, headers or body."""
    found = task.redactor.contains_secret
    if found(request.url) or any(found(value) for _, value in request.headers):
        return True
    tail = ""
    for chunk in request.body.chunks() if request.body else ():
        text = tail + chunk.decode("latin-1")
        if found(text):
            return True
        tail = text[-_BODY_OVERLAP:]
    return False
