"""``httptask catalog`` and ``new --all``, as a new user meets them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from httptask.testing import LoopbackServer, json_reply


def _describe(title: str, paths: Any, **more: Any) -> dict[str, Any]:
    servers = {"servers": [{"url": "https://pets.example.com"}]}
    return {
        "openapi": "3.0.3",
        "info": {"title": title, "version": "1"},
        "paths": paths,
        **servers,
        **more,
    }


@pytest.fixture
def folder(write: Any) -> Path:
    """Two descriptions, one file that is none, and one that is broken."""
    Path("all").mkdir()
    write("all/birds.json", _describe("Birds", {"/a": {"get": {}}}))
    write("all/cats.json", _describe("Cats", {"/b": {"get": {"security": [{"gone": []}]}}}))
    write("all/notes.json", {"a": 1})
    write("all/wrong.yaml", "openapi: 3.0.0\ninfo: [")
    return Path("all")


def test_a_folder_is_told_document_by_document(invoke: Any, folder: Path) -> None:
    ran = invoke("catalog", "add", "all")
    at = folder.resolve()
    assert ran.code == 1
    assert ran.out.splitlines() == [
        f"✓ birds added {at}/birds.json",
        "    1 imported",
        f"✓ cats added {at}/cats.json",
        "    1 degraded",
        f"· skipped {at}/notes.json: not an API description in a known format",
        f"✗ failed {at}/wrong.yaml",
        "2 added, 1 skipped, 1 failed",
    ]
    assert "YAML parse error at line 2, column 7: unclosed bracket '['\n" in ran.err
    assert "hint check the file with a YAML linter" in ran.err
    assert "httptask catalog report says what was lost" in ran.err
    (folder / "wrong.yaml").unlink()
    again = invoke("catalog", "add", "all")
    assert again.code == 0
    assert again.out.splitlines()[-1] == "2 unchanged, 1 skipped"
    assert "report" not in again.err


def test_an_update_names_what_is_different(invoke: Any, write: Any, folder: Path) -> None:
    write("all/birds.json", _describe("Birds", {"/a": {"get": {}, "put": {}}}))
    invoke("catalog", "add", "all/birds.json", "all/cats.json")
    more = {f"/n{number}": {"get": {}} for number in range(12)}
    write("all/birds.json", _describe("Birds", {"/a": {"get": {"summary": "New"}}, **more}))
    ran = invoke("catalog", "update", "birds")
    assert ran.code == 0
    lines = [line.strip() for line in ran.out.splitlines()]
    assert lines[:2] == [f"✓ birds changed {folder.resolve()}/birds.json", "13 imported"]
    assert lines[2:4] == ["+ birds/get-n0", "+ birds/get-n1"]
    assert lines[12:] == [
        "+ and 2 more",
        "~ birds/get-a",
        "- birds/put-a",
        "✗ PUT /a is gone",
    ]
    (folder / "cats.json").write_text("{")
    ran = invoke("catalog", "update")
    assert (ran.code, ran.out.splitlines()[-1]) == (1, "1 unchanged, 1 failed")
    assert "; what was read before is kept" in ran.err


def test_an_update_says_which_steps_are_affected(invoke: Any, write: Any, task: Any) -> None:
    needed = {"name": "q", "in": "query", "required": True, "schema": {"type": "string"}}
    write("birds.json", _describe("Birds", {"/a": {"get": {}}, "/b": {"get": {}}}))
    invoke("catalog", "add", "birds.json")
    calls = [
        task("https://pets.example.com/a", httptask={"operation": {"id": f"birds/get-{name}"}})
        for name in "ab"
    ]
    Path("flows").mkdir()
    write("flows/flow.json", {"name": "flow", "tasks": calls})
    write("birds.json", _describe("Birds", {"/a": {"get": {"parameters": [needed]}}}))
    ran = invoke("catalog", "update", "--flows", "flows")
    assert ran.code == 1
    assert "    ✗ query q is required now (string)" in ran.out
    inputs = "flows/flow.json#/tasks/{}/inputParameters/httptask/{}"
    for pointer in (inputs.format(0, "query"), inputs.format(1, "operation")):
        assert f"✗ {pointer}" in ran.out
    assert ran.out.endswith("2 broken, 0 to be looked at\n")
    again = invoke("catalog", "update", "--flows", "flows/flow.json", "--json")
    assert again.code == 0
    assert again.document["affected"] == []
    assert again.document["changes"][0]["change"] == "unchanged"


def test_where_there_is_nothing_it_is_said(invoke: Any, write: Any) -> None:
    Path("empty").mkdir()
    ran = invoke("catalog", "add", "empty")
    assert (ran.code, ran.out) == (1, "")
    assert "no JSON or YAML file is there" in ran.err
    write("empty/notes.json", {"a": 1})
    assert invoke("catalog", "add", "empty").code == 1
    ran = invoke("catalog", "update")
    assert ran.code == 0
    assert "nothing to update" in ran.err


def test_a_url_that_is_not_there_says_so(invoke: Any) -> None:
    birds = json_reply(_describe("Birds", {"/a": {"get": {}}}))
    with LoopbackServer({"/openapi.json": lambda _: birds}) as server:
        ran = invoke("catalog", "add", f"{server.url}/openapi.json", f"{server.url}/none.json")
    assert ran.code == 1
    assert "✓ birds added" in ran.out
    assert "the server responded with 404" in ran.err
    assert "hint check the address" in ran.err


def test_a_report_ends_with_the_causes(invoke: Any, folder: Path) -> None:
    invoke("catalog", "add", "all/cats.json")
    out = invoke("catalog", "report").out
    assert out.splitlines()[-2:] == [
        "1 document, 0 failed, 1 operation, 0 imported, 1 degraded, 0 rejected",
        "        1  security_unknown  a security requirement names a scheme that is not described",
    ]
    assert invoke("catalog", "report", "--json").document["causes"] == {"security_unknown": 1}
    assert folder.is_dir()


def test_all_tasks_of_an_api_take_one_server(invoke: Any, write: Any) -> None:
    schemes = {"key": {"type": "http", "scheme": "bearer"}}
    paths = {"/a": {"get": {"security": [{"key": []}]}}, "/b": {"get": {}}}
    components = {"securitySchemes": schemes}
    write("birds.json", _describe("Birds", paths, servers=[], components=components))
    invoke("catalog", "add", "birds.json")
    ran = invoke("new", "--api", "bir", "--all", "-o", "tasks", "--server", "https://b.example.com")
    assert ran.code == 0, ran.err
    uris = [
        json.loads(path.read_text())["inputParameters"]["http_request"]["uri"]
        for path in sorted(Path("tasks").iterdir())
    ]
    assert uris == ["https://b.example.com/a", "https://b.example.com/b"]
    assert "wrote 2 tasks to tasks" in ran.err
    assert "HTTPTASK_SECRET_BIRDS_TOKEN" in ran.err
    for choice in (["--auth", "key"], ["--ref", "x"], ["birds/get-a"]):
        ran = invoke("new", "--api", "birds", "--all", "-o", "tasks", *choice)
        assert ran.code == 2
        assert "only --server can be chosen" in ran.err
