"""The corpus of hostile responses ends as it says; see ``hostile.py``."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path


def test_hostile_responses() -> None:
    program = Path(__file__).with_name("hostile.py")
    ran = subprocess.run([sys.executable, program, "--short"], capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    figures = re.search(r"(\d+) kinds, (\d+) calls, 0 wrong", ran.stdout)
    assert figures is not None, ran.stdout
    assert int(figures[1]) >= 190
