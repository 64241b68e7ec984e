"""Measure how many seeded faults ``check`` finds.

``python tests/replay/mutants.py ARCHIVE [--json]``: ARCHIVE is a ``.tar.xz`` of correct workflows
(``base/``, ``tricky/``) and of mutants, each with one fault (``dev.index.json``: kind and place).
A fault is found when a finding that the correct workflow does not have stands at its place, one
step above it, or below it. Kinds that are advice only are told, and do not count. Prints the share
found by kind and every finding on a correct workflow; exits 1 when there is such a finding.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tarfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from httptask.app.check import check
from httptask.app.load import Surroundings
from httptask.definition.findings import Finding

_NOTE = re.compile(r" (?:\(.*\)|nullable|optional)$")
_CORRECT = ("base/", "tricky/")


@dataclass(frozen=True)
class Mutant:
    """One seeded fault.

    Attributes:
        file: its file.
        kind: what was done.
        at: JSON Pointer of the place.
        counts: whether it is a fault, and not advice only.
        found: codes of the findings at that place.
        elsewhere: codes and pointers of its other findings.
    """

    file: str
    kind: str
    at: str
    counts: bool
    found: tuple[str, ...]
    elsewhere: tuple[str, ...]


def read(archive: Path) -> dict[str, Any]:
    """Return the JSON documents of an archive by name."""
    with tarfile.open(archive) as tar:
        members = [each for each in tar.getmembers() if each.name.endswith(".json")]
        return {
            each.name.removeprefix("./"): json.load(file)
            for each in members
            if (file := tar.extractfile(each)) is not None
        }


def findings(document: Any) -> tuple[Finding, ...]:
    """Return what ``check`` finds in a workflow."""
    return check(document, Surroundings(), "httptask").findings


def is_near(pointer: str, at: str) -> bool:
    """Tell whether a pointer is a place, one step above it, or below it."""
    place = at.rstrip("/")
    return pointer == place.rpartition("/")[0] or f"{pointer}/".startswith(f"{place}/")


def judge(entry: dict[str, Any], mutant: Any, base: Iterable[Finding]) -> Mutant:
    """Say what is found of one seeded fault."""
    at = _NOTE.sub("", entry["at"])
    old = {(one.code, one.pointer) for one in base}
    new = [one for one in findings(mutant) if (one.code, one.pointer) not in old]
    near = tuple(one.code for one in new if is_near(one.pointer, at))
    far = tuple(f"{one.code} {one.pointer}" for one in new if not is_near(one.pointer, at))
    counts = "advice only" not in entry["needs"]
    return Mutant(entry["file"], entry["kind"], at, counts, near, far)


def report(mutants: Iterable[Mutant], alarms: list[tuple[str, Finding]], *, as_json: bool) -> int:
    """Print what is found by kind; return the exit status."""
    kinds: dict[str, dict[str, int]] = {}
    cases = list(mutants)
    for each in cases:
        counts = kinds.setdefault(each.kind, {"faults": 0, "found": 0, "counts": each.counts})
        counts["faults"] += 1
        counts["found"] += bool(each.found)
    told = [{"file": name, **finding.to_json()} for name, finding in alarms]
    if as_json:
        document = {"kinds": kinds, "falseAlarms": told, "cases": [vars(each) for each in cases]}
        sys.stdout.write(json.dumps(document, indent=1, ensure_ascii=False) + "\n")
    else:
        _table(kinds, told)
    return 1 if alarms else 0


def _table(kinds: dict[str, dict[str, int]], alarms: list[dict[str, str]]) -> None:
    width = max(len(name) for name in [*kinds, "kind"])
    lines = [f"{'kind':{width}}  faults  found"]
    for name, counts in sorted(kinds.items()):
        advice = "" if counts["counts"] else "  advice only"
        lines.append(f"{name:{width}}  {counts['faults']:6} {counts['found']:6}{advice}")
    counted = [counts for counts in kinds.values() if counts["counts"]]
    faults, found = (sum(counts[key] for counts in counted) for key in ("faults", "found"))
    lines.append(f"{'all that count':{width}}  {faults:6} {found:6}  {100 * found / faults:.1f} %")
    lines += [f"FALSE ALARM {one['file']} {one['pointer']} {one['code']}" for one in alarms]
    lines.append(f"false alarms: {len(alarms)}")
    sys.stdout.write("\n".join(lines) + "\n")


def main() -> int:
    """Check all workflows of an archive."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("archive", type=Path)
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--kind", action="append", help="only the mutants of this kind")
    given = parser.parse_args()
    documents = read(given.archive)
    correct = {
        name: findings(documents[name]) for name in sorted(documents) if name.startswith(_CORRECT)
    }
    mutants = [
        judge(entry, documents[entry["file"]], correct[f"base/{entry['base']}.json"])
        for entry in documents["dev.index.json"]
        if not given.kind or entry["kind"] in given.kind
    ]
    alarms = [(name, one) for name, found in correct.items() for one in found]
    return report(mutants, alarms, as_json=given.json)


if __name__ == "__main__":
    sys.exit(main())
