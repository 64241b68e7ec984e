"""Whether every operation's prepared task checks, builds, and is what its description accepts.

``python benchmarks/catalog_prepare.py FOLDER [CATALOG] [EVERY]`` prints JSON: operations accepted,
untested by cause (no valid input was found) and refused by cause, with examples; and operations
degraded by cause. Inputs are generated from the described schemas, and nothing is sent. EVERY
takes one operation of so many instead of all; FOLDER ``-`` takes the catalogue as it is.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "support"))

from prepared_tasks import Verdict, judge  # noqa: E402

from httptask.catalog import Catalog  # noqa: E402
from httptask.catalog.catalog import iterate  # noqa: E402

EXAMPLES = 4


class Sums:
    """What became of the operations so far."""

    def __init__(self) -> None:
        self.outcomes: Counter[str] = Counter()
        self.causes: Counter[str] = Counter()
        self.degraded: Counter[str] = Counter()
        self.examples: dict[str, list[str]] = {}

    def add(self, name: str, verdict: Verdict, kinds: set[str]) -> None:
        """Count one operation."""
        self.outcomes[verdict.outcome] += 1
        self.degraded.update(kinds)
        self.degraded["any"] += bool(kinds)
        if verdict.cause:
            cause = f"{verdict.outcome}: {verdict.cause}"
            self.causes[cause] += 1
            shown = self.examples.setdefault(cause, [])
            shown += [f"{name}: {verdict.detail:.300}"] if len(shown) < EXAMPLES else []

    def to_json(self) -> dict[str, Any]:
        """Return all sums, largest first."""
        counters = {"outcomes": self.outcomes, "causes": self.causes, "degraded": self.degraded}
        sums = {name: dict(counter.most_common()) for name, counter in counters.items()}
        return {"operations": self.outcomes.total(), **sums, "examples": self.examples}


def sweep(catalog: Catalog, every: int, folder: Path) -> Sums:
    """Judge the operations and sum up."""
    sums, started = Sums(), time.monotonic()
    for number, name in enumerate(iterate(catalog)):
        if number % every:
            continue
        try:
            operation = catalog.get(name)
            verdict = judge(operation, number, folder)
            kinds = {reason.kind for reason in operation.reasons}
        except Exception as error:  # noqa: BLE001 - counted; a crash is a finding too
            verdict, kinds = Verdict("refused", f"crash {type(error).__name__}", str(error)), set()
        sums.add(name, verdict, kinds)
        if sums.outcomes.total() % 1000 == 0:
            print(int(time.monotonic() - started), dict(sums.outcomes), file=sys.stderr, flush=True)
    return sums


def main(folder: str, path: str | None = None, every: str = "1") -> None:
    """Fill the catalogue if it lacks the folder, sweep, and print JSON."""
    with tempfile.TemporaryDirectory() as spare, Catalog.open(path or f"{spare}/c") as catalog:
        if folder != "-":
            catalog.add(folder)
        print(json.dumps(sweep(catalog, int(every), Path(spare)).to_json(), indent=2))


if __name__ == "__main__":
    main(*sys.argv[1:])
