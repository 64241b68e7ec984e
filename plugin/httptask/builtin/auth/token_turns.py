"""One token call for any number of callers, in whatever threads and processes they are."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Final

from httptask.builtin.auth.token_call import UNAVAILABLE
from httptask.builtin.auth.token_store import Failure, Row, Token, TokenStore
from httptask.errors import CredentialsError, HttpTaskError, RequestError
from httptask.hooks.views import Task

_TURN: Final = 0.02
"""Seconds between two looks at the store."""

_MARGIN: Final = 2.0
_LONGEST: Final = 60.0
"""Seconds that a lease lasts beyond the call's time-outs, and at most."""

Obtain = Callable[[str], Token]
"""Asks the server for a token, given the refresh token that is kept, or ""."""


def current_token(
    task: Task, store: TokenStore, identity: str, obtain: Obtain, refused: str = ""
) -> Token:
    """Return a token that is not due, asking for one if need be.

    Args:
        task: the task that needs it; its deadline ends the wait.
        store: where the tokens are.
        identity: whose token it is.
        obtain: asks for it; nobody else asks for the same one meanwhile.
        refused: the access token that the API refused, or "".

    Raises:
        RequestError: there is none; all who waited for the same call are told the same.
    """
    clock = task.call.clock
    began, holder = clock.now(), uuid.uuid4().hex
    while True:
        now = clock.now()
        row = store.read(identity)
        if row.token is not None and row.token.usable(now, refused):
            return row.token
        if row.failure is not None and row.failed >= began:
            raise _error(row.failure)
        if row.leased_until <= now or not row.holder:
            row = store.take(identity, holder, now, now + _lease(task), refused)
            if row.holder == holder:
                return _asked(task, store, identity, obtain, row)
            continue
        task.wait(_TURN)


def _asked(task: Task, store: TokenStore, identity: str, obtain: Obtain, row: Row) -> Token:
    """Ask, as the one who holds the lease."""
    clock = task.call.clock
    try:
        token = obtain(row.token.refresh if row.token is not None else "")
        store.put(identity, token, clock.now())
    except BaseException as error:
        store.fail(identity, row.holder, _failure(error, task), clock.now())
        raise
    return token


def _lease(task: Task) -> float:
    """Return how long the call may take."""
    waits = (task.spec.connection_time_out + task.spec.read_time_out) / 1000
    return min(waits + _MARGIN, _LONGEST)


def _failure(error: BaseException, task: Task) -> Failure | None:
    """Return what those who wait are told; None if it is this caller's own matter."""
    if not isinstance(error, HttpTaskError) or error.code not in _SHARED:
        return None
    text = task.redactor.text
    return Failure(
        error.code, text(error.message), text(error.hint), bool(error.retryable), error.retry_after
    )


def _error(failure: Failure) -> RequestError:
    kind = RequestError if failure.code == UNAVAILABLE else CredentialsError
    return kind(
        failure.message,
        code=failure.code,
        hint=failure.hint,
        retryable=failure.retryable,
        retry_after=failure.retry_after,
    )


_SHARED: Final = frozenset(
    {UNAVAILABLE, "token_refused", "token_invalid", "credentials_lost", "sign_in_needed"}
)
