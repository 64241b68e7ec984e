"""The layer that asks for one page after the other."""

from __future__ import annotations

import hashlib
from typing import Annotated, Any, Final

import msgspec

from httptask.builtin.kept import LONGEST, resumed
from httptask.builtin.paging.items import ItemsPlace, have_identity
from httptask.builtin.paging.rules import Rule, ends, total
from httptask.builtin.paging.spool import Kept, Spool
from httptask.builtin.reading import Read
from httptask.core.json_text import encode, encode_sorted
from httptask.core.message import HttpRequest
from httptask.core.verdict import Action, Verdict
from httptask.definition.options import PagingOptions
from httptask.definition.paging_options import (
    MAX_FILE_BYTES,
    MAX_ITEMS,
    MAX_LIST_BYTES,
    MAX_PAGES,
)
from httptask.errors import HttpTaskError, ResponseError
from httptask.hooks import hookimpl
from httptask.hooks.progress import malformed
from httptask.hooks.views import Ask, Claim, DecodedBody, Outcome, Task

EMPTY_PAGES: Final = 10
"""Empty pages in a row after which a list ends, whatever names the next one."""

_NOT_FOUND: Final = 404

_CONFIRMS: Final = 2
"""Pages with items that show that the service goes on."""

_BELOW: Final = "/httptask/paging"


Count = Annotated[int, msgspec.Meta(ge=0)]


class Begun(msgspec.Struct, frozen=True):
    """How far the pages have come.

    Attributes:
        next: what names the next page.
        counts: pages, items and bytes so far.
        sizes: the most items of a page, and empty pages in a row.
        seen: whether there was a full page, and a Link header that named a next one.
        place: names that lead to the items, if they were looked for.
        stored: bytes of the file of pages.
    """

    next: int | float | Annotated[str, msgspec.Meta(max_length=LONGEST)] | None
    counts: tuple[Count, Count, Count] = (0, 0, 0)
    sizes: tuple[Count, Count] = (0, 0)
    seen: tuple[bool, bool] = (False, False)
    place: list[str] | None = None
    stored: Count = 0


class Paging:
    """Asks for pages as ``httptask.paging`` says."""

    @hookimpl
    def httptask_claims(self) -> list[Claim]:
        """Claim ``paging``."""
        text = "all pages of a list; each with attempts of its own, kept as it comes"
        return [Claim("page", "paging", text, options=PagingOptions)]

    @hookimpl(trylast=True)
    def httptask_page(self, task: Task, request: HttpRequest, ask: Ask) -> Outcome:
        """Ask for all pages."""
        return _Pages(task, request).gathered(ask)


