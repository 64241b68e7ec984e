"""Whether an attempt is repeated, and when: the one place that decides it."""

from __future__ import annotations

import random

from httptask.core.message import HttpRequest
from httptask.core.methods import IDEMPOTENT
from httptask.core.verdict import Action, Verdict
from httptask.definition.options import HttpTaskOptions, RetryOptions
from httptask.hooks import hookimpl
from httptask.hooks.views import Ask, Attempt, Claim, Outcome

_NEVER_SENT = frozenset({"connect_failed", "connect_timeout", "dns_failed", "token_unavailable"})


def may_repeat(method: str, options: HttpTaskOptions) -> bool:
    """Tell whether sending the request twice does no harm, by method or by the author's word."""
    return method in IDEMPOTENT or is_idempotent(options)


def is_idempotent(options: HttpTaskOptions) -> bool:
    """Tell whether the author says that sending the request twice does no harm."""
    return options.idempotent or bool(options.idempotency_key)


class Repeat:
    """Makes attempts as ``httptask.retry`` says."""

    @hookimpl
    def httptask_claims(self) -> list[Claim]:
        """Claim ``retry``."""
        return [Claim("repeat", "retry", "attempts, waits, Retry-After", options=RetryOptions)]

    @hookimpl(trylast=True)
    def httptask_repeat(self, attempt: Attempt, request: HttpRequest, attempt_once: Ask) -> Outcome:
        """Repeat until an attempt counts, or no other may follow."""
        task, number = attempt.task, 1
        while True:
            outcome = attempt_once(request)
            retry = task.options.retry
            if retry is None:
                return outcome
            wait = delay(retry, request, number, outcome.verdict, task.time_left())
            if wait is None:
                return outcome
            number += 1
            if wait:
                of = f"attempt {number} of {retry.max_attempts}"
                task.recorder.note(f"waits {wait:.2g} s before {of}: {outcome.verdict.reason}")
            task.wait(wait)


def delay(
    retry: RetryOptions,
    request: HttpRequest,
    number: int,
    verdict: Verdict,
    time_left: float | None,
) -> float | None:
    """Return the seconds to wait before the next attempt, or None to give up.

    Args:
        retry: what the task says.
        request: what is sent.
        number: attempts made so far.
        verdict: the verdict of the last one.
        time_left: seconds until the deadline, or None.
    """
    if verdict.action is not Action.RETRY or number >= retry.max_attempts:
        return None
    unsent = verdict.error is not None and verdict.error.code in _NEVER_SENT
    if not unsent and not request.may_repeat:
        return None
    wait = min(retry.initial_delay_ms * retry.multiplier ** (number - 1), retry.max_delay_ms)
    if retry.jitter:
        wait = random.uniform(wait / 2, wait)  # noqa: S311 - spreads load, guards nothing
    seconds = wait / 1000
    if retry.respect_retry_after and verdict.retry_after is not None:
        seconds = max(seconds, verdict.retry_after)
    return None if time_left is not None and seconds >= time_left else seconds
