"""Whatever is done to a valid document, models and JSON Schemas agree."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from httptask.definition.loader import load_task, load_task_defs, load_workflow

ROOT = Path(__file__).resolve().parents[2]
LOADERS: dict[str, Any] = {"task": load_task, "workflow": load_workflow, "taskdef": load_task_defs}
VALIDATORS = {
    name: Draft202012Validator(json.loads((ROOT / "schemas" / f"{name}.json").read_text()))
    for name in LOADERS
}
VALID = [
    (path.name.split("-")[0], json.loads(path.read_text()))
    for path in sorted((ROOT / "tests" / "definitions" / "valid").glob("*.json"))
]
BEYOND_SCHEMA = {
    "duplicate_reference",
    "join_missing",
    "join_unknown",
    "path_invalid",
    "schema_invalid",
}
VALUES = st.sampled_from(
    [
        *(
            None,
            True,
            False,
            0,
            1,
            -1,
            5.0,
            1.5,
            10**9,
            "",
            "x",
            "5",
            "true",
            "404",
            "${workflow.input.x}",
        ),
        *(
            "$${x}",
            "HTTP",
            "GET",
            "JOIN",
            "DO_WHILE",
            "TERMINATE",
            "SWITCH",
            "FORK_JOIN",
            "COMPLETED",
        ),
        *(
            [],
            ["x"],
            [None],
            {},
            {"x": "y"},
            {"type": "bearer", "token": "t"},
            {"path": "$.response"},
        ),
        *({"file": "x"}, {"value": 1}, {"name": "n", "taskReferenceName": "unique"}, "a\n", "$.a"),
    ]
)
KEYS = st.sampled_from(
    [
        *("uri", "method", "body", "headers", "http_request", "httptask", "form", "file", "retry"),
        *("type", "tasks", "inputParameters", "forkTasks", "loopOver", "items", "default", "as"),
        *("x", "asyncComplete", "failureCondition", "vipAddress", "style", "taskDefinition"),
        *("inputTemplate", "_secrets", "optional", "name", "encode", "query", "output", "joinOn"),
    ]
)


def places(document: Any) -> list[tuple[Any, Any]]:
    """Return every (container, key) of a document."""
    keys = document if isinstance(document, dict) else range(len(document))
    found = [(document, key) for key in keys]
    for key in keys:
        if isinstance(document[key], (dict, list)):
            found += places(document[key])
    return found


@st.composite
def mutated(draw: st.DrawFn) -> tuple[str, Any]:
    kind, valid = draw(st.sampled_from(VALID))
    document = copy.deepcopy(valid)
    for _ in range(draw(st.integers(1, 3))):
        container, key = draw(st.sampled_from(places(document)))
        match draw(st.sampled_from(["replace", "remove", "add", "move"])):
            case "replace":
                container[key] = copy.deepcopy(draw(VALUES))
            case "remove":
                del container[key]
            case "add" if isinstance(container, dict):
                container[draw(KEYS)] = copy.deepcopy(draw(VALUES))
            case "move":
                source, name = draw(st.sampled_from(places(document)))
                container[key] = copy.deepcopy(source[name])
        if not places(document):
            break
    return kind, document


@settings(max_examples=600)
@given(mutated())
def test_models_and_schemas_agree(case: tuple[str, Any]) -> None:
    kind, document = case
    loaded = LOADERS[kind](document)
    errors = [finding for finding in loaded.errors if finding.code not in BEYOND_SCHEMA]
    if VALIDATORS[kind].is_valid(document):  # a schema cannot warn: it also refuses what is dropped
        assert not errors
    assert (loaded.value is None) == bool(loaded.errors)


@settings(max_examples=200)
@given(mutated())
def test_findings_have_a_pointer_and_a_sentence(case: tuple[str, Any]) -> None:
    kind, document = case
    for finding in LOADERS[kind](document).findings:
        assert finding.message
        assert finding.pointer == "" or finding.pointer.startswith("/")
        assert finding.code
