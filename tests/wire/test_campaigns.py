"""The campaigns of this folder end as they say; see the programs, which run whole by hand."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.parametrize(
    ("program", "least"),
    [("hostile.py", 190), ("redirects.py", 250), ("framing.py", 130)],
)
def test_a_campaign(program: str, least: int) -> None:
    path = Path(__file__).with_name(program)
    ran = subprocess.run([sys.executable, path, "--short"], capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    figures = re.search(r"^(\d+) .*\b0 wrong", ran.stdout, re.MULTILINE)
    assert figures is not None, ran.stdout
    assert int(figures[1]) >= least
