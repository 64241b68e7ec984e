"""Compare what ``check`` finds in public workflow definitions with a list that people judged.

``python tests/replay/findings.py ARCHIVE [LIST]``: ARCHIVE is a tar file of definitions; LIST has
groups of findings with one verdict: ``code``, ``true``, ``why``, and ``at``, texts of the file's
hash and the JSON Pointer. Each definition is checked as if it stood alone, for the embedded engine.
Prints what is found and not listed, listed and not found, and listed as false; exits 1 if there is
any. ``--sample N [--seed TEXT]`` prints so many findings instead, each with its place in the
definition, so that a reader can judge them.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import sys
import tarfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from httptask.app.check import check
from httptask.app.load import Surroundings
from httptask.definition.findings import Finding
from httptask.definition.reading import steps

LIST = Path(__file__).parents[1] / "check" / "public_findings.json"
SHOWN = 1_500


@dataclass(frozen=True)
class Found:
    """One finding in a definition of the archive; two of them are one by ``key``."""

    file: str
    finding: Finding
    document: Any

    @property
    def key(self) -> tuple[str, str]:
        """Return its code, and its place: the file's hash and the pointer."""
        return self.finding.code, f"{self.file} {self.finding.pointer}"


def findings(archive: Path) -> Iterator[Found]:
    """Yield what is found in each definition of an archive, those of one content once."""
    with tarfile.open(archive) as tar:
        members = sorted(tar.getmembers(), key=lambda one: one.name)
        files = [tar.extractfile(one) for one in members if one.name.endswith(".json")]
        contents = [file.read() for file in files if file is not None]
    for content in dict.fromkeys(contents):
        document = json.loads(content.decode("utf-8-sig"))
        name = hashlib.sha256(content).hexdigest()[:12]
        if isinstance(document, dict) and "tasks" in document:
            for finding in check(document, Surroundings(), "httptask").findings:
                yield Found(name, finding, document)


def compared(found: list[Found], listed: list[dict[str, Any]]) -> dict[str, list[str]]:
    """Return what is wrong between the findings and the list, by kind."""
    judged = Counter((group["code"], place) for group in listed for place in group["at"])
    actual = Counter(each.key for each in found)
    refuted = [group for group in listed if not group["true"]]
    wrong = {
        "not listed": (actual - judged).elements(),
        "not found": (judged - actual).elements(),
        "listed as false": [(group["code"], place) for group in refuted for place in group["at"]],
    }
    return {kind: sorted(" ".join(key) for key in keys) for kind, keys in wrong.items()}


def shown(found: Found) -> str:
    """Return a finding with the part of the definition that it stands in."""
    finding, part = found.finding, found.document
    inside = [part]
    for key in steps(finding.pointer):
        if isinstance(part, list) and key.isdecimal() and int(key) < len(part):
            part = part[int(key)]
        elif isinstance(part, dict) and key in part:
            part = part[key]
        else:
            break
        inside.append(part)
    texts = [json.dumps(each, ensure_ascii=False) for each in inside]
    excerpt = next((text for text in texts if len(text) <= SHOWN), texts[-1][:SHOWN])
    told = f"{finding.severity} {finding.code} {found.file} {finding.pointer}"
    hint = f"\n  hint: {finding.hint}" if finding.hint else ""
    return f"{told}\n  {finding.message}{hint}\n  {excerpt}\n"


def main() -> int:
    """Compare, or print a sample."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("archive", type=Path)
    parser.add_argument("list", type=Path, nargs="?", default=LIST)
    parser.add_argument("--sample", type=int, help="print so many findings to be judged")
    parser.add_argument("--seed", default="", help="which ones")
    given = parser.parse_args()
    found = list(findings(given.archive))
    if given.sample:
        chosen = random.Random(given.seed).sample(found, min(given.sample, len(found)))
        sys.stdout.write("\n".join(map(shown, chosen)))
        return 0
    wrong = compared(found, json.loads(given.list.read_text()))
    lines = [f"{kind}: {each}" for kind, places in wrong.items() for each in places]
    told = ", ".join(f"{len(places)} {kind}" for kind, places in wrong.items())
    sys.stdout.write("\n".join([*lines, f"{len(found)} findings: {told}"]) + "\n")
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())
