"""Whether every operation's prepared task checks, builds, and is what its description accepts.

``python benchmarks/catalog_prepare.py FOLDER [CATALOG] [EVERY]`` prints JSON: sums by outcome, and
for each cause its count and first examples. Inputs are generated from the described schemas, and
nothing is sent. EVERY takes one operation of so many instead of all.
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

from prepared_tasks import Values, build, differences, valid_inputs  # noqa: E402

from httptask.catalog import Catalog  # noqa: E402
from httptask.catalog.prepare.task import prepare_task  # noqa: E402
from httptask.check import check_task  # noqa: E402
from httptask.definition.loader import load_task  # noqa: E402
from httptask.errors import HttpTaskError  # noqa: E402

EXAMPLES = 4


def judge(catalog: Catalog, name: str, seed: int, folder: Path) -> list[str]:
    """Return what is wrong with an operation's task, each as ``cause: detail``."""
    operation = catalog.get(name)
    prepared = prepare_task(operation)
    found = [f for f in check_task(load_task(prepared.task)) if f.severity == "error"]
    if found:
        return [f"check {each.code}: {each.message}" for each in found]
    made = Values(operation, seed)
    inputs = valid_inputs(prepared, made)
    if inputs is None:
        return ["no valid input generated: "]
    try:
        request = build(prepared, inputs, folder)
    except HttpTaskError as error:
        return [f"refused {error.code}: {error}"]
    found_texts = differences(operation, request, made)
    return [f"not described {text.partition(' ')[0]}: {text}" for text in found_texts]


def sweep(catalog: Catalog, every: int, folder: Path) -> dict[str, Any]:
    """Judge the operations and sum up."""
    sums: Counter[str] = Counter()
    examples: dict[str, list[str]] = {}
    number, started = 0, time.monotonic()
    for api in catalog.apis():
        for name in catalog.operations(api.api):
            number += 1
            if number % every:
                continue
            try:
                wrong = judge(catalog, name, number, folder)
            except Exception as error:  # noqa: BLE001 - counted; a crash is a finding too
                wrong = [f"crash {type(error).__name__}: {error}"]
            sums["operations"] += 1
            sums["accepted"] += not wrong
            for cause in {text.partition(":")[0] for text in wrong}:
                sums[cause] += 1
            for text in wrong:
                shown = examples.setdefault(text.partition(":")[0], [])
                if len(shown) < EXAMPLES:
                    shown.append(f"{name}: {text:.300}")
            if sums["operations"] % 500 == 0:
                print(int(time.monotonic() - started), dict(sums), file=sys.stderr, flush=True)
    return {"sums": dict(sums.most_common()), "examples": examples}


def main(folder: str, path: str | None = None, every: str = "1") -> None:
    """Fill the catalogue if it lacks the folder, sweep, and print JSON."""
    with tempfile.TemporaryDirectory() as spare, Catalog.open(path or f"{spare}/c") as catalog:
        if folder != "-":
            catalog.add(folder)
        print(json.dumps(sweep(catalog, int(every), Path(spare)), indent=2))


if __name__ == "__main__":
    main(*sys.argv[1:])
