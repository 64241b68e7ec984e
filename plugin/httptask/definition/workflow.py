"""Conductor's definitions: every field of its workflow, workflow task and task definition.

A definition taken from a server loads unchanged. Defaults are the server's own.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import Field, Strict

from httptask.definition.field_types import Model
from httptask.definition.reading import escape
from httptask.definition.scalars import WHOLE, Anything, Count, Flag, Integer, Kinds, Name, Positive
from httptask.definition.task_types import SUPPORTED_TYPES


class Auditable(Model):
    """What a server notes down about a definition."""

    owner_app: str | None = Field(default=None, description="Application that owns it.")
    create_time: Integer | None = Field(default=None, description="Created, milliseconds.")
    update_time: Integer | None = Field(default=None, description="Changed, milliseconds.")
    created_by: str | None = Field(default=None, description="Who created it.")
    updated_by: str | None = Field(default=None, description="Who changed it last.")
    access_policy: dict[str, Any] = Field(default={}, description="Permissions (old servers).")
    tags: list[Any] = Field(default=[], description="Tags (Orkes).")
    overwrite_tags: Flag = Field(default=True, description="Registration replaces tags (Orkes).")


class SchemaDef(Auditable):
    """A schema for inputs or outputs; a server stores it."""

    name: Name = Field(description="Name of the schema.")
    version: Integer = Field(default=1, description="Version of the schema.")
    type: Literal["JSON", "AVRO", "PROTOBUF"] = Field(description="Schema language.")
    data: dict[str, Any] | None = Field(default=None, description="The schema itself.")
    external_ref: str | None = Field(default=None, description="Name in a schema registry.")


class RateLimitConfig(Model):
    """Limit on concurrent workflows."""

    rate_limit_key: str | None = Field(default=None, description="What is counted together.")
    concurrent_exec_limit: Integer = Field(default=0, description="Workflows per key.")
    policy: Literal["QUEUE", "REJECT"] = Field(default="QUEUE", description="What else happens.")


class CacheConfig(Model):
    """Output cache (Orkes)."""

    key: str | None = Field(default=None, description="Cache key.")
    ttl_in_second: Integer = Field(default=0, description="Lifetime in seconds.")


class StateChangeEvent(Model):
    """An event that is published when a task changes its state."""

    type: str = Field(default="", description="Type of the event.")
    payload: dict[str, Any] = Field(default={}, description="Its payload.")


class SubWorkflowParams(Model):
    """The workflow that a SUB_WORKFLOW task starts."""

    name: str | None = Field(default=None, description="Name of the workflow.")
    version: Annotated[Any, Kinds("number", "string")] = Field(
        default=None, description="Its version; absent or 0: the latest."
    )
    task_to_domain: dict[str, str] = Field(default={}, description="Domains of its tasks.")
    workflow_definition: Annotated[Any, Kinds("object", "string")] = Field(
        default=None, description="The definition itself, or an expression for it."
    )
    workflow_def: Annotated[Any, Kinds("object", "string")] = Field(
        default=None, description="Old name of workflowDefinition."
    )
    idempotency_key: str | None = Field(default=None, description="Key of one start.")
    idempotency_strategy: str | None = Field(
        default=None, description="What a repeated key does: FAIL, RETURN_EXISTING, ..."
    )
    priority: Anything = Field(default=None, description="Priority, or an expression for it.")


class TaskDef(Auditable):
    """How tasks of one name are retried and timed out; Conductor's TaskDef."""

    name: Name = Field(description="Name that tasks refer to.", examples=["generate_image"])
    description: str | None = Field(default=None, description="What the task does.")
    owner_email: str | None = Field(default=None, description="Whom to ask about it.")
    retry_count: Count = Field(default=3, description="Retries after the first attempt.")
    retry_logic: Literal["FIXED", "LINEAR_BACKOFF", "EXPONENTIAL_BACKOFF"] = Field(
        default="FIXED", description="How the wait grows."
    )
    retry_delay_seconds: Count = Field(default=60, description="Seconds before a retry.")
    backoff_scale_factor: Positive = Field(default=1, description="Factor of LINEAR_BACKOFF.")
    max_retry_delay_seconds: Count = Field(default=0, description="Cap on the wait; 0 is none.")
    backoff_jitter_ms: Count = Field(default=0, description="Random milliseconds on top.")
    timeout_seconds: Count = Field(default=0, description="Limit on one attempt; 0 is none.")
    response_timeout_seconds: Positive = Field(
        default=3600, description="Silence after which a worker is given up."
    )
    total_timeout_seconds: Count = Field(
        default=0, description="Limit on all attempts together; 0 is none."
    )
    poll_timeout_seconds: Count | None = Field(
        default=None, description="Limit on the wait for a worker."
    )
    timeout_policy: Literal["RETRY", "TIME_OUT_WF", "ALERT_ONLY"] = Field(
        default="TIME_OUT_WF", description="What a timeout does."
    )
    input_template: dict[str, Any] = Field(
        default={}, description="Inputs where the task gives none; top level only."
    )
    input_keys: list[str] = Field(default=[], description="Names of inputs, for readers.")
    output_keys: list[str] = Field(default=[], description="Names of outputs, for readers.")
    rate_limit_per_frequency: Count = Field(default=0, description="Tasks per time span.")
    rate_limit_frequency_in_seconds: Count = Field(default=1, description="That time span.")
    concurrent_exec_limit: Count | None = Field(default=None, description="Tasks at a time.")
    isolation_group_id: str | None = Field(default=None, description="Chooses the queue.")
    execution_name_space: str | None = Field(default=None, description="Chooses the queue.")
    input_schema: SchemaDef | None = Field(default=None, description="Schema of the input.")
    output_schema: SchemaDef | None = Field(default=None, description="Schema of the output.")
    enforce_schema: Flag = Field(default=False, description="Check the schemas (Orkes).")
    runtime_metadata: list[str] = Field(default=[], description="Names a worker is given.")
    base_type: str | None = Field(default=None, description="Task type it is based on.")
    task_status_listener_enabled: Flag = Field(default=True, description="Publish states.")


