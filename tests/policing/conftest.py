"""The package's source, read once for all tests of the house."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import pytest

FEWEST_MODULES = 60


@dataclass(frozen=True)
class Import:
    """One imported name: the longest part of it that is a module, and where it stands."""

    target: str
    name: str
    line: int
    in_function: bool


@dataclass(frozen=True)
class Module:
    """One module of the package.

    Attributes:
        name: dotted, ``httptask.core.message``; a package has the name of its folder.
        is_package: whether it is an ``__init__``.
        text: the source.
        known: the names of all modules of the package.
    """

    name: str
    is_package: bool
    text: str
    known: frozenset[str] = frozenset()
    path: Path = Path()
    tree: ast.Module = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "tree", ast.parse(self.text))

    @property
    def room(self) -> str:
        """``core`` for ``httptask.core.message``, empty for the package itself."""
        return ".".join(self.name.split(".")[1:2])

    @cached_property
    def imports(self) -> list[Import]:
        """Every import, at the top, in functions and for the type checker alike."""
        return list(self._found())

    def _found(self) -> Iterator[Import]:
        inside = {
            id(node)
            for function in ast.walk(self.tree)
            if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
            for node in ast.walk(function)
        }
        for node in ast.walk(self.tree):
            for base, name in self._names(node):
                whole = f"{base}.{name}" if name else base
                target = whole if whole in self.known else base
                yield Import(target, name, node.lineno, id(node) in inside)

    def _names(self, node: ast.AST) -> Iterator[tuple[str, str]]:
        if isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = self._absolute(node)
            yield from ((base, alias.name) for alias in node.names)
        elif isinstance(node, ast.Call) and _called(node) in {"import_module", "__import__"}:
            first = node.args[0] if node.args else None
            if isinstance(first, ast.Constant):
                yield str(first.value), ""

    def _absolute(self, node: ast.ImportFrom) -> str:
        if not node.level:
            return node.module or ""
        parts = self.name.split(".")
        parts = parts[: len(parts) - node.level + self.is_package]
        return ".".join([*parts, *([node.module] if node.module else [])])


def _called(node: ast.Call) -> str:
    function = node.func
    return getattr(function, "attr", None) or getattr(function, "id", "")


@pytest.fixture(scope="session")
def make_module() -> type[Module]:
    """`Module`, for tests that write one."""
    return Module


@pytest.fixture(scope="session")
def modules(root: Path) -> list[Module]:
    """Every module of the package; fails if there are suspiciously few."""
    folder = root / "plugin"
    named = {path: _dotted(path.relative_to(folder)) for path in folder.rglob("*.py")}
    known = frozenset(named.values())
    found = [
        Module(name, path.name == "__init__.py", path.read_text("utf-8"), known, path)
        for path, name in sorted(named.items())
    ]
    assert len(found) >= FEWEST_MODULES
    return found


def _dotted(path: Path) -> str:
    return ".".join(path.with_suffix("").parts).removesuffix(".__init__")
