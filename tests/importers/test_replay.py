"""The replay program on the import cases of the reference material: nothing is different."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

PROGRAM = Path(__file__).parents[1] / "replay" / "imports.py"


def test_import_cases(shared: Path) -> None:
    cases = json.loads((shared / "imports/import_cases.json").read_text("utf-8"))["cases"]
    file = shared / "imports/import_cases.json"
    ran = subprocess.run(
        [sys.executable, str(PROGRAM), str(file), "--json"], capture_output=True, text=True
    )
    found = json.loads(ran.stdout)
    assert [case for case in found["cases"] if case["outcome"] == "different"] == []
    assert len(found["cases"]) == len(cases) > 100


def test_a_difference_is_told(tmp_path: Path) -> None:
    expect = {"outcome": "imported", "secrets": [], "inputs": [], "lost": []}
    request = {
        "method": "PUT",
        "url": "https://a.example/",
        "headers": [],
        "body": {"kind": "none"},
    }
    case = {"id": "c", "format": "curl", "input": "curl https://a.example/"}
    file = tmp_path / "cases.json"
    file.write_text(json.dumps({"cases": [{**case, "expect": {**expect, "requests": [request]}}]}))
    ran = subprocess.run([sys.executable, str(PROGRAM), str(file)], capture_output=True, text=True)
    assert ran.returncode == 1
    assert "/requests/0/method" in ran.stdout
