"""Cases of a campaign, run one after the other: how they ended, and what is wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import TypeVar

Case = TypeVar("Case")


def judged(
    cases: Iterable[Case], run: Callable[[Case], list[str]], *, short: bool
) -> tuple[int, int]:
    """Print how the cases ended; return how many there were, and how many things are wrong.

    Args:
        cases: the cases.
        run: gives how a case ended, then what is wrong.
        short: whether only each seventh case is run.
    """
    ends: Counter[str] = Counter()
    wrong: list[str] = []
    for case in list(cases)[:: 7 if short else 1]:
        end, *found = run(case)
        ends[end] += 1
        wrong += [f"{case}: {text}" for text in found]
    for end, number in sorted(ends.items()):
        print(f"{end:24}{number:6}")
    for text in wrong:
        print("WRONG", text)
    return ends.total(), len(wrong)
