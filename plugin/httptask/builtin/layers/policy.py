"""Where secrets may go: asked of every send, whatever its purpose."""

from __future__ import annotations

from collections.abc import Collection

from httptask.core.message import HttpRequest, HttpResponse
from httptask.core.permissions import may_go
from httptask.errors import CredentialsError
from httptask.hooks import hookimpl
from httptask.hooks.connections import refused
from httptask.hooks.views import Claim, Exchange, SendSigned, SignedRequest, Task

_OWN = frozenset({"task", "challenge"})
_ORIGINS = "HTTPTASK_SECRET_ORIGINS_"


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
        """Check one send."""
        task = exchange.task
        if task.call.task.connection is not None:
            _check_connection(exchange, signed.request)
        if task.resolved.secrets or task.redactor.armed:
            _check_target(exchange, signed.request)
            _check_proxy(exchange, signed.request)
        return send(signed)


def _check_connection(exchange: Exchange, request: HttpRequest) -> None:
    """Refuse a signed request to where the task's connection may not be used."""
    connection = exchange.task.call.task.connection
    if connection is None or exchange.purpose not in _OWN or request.origin in connection.origins:
        return
    pointer = f"{exchange.task.call.task.pointer}/httptask/auth/name"
    raise refused(connection.name, connection.origins, request.origin, pointer)


def _check_target(exchange: Exchange, request: HttpRequest) -> None:
    task, origin = exchange.task, str(request.origin)
    literal = [str(each) for each in exchange.origins]
    names = sorted(task.resolved.secrets)
    refused = [name for name in names if not _may_go(name, origin, task, literal)]
    if origin in literal:  # what is refused here is bound to other origins
        refused = [name for name in refused if _may_carry(request, task, name)]
    if origin in literal or exchange.purpose in _OWN:
        if refused:
            raise _refusal(task, refused[0], origin)
        return
    if (refused or not names) and task.redactor.carries_secret(request):
        raise CredentialsError(
            f"the {exchange.purpose} to {origin} would carry a secret",
            code="redirect_refused" if exchange.purpose == "redirect" else "secret_origin_refused",
            retryable=False,
            hint="if you trust that origin, write its address literally in the definition",
        )


def _may_go(name: str, origin: str, task: Task, literal: Collection[str] = ()) -> bool:
    home = task.resolved.bound.get(name)
    if home is not None:
        return origin == home
    return may_go(name, origin, literal, task.call.secret_origins)


def _may_carry(request: HttpRequest, task: Task, name: str) -> bool:
    """Tell whether a request has this secret; yes, if that cannot be seen."""
    return name not in task.redactor.named or task.redactor.carries_secret(request, name)


def _check_proxy(exchange: Exchange, request: HttpRequest) -> None:
    """Refuse a proxy that may not see a secret that it would see.

    It sees every request that checked TLS does not protect, and its own credentials.
    """
    task = exchange.task
    written, named = task.options.proxy, task.call.task.proxy_origin
    if not exchange.proxy or exchange.proxy != written:
        return
    protected = request.origin.scheme == "https" and task.options.tls.verify
    if protected and not task.redactor.contains_secret(written):
        return
    proxy = str(named or _proxy_origin(written))
    secrets, literal = task.resolved.secrets, [proxy] if named else []
    if named:
        secrets = secrets - task.resolved.bound.keys()  # its response came through it as well
    refused = [name for name in sorted(secrets) if not _may_go(name, proxy, task, literal)]
    unnamed = task.redactor.armed and not secrets and not named
    if refused or unnamed:
        raise CredentialsError(
            f"a secret would go to the proxy {proxy}"
            + ("" if named else ", which the definition does not name"),
            code="secret_origin_refused",
            pointer=f"{task.call.task.pointer}/httptask/proxy",
            retryable=False,
            hint=_binding(refused[0])
            if named
            else "write the proxy's host and port literally in httptask.proxy",
        )


def _proxy_origin(address: str) -> str:
    """Return what may be shown of a proxy's address."""
    scheme, mark, rest = address.rpartition("://")
    host = rest.partition("/")[0].rpartition("@")[2]
    return f"{scheme if mark else 'http'}://{host}"


def _refusal(task: Task, name: str, origin: str) -> CredentialsError:
    of_response = name in task.resolved.bound
    return CredentialsError(
        f"{name if of_response else f'the secret {name!r}'} may not go to {origin}",
        code="secret_origin_refused",
        pointer=f"{task.call.task.request_pointer}/uri",
        retryable=False,
        hint="a cookie goes to the origin that set it, and nowhere else"
        if of_response
        else _way_out(task, name, origin),
    )


def _way_out(task: Task, name: str, origin: str) -> str:
    configured = task.call.secret_origins.get(name)
    if configured is not None and configured.only:
        return _binding(name)
    return (
        "write scheme and host literally in uri, or (if a response gave the address) "
        f'"base": "{origin}/" in httptask, or set {_ORIGINS}{name}={origin}'
    )


def _binding(name: str) -> str:
    return f"add the origin to {_ORIGINS}{name}, which binds the secret"
