"""Apply the fixes of findings to a definition: only what can be meant in one way."""

from __future__ import annotations

from collections.abc import Iterable
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from httptask.app.check import Target, check
from httptask.app.files import write_first
from httptask.app.load import Surroundings
from httptask.definition.findings import Finding, Fix, Loaded
from httptask.definition.reading import read_document, steps

_ROUNDS: Final = 5
"""A fixed name lets more of the definition be checked, which may be fixed as well."""


@dataclass(frozen=True, slots=True)
class Fixed:
    """What became of a definition.

    Attributes:
        loaded: the definition with its fixes, and what is still found in it.
        applied: the findings whose fixes were applied, in the order in which they were.
    """

    loaded: Loaded[Any]
    applied: tuple[Finding, ...]


def fix(path: Path, beside: Surroundings, target: Target) -> Fixed:
    """Check a file and write what can surely be fixed in it; see ``check``.

    Raises:
        DefinitionError: the file cannot be written.
    """
    loaded, done = check(path, beside, target), list[Finding]()
    for _ in range(_ROUNDS):
        document, applied = with_fixes(loaded.raw, loaded.findings)
        if not applied:
            break
        write_first(read_document(path), document)
        done += applied
        loaded = check(path, beside, target)
    return Fixed(loaded, tuple(done))


def with_fixes(document: Any, findings: Iterable[Finding]) -> tuple[Any, list[Finding]]:
    """Return a definition with the fixes of findings, and the findings that had one.

    Args:
        document: the definition as it was checked; it stays as it is.
        findings: what was found in it.
    """
    fixed, applied, changed = deepcopy(document), list[Finding](), set[str]()
    # From the inside out: a key that is renamed takes what is below it to another place.
    for finding in sorted(findings, key=lambda each: -each.pointer.count("/")):
        if finding.fix is None or finding.pointer in changed:
            continue
        if _apply(fixed, steps(finding.pointer), finding.fix):
            applied.append(finding)
            changed |= set() if finding.fix.change == "replace" else {finding.pointer}
    return fixed, applied


def _apply(document: Any, path: list[str], change: Fix) -> bool:
    """Change a document at a path; tell whether the place was as the fix expects."""
    *above, last = path or [""]
    holder = document
    for step in above:
        holder = _below(holder, step)
    if isinstance(holder, list) and change.change != "rename":
        return last.isdecimal() and int(last) < len(holder) and _put(holder, int(last), change)
    if not isinstance(holder, dict):
        return False
    if change.change != "rename":
        return _put(holder, last, change)
    if last not in holder or change.new in holder:
        return False
    renamed = {change.new if key == last else key: value for key, value in holder.items()}
    holder.clear()
    holder.update(renamed)
    return True


def _put(holder: Any, key: Any, change: Fix) -> bool:
    if change.change == "set":
        holder[key] = change.new
        return True
    text = holder[key] if isinstance(holder, list) else holder.get(key)
    if not isinstance(text, str) or change.old not in text:
        return False
    holder[key] = text.replace(change.old, change.new)
    return True


def _below(value: Any, step: str) -> Any:
    if isinstance(value, dict):
        return value.get(step)
    if isinstance(value, list) and step.isdecimal() and int(step) < len(value):
        return value[int(step)]
    return None
