"""A file of another kind is called what it is; none of its keys is blamed."""

from __future__ import annotations

from typing import Any

import pytest

from httptask.definition.loader import load_task, load_task_defs, load_workflow

TASK = {"name": "t", "taskReferenceName": "t", "type": "HTTP", "inputParameters": {}}
FLOW = {"name": "w", "tasks": [TASK]}
DEFS = [{"name": "t", "retryCount": 1}]
API = {"openapi": "3.0.3", "info": {"title": "x", "version": "1"}, "paths": {}}
RUN = {"workflowId": "1", "status": "COMPLETED", "tasks": []}
PACKAGE = {"name": "x", "version": "1.0.0", "type": "module", "dependencies": {}}


@pytest.mark.parametrize(
    ("load", "document", "words", "hint"),
    [
        (load_workflow, TASK, "this is a task, not a workflow definition", "httptask test"),
        (load_workflow, DEFS[0], "this is a task definition, not a workflow", "--task-defs"),
        (load_workflow, API, "this is an API description, not a workflow", "httptask catalog add"),
        (load_workflow, RUN, "this is an execution of a workflow", ""),
        (load_workflow, PACKAGE, "neither a workflow definition nor a task", '"tasks"'),
        (load_workflow, {"status": 200, "body": {}}, "neither a workflow definition", '"tasks"'),
        (load_task, FLOW, "this is a workflow definition, not a task", "name one of its tasks"),
        (load_task, API, "this is an API description, not a task", ""),
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
