"""The linter, the formatter and the type checker pass on the whole tree."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

COMMANDS = {
    "lint": ["ruff", "check", "."],
    "format": ["ruff", "format", "--check", "."],
    "types": ["mypy"],
}


@pytest.mark.timeout(600)
@pytest.mark.xdist_group("mypy")
@pytest.mark.parametrize("name", COMMANDS)
def test_the_tool_has_nothing_to_say(name: str, root: Path) -> None:
    """A development install has these tools."""
    command = COMMANDS[name]
    if shutil.which(command[0], path=str(Path(sys.executable).parent)) is None:
        pytest.skip(f"{command[0]} is not installed beside this Python")
    found = subprocess.run(
        [sys.executable, "-m", *command], cwd=root, capture_output=True, text=True
    )

    assert found.returncode == 0, found.stdout + found.stderr
