"""The layer that asks until a long-running operation has ended."""

from __future__ import annotations

from contextlib import suppress
from typing import Annotated, Any, Final

import msgspec

from httptask.builtin.check_response import excerpt, is_accepted, retry_after
from httptask.builtin.following import at_home
from httptask.builtin.kept import LONGEST, resumed
from httptask.builtin.poll.states import MONITORS, State, States
from httptask.builtin.reading import Read
from httptask.core.message import HttpRequest
from httptask.core.methods import SAFE
from httptask.core.urls import resolve_reference
from httptask.core.verdict import Action, Verdict
from httptask.definition.options import IdempotencyKeyOptions, PollOptions
from httptask.definition.poll_options import MAX_INTERVAL, Source
from httptask.errors import ResponseError
from httptask.hooks import hookimpl
from httptask.hooks.progress import malformed
from httptask.hooks.views import Ask, Claim, Outcome, ResolvedRequest, Task

_BELOW: Final = "/httptask/poll"
_NOT_NOW: Final = frozenset({429, 503})
_OF_BODY: Final = ("Content-Type", "Content-Length", "Transfer-Encoding", "Content-Encoding")
_HEADERS: Final[dict[Source, str]] = {**MONITORS, "location": "Location"}
_DOUBLINGS: Final = 30
_ACCEPTED: Final = 202
_SHOWN: Final = 60


class Kept(msgspec.Struct, frozen=True):
    """How far an operation has come.

    Attributes:
        polls: how often its state was asked for.
        spent: seconds since it began.
        url: where its state is asked for; None: by the task's own request.
        source: what said so.
    """

    polls: Annotated[int, msgspec.Meta(ge=0)] = 0
    spent: Annotated[float, msgspec.Meta(ge=0)] = 0.0
    url: Annotated[str, msgspec.Meta(max_length=LONGEST)] | None = None
    source: Source = "auto"


class Polling:
    """Asks as ``httptask.poll`` says."""

    @hookimpl
    def httptask_claims(self) -> list[Claim]:
        """Claim ``poll``."""
        text = "a long-running operation to its end; nothing is held open meanwhile"
        return [Claim("poll", "poll", text, options=PollOptions)]

    @hookimpl(trylast=True)
    def httptask_poll(self, task: Task, request: HttpRequest, ask: Ask) -> Outcome:
        """Ask once, and pause or come to an end."""
        return _Operation(task, request).asked(ask)


