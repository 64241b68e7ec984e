"""Named differences: where the engine does not do what the server did, on purpose.

Each rule is tied to a section of the task types' description (``TASK_TYPES.md``) or to the promise
that it keeps. It looks at the structure of a case and of the difference, never at a case's name.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from cases import Replayed
from compare import Difference
from values import tasks_of

JAVA = re.compile(
    r"Object\.\w+\(|JSON\.stringify|console\b|\.sort\(|\bin \$|\$\.\w+ ==|instanceof|String\(\$|"
    r"'' \+ \$|keySet|entrySet|values\(\)|stream\(|toString|hasOwnProperty|hashCode|equals\("
)
SURROUNDINGS = re.compile(r"Graal|Intl|toLocale|new Date\(.*\)\.toString|String\(new Date|timezone")
WORDS = re.compile(r"Error evaluating the script `(\w*Error)")
JAVA_WORDS = re.compile(r"com\.netflix|java\.util|cannot be cast|Cannot invoke")
CALL = re.compile(r"cannot be cast|Not valid duration|StackOverflow|Cannot invoke|Index \d+ out of")
LARGE = re.compile(r"\d{16,}")
UNOFFERED = re.compile(r"restart with|start_again|rerun with")
RENEWED = {"reRunFromTaskRef", "workflowInput"}


@dataclass(frozen=True)
class Rule:
    """A named difference.

    Attributes:
        name: what it is called.
        tie: where it is promised or described.
        explains: tells whether it explains a difference.
    """

    name: str
    tie: str
    explains: Callable[[Replayed, Difference], bool]


def _tasks(result: Replayed) -> list[Mapping[str, Any]]:
    return [task for one in result.case["workflowDefs"] for task in tasks_of(one)]


def _types(result: Replayed) -> set[str]:
    return {str(task.get("type")) for task in _tasks(result)}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, default=str)


def _scripts(result: Replayed) -> str:
    names = ("expression", "loopCondition", "caseExpression", "scriptExpression")
    found = [
        _text(owner.get(name))
        for task in _tasks(result)
        for owner in (task, task.get("inputParameters") or {})
        for name in names
        if owner.get(name) is not None
    ]
    return "\n".join(found)


def _refused(*codes: str) -> Callable[[Replayed, Difference], bool]:
    def explains(result: Replayed, difference: Difference) -> bool:
        return result.refusal is not None and result.refusal.code in codes

    return explains


def _type_refused(result: Replayed, difference: Difference) -> bool:
    """Tell whether a type is refused, before the run or when a DYNAMIC task has chosen it."""
    observed = result.case["observed"].get("workflow") or {}
    hangs = observed.get("status") == "RUNNING" and result.document.get("status") == "FAILED"
    chosen = "DYNAMIC" in _types(result) and hangs
    return chosen or _refused("task_type_unsupported", "evaluator_unsupported")(result, difference)


def _words(result: Replayed, difference: Difference) -> bool:
    """Tell whether only the words of Java or of its script engine differ, not the kind of error."""
    if JAVA_WORDS.search(_text(difference.expected)):
        return True
    expected, got = WORDS.search(_text(difference.expected)), WORDS.search(_text(difference.got))
    return bool(expected and got and expected[1] == got[1])


def _jq(result: Replayed, difference: Difference) -> bool:
    return "JSON_JQ_TRANSFORM" in _types(result) and not difference.path.startswith("/refused")


def _nested_loop(result: Replayed, _difference: Difference) -> bool:
    loops = [task for task in _tasks(result) if task.get("type") == "DO_WHILE"]
    return any(
        inner.get("type") == "DO_WHILE" for loop in loops for inner in tasks_of(loop["loopOver"])
    )


def _accepted(result: Replayed, difference: Difference) -> bool:
    """Tell whether a server refused to register what runs here."""
    registered = result.case["observed"].get("register", ())
    return (
        difference.path == "/refused"
        and result.refusal is None
        and any(response.get("status", 200) >= 400 for response in registered)
    )


def _escaped(result: Replayed, difference: Difference) -> bool:
    """Tell whether an exception left the server's own code where a task fails here."""
    told = _text(result.case["observed"].get("start"))
    return difference.path == "/refused" and result.refusal is None and bool(CALL.search(told))


def _polled(result: Replayed, _difference: Difference) -> bool:
    functions = any(task.get("type", "SIMPLE") == "SIMPLE" for task in _tasks(result))
    timed = any(
        definition.get(name)
        for definition in result.case["taskDefs"]
        for name in ("timeoutSeconds", "pollTimeoutSeconds")
    ) or any(
        definition.get("responseTimeoutSeconds") == 1 for definition in result.case["taskDefs"]
    )
    given = (result.case.get("start") or {}).get("taskToDomain")
    unfinished = any(
        (action["op"] == "poll" and "answer" not in action) or _is_no_outcome(action)
        for action in result.case.get("actions") or ()
    )
    return functions and (timed or bool(given) or unfinished)


def _is_no_outcome(action: Mapping[str, Any]) -> bool:
    status = (action.get("answer") or {}).get("status")
    return status not in (None, "COMPLETED", "FAILED", "FAILED_WITH_TERMINAL_ERROR", "IN_PROGRESS")


def _noticed(result: Replayed, difference: Difference) -> bool:
    """Tell whether the server had not yet noticed, at the end of its case, what ends the run."""
    observed = result.case["observed"].get("workflow") or {}
    waits = _types(result) & {"WAIT", "HUMAN"}
    ended = result.document.get("status") not in ("RUNNING", None)
    return bool(waits) and observed.get("status") == "RUNNING" and ended


