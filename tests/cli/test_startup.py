"""Start-up: a command imports what it needs, help next to nothing."""

from __future__ import annotations

import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

HEAVY = {"pydantic", "requests", "sqlite3", "rich", "starlette", "tantivy", "msgspec"}
ROOT = Path(__file__).resolve().parents[2]


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


def test_help_takes_at_most_five_times_bare_python() -> None:
    module: dict[str, Any] = runpy.run_path(str(ROOT / "benchmarks" / "startup.py"))
    ratio = min(module["measure"](rounds=7) for _ in range(3))
    assert 1 < ratio <= 5
