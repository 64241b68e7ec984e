"""Each campaign, small; by hand they take a size: ``python tests/campaigns/kills.py 1000``."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent


@pytest.mark.parametrize(
    ("name", "size"),
    [("kills", 30), ("resend", 2), ("processes", 6), ("clocks", 2), ("faults", 16)],
)
def test_a_campaign_finds_nothing(name: str, size: int) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", str(HERE / f"{name}.py"), str(size)],
        capture_output=True, text=True, timeout=110,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout)
    assert figures["campaign"] == name
    assert {figures.get(fault, 0) for fault in ("lost", "hung", "repeated")} == {0}
