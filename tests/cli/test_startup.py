"""Start-up: a command imports what it needs, help next to nothing."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = {"pydantic", "requests", "sqlite3", "rich", "starlette", "tantivy", "msgspec"}
MODULES = 110
"""Modules of click, httptask and the standard library that help may load."""


def _imported(*arguments: str) -> set[str]:
    code = (
        "import sys; from httptask.cli.app import run; "
        f"run({list(arguments)!r}); "
        "print(*{name.partition('.')[0] for name in sys.modules}, file=sys.stderr)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(ran.stderr.splitlines()[-1].split())


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["tst"]], ids=" ".join)
def test_help_imports_no_library_but_click(arguments: list[str]) -> None:
    imported = _imported(*arguments)
    assert "click" in imported
    assert not imported & (HEAVY | {"pluggy", "jsonschema", "jsonschema_rs"})


@pytest.mark.parametrize(
    ("arguments", "without"),
    [
        (["test", "--help"], HEAVY - {"msgspec"}),
        (["runs", "--help"], HEAVY),
        (["completion", "bash"], HEAVY),
        (["search", "image"], {"requests", "starlette"}),
        (["eval", "x"], {"requests", "pydantic", "starlette"}),
    ],
    ids=["test", "runs", "completion", "search", "eval"],
)
def test_a_command_imports_what_it_needs(arguments: list[str], without: set[str]) -> None:
    assert not _imported(*arguments) & without


def test_the_engine_does_without_asyncio() -> None:
    code = "import httptask, sys; httptask.Engine; sys.exit('asyncio' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_help_loads_few_modules() -> None:
    """What that takes is measured by benchmarks/startup.py."""
    count = "import sys; print(len(sys.modules), file=sys.stderr)"
    bare = subprocess.run([sys.executable, "-c", count], capture_output=True, text=True, check=True)
    code = f"from httptask.cli.app import run; run(['--help']); {count}"
    ours = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert 0 < int(ours.stderr) - int(bare.stderr) <= MODULES
