"""A file of another kind is called what it is; none of its keys is blamed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from httptask.definition.loader import load_task, load_task_defs, load_workflow
from httptask.definition.other_formats import other_format
from httptask.errors import DefinitionError

TASK = {"name": "t", "taskReferenceName": "t", "type": "HTTP", "inputParameters": {}}
FLOW = {"name": "w", "tasks": [TASK]}
DEFS = [{"name": "t", "retryCount": 1}]
API = {"openapi": "3.0.3", "info": {"title": "x", "version": "1"}, "paths": {}}
RUN = {"workflowId": "1", "status": "COMPLETED", "tasks": []}
POSTMAN = {"info": {"name": "x", "schema": "https://schema.getpostman.com/"}, "item": []}
HAR = {"log": {"version": "1.2", "entries": []}}
INSOMNIA = {"_type": "export", "__export_format": 4, "resources": []}
STATES = {"StartAt": "a", "States": {}}
PACKAGE = {"name": "x", "version": "1.0.0", "type": "module", "dependencies": {}}


@pytest.mark.parametrize(
    ("load", "document", "words", "hint"),
    [
        (load_workflow, TASK, "this is a task, not a workflow definition", "httptask test"),
        (load_workflow, DEFS[0], "this is a task definition, not a workflow", "--task-defs"),
        (load_workflow, API, "this is an API description, not a workflow", "httptask catalog add"),
        (load_workflow, RUN, "this is an execution of a workflow", ""),
        (load_workflow, POSTMAN, "this is a Postman collection, not", "httptask import"),
        (load_workflow, INSOMNIA, "this is an export of Insomnia, not", "httptask import"),
        (load_task, HAR, "this is a HAR, not a task", "httptask import"),
        (load_task, STATES, "this is a Step Functions state machine, not", "not imported"),
        (load_workflow, PACKAGE, "neither a workflow definition nor a task", '"tasks"'),
        (load_workflow, {"status": 200, "body": {}}, "neither a workflow definition", '"tasks"'),
        (load_task, FLOW, "this is a workflow definition, not a task", "name one of its tasks"),
        (load_task, API, "this is an API description, not a task", "httptask catalog add"),
        (load_task, PACKAGE, "neither a workflow definition nor a task", '"inputParameters"'),
        (load_task_defs, FLOW, "this is a workflow definition, not a task definition", ""),
        (load_task_defs, [*DEFS, TASK], "this is a task, not a task definition", ""),
        (load_task_defs, API, "this is an API description, not a task definition", ""),
    ],
)
def test_it_is_called_what_it_is(load: Any, document: Any, words: str, hint: str) -> None:
    (finding,) = load(document).findings
    assert (finding.code, finding.severity) == ("no_definition", "error")
    assert finding.pointer == ("/1" if isinstance(document, list) else "")
    assert words in finding.message
    assert hint in finding.hint


@pytest.mark.parametrize(
    ("load", "document", "pointer"),
    [
        (load_workflow, {}, "/name"),
        (load_workflow, {"name": "w"}, "/tasks"),
        (load_workflow, {"name": "w", "taks": [TASK]}, "/taks"),
        (load_workflow, {"inputTemplate": {}, "x": 1}, "/x"),
        (load_task, {"type": "HTTP"}, "/name"),
        (load_task, {**TASK, "x": 1}, "/x"),
        (load_task_defs, {"name": "t", "x": 1}, "/x"),
    ],
)
def test_a_slip_in_a_file_of_the_right_kind_is_named(
    load: Any, document: Any, pointer: str
) -> None:
    findings = load(document).findings
    assert pointer in {finding.pointer for finding in findings}
    assert "no_definition" not in {finding.code for finding in findings}


TEXTS = [
    ("curl -X POST https://api.example.com/", "a curl command", "httptask import"),
    ("# a comment\n$ curl https://api.example.com/", "a curl command", "httptask import"),
    ("meta {\n  name: x\n}\n\nget {\n  url: https://x.example/\n}\n", "a Bruno request", "import"),
    ("### one\nGET https://api.example.com/things\nAccept: */*\n", "a file of requests", "import"),
    ('fetch("https://api.example.com/", {method: "POST"})', "a call of fetch", "httptask import"),
    ("Invoke-RestMethod -Uri https://x.example/", "a PowerShell command", "httptask import"),
    ("openapi: 3.1.0\ninfo: {}\n", "an API description", "httptask catalog add"),
    ("import requests\nrequests.get('https://x.example/')\n", "Python code", "not imported"),
    ("http POST api.example.com/things a=1", "an HTTPie command", "not imported"),
]


@pytest.mark.parametrize(("text", "name", "hint"), TEXTS)
def test_a_text_of_another_format_is_called_what_it_is(
    tmp_path: Path, text: str, name: str, hint: str
) -> None:
    path = tmp_path / "file.txt"
    path.write_text(text, "utf-8")
    with pytest.raises(DefinitionError) as caught:
        load_workflow(path).require()
    assert caught.value.code == "json_invalid"
    assert f"this looks like {name}" in caught.value.hint
    assert hint in caught.value.hint


@pytest.mark.parametrize("text", ["", "{", "nonsense", "name: x\n", "GET out", "https://x.example"])
def test_any_other_text_is_not_called_anything(text: str) -> None:
    assert other_format(text) is None


@given(st.text() | st.dictionaries(st.text(), st.none() | st.text()))
def test_any_value_may_be_looked_at(value: Any) -> None:
    assert other_format(value) is None or other_format(value)
