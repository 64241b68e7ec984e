"""The types of tasks: what the embedded engine runs, and what runs the others."""

from __future__ import annotations

from typing import Final

from httptask.definition.messages import only_near

SUPPORTED_TYPES: Final = (
    "HTTP",
    "SWITCH",
    "FORK_JOIN",
    "JOIN",
    "DO_WHILE",
    "SET_VARIABLE",
    "TERMINATE",
    "NOOP",
    "INLINE",
    "JSON_JQ_TRANSFORM",
    "WAIT",
    "HUMAN",
    "SIMPLE",
    "SUB_WORKFLOW",
    "START_WORKFLOW",
    "FORK_JOIN_DYNAMIC",
    "DYNAMIC",
    "EVENT",
    "DECISION",
    "LAMBDA",
    "EXCLUSIVE_JOIN",
    "HTTP_POLL",
)
"""Task types that the embedded engine runs; SIMPLE where there is a function for the task."""

SERVER_TYPES: Final = ("KAFKA_PUBLISH", "USER_DEFINED", "PULL_WORKFLOW_MESSAGES")
"""Task types that only a Conductor server runs."""

ORKES_TYPES: Final = (
    "WAIT_FOR_WEBHOOK",
    "BUSINESS_RULE",
    "JDBC",
    "GET_SIGNED_JWT",
    "QUERY_PROCESSOR",
    "UPDATE_TASK",
)
"""Task types that only an Orkes server runs."""

KNOWN_TYPES: Final = (*SUPPORTED_TYPES, *SERVER_TYPES, *ORKES_TYPES)
"""Task types of Conductor and Orkes; a server takes any other for a worker's task."""


def runner_of(kind: str) -> str:
    """Return what runs the tasks of a type that this engine refuses."""
    if kind == "SIMPLE":
        return "give a Python function for it (--functions MODULE), or run it on a Conductor server"
    if kind in SERVER_TYPES:
        return "a Conductor server runs it"
    if kind in ORKES_TYPES:
        return "an Orkes server runs it"
    if meant := only_near(kind, KNOWN_TYPES):
        return f'did you mean "{meant}"?'
    return "a Conductor server runs it where it has that type, or a worker that polls for it"
