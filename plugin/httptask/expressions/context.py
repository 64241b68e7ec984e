"""What a template is resolved against: the workflow, its tasks, the environment."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from httptask.expressions.header_map import readable_tasks

Json = Any
SecretLookup = Callable[[str], str | None]

ENV_PREFIX = "CONDUCTOR_ENV_"

TASK_FIELDS = frozenset(
    {
        "input",
        "output",
        "status",
        "taskType",
        "referenceTaskName",
        "retryCount",
        "taskId",
        "correlationId",
        "pollCount",
        "taskDefName",
        "scheduledTime",
        "startTime",
        "endTime",
        "workflowInstanceId",
        "reasonForIncompletion",
        "callbackAfterSeconds",
        "workerId",
        "iteration",
    }
)
"""What ``${REF.FIELD}`` may name."""

WORKFLOW_FIELDS = frozenset(
    {
        "input",
        "output",
        "variables",
        "status",
        "workflowId",
        "parentWorkflowId",
        "parentWorkflowTaskId",
        "workflowType",
        "version",
        "correlationId",
        "reasonForIncompletion",
        "schemaVersion",
        "env",
        "secrets",
    }
)
"""What ``${workflow.FIELD}`` may name."""


@dataclass(frozen=True, slots=True)
class Context:
    """The values that references read; treat every value in it as read-only.

    Attributes:
        workflow: the parts of ``${workflow...}``: input, variables, output, workflowId, status...
        tasks: per task reference the parts of ``${REF...}``: output, input, status... A task whose
            reference is ``workflow`` hides the workflow's own part, as on Conductor.
        env: ``${workflow.env.NAME}``: values by NAME, without the ``CONDUCTOR_ENV_`` prefix.
        task_id: ``${CPEWF_TASK_ID}``, or None where no task is being scheduled.
    """

    workflow: Mapping[str, Json]
    tasks: Mapping[str, Mapping[str, Json]]
    env: Mapping[str, Json] = field(default_factory=dict)
    task_id: str | None = None
    root: dict[str, Json] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        parts = {"workflow": self.workflow, **self.tasks}
        root = {
            name: part if isinstance(part, dict) else dict(part) for name, part in parts.items()
        }
        object.__setattr__(self, "root", root)

    @classmethod
    def build(
        cls,
        *,
        input: Json = None,  # noqa: A002 - the name that the definition uses
        variables: Mapping[str, Json] | None = None,
        tasks: Mapping[str, Mapping[str, Json]] | None = None,
        env: Mapping[str, Json] | None = None,
        task_id: str | None = None,
        workflow: Mapping[str, Json] | None = None,
    ) -> Context:
        """Build a context from its usual parts.

        Args:
            input: the workflow's input; an empty object when None.
            variables: the workflow's variables.
            tasks: ``{ref: {"output": ..., "input": ..., "status": ...}}``.
            env: see the attribute.
            task_id: see the attribute.
            workflow: further workflow fields (``workflowId``, ``status``, ``correlationId``...).
        """
        own = {**(workflow or {}), "input": {} if input is None else input}
        own["variables"] = dict(variables or {})
        read = readable_tasks(tasks or {})
        return cls(workflow=own, tasks=read, env=dict(env or {}), task_id=task_id)


def conductor_env(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that ``${workflow.env.NAME}`` may read, by NAME."""
    start = len(ENV_PREFIX)
    return {name[start:]: text for name, text in environ.items() if name.startswith(ENV_PREFIX)}