class _Pages:
    """The pages of one execution."""

    def __init__(self, task: Task, request: HttpRequest) -> None:
        self._task, self._rule = task, Rule(task, request)
        self._options: PagingOptions = task.option("paging")
        self._spool = Spool(task.call.files, task.call.execution)
        state = resumed(task, Begun, _BELOW)
        if state is not None and not self._rule.can_begin_at(state.next):
            raise malformed("it does not name the next page", f"{task.call.task.pointer}{_BELOW}")
        if not self._spool.cut(state.stored if state else 0):
            state = None
            # What layers inside kept is of a page that others come before.
            task.keep(None, may_repeat=request.may_repeat)
        begun = state or Begun(self._rule.first())
        self._value = begun.next
        self._count, self._items, self._bytes = begun.counts
        self._step, self._empty = begun.sizes
        self._full, self._linked = begun.seen
        self._place = ItemsPlace(self._options.items, begun.place, task.call.task.pointer)
        kept = list(self._spool.pages()) if state else []
        self._requests = {page.request for page in kept}
        self._contents = {page.content: number for number, page in enumerate(kept, 1)}
        self._last: Outcome | None = None
        self._why, self._doubted = "", False

    def gathered(self, ask: Ask) -> Outcome:
        """Return one outcome for all pages; of a page that fails, with those before it."""
        try:
            outcome = self._asked(ask)
        except HttpTaskError as error:
            of_response = isinstance(error, ResponseError)
            if not self._count and not of_response:
                raise
            terminal = of_response and error.retryable is False
            action = Action.FAIL_TERMINALLY if terminal else Action.FAIL
            response = self._last.response if of_response and self._last is not None else None
            outcome = Outcome(Verdict(action, error.message, error.retry_after, error), response)
        outcome = Outcome(outcome.verdict, outcome.response, self._body())
        self._spool.remove()
        return outcome

    def _asked(self, ask: Ask) -> Outcome:
        while True:
            request = self._rule.request(self._value, self._count)
            before, outcome = self._last, ask(request)
            if before is not None and self._is_beyond(outcome):
                self._ends(f"there is no page {self._count + 1}: {_NOT_FOUND}")
                self._tell()
                return before
            self._last = outcome
            if outcome.verdict.action is not Action.SUCCESS or outcome.body is None:
                return outcome
            if self._is_last(request, outcome):
                self._tell()
                return outcome

    def _is_beyond(self, outcome: Outcome) -> bool:
        """Tell whether a page that this side counted to is not there, and nothing named it."""
        is_counted = self._rule.is_numbered and self._options.stop is None
        response = outcome.response
        if not is_counted or response is None or response.status != _NOT_FOUND:
            return False
        return outcome.verdict.action is not Action.SUCCESS

    def _is_last(self, request: HttpRequest, outcome: Outcome) -> bool:
        """Take a page, and tell whether it is the last one."""
        assert outcome.response is not None  # noqa: S101 - it is a success
        assert outcome.body is not None  # noqa: S101 - as above
        page = Read(outcome.response, outcome.body, self._task.call.clock.now())
        found = self._place.of(page)
        if found is None and not self._count:
            self._warn("paging_no_items", "the first page has no list of items", "/items")
        items, done = self._within(found or [])
        if items is not None:
            self._take(request, items)
        if items is None or len(items) < len(found or []):
            return self._is_limited("maxBytes" if items is None else "maxItems")
        following = self._next(page, items)
        if following is None:
            return True
        if done:
            return self._is_limited("maxItems")
        self._value = following
        return not self._goes_on(items)

    def _within(self, items: list[Any]) -> tuple[list[Any] | None, bool]:
        """Return the items that the limits leave, and whether a limit that was set is reached.

        None stands for a page that would be too large.

        Raises:
            ResponseError: a limit that nobody set is passed.
        """
        options = self._options
        most = options.max_items or MAX_ITEMS
        over = self._items + len(items) - most
        if over > 0 and options.max_items is None:
            raise self._limit(f"more than {most:,} items", "maxItems")
        size = len(encode(items)) if items else 0
        of_kind = MAX_FILE_BYTES if options.to == "ndjson" else MAX_LIST_BYTES
        if self._bytes + size > (options.max_bytes or of_kind):
            if options.max_bytes is None:
                raise self._limit(f"more than {of_kind:,} bytes", "maxBytes")
            return None, True
        self._bytes += size
        reached = options.max_items is not None and over >= 0
        return (items[: len(items) - over] if over > 0 else items), reached

    def _take(self, request: HttpRequest, items: list[Any]) -> None:
        content = _digest(encode_sorted(items)) if items else ""
        before = self._contents.get(content) if items else None
        if before is not None:
            self._repeated(before, items)
        self._contents.setdefault(content, self._count + 1)
        digest = _request_digest(request)
        self._requests.add(digest)
        self._count += 1
        self._items += len(items)
        self._spool.add(Kept(digest, content, self._task.redactor.value(items)))

    def _repeated(self, before: int, items: list[Any]) -> None:
        text = f"page {self._count + 1} has the same items as page {before}"
        if have_identity(items):
            raise ResponseError(
                f"{text}: the service does not go on",
                code="paging_repeated",
                pointer=f"{self._task.call.task.pointer}{_BELOW}",
                hint="check paging.kind and paging.parameter against the API's documentation",
                retryable=False,
            )
        if before == self._count:
            self._doubted = True
            self._warn("paging_repeated", f"{text}; they may be equal by chance")

    def _next(self, page: Read, items: list[Any]) -> Any:
        """Return what names the next page; None at the end of the list."""
        rule = self._rule
        said = ends(self._options, page, self._count, self._items)
        self._step = max(self._step, len(items))
        if said is True:
            self._ends("paging.stop says so")
            return None
        following = rule.following(self._value, page, items, self._step)
        if following is None:
            self._ends("the response names no next page")
            self._check_end(page, more=said is False)
        elif rule.is_numbered and said is None and self._is_counted_out(page, items):
            self._check_end(page, more=rule.names_next(page))
            return None
        return following

    def _is_counted_out(self, page: Read, items: list[Any]) -> bool:
        """Tell whether a page is the last one by its items, where no response says so."""
        size, linked = self._options.size or len(items), self._rule.names_next(page)
        if not items:
            return self._ends(f"page {self._count} is empty")
        if self._full and len(items) < size:
            return self._ends(f"page {self._count} is not full")
        if self._linked and not linked:
            return self._ends("the Link header names no next page")
        self._full = self._full or len(items) >= size
        self._linked = linked
        return False

    def _check_end(self, page: Read, *, more: bool) -> None:
        """Warn where a response says that there is more."""
        of_all = total(self._options, page)
        if of_all is not None and of_all > self._items:
            text = f"the service says {of_all:,.15g} items, and {self._items} came"
            self._warn("paging_incomplete", text)
        elif more:
            text = "the list ended where the service says that there is more"
            self._warn("paging_incomplete", text)

    def _goes_on(self, items: list[Any]) -> bool:
        """Tell whether to ask for the next page, and keep how far it came.

        Raises:
            ResponseError: it was asked for before, or there are too many.
        """
        request = self._rule.request(self._value, self._count)
        if _request_digest(request) in self._requests:
            if items and self._options.kind != "last_item":
                raise ResponseError(
                    f"the service names a page that was read before: after {self._count}",
                    code="paging_loop",
                    pointer=f"{self._task.call.task.pointer}{_BELOW}",
                    hint="check paging.token, or end the list with paging.stop",
                    retryable=False,
                )
            return not self._ends("the page that is named next was asked for")
        self._empty = 0 if items else self._empty + 1
        if self._empty >= EMPTY_PAGES:
            text = f"the list ended after {EMPTY_PAGES} empty pages, and the service names more"
            self._warn("paging_incomplete", text)
            return not self._ends(f"{EMPTY_PAGES} pages in a row are empty")
        if self._count >= (self._options.max_pages or MAX_PAGES):
            if self._options.max_pages is None:
                raise self._limit(f"more than {MAX_PAGES:,} pages", "maxPages")
            return not self._is_limited("maxPages")
        self._task.keep(self._state(), may_repeat=request.may_repeat)
        return True

    def _is_limited(self, key: str) -> bool:
        """Note that a limit of the task ends the list, and warn: there may be more."""
        self._warn("paging_limited", f"the list ended at {key}: there may be more", f"/{key}")
        return self._ends(f"paging.{key} ends it")

    def _ends(self, why: str) -> bool:
        """Note why the list ends."""
        self._why = why
        return True

    def _tell(self) -> None:
        """Tell whether what came confirms the rule, and why."""
        filled = len(self._contents.keys() - {""})
        if self._doubted:
            found = "not confirmed: pages have the same items"
        elif filled < _CONFIRMS:
            found = f"not confirmed: {'one page has' if filled else 'no page has'} items"
        else:
            found = f"confirmed: {filled} pages, each with other items, {self._items} in all"
        self._task.recorder.note(f"paging is {found}; the list ends there: {self._why}")

    def _state(self) -> Any:
        state = Begun(
            self._value,
            (self._count, self._items, self._bytes),
            (self._step, self._empty),
            (self._full, self._linked),
            self._place.found,
            self._spool.size,
        )
        return msgspec.to_builtins(state)

    def _body(self) -> DecodedBody:
        size, pages = self._bytes, self._count
        if self._options.to == "list":
            return DecodedBody(self._spool.items(), "json", size, pages=pages)
        file = self._spool.to_file()
        return DecodedBody(file.to_json(), "file", size, file, pages=pages)

    def _limit(self, what: str, key: str) -> ResponseError:
        return ResponseError(
            f"the list has {what}",
            code="paging_limit",
            pointer=f"{self._task.call.task.pointer}{_BELOW}/{key}",
            hint=f"set paging.{key}: up to it, the list is then what the task asks for",
            retryable=False,
        )

    def _warn(self, code: str, message: str, key: str = "") -> None:
        self._task.warn(code, message, f"{_BELOW}{key}")


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:32]


def _request_digest(request: HttpRequest) -> str:
    body = request.body.data if request.body is not None else None
    lines = [line for line in request.headers if line[0].lower() != "idempotency-key"]
    return _digest(repr((request.method, request.url, lines, body)).encode())