class _Operation:
    """One part of an operation: a request, and what its response means."""

    def __init__(self, task: Task, request: HttpRequest) -> None:
        self._task, self._request = task, request
        self._options: PollOptions = task.option("poll")
        state = resumed(task, Kept, _BELOW) or Kept(source=self._options.from_)
        if task.resume is not None and state.url is None and state.source != "same":
            raise malformed("it does not say where to ask", f"{task.call.task.pointer}{_BELOW}")
        self._polls, self._spent = state.polls, state.spent
        self._url = state.url
        self._source: Source = state.source
        self._seen: Any = None

    def asked(self, ask: Ask) -> Outcome:
        """Ask, and return the outcome of an operation that has ended; else pause."""
        first = self._task.resume is None
        began = self._task.call.clock.monotonic()
        outcome = ask(self._request if first else self._next())
        self._polls += not first
        try:
            ended = None if self._is_refused(outcome, first) else self._judged(outcome, ask, first)
        except ResponseError as error:
            return _ended(outcome, error)
        if ended is not None:
            return ended
        self._spent += self._task.call.clock.monotonic() - began
        options = self._options
        if self._polls >= options.max or self._spent >= options.total:
            polls = f"{self._polls} poll" + ("s" if self._polls != 1 else "")
            until = options.until
            lacks = f": the response has no {until.path}" if until is not None else ""
            text = f"the operation goes on after {polls} and {self._spent:.0f} s"
            text += self._said() or lacks
            hint = f"the limits are poll.max, {options.max}, and poll.total, {options.total:g} s"
            return _ended(outcome, self._problem("poll_limit", text, "", hint))
        wait = min(self._wait(outcome), options.total - self._spent)
        self._task.recorder.note(f"waits {wait:g} s for the operation{self._said()}")
        raise self._task.pause(wait, self._state(wait), may_repeat=self._next().may_repeat)

    def _said(self) -> str:
        """Return what is told of an operation that goes on: its state, if it has one."""
        if self._seen is None:
            return ""
        # Redacted before it is cut: a secret that is cut off could not be found later.
        return f": it is {self._task.redactor.text(str(self._seen))[:_SHOWN]!r}"

    def _judged(self, outcome: Outcome, ask: Ask, first: bool) -> Outcome | None:
        """Return how the operation ended; None while it goes on.

        Raises:
            ResponseError: it failed, or the response does not say where to ask.
        """
        response, body = outcome.response, outcome.body
        if response is None or body is None or not self._counts(outcome):
            return outcome
        page = Read(response, body, self._task.call.clock.now())
        self._look_for_address(page, first)
        state, value = States(self._task).of(page, self._source, first=first)
        if state is State.RUNNING:
            self._check_address()
            self._seen = value
            return None
        if state is State.FAILED:
            shown = "" if value is None else f" with {value!r}"
            text = excerpt(body, self._task.redactor)
            raise self._problem("operation_failed", f"the operation failed{shown}: {text}", "")
        result = self._options.result
        if result == "same" or outcome.verdict.action is not Action.SUCCESS:
            return outcome
        url = self._request.url if result == "final-get" else self._place_of_result(page, result)
        return ask(self._get(url))

    def _counts(self, outcome: Outcome) -> bool:
        """Tell whether a response says something; only the last one has to have the schema."""
        if outcome.verdict.action is Action.SUCCESS:
            return True
        error, response = outcome.verdict.error, outcome.response
        is_schema = error is not None and error.code == "response_schema"
        return is_schema and response is not None and is_accepted(response.status, self._resolved)

    @property
    def _resolved(self) -> ResolvedRequest:
        return self._task.resolved

    def _is_refused(self, outcome: Outcome, first: bool) -> bool:
        """Tell whether a poll was refused for now, and may be made again."""
        status = outcome.response.status if outcome.response is not None else 0
        return not first and status in _NOT_NOW and not is_accepted(status, self._resolved)

    # where to ask

    def _look_for_address(self, page: Read, first: bool) -> None:
        """Take the address from a response that has one; a later one replaces it."""
        if self._source == "auto":
            self._source = next((name for name in _HEADERS if self._points(page, name)), "auto")
        header = _HEADERS.get(self._source)
        value = page.response.headers.get(header) if header else None
        if self._source == "body" and first:
            value = page.read(self._options.path or "")
        if value is not None:
            self._url = self._absolute(page, value)

    def _points(self, page: Read, name: Source) -> bool:
        """Tell whether a header leads to an operation: a Location may be what was made."""
        if _HEADERS[name] not in page.response.headers:
            return False
        rules = self._options.until or self._options.failed or self._options.condition
        return name in MONITORS or page.response.status == _ACCEPTED or rules is not None

    def _check_address(self) -> None:
        """Make sure that there is somewhere to ask.

        Raises:
            ResponseError: the response does not say where.
        """
        if self._source == "auto" and self._request.method in SAFE:
            self._source = "same"
        if self._source != "same" and self._url is None:
            names = ", ".join(_HEADERS.values()) if self._source == "auto" else self._source
            text = f"the operation goes on, and the response does not say where to ask ({names})"
            hint = "name the header, or a place in the body: poll.from, poll.path"
            raise self._problem("poll_address", text, "/from", hint)

    def _absolute(self, page: Read, value: Any) -> str:
        url = str(value)
        with suppress(ValueError):
            url = resolve_reference(page.response.url, url)
        return self._at_home(url)

    def _at_home(self, url: str) -> str:
        return at_home(self._request, url, f"{self._task.call.task.pointer}{_BELOW}/from")

    def _place_of_result(self, page: Read, path: str) -> str:
        value = page.read(path)
        if not isinstance(value, str) or not value:
            text = f"the operation succeeded, and {path} finds no address of its result"
            raise self._problem("poll_result", text, "/result")
        return self._absolute(page, value)

    def _next(self) -> HttpRequest:
        """Return the next request; what an engine kept of the address may have been changed."""
        return self._request if self._url is None else self._get(self._at_home(self._url))

    def _get(self, url: str) -> HttpRequest:
        """Return a GET with the task's headers, less those that belong to its own request."""
        key = self._task.options.idempotency_key
        named = key if isinstance(key, IdempotencyKeyOptions) else IdempotencyKeyOptions()
        return HttpRequest("GET", url, self._request.headers.without(*_OF_BODY, named.header))

    # when to ask

    def _wait(self, outcome: Outcome) -> float:
        """Return the seconds until the next poll: as the response asks, else as the task says."""
        header = outcome.response.headers.get("Retry-After") if outcome.response else None
        asked = retry_after(header, self._task.call.clock.now())
        if asked:
            return asked
        options, number = self._options, self._polls + 1
        seconds = max(options.interval, self._task.call.poll_floor)
        if options.strategy == "LINEAR_BACKOFF":
            seconds *= number
        elif options.strategy == "EXPONENTIAL_BACKOFF":
            seconds *= 2.0 ** min(number - 1, _DOUBLINGS)
        return min(seconds, MAX_INTERVAL)

    def _state(self, wait: float) -> Any:
        state = Kept(self._polls, self._spent + wait, self._url, self._source)
        return msgspec.to_builtins(state)

    def _problem(self, code: str, text: str, key: str, hint: str = "") -> ResponseError:
        pointer = f"{self._task.call.task.pointer}{_BELOW}{key}"
        return ResponseError(text, code=code, pointer=pointer, hint=hint, retryable=False)


def _ended(outcome: Outcome, error: ResponseError) -> Outcome:
    """Return the outcome of an operation that did not succeed, with the last response."""
    action = Action.FAIL if error.code == "operation_failed" else Action.FAIL_TERMINALLY
    return Outcome(Verdict(action, error.message, error=error), outcome.response, outcome.body)
