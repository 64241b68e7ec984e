"""What adding, updating and removing descriptions did, for people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from httptask.cli.output import bold, dim, mark, note, plain, say, style

if TYPE_CHECKING:
    from httptask.catalog import DocumentChange
    from httptask.definition.findings import Finding

MOST = 10
"""How many operations of a kind are named."""
_MARKS = {"skipped": None, "failed": False}


def show(changes: list[DocumentChange]) -> None:
    """Print each document that is not as it was, and the sum of several."""
    for change in changes:
        if change.change != "unchanged" or len(changes) == 1:
            _show(change)
    if len(changes) > 1:
        sums = Counter(change.change for change in changes)
        say(bold(", ".join(f"{number:,} {word}" for word, number in sums.items())))
    fresh = (change for change in changes if change.change in ("added", "changed"))
    if any(change.degraded or change.rejected for change in fresh):
        note(dim("httptask catalog report says what was lost"))


def _show(change: DocumentChange) -> None:
    name = f"{bold(change.api)} " if change.api else ""
    good = _MARKS.get(change.change, True)
    why = f": {plain(change.error.message)}" if change.error and good is None else ""
    say(f"{mark(good)} {name}{plain(change.change)} {dim(change.source + why)}")
    counts = {"imported": change.imported, "degraded": change.degraded, "rejected": change.rejected}
    if shown := ", ".join(f"{count:,} {label}" for label, count in counts.items() if count):
        say(f"    {shown}")
    if change.change == "changed":
        for line in _differences(change):
            say(f"    {line}")
    if change.error is not None and good is False:
        kept = "; what was read before is kept" if change.api else ""
        note(f"    {style(change.error.message, fg='red')}{kept}")
        if change.error.hint:
            note(f"    {dim('hint')} {plain(change.error.hint)}")


def _differences(change: DocumentChange) -> Iterator[str]:
    for sign, ids in (("+", change.added), ("~", change.changed), ("-", change.removed)):
        for each in ids[:MOST]:
            yield f"{sign} {plain(each)}"
            yield from _of_operation(each, change)
        if len(ids) > MOST:
            yield dim(f"{sign} and {len(ids) - MOST:,} more")


def _of_operation(operation: str, change: DocumentChange) -> Iterator[str]:
    """Yield what callers of an operation should know."""
    own = [each for each in change.differences if each.operation == operation]
    told = [each for each in own if each.severity != "harmless"]
    for each in told[:MOST]:
        yield f"    {mark(False if each.severity == 'breaking' else None)} {plain(each.message)}"
    if len(told) > MOST:
        yield dim(f"    and {len(told) - MOST:,} more")


def show_affected(findings: list[Finding]) -> None:
    """Print which steps the changes affect, broken ones first."""
    for each in findings:
        sign = mark(False if each.severity == "error" else None)
        say(f"{sign} {bold(plain(f'{each.source}#{each.pointer}'))}")
        say(f"    {plain(each.message)} {dim(each.code)}")
        if each.hint:
            say(f"    {dim('hint')} {plain(each.hint)}")
    broken = sum(each.severity == "error" for each in findings)
    say(bold(f"{broken} broken, {len(findings) - broken} to be looked at"))
