"""Each finding in public definitions was judged: none is unlisted, none false, none gone."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

PROGRAM = "tests/replay/findings.py"
ARCHIVE = "corpora/workflows.tar.xz"


def run(root: Path, *arguments: str | Path) -> tuple[int, str]:
    ran = subprocess.run(
        [sys.executable, str(root / PROGRAM), *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
    )
    return ran.returncode, ran.stdout or ran.stderr


def test_what_is_found_is_what_was_judged(shared: Path, root: Path) -> None:
    status, told = run(root, shared / ARCHIVE)
    assert (status, told) == (0, told), told
    assert "0 not listed, 0 not found, 0 listed as false" in told


def test_a_list_that_is_wrong_is_told(shared: Path, root: Path, tmp_path: Path) -> None:
    listed = json.loads((root / "tests/check/public_findings.json").read_text())
    gone, *left = listed[0]["at"]
    invented = {"code": "invented", "true": False, "why": "", "at": ["000000000000 /tasks/0"]}
    wrong = tmp_path / "list.json"
    wrong.write_text(json.dumps([{**listed[0], "at": left}, *listed[1:], invented]))
    status, told = run(root, shared / ARCHIVE, wrong)
    assert status == 1
    assert told.splitlines()[:-1] == [
        f"not listed: {listed[0]['code']} {gone}",
        "not found: invented 000000000000 /tasks/0",
        "listed as false: invented 000000000000 /tasks/0",
    ]


def test_a_sample_shows_the_place(shared: Path, root: Path) -> None:
    status, told = run(root, shared / ARCHIVE, "--sample", "3", "--seed", "1")
    assert status == 0
    assert len(told.split("\n\n")) == 3
    assert told == run(root, shared / ARCHIVE, "--sample", "3", "--seed", "1")[1]
