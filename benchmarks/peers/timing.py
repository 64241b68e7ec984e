"""What each contestant's program measures of its runs."""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable

ONE_CALL, TEN_CALLS, AT_ONCE = 30, 10, 200


def tell(one: Callable[[], None], ten: Callable[[], None], slow: Callable[[int], None]) -> None:
    """Execute everything, and print what it took as a line of JSON.

    Args:
        one: executes a run of one call.
        ten: executes a run of ten calls.
        slow: executes so many runs of a slow call at once.
    """
    found = {"one call ms": _median(one, ONE_CALL), "ten calls ms": _median(ten, TEN_CALLS)}
    began = time.perf_counter()
    slow(AT_ONCE)
    found[f"{AT_ONCE} slow calls s"] = round(time.perf_counter() - began, 2)
    print(json.dumps(found))
    sys.stdout.flush()


def _median(run: Callable[[], None], times: int) -> float:
    """Return the milliseconds of one run; the first one, which warms up, does not count."""
    run()
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        run()
        taken.append(time.perf_counter() - began)
    return round(statistics.median(taken) * 1e3, 1)