class EmbeddedTaskDef(TaskDef):
    """A task definition inside a task: a server does not check it, and it needs no name."""

    name: str = Field(default="", description="The task's name, if absent.")
    backoff_scale_factor: Count = Field(default=1, description="Factor of LINEAR_BACKOFF.")
    response_timeout_seconds: Count = Field(
        default=3600, description="Silence after which a worker is given up; 0 is none."
    )


class WorkflowTask(Model):
    """One task of a workflow definition."""

    name: Name = Field(description="Name; the task definition is found by it.")
    task_reference_name: Name = Field(
        description="Name by which expressions refer to it; unique.", examples=["generate"]
    )
    type: Name = Field(default="SIMPLE", description="Task type.", examples=list(SUPPORTED_TYPES))
    description: str | None = Field(default=None, description="What the task does.")
    input_parameters: dict[str, Any] = Field(default={}, description="Inputs; take ${...}.")
    optional: Flag = Field(default=False, description="Its failure does not fail the workflow.")
    permissive: Flag = Field(default=False, description="Others go on when it fails.")
    start_delay: Count = Field(default=0, description="Seconds before it starts.")
    retry_count: Count | None = Field(
        default=None, description="Retries; overrides the task definition."
    )
    async_complete: Flag = Field(default=False, description="Something else completes it.")
    task_definition: EmbeddedTaskDef | None = Field(
        default=None, description="Embedded definition."
    )
    rate_limited: Flag | None = Field(default=None, description="Rate limits apply.")
    on_state_change: dict[str, list[StateChangeEvent]] = Field(
        default={}, description="Events by state."
    )
    cache_config: CacheConfig | None = Field(default=None, description="Output cache.")
    join_status: str | None = Field(default=None, description="Not used.")
    metadata: dict[str, Any] = Field(default={}, description="Free notes.")

    evaluator_type: str | None = Field(
        default=None, description="SWITCH: how expression is read.", examples=["value-param"]
    )
    expression: str | None = Field(default=None, description="SWITCH, JOIN: the expression.")
    decision_cases: dict[str, list[WorkflowTask]] = Field(
        default={}, description="SWITCH: tasks by result."
    )
    default_case: list[WorkflowTask] = Field(default=[], description="SWITCH: tasks otherwise.")
    case_value_param: str | None = Field(default=None, description="DECISION: input name.")
    case_expression: str | None = Field(default=None, description="DECISION: script.")
    fork_tasks: list[list[WorkflowTask]] = Field(default=[], description="FORK_JOIN: branches.")
    join_on: list[str] = Field(default=[], description="JOIN: references that must be done.")
    join_mode: Literal["SYNC", "ASYNC"] | None = Field(default=None, description="JOIN: mode.")
    default_exclusive_join_task: list[str] = Field(
        default=[], description="EXCLUSIVE_JOIN: references taken otherwise."
    )
    loop_condition: str | None = Field(default=None, description="DO_WHILE: again while true.")
    loop_over: list[WorkflowTask] = Field(default=[], description="DO_WHILE: the body.")
    items: Annotated[Any, Kinds("string", "array")] = Field(
        default=None, description="DO_WHILE: items to go through."
    )
    sub_workflow_param: SubWorkflowParams | None = Field(
        default=None, description="SUB_WORKFLOW: what it starts."
    )
    dynamic_task_name_param: str | None = Field(default=None, description="DYNAMIC: input name.")
    dynamic_fork_tasks_param: str | None = Field(
        default=None, description="FORK_JOIN_DYNAMIC: input that holds the tasks."
    )
    dynamic_fork_tasks_input_param_name: str | None = Field(
        default=None, description="FORK_JOIN_DYNAMIC: input that holds their inputs."
    )
    dynamic_fork_join_tasks_param: str | None = Field(
        default=None, description="FORK_JOIN_DYNAMIC: old form."
    )
    script_expression: str | None = Field(default=None, description="LAMBDA: script.")
    sink: str | None = Field(default=None, description="EVENT: where it is published.")
    workflow_task_type: str | None = Field(default=None, description="Old name of type.")

    def children(self) -> Iterator[tuple[str, list[WorkflowTask]]]:
        """Yield each nested list of tasks with its pointer below this task."""
        for name, tasks in self.decision_cases.items():
            yield f"/decisionCases/{escape(name)}", tasks
        yield "/defaultCase", self.default_case
        for index, branch in enumerate(self.fork_tasks):
            yield f"/forkTasks/{index}", branch
        yield "/loopOver", self.loop_over

    def walk(self, pointer: str = "") -> Iterator[tuple[str, WorkflowTask]]:
        """Yield this task and all nested ones with their pointers, in the order written."""
        yield pointer, self
        for below, tasks in self.children():
            yield from walk_tasks(tasks, pointer + below)


