"""Register a workflow so that an unmodified server hands its HTTP tasks to our worker.

A server queues an HTTP task as ``HTTP@NAMESPACE`` when its task definition has an
``executionNameSpace``; the built-in task only reads ``HTTP``. A task definition stands for every
task of its name on the server, so one that deploy did not make is never touched, and none is made
for a name that other workflows use already.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from httptask.definition.field_types import AUTHORING
from httptask.definition.findings import Loaded
from httptask.definition.workflow import TaskDef, WorkflowDef
from httptask.engines.conductor.client import ConductorClient, segment
from httptask.engines.conductor.naming import DEFAULT_NAMESPACE, OWNER, checked_namespace
from httptask.engines.conductor.refusals import http_tasks
from httptask.errors import DefinitionError, EngineError

RESPONSE_TIMEOUT: Final = 600
"""Seconds of silence after which the server gives a worker up, where the author says nothing."""

DEFAULT_EMAIL: Final = "httptask@example.com"
_SERVERS_OWN: Final = ("createTime", "updateTime", "createdBy", "updatedBy")

Action = Literal["create", "update", "none"]


@dataclass(frozen=True, slots=True)
class Change:
    """One definition on the server.

    Attributes:
        kind: "taskDef" or "workflow".
        name: name of the definition.
        action: what is done to it; "none" when the server has it already.
        document: the definition as it is registered.
    """

    kind: Literal["taskDef", "workflow"]
    name: str
    action: Action
    document: Mapping[str, Any] = field(repr=False)

    def to_json(self) -> dict[str, Any]:
        """Return the change as ``httptask deploy --json`` prints it."""
        return {
            "kind": self.kind,
            "name": self.name,
            "action": self.action,
            "definition": self.document,
        }


@dataclass(frozen=True, slots=True)
class Deployment:
    """What deploying a workflow does, or did.

    Attributes:
        server: address of the API.
        namespace: namespace of the worker's queue, or None for the server's plain HTTP queue.
        changes: task definitions, then the workflow.
        applied: whether they were made.
    """

    server: str
    namespace: str | None
    changes: tuple[Change, ...]
    applied: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return the deployment as ``httptask deploy --json`` prints it."""
        return {
            "server": self.server,
            "namespace": self.namespace,
            "applied": self.applied,
            "changes": [change.to_json() for change in self.changes],
        }


def deploy(
    client: ConductorClient,
    loaded: Loaded[WorkflowDef],
    *,
    namespace: str | None = DEFAULT_NAMESPACE,
    task_defs: Mapping[str, TaskDef] | None = None,
    owner_email: str = DEFAULT_EMAIL,
    dry_run: bool = False,
) -> Deployment:
    """Register a workflow and the task definitions of its HTTP tasks; again changes nothing.

    Args:
        client: the server.
        loaded: the workflow definition, checked for a worker.
        namespace: namespace of the worker's queue; None leaves the tasks on the plain queue, for
            a server without the built-in task.
        task_defs: task definitions by name, from the author's own file.
        owner_email: owner where the definition names none; servers ask for one.
        dry_run: find out what would be registered, and change nothing.

    Raises:
        DefinitionError: the definition has an error, is refused by the server, or needs a task
            definition that belongs to others.
        EngineError: the server does not respond, or refuses a task definition.
    """
    loaded.require()
    if namespace is not None:
        checked_namespace(namespace)
    changes = tuple(_changes(client, loaded, namespace, task_defs or {}, owner_email))
    _validate(client, changes[-1], loaded.source)
    if not dry_run:
        for change in changes:
            _apply(client, change)
    return Deployment(client.base, namespace, changes, applied=not dry_run)


def with_namespace(
    document: Mapping[str, Any],
    namespace: str,
    task_defs: Mapping[str, TaskDef],
    owner_email: str = DEFAULT_EMAIL,
) -> dict[str, Any]:
    """Return a workflow whose HTTP tasks carry their task definitions, namespace included.

    Such a workflow can be started as it is: nothing has to be registered.
    """
    made = _owned(document, owner_email)
    for _, task in http_tasks(made):
        written = task.get("taskDefinition")
        if not isinstance(written, dict):
            written = _task_def(task["name"], task_defs)
        task["taskDefinition"] = _spaced({"name": task["name"], **written}, namespace, made)
    return made


def _changes(
    client: ConductorClient,
    loaded: Loaded[WorkflowDef],
    namespace: str | None,
    task_defs: Mapping[str, TaskDef],
    owner_email: str,
) -> Iterator[Change]:
    document = _owned(loaded.raw, owner_email)
    shared: dict[str, str] = {}
    for pointer, task in http_tasks(document):
        embedded = task.get("taskDefinition")
        if not isinstance(embedded, dict):
            shared.setdefault(task["name"], f"{pointer}/name")
        elif namespace is not None:
            task["taskDefinition"] = _spaced(
                {"name": task["name"], **embedded}, namespace, document
            )
    wanted = {name: _task_def(name, task_defs) for name in shared}
    if namespace is not None:
        wanted = {name: _spaced(given, namespace, document) for name, given in wanted.items()}
    else:
        wanted = {name: given for name, given in wanted.items() if name in task_defs}
    yield from _task_def_changes(client, wanted, shared, document, loaded.source)
    yield _workflow_change(client, document)


