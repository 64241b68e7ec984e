"""Every hook says its five facts, is documented with its exact arguments, and has a test.

In ``docs/plugins.md`` a hook has a heading of its own, ``### `httptask_build_request(call,
resolved)```; under ``tests`` a test called ``test_hook_build_request``.
"""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from httptask.hooks import PROJECT, specs

FACTS = ("Runs:", "Times:", "Available:", "May change:", "If it raises:")
HOOKS: dict[str, Callable[..., object]] = {
    name: value
    for name, value in vars(specs).items()
    if inspect.isfunction(value) and hasattr(value, f"{PROJECT}_spec")
}


def documented(text: str) -> list[str]:
    """Give the hook headings of a page, ``name(argument, argument)``."""
    return re.findall(rf"^###? `({PROJECT}_\w+\([^)]*\))`$", text, re.MULTILINE)


def signature(name: str) -> str:
    return f"{name}({', '.join(inspect.signature(HOOKS[name]).parameters)})"


def names_of_tests(folder: Path) -> set[str]:
    """Give the names of all test functions below a folder."""
    return {
        node.name
        for path in folder.rglob("test_*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }


def test_the_hooks_are_seen() -> None:
    assert {f"{PROJECT}_{name}" for name in (*specs.STAGES, *specs.SLOTS)} <= set(HOOKS)
    assert (len(specs.STAGES), len(specs.SLOTS)) == (5, 13)


@pytest.mark.parametrize("name", HOOKS)
def test_a_hook_says_when_it_runs_and_what_happens_when_it_raises(name: str) -> None:
    text = inspect.getdoc(HOOKS[name]) or ""
    assert [fact for fact in FACTS if fact not in " ".join(text.split())] == []


def test_the_stages_are_in_the_order_they_run() -> None:
    names = [name.removeprefix(f"{PROJECT}_") for name in HOOKS]
    assert [name for name in names if name in specs.STAGES] == list(specs.STAGES)
    assert [name for name in names if name in specs.SLOTS] == list(specs.SLOTS)


def test_the_page_documents_every_hook_with_its_exact_arguments(root: Path) -> None:
    page = (root / "docs/plugins.md").read_text("utf-8")
    assert documented(page) == [signature(name) for name in HOOKS]


def test_every_hook_has_a_test(root: Path) -> None:
    wanted = [name.replace(PROJECT, "test_hook", 1) for name in HOOKS]
    assert sorted(set(wanted) - names_of_tests(root / "tests")) == []


def test_headings_are_read_exactly() -> None:
    page = "### `httptask_a(call, x)`\n## `httptask_b()`\n`httptask_c()`\n### httptask_d()\n"
    assert documented(page) == ["httptask_a(call, x)", "httptask_b()"]
