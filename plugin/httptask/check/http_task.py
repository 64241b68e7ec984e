"""Check what can be known of one HTTP task before it runs."""

from __future__ import annotations

from collections.abc import Container, Iterator

from httptask.builtin.build.jsonbody import encode_body
from httptask.check.address import check_address
from httptask.check.certificates import check_certificate
from httptask.check.graphql import check_graphql
from httptask.check.json_text import check_json_text
from httptask.check.literals import broken
from httptask.check.operation import check_operation
from httptask.check.origins import check_origins
from httptask.check.outputs import check_outputs
from httptask.check.peers import Peers
from httptask.check.uri_values import check_uri_values
from httptask.check.xml_text import check_xml_text
from httptask.core.methods import KNOWN, NEVER_SENT, as_sent
from httptask.definition.findings import Finding, Fix
from httptask.definition.held import Held, held_body, held_parameters
from httptask.definition.json_schema import JsonSchema
from httptask.definition.messages import did_you_mean, only_near
from httptask.definition.schema_path import unknown_fields
from httptask.definition.schema_problem import pointer_of
from httptask.definition.written import stated_type
from httptask.errors import HttpTaskError
from httptask.hooks.task import CompiledTask


def check_http_task(task: CompiledTask, peers: Peers) -> Iterator[Finding]:
    """Yield what is wrong with literal values and mapped paths, and what to know of the origins.

    Args:
        task: the task.
        peers: the tasks of its workflow by the API that they call.
    """
    yield from _method(task)
    yield from _held(task)
    yield from _media_type(task)
    yield from check_outputs(task)
    yield from check_address(task)
    yield from check_uri_values(task)
    yield from check_json_text(task)
    yield from check_xml_text(task)
    yield from check_graphql(task)
    yield from check_certificate(task)
    yield from check_origins(task)
    yield from check_operation(task, peers)


def _method(task: CompiledTask) -> Iterator[Finding]:
    method = task.request.get("method")
    pointer = f"{task.request_pointer}/method"
    if not isinstance(method, str) or "${" in method:
        return
    sent = as_sent(method)
    if sent in NEVER_SENT:
        text = f"{sent} {NEVER_SENT[sent]}"
        yield Finding("method_refused", "error", text, pointer, "", task.source)
    elif sent not in KNOWN:
        yield Finding(
            "method_unknown",
            "warning",
            f"{method!r} is not a known method; it is sent as it is written",
            pointer,
            did_you_mean(method, KNOWN),
            task.source,
        )


def _held(task: CompiledTask) -> Iterator[Finding]:
    """Yield what a run would refuse: literal values that break the schemas of the task."""
    parameters, body = map(task.schemas.get, ("parametersSchema", "requestSchema"))
    if parameters is not None:
        yield from broken(
            held_parameters(task.written, parameters), parameters, task.pointer, task.source
        )
    if body is not None and (held := held_body(task.written)) is not None:
        refused = list(broken(held, body, task.pointer, task.source))
        yield from refused
        yield from _unknown(task, body, held, {each.pointer for each in refused})


def _unknown(
    task: CompiledTask, schema: JsonSchema, held: Held, told: Container[str]
) -> Iterator[Finding]:
    for path, names in unknown_fields(schema.document, held.value):
        pointer, name = f"{task.pointer}{held.place}{pointer_of(path)}", str(path[-1])
        if pointer not in told:
            yield Finding(
                "body_field_unknown",
                "warning",
                f"the request schema has no field {path[-1]!r}",
                pointer,
                did_you_mean(name, names),
                task.source,
                Fix.key(only_near(name, names)),
            )


def _media_type(task: CompiledTask) -> Iterator[Finding]:
    """Yield why an object or a list cannot be written in the media type that is stated."""
    if not isinstance(task.request.get("body"), (dict, list)):
        return
    written, where = stated_type(task.request)
    if not isinstance(written, str) or "${" in written:
        return
    try:
        encode_body({}, written)
    except HttpTaskError as error:
        error.pointer, error.source = task.request_pointer + where, task.source
        yield Finding.of(error)