class WorkflowDef(Auditable):
    """A workflow definition."""

    name: Name = Field(description="Name of the workflow.", examples=["make_image"])
    version: Integer = Field(default=1, description="Version of the definition.")
    tasks: list[WorkflowTask] = Field(min_length=1, description="Tasks, run in this order.")
    description: str | None = Field(default=None, description="What the workflow does.")
    schema_version: Annotated[int, Strict(), Field(ge=2, le=2), WHOLE] = Field(
        default=2, description="Always 2."
    )
    input_parameters: list[str] = Field(default=[], description="Names of inputs, for readers.")
    input_template: dict[str, Any] = Field(default={}, description="Inputs where none is given.")
    output_parameters: dict[str, Any] = Field(
        default={}, description="The output; take ${...}. Empty: the last task's output."
    )
    variables: dict[str, Any] = Field(default={}, description="Variables at the start.")
    failure_workflow: str | None = Field(default=None, description="Started on failure.")
    failure_workflow_version: Integer | None = Field(default=None, description="Its version.")
    timeout_seconds: Integer = Field(
        default=0, description="Limit on the workflow; 0 or less is none."
    )
    timeout_policy: Literal["TIME_OUT_WF", "ALERT_ONLY"] = Field(
        default="ALERT_ONLY", description="What a timeout does."
    )
    restartable: Flag = Field(default=True, description="May be started again.")
    owner_email: str | None = Field(default=None, description="Whom to ask about it.")
    workflow_status_listener_enabled: Flag = Field(default=False, description="Publish states.")
    workflow_status_listener_sink: str | None = Field(default=None, description="Where to.")
    input_schema: SchemaDef | None = Field(default=None, description="Schema of the input.")
    output_schema: SchemaDef | None = Field(default=None, description="Schema of the output.")
    enforce_schema: Flag = Field(default=True, description="Check the schemas (Orkes).")
    rate_limit_config: RateLimitConfig | None = Field(default=None, description="Limits.")
    cache_config: CacheConfig | None = Field(default=None, description="Output cache.")
    masked_fields: list[str] = Field(default=[], description="Names whose values are masked.")
    metadata: dict[str, Any] = Field(default={}, description="Free notes.")
    on_state_change: dict[str, list[StateChangeEvent]] = Field(
        default={}, description="Events by state (Orkes)."
    )

    def walk(self) -> Iterator[tuple[str, WorkflowTask]]:
        """Yield every task, nested ones included, with its pointer, in the order written."""
        yield from walk_tasks(self.tasks, "/tasks")


def walk_tasks(tasks: list[WorkflowTask], pointer: str) -> Iterator[tuple[str, WorkflowTask]]:
    """Yield tasks and their nested ones with pointers, in the order written."""
    for index, task in enumerate(tasks):
        yield from task.walk(f"{pointer}/{index}")
