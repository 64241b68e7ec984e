"""What a run is started with, as the journal keeps it: a run can be made of it at any time."""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Mapping
from typing import Any

from httptask.definition.marks import AUTHORING
from httptask.definition.workflow import TaskDef, WorkflowDef
from httptask.engines.embedded.functions import Function
from httptask.engines.embedded.library import Library
from httptask.engines.embedded.program import Program, compile_program, digest
from httptask.engines.embedded.run import Links, Origin, Run
from httptask.errors import InputError

Payload = dict[str, Any]

_RUN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:@-]{0,127}\Z")


def run_id(given: str | None) -> str:
    """Return the id of a run: the caller's, or a new one.

    Raises:
        InputError: the caller's is not one.
    """
    if given is None:
        return str(uuid.uuid4())
    if not _RUN_ID.match(given):
        raise InputError(
            f"{given!r} is not an id of a run",
            code="run_id_invalid",
            hint="letters, digits and . _ : @ -, at most 128 of them",
        )
    return given


def start_payload(
    program: Program,
    given: Mapping[str, Any],
    env: Mapping[str, str],
    origin: Origin,
    links: Links | None = None,
) -> Payload:
    """Return what a new run starts with; the digest tells whether two runs are of the same.

    Args:
        program: the compiled definition.
        given: the workflow's input.
        env: what ``${workflow.env.NAME}`` may read; only what the definition names is kept.
        origin: where the definition comes from.
        links: how it hangs together with other runs.
    """
    definition = program.document
    whole = filled(program.workflow.input_template, given)
    names = program.env_names
    return {
        **definition,
        "input": whole,
        "digest": digest({**definition, "input": whole}),
        "created": time.time_ns() // 1_000_000,
        "env": {name: env[name] for name in env if names is None or name in names},
        "origin": origin.to_json(),
        "links": (links or Links()).to_json(),
    }


def child_payload(
    parent: Run, workflow: WorkflowDef, given: Mapping[str, Any], links: Links
) -> Payload:
    """Return what a run starts with that another run starts.

    Raises:
        DefinitionError: the engine cannot run the definition.
    """
    program = compile_program(workflow, library=parent.program.library)
    return start_payload(program, given, parent.env, parent.origin, links)


def run_of(
    workflow_id: str,
    payload: Mapping[str, Any],
    program: Program | None = None,
    *,
    functions: Mapping[str, Function] | None = None,
) -> Run:
    """Return the run that a payload describes; compile its program unless it is at hand."""
    return Run(
        workflow_id,
        program or _compiled(payload, {} if functions is None else functions),
        payload["input"],
        payload["created"],
        payload["env"],
        Origin.of(payload["origin"]),
        Links.of(payload["links"]),
    )


def _compiled(payload: Mapping[str, Any], functions: Mapping[str, Function]) -> Program:
    workflow = WorkflowDef.model_validate(payload["definition"], context=AUTHORING)
    defs = {
        name: TaskDef.model_validate(found, context=AUTHORING)
        for name, found in payload["taskDefs"].items()
    }
    workflows = tuple(
        WorkflowDef.model_validate(found, context=AUTHORING) for found in payload["workflows"]
    )
    return compile_program(workflow, library=Library(functions, defs, workflows, unchecked=True))


def filled(template: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the input with the template's values where it has none, or null."""
    missing = {key: value for key, value in template.items() if given.get(key) is None}
    return {**given, **missing}
