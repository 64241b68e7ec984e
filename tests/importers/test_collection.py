"""A Bruno collection: a folder of files that inherit, and that set variables for one another."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from httptask.app.import_ import read_folder, write_folder
from httptask.cli.app import run as run_command_line
from httptask.errors import DefinitionError

FILES = {
    "bruno.json": '{"version": "1", "name": "shop", "type": "collection"}',
    "collection.bru": "headers {\n  X-All: yes\n}\n\nauth {\n  mode: bearer\n}\n\n"
    "auth:bearer {\n  token: {{token}}\n}\n",
    "environments/stage.bru": "vars {\n  host: https://stage.example.com\n}\n",
    "login.bru": "meta {\n  name: login\n  seq: 1\n}\n\npost {\n  url: {{host}}/login\n"
    "  body: json\n  auth: none\n}\n\nbody:json {\n  {\"user\": \"{{user}}\"}\n}\n\n"
    "vars:post-response {\n  token: res.body.token\n}\n",
    "orders/folder.bru": "headers {\n  X-Orders: 1\n}\n",
    "orders/list.bru": "meta {\n  name: list orders\n  seq: 2\n}\n\nget {\n  url: {{host}}/orders\n"
    "  body: none\n  auth: inherit\n}\n",
    "orders/add.bru": "meta {\n  name: add order\n  seq: 1\n}\n\npost {\n  url: {{host}}/orders\n"
    "  body: json\n  auth: inherit\n}\n\nbody:json {\n  {\"n\": 1}\n}\n\nscript:pre-request {\n"
    "  x()\n}\n",
    "notes.yml": "a: 1\n",
}  # fmt: skip


@pytest.fixture
def collection(tmp_path: Path) -> Path:
    """Write the collection."""
    folder = tmp_path / "shop"
    for name, text in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return folder


def test_a_folder_is_imported_as_a_whole(collection: Path) -> None:
    found = read_folder(collection, "stage")
    assert [each.name for each in found.tasks] == ["login", "add order", "list orders"]
    login, add, orders = (each.task["inputParameters"] for each in found.tasks)
    assert login["http_request"]["uri"] == "https://stage.example.com/login"
    assert login["httptask"]["output"] == {"token": "$.response.body.token"}
    assert "auth" not in login["httptask"]
    for inputs in (add, orders):
        assert inputs["http_request"]["headers"] == {"X-All": "yes", "X-Orders": "1"}
        assert inputs["httptask"]["auth"] == {"type": "bearer", "token": "${login.output.token}"}
    assert [each.follows for each in found.tasks] == [(), ("login",), ("login",)]
    assert sorted((each.pointer, each.kind) for each in found.reasons) == [
        ("notes.yml", "format_unknown"),
        ("orders/add.bru: script:pre-request", "script_not_run"),
    ]


def test_a_chain_becomes_one_workflow(collection: Path, tmp_path: Path) -> None:
    written = write_folder(tmp_path / "out", read_folder(collection, "stage"))
    assert [path.name for path in written] == ["login.json"]


def test_the_command_takes_a_folder(
    collection: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    to = tmp_path / "flow.json"
    given: list[Any] = ["import", collection, "--environment", "stage", "-o", to]
    assert run_command_line([str(each) for each in given]) == 0
    assert "bruno: 2 imported, 1 degraded, 1 rejected" in capsys.readouterr().err
    assert to.is_file()


def test_any_other_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DefinitionError) as caught:
        read_folder(tmp_path)
    assert caught.value.code == "format_unknown"
