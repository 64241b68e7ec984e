"""The seeded faults in the reference material are found, and nothing in what is right."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path


def test_seeded_faults_are_found(shared: Path, root: Path) -> None:
    archive = str(shared / "checks" / "mutants.tar.xz")
    command = [sys.executable, str(root / "tests/replay/mutants.py"), archive, "--json"]
    ran = subprocess.run(command, capture_output=True, check=False)
    told = json.loads(ran.stdout)
    kinds = {name: each for name, each in told["kinds"].items() if each["counts"]}
    found, faults = (sum(each[key] for each in kinds.values()) for key in ("found", "faults"))
    assert found >= 0.97 * faults
    often = {name: each for name, each in kinds.items() if each["faults"] >= 10}
    assert [name for name, each in often.items() if each["found"] < 0.9 * each["faults"]] == []
    assert told["falseAlarms"] == []
