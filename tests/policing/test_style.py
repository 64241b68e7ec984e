"""Names, sizes and docstrings of the house."""

from __future__ import annotations

import ast
import sys
from pathlib import Path
from typing import Any

import pytest

MOST_LINES = 400
DRAWN = {"httptask.builtin.codecs"}  # the architecture's own word for this room


def undocumented(module: Any) -> list[str]:
    """Name the public module, classes, functions and methods without a docstring."""
    if _is_private(module.name.rpartition(".")[2]):
        return []
    bare = [] if ast.get_docstring(module.tree) else [module.name]
    return bare + _undocumented(module.tree, module.name)


def _undocumented(parent: ast.Module | ast.ClassDef, name: str) -> list[str]:
    bare = []
    for node in parent.body:
        if not isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if _is_private(node.name) or _is_inherited(node):
            continue
        inner = f"{name}.{node.name}"
        bare += [] if ast.get_docstring(node) else [inner]
        bare += _undocumented(node, inner) if isinstance(node, ast.ClassDef) else []
    return bare


def _is_private(name: str) -> bool:
    return name.startswith("_")


def _is_inherited(node: ast.AST) -> bool:
    marks = [ast.unparse(mark) for mark in getattr(node, "decorator_list", ())]
    return any(
        mark.split(".")[-1] in {"override", "overload", "setter", "deleter"} for mark in marks
    )


def test_no_module_has_the_name_of_a_standard_one(modules: list[Any]) -> None:
    last_names = {module.name: module.name.rpartition(".")[2] for module in modules}
    shadows = {name for name, last in last_names.items() if last in sys.stdlib_module_names}
    assert shadows <= DRAWN


def test_no_file_is_long(modules: list[Any], root: Path) -> None:
    files = [module.path for module in modules] + list((root / "tests").rglob("*.py"))
    long = {
        str(path.relative_to(root)): count
        for path in files
        if (count := path.read_text("utf-8").count("\n")) > MOST_LINES
    }
    assert long == {}


def test_everything_public_has_a_docstring(modules: list[Any]) -> None:
    assert [name for module in modules for name in undocumented(module)] == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x = 1", ["m"]),
        ('"""Doc."""\ndef f(): ...', ["m.f"]),
        ('"""Doc."""\nasync def f(): ...', ["m.f"]),
        ('"""Doc."""\nclass A:\n  def f(self): ...', ["m.A", "m.A.f"]),
        ('"""Doc."""\nclass A:\n  """Doc."""\n  def _f(self): ...', []),
        ('"""Doc."""\ndef _f():\n  def inner(): ...', []),
        ('"""Doc."""\nclass A:\n  """Doc."""\n  @override\n  def f(self): ...', []),
        ('"""Doc."""\nclass A:\n  """Doc."""\n  @property\n  def f(self): ...', ["m.A.f"]),
    ],
)
def test_a_missing_docstring_is_found(make_module: Any, text: str, expected: list[str]) -> None:
    assert undocumented(make_module("m", False, text)) == expected


def test_the_package_is_marked_as_typed(root: Path) -> None:
    assert (root / "plugin/httptask/py.typed").is_file()
