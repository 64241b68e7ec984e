"""What the pages list is what the code has: error codes, keys, limits, help texts, commands."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from httptask.catalog.causes import CAUSES
from httptask.cli.app import SECTIONS

CODE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
NAMES = {"code", "default_code"}
_ROW = re.compile(r"^\| `(\w+)` \|", re.MULTILINE)


def codes(modules: list[Any]) -> set[str]:
    """Every text that the source uses as the code of an error or a finding."""
    places = _places(modules)
    return {
        text
        for module in modules
        for node in ast.walk(module.tree)
        for value in _values(node, places)
        for text in _texts(value, module.tree)
        if CODE.fullmatch(text)
    }


def _places(modules: list[Any]) -> dict[str, set[int]]:
    """Where ``code`` stands among the arguments of functions and classes, by their name."""
    found = defaultdict(set)
    for module in modules:
        for node in ast.walk(module.tree):
            if isinstance(node, ast.FunctionDef):
                names = [each.arg for each in node.args.args if each.arg != "self"]
            elif isinstance(node, ast.ClassDef):
                fields = [each for each in node.body if isinstance(each, ast.AnnAssign)]
                names = [str(getattr(each.target, "id", "")) for each in fields]
            else:
                continue
            if "code" in names:
                found[node.name].add(names.index("code"))
    return found


def _values(node: ast.AST, places: dict[str, set[int]]) -> Iterator[ast.expr]:
    if isinstance(node, ast.Call):
        yield from (each.value for each in node.keywords if each.arg in NAMES)
        name = getattr(node.func, "attr", None) or getattr(node.func, "id", "")
        yield from (node.args[at] for at in places.get(name, ()) if at < len(node.args))
    elif isinstance(node, ast.FunctionDef):
        names = [each.arg for each in node.args.args][::-1]
        defaults = dict(zip(names, node.args.defaults[::-1], strict=False))
        yield from (value for name, value in defaults.items() if name in NAMES)
    elif isinstance(node, ast.AnnAssign) and node.value and _name(node.target) in NAMES:
        yield node.value
    elif isinstance(node, ast.Assign):
        yield from _assigned(node)


def _assigned(node: ast.Assign) -> Iterator[ast.expr]:
    for target in node.targets:
        if _name(target) in NAMES:
            yield node.value
        elif isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
            pairs = zip(target.elts, node.value.elts, strict=True)
            yield from (value for name, value in pairs if _name(name) in NAMES)


def _name(node: ast.AST) -> str:
    return str(getattr(node, "id", ""))


def _texts(value: ast.expr, tree: ast.Module) -> Iterator[str]:
    """The texts that an expression may be; names are looked up among the module's constants."""
    if isinstance(value, ast.Constant) and isinstance(value.value, str):
        yield value.value
    for part in _parts(value, tree):
        yield from _texts(part, tree)


def _parts(value: ast.expr, tree: ast.Module) -> list[ast.expr]:
    match value:
        case ast.IfExp(body=body, orelse=other):
            return [body, other]
        case ast.BoolOp(values=values) | ast.Dict(values=values):
            return values
        case ast.Call(args=args):
            return args[1:]
        case ast.Name(id=name):
            return [each for each in map(_constant(name), tree.body) if each is not None]
    return []


def _constant(name: str) -> Callable[[ast.stmt], ast.expr | None]:
    def value_of(node: ast.stmt) -> ast.expr | None:
        if isinstance(node, ast.Assign):
            return node.value if name in map(_name, node.targets) else None
        if isinstance(node, ast.AnnAssign):
            return node.value if name == _name(node.target) else None
        return None

    return value_of


def documented(page: str) -> list[str]:
    return _ROW.findall(page)


def test_the_page_lists_every_code_once(modules: list[Any], root: Path) -> None:
    listed = documented((root / "docs/errors.md").read_text("utf-8"))
    ours = [module for module in modules if module.room != "testing"]
    assert sorted(codes(ours) - set(listed)) == []
    assert sorted(set(listed) - codes(ours)) == []
    assert len(listed) == len(set(listed))


def test_every_cause_of_a_loss_is_explained(modules: list[Any]) -> None:
    rooms = [each for each in modules if each.room == "catalog"]
    used = {kind for module in rooms for kind in _kinds(module.tree)}
    errors = codes(modules)
    assert sorted(used - errors - set(CAUSES)) == []
    assert sorted(set(CAUSES) - errors - used) == []


def _kinds(tree: ast.Module) -> Iterator[str]:
    """What the source writes where the kind of a reason stands, beside its message."""
    for node in ast.walk(tree):
        values: list[ast.expr] = []
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", None) or getattr(node.func, "id", "")
            values = node.args if name in ("add", "Reason", "_lost", "_reject") else []
        elif isinstance(node, ast.Tuple):
            values = node.elts[:1]
        texts = (text for value in values for text in _texts(value, tree))
        yield from (text for text in texts if "_" in text and CODE.fullmatch(text))


@pytest.mark.parametrize(
    "text",
    [
        "Oops('x', code='a_b')",
        "def f(text, code='a_b'): ...",
        "def f(text, code): ...\nf('x', 'a_b')",
        "class A:\n    code: str\n    text: str\nA('a_b', 'x')",
        "class A:\n    default_code: str = 'a_b'",
        "code, text = 'a_b', 'x'",
        "A = 'a_b'\nOops('x', code=A)",
        "Oops('x', code={401: 'a_b'}.get(1, 'a_b'))",
    ],
)
def test_a_code_is_found_wherever_it_stands(make_module: Any, text: str) -> None:
    assert codes([make_module("m", False, text)]) == {"a_b"}


def test_generated_blocks_are_as_the_code_says(root: Path) -> None:
    pages = sorted((root / "docs").glob("*.md"))
    assert sum(page.read_text("utf-8").count("<!-- generated: ") for page in pages) > 20
    tool = [sys.executable, str(root / "tools/render_docs.py"), "--check"]  # its own process:
    found = subprocess.run(tool, cwd=root, capture_output=True, text=True)  # no test's leftovers
    assert found.returncode == 0, f"run python tools/render_docs.py: {found.stdout}{found.stderr}"


def test_every_command_has_a_heading(root: Path) -> None:
    page = (root / "docs/commands.md").read_text("utf-8")
    headings = set(re.findall(r"^##+ `httptask (\w+)", page, re.MULTILINE))
    commands = {name for section in SECTIONS.values() for name in section}
    assert sorted(commands - headings) == []


def test_links_between_pages_lead_somewhere(root: Path) -> None:
    pages = [*root.glob("*.md"), *(root / "docs").glob("*.md")]
    broken = [
        f"{page.name}: {target}"
        for page in pages
        for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text("utf-8"))
        if "://" not in target and not (page.parent / target).exists()
    ]
    assert broken == []


def test_the_site_shows_every_page_once(root: Path) -> None:
    settings = (root / "mkdocs.yml").read_text("utf-8")
    shown = re.findall(r"^ +- ([\w-]+\.md)$", settings, re.MULTILINE)
    assert sorted(shown) == sorted(page.name for page in (root / "docs").glob("*.md"))


def test_the_readme_is_read_in_one_sitting(root: Path) -> None:
    assert len((root / "README.md").read_text("utf-8").splitlines()) < 200
