"""What the engine does not run is refused before anything runs, by pointer."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from httptask.engines.embedded import Engine
from httptask.errors import DefinitionError

Json = Any


@pytest.mark.parametrize(
    ("task", "code", "pointer"),
    [
        ({"type": "KAFKA_PUBLISH"}, "task_type_unsupported", "/type"),
        ({"type": "EVENT", "sink": "sqs:q"}, "sink_unsupported", "/sink"),
        ({"type": "WAIT", "inputParameters": {"duration": "soon"}}, "wait_invalid",
         "/inputParameters/duration"),
        ({"type": "WAIT", "inputParameters": {"duration": "1s", "until": "2030-01-01"}},
         "field_conflict", "/inputParameters/until"),
        ({"type": "INLINE", "inputParameters": {"evaluatorType": "python"}},
         "evaluator_unsupported", "/inputParameters/evaluatorType"),
        ({"type": "DYNAMIC"}, "field_needed", "/dynamicTaskNameParam"),
        ({"type": "SUB_WORKFLOW"}, "field_needed", "/subWorkflowParam"),
        ({"type": "JSON_JQ_TRANSFORM"}, "field_needed", "/inputParameters/queryExpression"),
    ],
)  # fmt: skip
def test_refused_by_pointer_before_anything_runs(
    engine: Engine, build: SimpleNamespace, task: Json, code: str, pointer: str
) -> None:
    written = build.task(task["type"], "t", **{k: v for k, v in task.items() if k != "type"})
    with pytest.raises(DefinitionError) as refused:
        engine.run(build.workflow(written))
    assert (refused.value.code, refused.value.pointer) == (code, f"/tasks/0{pointer}")


def test_start_workflow_with_a_definition_that_is_none(
    engine: Engine, build: SimpleNamespace
) -> None:
    given = {"name": "child", "workflowDef": {"name": "child", "tasks": [{"type": "${secret}"}]}}
    start = build.task("START_WORKFLOW", "s", inputParameters={"startWorkflow": given})
    reason = engine.run(build.workflow(start))["reasonForIncompletion"]
    assert "the workflow definition is not valid: /tasks/0/" in reason
    assert "pydantic" not in reason
