"""What a run is started with, as the journal keeps it: a run can be made of it at any time."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any, Final

from httptask.core.json_text import decode_own, encode
from httptask.definition.field_types import AUTHORING
from httptask.definition.workflow import TaskDef, WorkflowDef
from httptask.engines.embedded.clock import wall_ms
from httptask.engines.embedded.functions import Function
from httptask.engines.embedded.library import Library
from httptask.engines.embedded.program import Program, compile_program, digest
from httptask.engines.embedded.reader import Steps
from httptask.engines.embedded.run import Links, Origin, Run
from httptask.errors import InputError

Payload = dict[str, Any]

OF_THE_RUN: Final = ""
"""Flow of the steps that say when a run was continued after its end, and from which tasks."""

REOPENED: Final = "reopened/"
AGAIN: Final = "again/"
CUT: Final = "cut/"
HAD_FAILED: Final = "failed/"
INPUT: Final = "input/"

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
        links: how it is linked to other runs.
    """
    definition = program.document
    whole = filled(program.workflow.input_template, given)
    names = program.env_names
    return {
        **definition,
        "input": whole,
        "digest": digest({**definition, "input": whole}),
        "created": wall_ms(),
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
    library = parent.program.library
    if parent.functions:
        library = replace(library, functions=parent.functions, unchecked=False)
    program = compile_program(workflow, library)
    return start_payload(program, given, parent.env, parent.origin, links)


def run_of(
    workflow_id: str,
    payload: Mapping[str, Any],
    program: Program,
    steps: Steps | None = None,
    functions: Mapping[str, Function] | None = None,
) -> Run:
    """Return the run that a payload describes.

    Args:
        workflow_id: its id.
        payload: what it was started with.
        program: the compiled definition.
        steps: what it has recorded.
        functions: what executes SIMPLE tasks; None when the run is only read.
    """

    def told(prefix: str) -> dict[str, Any]:
        return {
            key.removeprefix(prefix): value
            for (flow, key), value in (steps or {}).items()
            if flow == OF_THE_RUN and key.startswith(prefix)
        }

    return Run(
        workflow_id,
        program,
        {"": payload["input"], **told(INPUT)},
        payload["created"],
        payload["env"],
        Origin.of(payload["origin"]),
        max(told(REOPENED).values(), default=0),
        frozenset(told(AGAIN)),
        told(CUT),
        tuple(told(HAD_FAILED).values()),
        Links.of(payload["links"]),
        {} if functions is None else functions,
    )


def compiled(payload: Mapping[str, Any]) -> Program:
    """Compile the definition that a run was started with; the last ones are kept."""
    return _compiled(encode([payload["definition"], payload["taskDefs"], payload["workflows"]]))


@lru_cache(maxsize=16)
def _compiled(document: bytes) -> Program:
    definition, task_defs, others = decode_own(document)
    workflow = WorkflowDef.model_validate(definition, context=AUTHORING)
    defs = {
        name: TaskDef.model_validate(found, context=AUTHORING) for name, found in task_defs.items()
    }
    workflows = tuple(WorkflowDef.model_validate(one, context=AUTHORING) for one in others)
    return compile_program(workflow, Library({}, defs, workflows, unchecked=True))


def filled(template: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the input with the template's values where it has none, or null."""
    missing = {key: value for key, value in template.items() if given.get(key) is None}
    return {**given, **missing}