def _http(result: Replayed, difference: Difference) -> bool:
    limited = any(definition.get("timeoutSeconds") for definition in result.case["taskDefs"])
    late = limited and difference.path.startswith(("/tasks", "/output"))
    java = "java.lang.Exception" in _text(difference.expected)
    return "HTTP" in _types(result) and (java or late)


def _cancelled(result: Replayed, _difference: Difference) -> bool:
    """Tell whether a retry goes on with a cancelled task, or with the run that a task started."""
    retried = any(action["op"] == "retry" for action in result.case.get("actions") or ())
    tasks = (result.case["observed"].get("workflow") or {}).get("tasks", ())
    if retried and "SUB_WORKFLOW" in _types(result):
        return True
    again = (task for task in tasks if task["status"] == "CANCELED" and task.get("retried"))
    return retried and any(task["taskType"] not in ("WAIT", "HUMAN") for task in again)


def _not_offered(result: Replayed, _difference: Difference) -> bool:
    """Tell whether a client asks for what the engine has no operation for.

    A restart is a rerun from the first task: variables begin anew. A task that is executed again
    resolves its inputs again.
    """
    actions = result.case.get("actions") or ()
    restarted = any(action["op"] == "restart" for action in actions)
    renewed = any((action.get("body") or {}).keys() >= RENEWED for action in actions)
    return (
        renewed
        or any(UNOFFERED.match(name) for name in result.unoffered)
        or "version" in (result.case.get("start") or {})
        or (restarted and "SET_VARIABLE" in _types(result))
    )


def _join(result: Replayed, difference: Difference) -> bool:
    joined = _types(result) & {"JOIN"}
    failed = (result.case["observed"].get("workflow") or {}).get("status") == "FAILED"
    place = difference.path.startswith(("/output", "/tasks/", "/failed"))
    return bool(joined) and failed and place


RULES = (
    Rule(
        "python-refused",
        "issue: Python as evaluator: refused by name",
        lambda result, _: (
            _refused("evaluator_unsupported")(result, _)
            and "python" in (result.refusal.message if result.refusal else "")
        ),
    ),
    Rule(
        "type-refused",
        "issue: Any other type is refused by pointer; section 9.4: SUB_WORKFLOW stays SCHEDULED",
        _type_refused,
    ),
    Rule("sink-refused", "issue: other sinks are refused", _refused("sink_unsupported")),
    Rule(
        "join-refused",
        "section 9.1: The next task in the list must be a JOIN",
        _refused("join_missing", "join_unknown"),
    ),
    Rule(
        "script-refused",
        "section 10.1: the condition of a loop is not resolved (syntax error)",
        _refused("script_invalid"),
    ),
    Rule(
        "reference-refused",
        "issue: a name that cannot exist is an error",
        _refused("reference_unknown", "path_unknown", "variable_unknown", "script_name_unknown"),
    ),
    Rule("accepted-here", "sections 1.9, 10.1, 13, 14: what a registration refuses", _accepted),
    Rule("escaped-exception", "section 16: escaped exceptions are not imitated", _escaped),
    Rule(
        "plain-javascript",
        "issue: $ is plain JavaScript here",
        lambda result, difference: (
            bool(JAVA.search(_scripts(result))) and not difference.path.startswith("/refused")
        ),
    ),
    Rule("engine-words", "issue: Scripts run in quickjs-ng", _words),
    Rule(
        "engine-surroundings",
        "section 1.3: Graal and Intl exist there",
        lambda result, _: bool(SURROUNDINGS.search(_scripts(result))),
    ),
    Rule(
        "large-integers",
        "section 2.2: integers over 2^63 are objects of Java",
        lambda result, _: (
            bool(LARGE.search(json.dumps(result.case["input"])))
            and bool(re.search(r"\$\.(big|long)\b", _scripts(result)))
        ),
    ),
    Rule("jq-is-current", "issue: jq is the current jq", _jq),
    Rule(
        "event-undelivered",
        "issue: EVENT with a conductor sink delivers nothing",
        lambda result, _: bool(result.case.get("eventHandlers")),
    ),
    Rule("nested-loops", "issue: nested DO_WHILE works", _nested_loop),
    Rule("functions-are-not-polled", "issue: SIMPLE by Python functions", _polled),
    Rule("noticed-at-once", "section 1.15: Timeouts are noticed only when evaluated", _noticed),
    Rule("http-words", "section 1.17, HTTP_TASK.md: texts of Java, late responses", _http),
    Rule(
        "not-offered",
        "issue: runs pause, unpause, terminate, complete; resume --retry, --from",
        _not_offered,
    ),
    Rule(
        "retry-keeps-waiting", "issue: resume --retry continues from its failed tasks", _cancelled
    ),
    Rule(
        "as-written",
        "sections 8.1, 9.3: definitions as the server completes them",
        lambda _, difference: "subWorkflowDefinition" in difference.path,
    ),
    Rule(
        "lambda-copies",
        "section 1.10: LAMBDA may change the stored input",
        lambda result, difference: (
            "LAMBDA" in _types(result) and bool(re.search(r"\$(\.\w+)+ = ", _scripts(result)))
        ),
    ),
    Rule(
        "seen-inside",
        "section 14: failedWorkflow is the whole execution",
        lambda _, difference: (
            difference.path.startswith("/related/")
            and (difference.expected is None or "failedWorkflow" in difference.path)
        ),
    ),
    Rule(
        "http-poll-runs",
        "section 15: HTTP_POLL is a worker queue in that server",
        lambda result, _: "HTTP_POLL" in _types(result),
    ),
    Rule("join-race", "section 1.13: JOIN's final state is a race", _join),
)


def rule_for(result: Replayed, difference: Difference) -> str | None:
    """Return the name of the rule that explains a difference, or None."""
    return next((rule.name for rule in RULES if rule.explains(result, difference)), None)
