"""What the author should know of resolved inputs, although nothing fails."""

from __future__ import annotations

from functools import lru_cache

from httptask.builtin.build.written import changes, has_mark, split_uri
from httptask.builtin.codecs.jsontext import decode_json
from httptask.builtin.codecs.text import is_json, parse_media_type
from httptask.definition.http_task import HttpRequestSpec
from httptask.errors import DecodeError
from httptask.expressions import compile_template
from httptask.hooks.views import SecretLookup, TaskCall, Warned

_compiled = lru_cache(maxsize=512)(compile_template)


def warnings_of(call: TaskCall, spec: HttpRequestSpec, secrets: SecretLookup) -> tuple[Warned, ...]:
    """Return what values did to the address and to a JSON text."""
    return tuple(filter(None, (_of_uri(call, spec.uri, secrets), _of_body(call, spec))))


def _of_uri(call: TaskCall, resolved: str, secrets: SecretLookup) -> Warned | None:
    written = call.task.request.get("uri")
    if not isinstance(written, str) or "${" not in written:
        return None
    marked, base, rest = split_uri(written)
    if not has_mark(rest):
        return None
    if has_mark(base):
        if call.inputs is not None:
            return None  # an engine has resolved the inputs, and the context is its own
        base = str(_compiled(marked.restored(base)).evaluate(call.context, secrets))
    if not resolved.startswith(base):
        return None
    found = "; ".join(changes(rest, resolved[len(base) :]))
    if not found:
        return None
    return Warned(
        "uri_changed",
        f"a value in uri changed the address: {found}. Give it in httptask.path or "
        "httptask.query, which escape it",
        f"{call.task.request_pointer}/uri",
    )


def _of_body(call: TaskCall, spec: HttpRequestSpec) -> Warned | None:
    if not isinstance(spec.body, str) or not spec.body or not is_json(_media_type(spec)):
        return None
    try:
        decode_json(spec.body)
    except DecodeError:
        return Warned(
            "body_not_json",
            "the content type is JSON, but the text of the body is not. Write the body as an "
            "object: values in it are quoted and escaped",
            f"{call.task.request_pointer}/body",
        )
    return None


def _media_type(spec: HttpRequestSpec) -> str:
    own = (value for name, value in spec.headers.items() if name.lower() == "content-type")
    stated = next((value for value in own if isinstance(value, str)), spec.content_type)
    return parse_media_type(stated)[0]
