"""Commands that only read reach for no network, and load no foreign plugin when told so."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

GUARD = """
import socket, sys
def refuse(*_, **__):
    raise SystemExit("the network was touched")
for name in ("connect", "connect_ex", "sendto", "sendmsg"):
    setattr(socket.socket, name, refuse)
socket.getaddrinfo = socket.gethostbyname = socket.create_connection = refuse
from httptask.cli.app import run
sys.exit(run(sys.argv[1:]))
"""


@pytest.mark.parametrize(
    "arguments",
    [
        ["check", "flow.json"],
        ["eval", "${call.output.response.body}", "--context", "context.json"],
        ["schema", "workflow"],
        ["plugins"],
        ["search", "image"],
        ["new", "digitalocean-inference/post-v1-images-generations"],
        ["test", "flow.json", "--task", "call", "--dry-run"],
        ["test", "flow.json", "--task", "call", "--mock", "mock.json"],
        ["runs", "list"],
    ],
    ids=" ".join,
)
def test_nothing_is_sent(arguments: list[str], write: Any, task: Any, flow: Any) -> None:
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object"}
    remote = {"$id": "https://schemas.example.com/body.json", **schema}
    call = task(
        "https://api.example.com/x",
        method="POST",
        body={"a": 1},
        httptask={"requestSchema": remote},
    )
    write("flow.json", flow(call, task("https://api.example.com/y", "second")))
    write("context.json", {"tasks": {"call": {"response": {"body": 7}}}})
    write("mock.json", {"body": {}})
    ran = subprocess.run(
        [sys.executable, "-c", GUARD, *arguments], capture_output=True, text=True, timeout=60
    )
    assert "network" not in ran.stderr
    assert ran.returncode == 0, ran.stderr


PLUGIN = """
from httptask.hooks import hookimpl
from httptask.hooks.views import Claim

@hookimpl
def httptask_claims():
    return [Claim("get_secret", "shouting", "secrets that were never kept")]

@hookimpl
def httptask_get_secret(name):
    return None
"""


@pytest.fixture
def foreign(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Install a plugin of somebody else."""
    info = tmp_path / "site" / "foreign-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: foreign\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[httptask]\nforeign = foreign_plugin\n")
    (tmp_path / "site" / "foreign_plugin.py").write_text(PLUGIN)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "site"))


def test_no_plugins_loads_only_ours(foreign: None, command: Any) -> None:
    kinds = {each["kind"] for each in command("plugins", "--json").document}
    assert "shouting" in kinds
    kinds = {each["kind"] for each in command("plugins", "--no-plugins", "--json").document}
    assert "shouting" not in kinds
    assert "environment" in kinds


def test_no_plugins_imports_none_of_them(
    foreign: None, tmp_path: Any, command: Any, write: Any, task: Any
) -> None:
    (tmp_path / "site" / "foreign_plugin.py").write_text("raise RuntimeError('imported')")
    write("task.json", task("https://example.com"))
    for arguments in (["check", "task.json"], ["test", "task.json", "--dry-run"], ["plugins"]):
        assert command(*arguments, "--no-plugins").code == 0
        failed = command(*arguments, "--json")
        assert failed.code == 2
        assert failed.error["code"] == "plugin_invalid"
        assert "foreign" in failed.error["message"] + failed.error["hint"]
