"""Judge a response: accepted statuses, what to retry, schemas."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from urllib.parse import urlsplit

from httptask.builtin.auth.scopes import insufficient_scopes
from httptask.builtin.told_failures import told_failure
from httptask.core.json_text import pretty
from httptask.core.message import HttpRequest, HttpResponse
from httptask.core.sensitive import Redactor
from httptask.core.verdict import Action, Verdict
from httptask.errors import DecodeError, StatusError
from httptask.hooks import hookimpl
from httptask.hooks.views import Attempt, Claim, DecodedBody, ResolvedRequest

MAX_RETRY_AFTER = 24 * 3600.0
_SHOWN_BODY = 2000
_PHRASES = {status.value: status.phrase for status in HTTPStatus} | {
    413: "Payload Too Large",
    414: "URI Too Long",
    416: "Requested range not satisfiable",
    418: "I'm a teapot",
    419: "Insufficient Space On Resource",
    420: "Method Failure",
    421: "Destination Locked",
    422: "Unprocessable Entity",
    505: "HTTP Version not supported",
    509: "Bandwidth Limit Exceeded",
}
"""Status texts of Spring 6.2, the server's; versions of Python word some of them otherwise."""
_ACCEPTED = Verdict(Action.SUCCESS)


class CheckResponse:
    """Implements ``check_response``."""

    @hookimpl
    def httptask_claims(self) -> list[Claim]:
        """Claim the rules of HTTP statuses."""
        return [
            Claim("check_response", "status", "accepted statuses, retries, response schema"),
            Claim("check_response", "told", "errors of GraphQL and faults of SOAP fail the task"),
        ]

    @hookimpl(trylast=True)
    def httptask_check_response(
        self, attempt: Attempt, request: HttpRequest, response: HttpResponse, body: DecodedBody
    ) -> Verdict:
        """Judge by status, then by schema."""
        options, status = attempt.task.resolved.options, response.status
        if is_accepted(status, attempt.task.resolved):
            error = body.error or told_failure(body.value, attempt.task)
            if error is not None:
                return Verdict(Action.FAIL, error.message, error=error)
            return _by_schema(attempt, request, response, body)
        wait = retry_after(response.headers.get("Retry-After"), attempt.task.call.clock.now())
        shown = excerpt(body, attempt.task.call.redactor)
        refusal = StatusError(describe(request.method, response, shown), retry_after=wait)
        lacking = insufficient_scopes(response.headers.get_all("WWW-Authenticate"))
        if lacking is not None:
            refusal.hint = attempt.task.redactor.text(lacking)
        retry = options.retry
        if retry is not None and matches(status, retry.statuses):
            refusal.retryable = True
            return Verdict(Action.RETRY, refusal.message, wait, refusal)
        return Verdict(Action.FAIL, refusal.message, wait, refusal)


def is_accepted(status: int, resolved: ResolvedRequest) -> bool:
    """Tell whether a status completes the task."""
    accepted = resolved.options.accepted_status_codes or resolved.spec.accepted_status_codes
    return matches(status, accepted) if accepted else 200 <= status < 300


def matches(status: int, patterns: Iterable[str | int]) -> bool:
    """Tell whether a status is one of ``404``, ``"404"`` or ``"4xx"``."""
    text = str(status)
    for pattern in patterns:
        wanted = str(pattern).lower()
        if wanted == text or (wanted.endswith("xx") and wanted[:-2] == text[:-2]):
            return True
    return False


def retry_after(value: str | None, now: float) -> float | None:
    """Return the seconds that a Retry-After header asks to wait, at most a day."""
    if value is None:
        return None
    text = value.strip()
    if text.isascii() and text.isdigit():
        return min(float(text), MAX_RETRY_AFTER)
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    wait = (moment - datetime.fromtimestamp(now, UTC)).total_seconds()
    return min(max(wait, 0.0), MAX_RETRY_AFTER)


def describe(method: str, response: HttpResponse, shown: str) -> str:
    """Return the reason text of a status that is not accepted, as Conductor words it.

    Args:
        method: the request's method.
        response: the response.
        shown: what is shown of its body.
    """
    phrase = _PHRASES.get(response.status, response.reason)
    parts = urlsplit(response.url)
    where = parts._replace(query="", fragment="").geturl()
    return f'{response.status} {phrase} on {method} request for "{where}": {shown}'


def excerpt(body: DecodedBody, redactor: Redactor) -> str:
    """Return what a reason shows of a body: the start of its text, or a file's size and type."""
    if body.file is not None:
        return f"[{body.file.size} bytes of {body.file.media_type or 'no media type'}]"
    # Redacted before it is cut: a secret that is cut off could not be found later.
    text = redactor.text(_text(body)).replace("\n", "<EOL>").replace("\r", "<EOL>")
    if not text:
        return "[no body]"
    return f'"{text[:_SHOWN_BODY]}"' + ("…" if len(text) > _SHOWN_BODY else "")


def _text(body: DecodedBody) -> str:
    """Return a body's text, as it was sent where that was kept."""
    value = body.value if body.text is None else body.text
    if value is None or isinstance(value, str):
        return value or ""
    return pretty(value, 0)


def _has_body(request: HttpRequest, response: HttpResponse, body: DecodedBody) -> bool:
    """Tell whether a schema can be held against the body: an empty one counts as null."""
    bodiless = request.method == "HEAD" or response.status in {204, 205, 304}
    return body.kind in {"json", "text"} or (body.kind == "none" and not bodiless)


def _by_schema(
    attempt: Attempt, request: HttpRequest, response: HttpResponse, body: DecodedBody
) -> Verdict:
    schema = attempt.task.call.task.schemas.get("responseSchema")
    if schema is None or not _has_body(request, response, body):
        return _ACCEPTED
    problems = schema.problems(body.value, limit=5)
    if not problems:
        return _ACCEPTED
    first = problems[0]
    message = f"the response does not match its schema at {first.pointer or '/'}: {first.message}"
    if not attempt.task.resolved.options.enforce_response_schema:
        return Verdict(Action.SUCCESS, message)
    error = DecodeError(message, code="response_schema", pointer=first.pointer, retryable=False)
    return Verdict(Action.FAIL, message, error=error)
