"""Every case observed on a real Conductor: the same result, or exactly one named improvement."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from httptask.expressions import IMPROVEMENTS, Context, compile_template

Case = dict[str, Any]

APPLIES: dict[str, Callable[[Case], bool]] = {
    "environment-closed": lambda case: case["template"] == "${java.version}",
    "secret-escape": lambda case: (
        "after_secret_substitution" in case and str(case["template"]).startswith("$${")
    ),
    "secret-name-literal": lambda case: (
        "after_secret_substitution" in case and "secrets.${" in str(case["template"])
    ),
    "header-names": lambda case: "headers.content-type" in str(case["template"]),
}
SHOWN_ELSEWHERE = {"secret-in-data", "append-copies", "scan-in-order", "bounded"}
DESCRIBED_ONLY = {"${workflow}", "${$}", "${PATH}"}
SECRETS = {"TOK": "s3$cr\\3t", "J": '{"u":"neo","n":5}'}
TASK = {
    "callbackAfterSeconds": 0,
    "workerId": None,
    "scheduledTime": 1,
    "retryCount": 0,
    "input": {},
    "taskType": "HTTP",
    "pollCount": 1,
    "reasonForIncompletion": None,
    "taskDefName": "def",
    "iteration": 0,
    "correlationId": None,
    "startTime": 2,
    "endTime": 3,
    "workflowInstanceId": "wid",
    "taskId": "tid",
    "status": "COMPLETED",
}
WORKFLOW = {
    "workflowId": "wid",
    "status": "RUNNING",
    "correlationId": "corr",
    "workflowType": "wfname",
    "version": 1,
    "schemaVersion": 2,
}


@pytest.fixture(scope="module")
def document(shared: Path) -> dict[str, Any]:
    cases = shared / "conductor" / "expression_cases.json"
    loaded: dict[str, Any] = json.loads(cases.read_text("utf-8"))
    return loaded


def context_of(document: dict[str, Any], case: Case) -> Context:
    given = document["contexts"][case["context"]]
    tasks = {
        ref: {**TASK, "referenceTaskName": ref, "output": output}
        for ref, output in given["tasks"].items()
    }
    return Context.build(
        input=given["input"],
        variables=given["variables"],
        tasks=tasks,
        env={"REGION": "eu", "CFG": '{"a":{"b":[1,2]}}'},
        task_id=case.get("taskId"),
        workflow=WORKFLOW,
    )


def identical(left: Any, right: Any) -> bool:
    """Tell whether two JSON values are equal, types of numbers included."""
    return left == right and _types(left) == _types(right)


def _types(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _types(item) for key, item in value.items()}
    return [_types(item) for item in value] if isinstance(value, list) else type(value)


def differences(document: dict[str, Any], case: Case) -> list[str]:
    """Return what this case gives that Conductor did not."""
    context = context_of(document, case)
    template = compile_template(case["template"])
    found = []
    value = template.evaluate(context)
    if not identical(value, case["observed"]["value"]):
        found.append(f"value {value!r}")
    if "after_secret_substitution" in case:
        value = template.evaluate(context, SECRETS.get)
        if not identical(value, case["after_secret_substitution"]):
            found.append(f"with secrets {value!r}")
    return found


def test_each_case_is_the_same_or_one_named_improvement(document: dict[str, Any]) -> None:
    compared = [case for case in document["cases"] if "value" in case["observed"]]
    assert len(compared) + len(DESCRIBED_ONLY) == len(document["cases"]) > 150
    wrong = []
    for case in compared:
        found = differences(document, case)
        names = [name for name, applies in APPLIES.items() if applies(case)]
        if len(names) != bool(found):
            wrong.append((case["template"], case["observed"], found, names))
    assert wrong == []


def test_the_cases_without_a_value_give_what_is_described(document: dict[str, Any]) -> None:
    case = next(case for case in document["cases"] if case["template"] == "${workflow}")
    context = context_of(document, case)
    assert compile_template("${workflow}").evaluate(context)["workflowId"] == "wid"
    assert set(compile_template("${$}").evaluate(context)) >= {"workflow", "t1", "a-b"}
    assert compile_template("${PATH}").evaluate(context) is None


def test_each_improvement_is_named_once_and_shown_by_a_test() -> None:
    ids = [improvement.id for improvement in IMPROVEMENTS]
    assert sorted(ids) == sorted({*APPLIES, *SHOWN_ELSEWHERE})
    assert all(improvement.why for improvement in IMPROVEMENTS)