def _owned(document: Mapping[str, Any], owner_email: str) -> dict[str, Any]:
    made: dict[str, Any] = copy.deepcopy(dict(document))
    made["ownerEmail"] = made.get("ownerEmail") or owner_email
    made.setdefault("schemaVersion", 2)
    made.setdefault("version", 1)
    return made


def _task_def(name: str, task_defs: Mapping[str, TaskDef]) -> dict[str, Any]:
    given = task_defs.get(name)
    if given is None:
        return {"name": name, "retryCount": 0, "responseTimeoutSeconds": RESPONSE_TIMEOUT}
    document: dict[str, Any] = given.model_dump(by_alias=True, exclude_unset=True)
    return document


def _spaced(
    written: Mapping[str, Any], namespace: str, workflow: Mapping[str, Any]
) -> dict[str, Any]:
    made = {**written, "executionNameSpace": namespace, "ownerApp": OWNER}
    made["ownerEmail"] = made.get("ownerEmail") or workflow["ownerEmail"]
    limit = made.get("timeoutSeconds") or 0
    if "responseTimeoutSeconds" not in made:
        made["responseTimeoutSeconds"] = min(limit, RESPONSE_TIMEOUT) or RESPONSE_TIMEOUT
    return made


def _task_def_changes(
    client: ConductorClient,
    wanted: Mapping[str, dict[str, Any]],
    pointers: Mapping[str, str],
    workflow: Mapping[str, Any],
    source: str,
) -> Iterator[Change]:
    present = {name: client.find(f"/metadata/taskdefs/{segment(name)}") for name in wanted}
    new = [name for name, found in present.items() if found is None]
    taken = _names_of_others(client, workflow["name"]) if new else {}
    for name, document in wanted.items():
        found = present[name]
        if found is None:
            if name in taken:
                raise _taken(name, f"the workflow {taken[name]!r} has tasks", pointers, source)
            yield Change("taskDef", name, "create", document)
        elif _same(TaskDef, found, document):
            yield Change("taskDef", name, "none", document)
        elif found.get("ownerApp") == OWNER:
            yield Change("taskDef", name, "update", document)
        else:
            raise _taken(name, "the server has a task definition", pointers, source)


def _taken(name: str, why: str, pointers: Mapping[str, str], source: str) -> DefinitionError:
    return DefinitionError(
        f"{why} of the name {name!r} that httptask did not make; changing it would take "
        "their tasks to this worker",
        code="task_def_taken",
        pointer=pointers[name],
        source=source,
        hint="give the task another name, or a taskDefinition of its own",
    )


def _names_of_others(client: ConductorClient, workflow: str) -> dict[str, str]:
    """Return the task names that other workflows use without a definition of their own."""
    return {
        task["name"]: other["name"]
        for other in client.get("/metadata/workflow") or ()
        if other.get("name") != workflow
        for _, task in http_tasks(other)
        if not task.get("taskDefinition")
    }


def _workflow_change(client: ConductorClient, document: dict[str, Any]) -> Change:
    name = document["name"]
    found = client.find(f"/metadata/workflow/{segment(name)}", version=document["version"])
    action: Action = "create"
    if found is not None:
        action = "none" if _same(WorkflowDef, found, document) else "update"
    return Change("workflow", name, action, document)


def _same(
    model: type[TaskDef | WorkflowDef], found: Mapping[str, Any], wanted: Mapping[str, Any]
) -> bool:
    """Tell whether two documents mean the same: defaults filled in, the server's notes left out."""
    return bool(_meaning(model, found) == _meaning(model, wanted))


def _meaning(model: type[TaskDef | WorkflowDef], document: Mapping[str, Any]) -> Any:
    read = model.model_validate(document, context=AUTHORING)
    return _without_notes(read.model_dump(by_alias=True))


def _without_notes(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_notes(item) for key, item in value.items() if key not in _SERVERS_OWN}
    return [_without_notes(item) for item in value] if isinstance(value, list) else value


def _validate(client: ConductorClient, workflow: Change, source: str) -> None:
    """Let the server look at the workflow before anything is registered; older ones cannot."""
    if workflow.action == "none":
        return
    try:
        client.post("/metadata/workflow/validate", workflow.document)
    except EngineError as error:
        if error.code == "server_refused" and not error.retryable:
            raise DefinitionError(error.message, code=error.code, source=source) from error
        if error.code != "server_not_found":
            raise


def _apply(client: ConductorClient, change: Change) -> None:
    if change.action == "none":
        return
    if change.kind == "workflow":
        response = client.put("/metadata/workflow", [change.document])
        problems = response.get("bulkErrorResults") if isinstance(response, dict) else None
        if problems:
            raise EngineError(
                f"the server refuses the workflow: {problems.get(change.name, problems)}",
                code="server_refused",
            )
    elif change.action == "create":
        client.post("/metadata/taskdefs", [change.document])
    else:
        client.put("/metadata/taskdefs", change.document)
