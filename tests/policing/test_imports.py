"""Imports flow one way, and each library has one room that knows it."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from typing import Any

import pytest

LEVELS = (
    {"errors"},
    {"core"},
    {"expressions"},
    {"definition", "scripts"},
    {"hooks"},
    {"wire"},
    {"pipeline", "builtin", "importers"},
    {"plugins", "settings"},
    {"trial", "catalog", "check", "fixtures"},
    {"engines"},
    {"app"},
    {"api"},
    {"cli", "editor"},
    {"", "__main__"},
)
LEVEL = {room: level for level, rooms in enumerate(LEVELS) for room in rooms}
# msgspec's structs are made several times as fast as frozen dataclasses; re2's automata search in
# linear time.
BESIDE_STANDARD: dict[str, set[str]] = {"errors": set(), "core": {"msgspec", "re2"}}
# A command starts the editor, and the demo starts the stand-in service.
EXTRA = {("cli", "editor"), ("cli", "testing")}
# These listen, or name the machine.
LISTENING = ("httptask.editor.serve", "httptask.engines.conductor.service", "httptask.testing")
SOCKETS = ("httptask.wire", *LISTENING)
OWNERS = {
    "re2": ("httptask.core.search",),
    "quickjs": ("httptask.scripts",),
    "jq": ("httptask.engines.embedded.jq",),
    "requests": ("httptask.wire", "httptask.builtin.auth"),
    "urllib3": (),
    "http.client": (),
    "socket": SOCKETS,
    "ssl": SOCKETS,
    "urllib.request": ("httptask.testing",),
    "click": ("httptask.cli",),
    "rich": ("httptask.cli",),
    "conductor": (),
    "starlette": ("httptask.editor",),
    "defusedxml": ("httptask.builtin.codecs",),
    "opentelemetry": ("httptask.builtin.telemetry",),
}


def violations(module: Any) -> Iterator[str]:
    """Say which imports of a module break the drawing."""
    for found in module.imports:
        where = f"{module.name}:{found.line} imports {found.target}"
        top = found.target.partition(".")[0]
        whole = f"{found.target}.{found.name}"
        owners = next((OWNERS[each] for each in OWNERS if _within(whole, (each,))), None)
        if top == "httptask":
            reason = _wrong_way(module, found)
        elif owners is not None and not _within(module.name, owners):
            reason = f"only {', '.join(owners)} may" if owners else "nobody may"
        elif top not in BESIDE_STANDARD.get(module.room, {top}) | sys.stdlib_module_names:
            reason = f"{module.room} does not use it"
        else:
            reason = ""
        if reason:
            yield f"{where}: {reason}"


def _wrong_way(module: Any, found: Any) -> str:
    source, target = module.room, ".".join(found.target.split(".")[1:2])
    if source == target:
        return _between_engines(module.name, found.target)
    if _is_private(found, target):
        return "it is private to its room"
    if found.target == "httptask":
        return "" if found.name == "__version__" or source == "testing" else "no way up"
    if source == "testing" or (source, target) in EXTRA:
        return ""
    if target not in LEVEL:
        return f"{target} is not to be imported, or not in the drawing"
    return "" if LEVEL[target] < LEVEL.get(source, -1) else f"{source} does not know {target}"


def _between_engines(source: str, target: str) -> str:
    engines = ("httptask.engines.embedded", "httptask.engines.conductor")
    sides = {engine for engine in engines for name in (source, target) if _within(name, (engine,))}
    return "one engine does not know the other" if len(sides) == 2 else ""


def _is_private(found: Any, room: str) -> bool:
    names = [*found.target.split("."), found.name] if room else []
    return any(name.startswith("_") and not name.startswith("__") for name in names)


def _within(name: str, rooms: tuple[str, ...]) -> bool:
    return any(name == room or name.startswith(f"{room}.") for room in rooms)


def test_every_room_is_in_the_drawing(modules: list[Any]) -> None:
    rooms = {module.room for module in modules}
    assert rooms <= {*LEVEL, "testing"}
    assert {"errors", "core", "hooks", "pipeline", "builtin", "testing"} <= rooms


def test_imports_flow_as_drawn(modules: list[Any]) -> None:
    assert [line for module in modules for line in violations(module)] == []


def test_the_tests_see_imports_of_every_kind(modules: list[Any]) -> None:
    seen = [found for module in modules for found in module.imports]
    assert len(seen) > 300
    assert any(found.target.startswith("httptask.core.") for found in seen)
    assert any(found.in_function for found in seen)


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("httptask.core.x", "import httptask.hooks", "core does not know hooks"),
        ("httptask.core.x", "from httptask import pipeline", "core does not know pipeline"),
        ("httptask.core.x", "from .. import pipeline", "core does not know pipeline"),
        ("httptask.core.x", "from ..hooks import specs", "core does not know hooks"),
        ("httptask.core.x", "import pydantic", "core does not use it"),
        ("httptask.errors", "import msgspec", "errors does not use it"),
        ("httptask.pipeline.x", "from httptask.builtin import auth", "does not know builtin"),
        ("httptask.builtin.x", "def f():\n import httptask.pipeline", "does not know pipeline"),
        (
            "httptask.hooks.x",
            "if TYPE_CHECKING:\n import httptask.plugins",
            "does not know plugins",
        ),
        ("httptask.catalog.x", "import httptask.check", "catalog does not know check"),
        ("httptask.hooks.x", "import_module('httptask.pipeline.run')", "not know pipeline"),
        ("httptask.editor.x", "import httptask.cli", "editor does not know cli"),
        ("httptask.engines.x", "import httptask.api", "engines does not know api"),
        ("httptask.trial.x", "import httptask.testing.images", "not to be imported"),
        ("httptask.trial.x", "import httptask.brandnew", "not in the drawing"),
        ("httptask.trial.x", "from httptask import run_task", "no way up"),
        ("httptask.trial.x", "from httptask.core.body import _hidden", "private to its room"),
        ("httptask.engines.embedded.x", "import httptask.engines.conductor", "does not know the"),
        ("httptask.builtin.build.x", "import requests.models", "only httptask.wire"),
        ("httptask.core.x", "import urllib3.util", "nobody may"),
        ("httptask.wire.http1.x", "import urllib3", "nobody may"),
        ("httptask.wire.http1.x", "from http import client", "nobody may"),
        ("httptask.wire.http1.x", "import http.client", "nobody may"),
        ("httptask.engines.conductor.x", "import conductor", "nobody may"),
        ("httptask.pipeline.x", "import socket", "only httptask.wire"),
        ("httptask.catalog.x", "from ssl import SSLContext", "only httptask.wire"),
        ("httptask.catalog.x", "import urllib.request", "only httptask.testing"),
        ("httptask.catalog.x", "from urllib import request", "only httptask.testing"),
        ("httptask.engines.conductor.client", "import socket", "only httptask.wire"),
        ("httptask.wire.x", "import httptask.builtin", "wire does not know builtin"),
        ("httptask.editor.x", "from rich import print", "only httptask.cli may"),
    ],
)
def test_a_violation_is_found(
    make_module: Any, modules: list[Any], name: str, text: str, reason: str
) -> None:
    (found,) = violations(make_module(name, False, text, modules[0].known | {"httptask.pipeline"}))
    assert found.endswith(reason) or reason in found


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("httptask.core.x", "import json\nfrom httptask.core import body\nfrom . import body"),
        ("httptask.pipeline.x", "from httptask.hooks import specs\nimport pluggy"),
        ("httptask.wire.http1.x", "import requests, socket, ssl"),
        ("httptask.catalog.x", "from http import HTTPStatus\nfrom urllib.parse import quote"),
        ("httptask.cli.x", "import click\nfrom httptask.editor import app"),
        ("httptask.cli.demo", "from httptask.testing import ImageService"),
        ("httptask.editor.x", "from httptask import __version__"),
        ("httptask.engines.conductor.x", "import socketserver\nimport httptask.engines"),
        ("httptask.__init__", "from httptask.cli import main\nfrom httptask.core.body import Body"),
    ],
)
def test_what_is_drawn_is_allowed(
    make_module: Any, modules: list[Any], name: str, text: str
) -> None:
    module = make_module(name.removesuffix(".__init__"), "__init__" in name, text, modules[0].known)
    assert list(violations(module)) == []


def test_an_import_in_a_function_says_why(modules: list[Any]) -> None:
    unexplained = [
        f"{module.name}:{found.line}"
        for module in modules
        if module.room != "cli"
        for found in module.imports
        if found.in_function and not explained(module.text.splitlines(), found.line)
    ]
    assert unexplained == []


def explained(lines: list[str], line: int) -> bool:
    """Whether a comment with words stands on the line or on the one above it."""
    here = lines[line - 1].partition("#")[2]
    above = lines[line - 2].strip() if line > 1 else ""
    comment = here + (above if above.startswith("#") else "")
    return bool(re.search(r"[a-z]{2}", re.sub(r"noqa(: *[A-Z0-9, ]+)?", "", comment)))


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["import x"], False),
        (["import x  # noqa: PLC0415"], False),
        (["import x  # noqa: PLC0415 - start-up"], True),
        (["# slow to load", "import x  # noqa: PLC0415"], True),
        (["x = 1  # not a comment line", "import x"], False),
    ],
)
def test_a_bare_noqa_explains_nothing(lines: list[str], expected: bool) -> None:
    assert explained(lines, len(lines)) is expected
