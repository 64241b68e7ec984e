"""Workflows that between them hold every type of task beside those of ``campaign.KINDS``."""

from __future__ import annotations

from campaign import Json, fork, http, loop, started, task

REQUEST = {"uri": "http://target/", "method": "GET"}
POLLING = {"terminationCondition": "true", "pollingInterval": 1, "pollingStrategy": "FIXED"}
INLINE = {"evaluatorType": "javascript", "expression": "$.x * 2"}

MORE: dict[str, list[Json]] = {
    "computed": [
        http("a"),
        loop(
            "l",
            3,
            task("INLINE", "i", {**INLINE, "x": "${l.output.iteration}"}),
            task(
                "JSON_JQ_TRANSFORM", "j", {"queryExpression": ".x + 1", "x": "${i.output.result}"}
            ),
            task("SET_VARIABLE", "v", {"seen": "${j.output.result}"}),
            task(
                "DECISION",
                "d",
                {"odd": "${l.output.iteration}"},
                caseExpression="$.odd % 2 ? 'odd' : 'even'",
                decisionCases={"odd": [http("p", "POST")]},
                defaultCase=[http("b")],
            ),
        ),
        task("LAMBDA", "m", {"scriptExpression": "return $.x", "x": "${workflow.variables.seen}"}),
        task("INLINE", "r", {"evaluatorType": "javascript", "expression": "Math.random()"}),
        http("z"),
    ],
    "human": [
        http("a"),
        task("HUMAN", "h"),
        *fork("f", [task("WAIT", "w"), http("p", "POST")], [http("b"), http("q", "POST")]),
        http("z"),
    ],
    "dynamic": [
        task(
            "FORK_JOIN_DYNAMIC",
            "f",
            {
                "tasks": [
                    http("x"),
                    http("p", "POST"),
                    started("SUB_WORKFLOW", "s", http("c"), http("q", "POST")),
                ],
                "given": {},
            },
            dynamicForkTasksParam="tasks",
            dynamicForkTasksInputParamName="given",
        ),
        task("JOIN", "j"),
        task("DYNAMIC", "y", {"kind": "note"}, dynamicTaskNameParam="kind"),
        http("z"),
    ],
    "exclusive": [
        task(
            "SWITCH",
            "s",
            evaluatorType="javascript",
            expression="'one'",
            decisionCases={"one": [http("p", "POST")], "two": [http("q", "POST")]},
        ),
        task("EXCLUSIVE_JOIN", "e", joinOn=["q", "p"]),
        task("SIMPLE", "n", name="note"),
        task("EVENT", "v", sink="conductor"),
        http("z"),
    ],
    "starting": [
        http("a"),
        started("START_WORKFLOW", "s", http("b"), http("p", "POST"), http("c")),
        task("HTTP_POLL", "l", {"http_request": {**REQUEST, **POLLING}}),
        http("z", "POST"),
    ],
    "terminated": [
        http("p", "POST"),
        *fork(
            "f",
            [
                task(
                    "TERMINATE", "t", {"terminationStatus": "COMPLETED", "workflowOutput": {"x": 1}}
                )
            ],
            [task("HUMAN", "never")],
        ),
        http("never_z"),
    ],
    "failing": [
        http("a"),
        task("SIMPLE", "n", name="note"),
        task("TERMINATE", "t", {"terminationStatus": "FAILED", "terminationReason": "as asked"}),
    ],
}

RESCUE: Json = {"name": "rescue", "version": 1, "tasks": [http("b"), http("p", "POST"), http("c")]}
"""Started when the kind ``failing`` has failed."""
