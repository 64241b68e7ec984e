"""The corpus of definitions: models and JSON Schemas agree, and messages stay as they are."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from httptask.definition.findings import Finding, Loaded
from httptask.definition.loader import load_task, load_task_defs, load_workflow

ROOT = Path(__file__).resolve().parents[2]
CORPUS = ROOT / "tests" / "definitions"
LOADERS = {"task": load_task, "workflow": load_workflow, "taskdef": load_task_defs}
VALIDATORS = {
    name: Draft202012Validator(json.loads((ROOT / "schemas" / f"{name}.json").read_text()))
    for name in LOADERS
}


def files(folder: str) -> list[Any]:
    return [pytest.param(path, id=path.stem) for path in sorted((CORPUS / folder).glob("*.json"))]


def load(path: Path) -> Loaded[Any]:
    return LOADERS[path.name.split("-")[0]](path)


def accepted_by_schema(path: Path) -> bool:
    return VALIDATORS[path.name.split("-")[0]].is_valid(json.loads(path.read_text()))


def rendered(finding: Finding) -> str:
    lines = [f"{finding.severity} {finding.code} {finding.pointer or '(root)'}", finding.message]
    return "\n    ".join([*lines, *([f"hint: {finding.hint}"] if finding.hint else [])])


def same_as_snapshot(path: Path, loaded: Loaded[Any]) -> None:
    text = "".join(f"{rendered(finding)}\n" for finding in loaded.findings)
    snapshot = path.with_suffix(".txt")
    if os.environ.get("UPDATE_SNAPSHOTS"):
        snapshot.write_text(text)
    assert snapshot.read_text() == text


@pytest.mark.parametrize("path", files("valid"))
def test_valid_for_models_and_schema(path: Path) -> None:
    loaded = load(path)
    assert loaded.errors == ()
    assert loaded.require() is loaded.value
    assert accepted_by_schema(path)


@pytest.mark.parametrize("path", files("invalid"))
def test_invalid_for_models_and_schema(path: Path) -> None:
    loaded = load(path)
    assert loaded.errors
    assert loaded.value is None
    assert not accepted_by_schema(path)
    same_as_snapshot(path, loaded)


@pytest.mark.parametrize("path", files("dropped"))
def test_keys_that_a_server_drops_are_warnings_that_a_schema_refuses(path: Path) -> None:
    loaded = load(path)
    assert loaded.errors == ()
    assert {finding.code for finding in loaded.findings} <= {"key_dropped", "input_unknown"}
    assert not accepted_by_schema(path)
    same_as_snapshot(path, loaded)


@pytest.mark.parametrize("path", files("invalid_structure"))
def test_invalid_by_rules_that_json_schema_cannot_say(path: Path) -> None:
    loaded = load(path)
    assert loaded.errors
    assert accepted_by_schema(path)
    same_as_snapshot(path, loaded)


@pytest.mark.parametrize(
    "path", [p for p in files("valid") if "beside" in p.id or "ignored" in p.id]
)
def test_warnings_name_what_has_no_effect(path: Path) -> None:
    loaded = load(path)
    assert loaded.findings
    assert {finding.severity for finding in loaded.findings} == {"warning"}
    same_as_snapshot(path, loaded)


def test_pointers_of_findings_lead_into_the_file() -> None:
    for path in [
        *(CORPUS / "invalid").glob("*.json"),
        *(CORPUS / "invalid_structure").glob("*.json"),
    ]:
        for finding in load(path).findings:
            here = json.loads(path.read_text())
            *parents, last = finding.pointer.split("/")[1:] or [""]
            for name in parents:
                key = name.replace("~1", "/").replace("~0", "~")
                here = here[int(key)] if isinstance(here, list) else here.get(key, {})
            absent = finding.code in ("missing_key", "field_needed")
            if finding.pointer and not absent:
                key = last.replace("~1", "/").replace("~0", "~")
                assert key in here if isinstance(here, dict) else int(key) < len(here)


def test_no_message_shows_a_secret() -> None:
    for path in (CORPUS / "invalid").glob("*.txt"):
        text = path.read_text()
        for secret in ("abcdefgh12345678", "hunter2hunter2", "123456789"):
            assert secret not in text
