"""A worker with many threads may open as many files as they need."""

from __future__ import annotations

import subprocess
import sys

import pytest

RAISED = """
import logging, resource, sys
from httptask.engines.conductor.open_files import allow_open_files
logging.basicConfig(level=logging.WARNING, stream=sys.stdout, format="%(message)s")
resource.setrlimit(resource.RLIMIT_NOFILE, (100, 300))
for number in (50, 200, 6200):
    allow_open_files(number)
    print(resource.getrlimit(resource.RLIMIT_NOFILE))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limit")
def test_the_limit_is_raised_as_far_as_the_system_allows() -> None:
    done = subprocess.run(
        [sys.executable, "-c", RAISED], capture_output=True, text=True, check=True
    )
    lines = done.stdout.splitlines()
    assert (lines[0], lines[1], lines[3]) == ("(100, 300)", "(200, 300)", "(300, 300)")
    assert lines[2].startswith(
        "the system allows 300 open files, and so many threads may need 6200"
    )
