"""The outcome of cases: a table, or one JSON document."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

Outcome = Literal["same", "named", "different"]


@dataclass(frozen=True)
class Judged:
    """What came of one case.

    Attributes:
        id: its name.
        group: its group.
        outcome: same, a named difference, or different.
        name: the rule of a named difference, or "".
        path: where it differs, or "".
        expected: what is recorded there.
        got: what we have there.
    """

    id: str
    group: str
    outcome: Outcome
    name: str = ""
    path: str = ""
    expected: Any = None
    got: Any = None

    def to_json(self) -> dict[str, Any]:
        """Return the case's line of the document."""
        found: dict[str, Any] = {"id": self.id, "group": self.group, "outcome": self.outcome}
        if self.name:
            found["name"] = self.name
        if self.outcome != "same":
            found |= {"path": self.path, "expected": self.expected, "got": self.got}
        return found


def judged(
    name: str, group: str, found: Sequence[tuple[str, Any, Any]], rules: Sequence[str | None]
) -> Judged:
    """Return what came of a case: the first difference that no rule names, else the first.

    Args:
        name: of the case.
        group: its group.
        found: its differences: path, what is expected, what we have.
        rules: for each the rule by which it is meant, or nothing.
    """
    if not found:
        return Judged(name, group, "same")
    at = next((at for at, rule in enumerate(rules) if not rule), 0)
    return Judged(name, group, "named" if all(rules) else "different", rules[at] or "", *found[at])


def report(judged: Iterable[Judged], *, as_json: bool) -> int:
    """Print the outcome of all cases; return the exit status."""
    cases = list(judged)
    groups: dict[str, dict[str, int]] = {}
    for case in cases:
        counts = groups.setdefault(case.group, {"same": 0, "named": 0, "different": 0})
        counts[case.outcome] += 1
    if as_json:
        document = {"groups": groups, "cases": [case.to_json() for case in cases]}
        sys.stdout.write(json.dumps(document, indent=1, ensure_ascii=False, default=str) + "\n")
    else:
        _table(groups, cases)
    return 1 if any(case.outcome == "different" for case in cases) else 0


def _table(groups: dict[str, dict[str, int]], cases: list[Judged]) -> None:
    width = max([len(name) for name in groups] + [5])
    lines = [f"{'group':{width}}  same named different"]
    totals = {"same": 0, "named": 0, "different": 0}
    for name, counts in sorted(groups.items()):
        lines.append(_line(name, counts, width))
        totals = {key: totals[key] + counts[key] for key in totals}
    lines.append(_line("all", totals, width))
    for rule in sorted({case.name for case in cases if case.name}):
        number = sum(case.name == rule for case in cases)
        lines.append(f"named {number:3}  {rule}")
    for case in cases:
        if case.outcome == "different":
            lines.append(f"DIFFERENT {case.id} {case.path}")
            lines.append(f"  expected {_short(case.expected)}")
            lines.append(f"  got      {_short(case.got)}")
    sys.stdout.write("\n".join(lines) + "\n")


def _line(name: str, counts: dict[str, int], width: int) -> str:
    return f"{name:{width}}  {counts['same']:4} {counts['named']:5} {counts['different']:9}"


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 300 else f"{text[:300]}..."
