"""The page of figures is what ``benchmarks/figures.py`` can fill in."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROW = "| a call | 0.50 | <= 0.40 | **no** | 2026-01-01 A | `benchmarks/one.py` |"
PAGE = f"Machines: A is 2 x X, Linux.\n\n| what | x |\n|---|---|\n{ROW}\n"


@pytest.fixture(scope="module")
def program(root: Path) -> ModuleType:
    place = root / "benchmarks" / "figures.py"
    spec = importlib.util.spec_from_file_location("benchmark_figures", place)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_every_figure_that_is_read_has_its_row(program: ModuleType, root: Path) -> None:
    lines = (root / "docs/figures.md").read_text("utf-8").splitlines()
    rows = [row for row in map(program.Row.read, lines) if row]
    read = {(command, what) for command, each in program.READ.items() for what in each}
    assert sorted(read - {(row.command, row.what) for row in rows}) == []
    assert [row.by for row in rows if not (root / row.command.split()[0]).is_file()] == []
    assert [
        row.what for row in rows if row != row.with_figure(row.figure.split()[0], row.measured)
    ] == []


@pytest.mark.parametrize(("figure", "met"), [("0.40", "yes"), ("0.41", "**no**"), ("9", "**no**")])
def test_a_figure_is_held_against_its_goal(program: ModuleType, figure: str, met: str) -> None:
    page = program.entered(PAGE, {"a call": figure, "unknown": "1"}, "2026-02-02 A")
    assert f"| a call | {figure} | <= 0.40 | {met} | 2026-02-02 A |" in page
    assert len(page.splitlines()) == len(PAGE.splitlines())


def test_another_machine_has_another_letter(program: ModuleType) -> None:
    page, letter = program.on_machine(PAGE, "2 x X, Linux")
    assert (page, letter) == (PAGE, "A")
    page, letter = program.on_machine(PAGE, "8 x Y, Linux")
    assert letter == "B"
    assert "Machines: A is 2 x X, Linux; B is 8 x Y, Linux.\n\n" in page
    assert program.on_machine(page, "8 x Y, Linux") == (page, "B")


def test_a_benchmark_that_prints_no_figure_is_told(
    program: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    printed = "httptask --help / python -c pass: 4.20 (limit 5)"
    assert [each for _, each in program.figures("benchmarks/startup.py", printed)] == ["4.20"]
    assert list(program.figures("benchmarks/startup.py", "broken")) == []
    assert "no figure" in capsys.readouterr().err
