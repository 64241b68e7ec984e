"""A sample of the seeded faults in the reference material."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

KINDS = ("type_object_to_scalar", "switch_script_name_misspelt", "variable_misspelt")


def test_seeded_faults_are_found(shared: Path, root: Path) -> None:
    kinds = [text for kind in KINDS for text in ("--kind", kind)]
    archive = str(shared / "checks" / "mutants.tar.xz")
    command = [sys.executable, str(root / "tests/replay/mutants.py"), archive, "--json", *kinds]
    ran = subprocess.run(command, capture_output=True, check=False)
    told = json.loads(ran.stdout)
    assert {
        kind: counts["found"] == counts["faults"] for kind, counts in told["kinds"].items()
    } == (dict.fromkeys(KINDS, True))
    # One of the correct workflows writes a value into the query of its uri, unescaped.
    assert {one["code"] for one in told["falseAlarms"]} <= {"uri_value_unescaped"}
