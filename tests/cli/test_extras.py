"""A command that needs an extra that is not installed names it."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

BLOCK = """
import sys
from importlib.abc import MetaPathFinder

class Absent(MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {names!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Absent())
from httptask.cli.app import run
sys.exit(run(sys.argv[1:]))
"""
CATALOG = ["rich", "tantivy", "yaml_rs"]
EDITOR = ["starlette", "uvicorn"]
CONDUCTOR = ["prometheus_client"]
OPERATION = "digitalocean-inference/post-v1-images-generations"


def _without(names: list[str], *arguments: str) -> Any:
    code = BLOCK.format(names=names)
    return subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, timeout=60
    )


@pytest.fixture(autouse=True)
def files(write: Any, task: Any, flow: Any) -> None:
    write("flow.json", flow(task("https://api.example.com")))
    write("mock.json", {"body": {}})


@pytest.mark.parametrize(
    ("names", "extra", "arguments"),
    [
        (EDITOR, "editor", ["serve"]),
        (CONDUCTOR, "conductor", ["worker"]),
        (CONDUCTOR, "conductor", ["deploy", "flow.json"]),
    ],
    ids=str,
)
def test_the_extra_is_named(names: list[str], extra: str, arguments: list[str]) -> None:
    ran = _without(names, *arguments, "--json")
    assert ran.returncode == 2, ran.stderr
    error = json.loads(ran.stdout)["error"]
    assert error["code"] == "extra_missing"
    assert f"httptask[{extra}]" in error["message"] + error["hint"]
    assert ran.stderr.startswith("error ")


@pytest.mark.parametrize(
    "arguments",
    [
        ["test", "flow.json", "--mock", "mock.json"],
        ["check", "flow.json"],
        ["eval", "x"],
        ["schema", "task"],
        ["plugins"],
        ["search", "generate an image"],
        ["show", OPERATION],
        ["new", OPERATION],
        ["add", "new.json", OPERATION, "--ref", "image"],
        ["runs", "list"],
    ],
    ids=" ".join,
)
def test_the_core_does_without_any_extra(arguments: list[str]) -> None:
    ran = _without(CATALOG + EDITOR + CONDUCTOR, *arguments, "--json")
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout) is not None
