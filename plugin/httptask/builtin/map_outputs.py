"""Make a task's output: the response, and what the author maps out of it."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from httptask.builtin.check_response import is_accepted
from httptask.builtin.files import store_bytes
from httptask.builtin.output_limit import OUTPUT_LIMIT, fitted
from httptask.builtin.response_document import PrivateText, ResponseDocument
from httptask.core.message import HttpResponse, Origin
from httptask.core.sensitive import MASK
from httptask.core.vault import Kept
from httptask.definition.options import OutputMapping
from httptask.errors import MappingError
from httptask.expressions import Context, compile_template
from httptask.hooks import hookimpl
from httptask.hooks.views import (
    Claim,
    DecodedBody,
    ResolvedRequest,
    TaskCall,
    TaskOutput,
    response_output,
)

_GROWTH = 20
"""How much longer than its bytes a response's JSON may be: many tiny events are the worst."""
_HEADERS = 100_000
"""Bytes that a response's headers may have, and more."""


class MapOutputs:
    """Implements ``map_outputs``."""

    @hookimpl
    def httptask_claims(self) -> list[Claim]:
        """Claim JSONPath mappings."""
        return [Claim("map_outputs", "jsonpath", "RFC 9535 paths; base64 to files; outputFilter")]

    @hookimpl(trylast=True)
    def httptask_map_outputs(
        self, call: TaskCall, resolved: ResolvedRequest, response: HttpResponse, body: DecodedBody
    ) -> TaskOutput:
        """Map every output; on failures, what is missing is left out."""
        output: dict[str, Any] = {"response": response_output(response, body)}
        warnings = []
        if resolved.options.output:
            document = ResponseDocument(response, output["response"], call.clock.now())
            for name, written in resolved.options.output.items():
                mapping = _mapping(written) if isinstance(written, str) else written
                found = _apply(name, mapping, document, call, resolved)
                if found is _MISSING:
                    text = f"output {name!r}: {mapping.path} finds nothing in the response"
                    warnings.append(text)
                else:
                    output[name] = found
            output = _without_secrets(output, document, call)
        if resolved.spec.output_filter:
            output = _filtered(call, resolved.spec.output_filter, output)
        notices: tuple[str, ...] = ()
        if not _surely_fits(resolved, body, len(output)):
            output, notices = fitted(output, call.files, call.redactor.value)
        return TaskOutput(output, tuple(warnings), notices)


_MISSING: Any = object()
_STANDARD = bytes.maketrans(b"-_", b"+/")
_BLANKS = b" \t\r\n\f\v"


def _surely_fits(resolved: ResolvedRequest, body: DecodedBody, parts: int) -> bool:
    """Tell from the response's size that the output is small, without writing it as JSON."""
    for mapped in resolved.options.output.values():
        if not isinstance(mapped, str) and mapped.default is not None:
            return False
    unknown = resolved.spec.output_filter or (body.size == 0 and body.value is not None)
    return not unknown and parts * (_GROWTH * body.size + _HEADERS) < OUTPUT_LIMIT


@lru_cache(maxsize=1024)
def _mapping(path: str) -> OutputMapping:
    return OutputMapping(path=path)


def _apply(
    name: str,
    mapping: OutputMapping,
    document: ResponseDocument,
    call: TaskCall,
    resolved: ResolvedRequest,
) -> Any:
    found = document.find(mapping.path)
    for text in _private(found) if document.sets_cookies else ():
        call.redactor.register(text)
        call.redactor.register(text.secret)
    if mapping.all:
        return [_converted(name, mapping, value, call) for value in found]
    if found:
        return _converted(name, mapping, found[0], call)
    if "default" in mapping.model_fields_set:
        return mapping.default
    if mapping.required and is_accepted(document.status, resolved):
        raise MappingError(
            f"the output {name!r} is required, and {mapping.path} finds nothing in the response",
            pointer=f"{call.task.pointer}/httptask/output/{name}",
            retryable=False,
        )
    return _MISSING


def _converted(name: str, mapping: OutputMapping, value: Any, call: TaskCall) -> Any:
    if mapping.as_ != "file":
        return value
    if not isinstance(value, str):
        raise MappingError(
            f"the output {name!r} is to be a file, but {mapping.path} is not a text",
            pointer=f"{call.task.pointer}/httptask/output/{name}",
            retryable=False,
        )
    if isinstance(value, PrivateText):
        raise MappingError(
            f"the output {name!r} is to be a file, but {mapping.path} is a cookie, which is secret",
            pointer=f"{call.task.pointer}/httptask/output/{name}",
            retryable=False,
        )
    data = call.redactor.data(_decoded(name, mapping, value, call))
    return store_bytes(call.files, [data], mapping.media_type or "").to_json()


def _decoded(name: str, mapping: OutputMapping, value: str, call: TaskCall) -> bytes:
    if mapping.encoding != "base64":
        return value.encode("utf-8", "surrogatepass")
    text = value.partition(",")[2] if value.startswith("data:") else value
    try:
        data = text.encode("ascii").translate(_STANDARD, _BLANKS)
        return base64.b64decode(data + b"=" * (-len(data) % 4), validate=True)
    except (binascii.Error, ValueError) as error:
        raise MappingError(
            f"the output {name!r}: {mapping.path} is not base64",
            pointer=f"{call.task.pointer}/httptask/output/{name}",
            retryable=False,
        ) from error


def _without_secrets(
    output: dict[str, Any], document: ResponseDocument, call: TaskCall
) -> dict[str, Any]:
    """Return an output in which handles stand for what is secret; the same one if nothing is."""
    mapped = [value for name, value in output.items() if name != "response"]
    if not document.sets_cookies or not any(True for _ in _private(mapped)):
        return output
    output = document.with_private_headers(output)
    distinct = list(dict.fromkeys(map(str, _private(output))))
    handles = [MASK] * len(distinct)
    if call.vault is not None:
        origin = str(Origin.of(document.url))
        kept = [Kept(f"the cookie of {call.task.ref}", text, origin) for text in distinct]
        handles = call.vault.keep(call.execution.workflow_id, kept)
    replaced: dict[str, Any] = _replaced(output, dict(zip(distinct, handles, strict=True)))
    return replaced


def _private(value: Any) -> Iterator[PrivateText]:
    if isinstance(value, PrivateText):
        yield value
    elif isinstance(value, (dict, list)):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _private(item)


def _replaced(value: Any, handles: Mapping[str, str]) -> Any:
    if isinstance(value, PrivateText):
        return handles[value]
    if isinstance(value, dict):
        return {key: _replaced(item, handles) for key, item in value.items()}
    return [_replaced(item, handles) for item in value] if isinstance(value, list) else value


def _filtered(call: TaskCall, wanted: Any, output: dict[str, Any]) -> dict[str, Any]:
    context = Context.build(tasks={call.task.ref: {"output": output}})
    filtered: dict[str, Any] = compile_template(wanted).evaluate(context)
    return filtered
