"""What works here and not on a Conductor server: told when a definition is checked for one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from httptask.definition.findings import Finding, Fix
from httptask.definition.messages import only_near
from httptask.definition.task_types import KNOWN_TYPES
from httptask.definition.workflow import WorkflowDef, WorkflowTask

_PLAIN: Final = re.compile(
    r"JSON\.stringify\(\s*\$|Object\.(?:keys|values|entries|assign)\([^)]*\$|\bconsole\.\w+\("
    r"|\$(?:\.\w+)+\.sort\(\s*\)"
)
_NEW_JQ: Final = re.compile(
    r"(?<![.$\w])(?:getpath|pick|IN|INDEX|ceil|round|abs|trim|ltrim|rtrim|now|todate|fromdate|"
    r"strftime|strptime|mktime|label|splits|ascii|limit\(-|tojson\(|significand|env)\b|@base(?:64d|32)"
)


def on_server(workflow: WorkflowDef, source: str) -> Iterator[Finding]:
    """Yield what a server refuses, and what its script engine and jq cannot do."""
    for pointer, task in workflow.walk():
        if meant := only_near(task.type, KNOWN_TYPES):
            text = f"a server knows no type {task.type}: such a task waits for a worker"
            at, hint, fix = f"{pointer}/type", f'did you mean "{meant}"?', Fix("set", meant)
            yield Finding("task_type_unknown", "warning", text, at, hint, source, fix)
        if task.type == "DO_WHILE" and task.loop_condition is None:
            text = 'a server needs "loopCondition", whatever the loop goes through'
            at = f"{pointer}/loopCondition"
            yield Finding("field_needed", "error", text, at, 'write "loopCondition": ""', source)
        for where, text in _scripts(task):
            found = _PLAIN.search(text)
            if found:
                why = (
                    f"{found[0].strip()}: on a server, $ is not plain data, and there is no console"
                )
                yield Finding("script_on_server", "warning", why, f"{pointer}/{where}", "", source)
        query = task.input_parameters.get("queryExpression")
        if task.type == "JSON_JQ_TRANSFORM" and isinstance(query, str):
            known = _NEW_JQ.search(query)
            if known:
                why = f"{known[0]}: a server's jq (1.5-like) does not know it"
                at = f"{pointer}/inputParameters/queryExpression"
                yield Finding("query_on_server", "warning", why, at, "", source)


def _scripts(task: WorkflowTask) -> Iterator[tuple[str, str]]:
    inputs = task.input_parameters
    found = {
        "expression": task.expression if task.type == "SWITCH" else None,
        "caseExpression": task.case_expression,
        "loopCondition": task.loop_condition,
        "inputParameters/expression": inputs.get("expression") if task.type == "INLINE" else None,
        "inputParameters/scriptExpression": inputs.get("scriptExpression"),
    }
    yield from ((where, text) for where, text in found.items() if isinstance(text, str))
