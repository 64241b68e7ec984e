"""Options of an HTTP task that work against each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, TypeGuard

from httptask.builtin.check_response import matches
from httptask.check.producers import options_of, request_of
from httptask.core.methods import IDEMPOTENT, as_sent
from httptask.definition.findings import Finding
from httptask.definition.oauth2_options import SIGN_INS
from httptask.definition.option_parts import RetryOptions
from httptask.definition.reading import escape
from httptask.definition.workflow import WorkflowTask


def check_conflicts(task: WorkflowTask, pointer: str, source: str) -> Iterator[Finding]:
    """Yield a warning for each option that another one makes useless."""
    options, request = options_of(task), request_of(task)
    below = f"{pointer}/inputParameters/httptask"
    found = (
        _never_repeated(options, request, below),
        _too_late(options, below),
        _over_deadline(options, request, below),
        _accepted_twice(options, request, below),
        _never_stored(options, request, below),
        _beside_the_body(options, request, below),
    )
    yield from (
        Finding(code, "warning", text, where, hint, source)
        for code, text, where, hint in filter(None, found)
    )


_WITH_BODY = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_SECRETS = "${workflow.secrets."
_CERTIFICATES = frozenset({"clientCertificate", "clientCertificatePem"})


class _Told(NamedTuple):
    code: str
    message: str
    pointer: str
    hint: str


def _never_repeated(
    options: Mapping[str, Any], request: Mapping[str, Any], below: str
) -> _Told | None:
    method = request.get("method")
    retry = options.get("retry")
    if not isinstance(method, str) or "${" in method or not isinstance(retry, Mapping):
        return None
    said = options.get("idempotent") or options.get("idempotencyKey")
    if said or as_sent(method) in IDEMPOTENT or retry.get("maxAttempts") == 1:
        return None
    text = f"a {as_sent(method)} that was sent is never repeated: only a failed connection is"
    hint = "add idempotencyKey if the service knows one, or idempotent if repeating does no harm"
    return _Told("retry_unused", text, f"{below}/retry", hint)


def _too_late(options: Mapping[str, Any], below: str) -> _Told | None:
    retry, deadline = options.get("retry"), options.get("deadlineMs")
    if not isinstance(retry, Mapping) or not _is_number(deadline):
        return None
    fields = RetryOptions.model_fields
    first = retry.get("initialDelayMs", fields["initial_delay_ms"].default)
    most = retry.get("maxDelayMs", fields["max_delay_ms"].default)
    if not _is_number(first) or not _is_number(most) or min(first, most) < deadline:
        return None
    text = (
        f"the first wait may take {min(first, most)} ms, and deadlineMs ends it all at {deadline}"
    )
    return _Told("retry_too_late", text, f"{below}/retry", "wait less, or raise deadlineMs")


def _over_deadline(
    options: Mapping[str, Any], request: Mapping[str, Any], below: str
) -> _Told | None:
    deadline = options.get("deadlineMs")
    for name in ("readTimeOut", "connectionTimeOut"):
        limit = request.get(name)
        if _is_number(deadline) and _is_number(limit) and limit > deadline:
            text = f"{name} is {limit} ms: the deadline of {deadline} ms always comes first"
            hint = f"lower {name}, or raise deadlineMs"
            return _Told("timeout_over_deadline", text, f"{below}/deadlineMs", hint)
    return None


def _accepted_twice(
    options: Mapping[str, Any], request: Mapping[str, Any], below: str
) -> _Told | None:
    own, other = options.get("acceptedStatusCodes"), request.get("acceptedStatusCodes")
    where = f"{below}/acceptedStatusCodes"
    if (
        isinstance(own, list)
        and isinstance(other, list)
        and set(map(str, own)) != set(map(str, other))
    ):
        text = "the request has other acceptedStatusCodes: those in httptask count"
        return _Told("statuses_conflict", text, where, "write them once")
    accepted = own or other
    retry = options.get("retry")
    retried = retry.get("statuses") if isinstance(retry, Mapping) else None
    if not isinstance(accepted, list) or not isinstance(retried, list):
        return None
    both = [each for each in retried if _covers(accepted, str(each))]
    if not both:
        return None
    text = f"{both[0]} is accepted, so it is never retried"
    return _Told("statuses_conflict", text, where, "leave it out of one of the two lists")


def _never_stored(
    options: Mapping[str, Any], request: Mapping[str, Any], below: str
) -> _Told | None:
    cache, method = options.get("cache"), request.get("method")
    if not isinstance(cache, Mapping):
        return None
    if isinstance(method, str) and "${" not in method and as_sent(method) in _WITH_BODY:
        text = f"no response to a {as_sent(method)} is stored: it makes void what is"
        return _Told("cache_unused", text, f"{below}/cache", "leave cache out if that is not meant")
    auth, tls = options.get("auth"), options.get("tls")
    certificate = isinstance(tls, Mapping) and {*tls} & _CERTIFICATES
    secret = auth or certificate or _SECRETS in str((options, request))
    if secret and not cache.get("storeSecrets"):
        text = "nothing is stored: the request has credentials or secrets"
        hint = "storeSecrets: true stores its responses, for the same credentials only"
        return _Told("cache_unused", text, f"{below}/cache", hint)
    if isinstance(auth, Mapping) and auth.get("grant") in SIGN_INS and not cache.get("identity"):
        text = "nothing is stored: who has signed in does not stand in the definition"
        hint = "identity says whose the responses are"
        return _Told("cache_unused", text, f"{below}/cache", hint)
    return None


def _beside_the_body(
    options: Mapping[str, Any], request: Mapping[str, Any], below: str
) -> _Told | None:
    """Tell that what names a page goes into the query where the body has a member for it."""
    paging, body = options.get("paging"), request.get("body")
    name = paging.get("parameter") if isinstance(paging, Mapping) else None
    if not isinstance(name, str) or not isinstance(body, Mapping) or name not in body:
        return None
    if name in (options.get("query") or ()):
        return None
    text = f"the page goes into the query as {name!r}, and stays as it is in the body"
    hint = f'for the body write {{"in": "body", "name": "/{escape(name)}"}}'
    return _Told("paging_place", text, f"{below}/paging/parameter", hint)


def _covers(accepted: list[Any], pattern: str) -> bool:
    """Tell whether every status of a pattern is accepted."""
    if any("${" in str(each) for each in accepted) or "${" in pattern:
        return False
    text = pattern.lower()
    statuses = range(100, 600) if text[:1].isdigit() else ()
    wanted = [status for status in statuses if matches(status, [text])]
    return bool(wanted) and all(matches(status, accepted) for status in wanted)


def _is_number(value: Any) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)
