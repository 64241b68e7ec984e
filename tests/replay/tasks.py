"""Replay recorded executions of a Conductor server on the embedded engine.

``python tests/replay/tasks.py FILE [--server URL] [--json]``: FILE is a list of recorded cases; URL
is the server that their HTTP tasks call (without it a small one is started). Prints what is the
same, what is different by a named rule (``rules.py``), and what is different; exits 1 when
anything is different.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
import traceback
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from cases import Replay
from driver import Driver
from report import Judged, judged, report
from rules import rule_for
from standin import serving

THREADS = 8


def replay(driver: Driver, case: dict[str, Any], server: str) -> Judged:
    """Run one case; a bug of ours is a difference like any other."""
    name, group = case["case"], case["group"]
    try:
        result = Replay(driver, case, server).run()
        found = list(result.differences())
        rules = [rule_for(result, each) for each in found]
    except Exception:  # noqa: BLE001 - told as the case's outcome
        return judged(name, group, [("/replay", "an execution", traceback.format_exc())], [None])
    return judged(name, group, [(each.path, each.expected, each.got) for each in found], rules)


def main() -> int:
    """Replay all cases of a file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--server", help="origin of the server that HTTP tasks call")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--case", action="append", help="only the cases of this name")
    given = parser.parse_args()
    cases = json.loads(given.file.read_text(encoding="utf-8"))
    if given.case:
        cases = [case for case in cases if case["case"] in given.case]
    with contextlib.ExitStack() as stack:
        server = given.server or stack.enter_context(serving())
        driver = stack.enter_context(Driver.open(server))
        pool = stack.enter_context(ThreadPoolExecutor(THREADS))
        outcomes = list(pool.map(lambda case: replay(driver, case, server.rstrip("/")), cases))
    return report(outcomes, as_json=given.json)


if __name__ == "__main__":
    sys.exit(main())
