"""Check what is written literally of an address: it would be refused before anything is sent."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from httptask.builtin.build.base import check_origin, resolved
from httptask.builtin.build.url import build_url
from httptask.definition.findings import Finding
from httptask.definition.reading import escape
from httptask.errors import HttpTaskError
from httptask.expressions.scan import scan
from httptask.hooks.task import CompiledTask

_SOME = "x"  # stands for a value that is not known yet


def check_address(task: CompiledTask) -> Iterator[Finding]:
    """Yield why the address cannot be built, and values for which it has no place."""
    uri, path, base = task.request.get("uri"), task.options.get("path"), task.options.get("base")
    if not isinstance(uri, str) or not isinstance(path or {}, Mapping):
        return
    yield from _raw_location(task)
    if "${" in f"{uri}{base}" and task.origin is None:
        return
    text = _with_some(uri)
    values = path or {}
    given = {name: _literal(value) for name, value in values.items()}
    try:
        if isinstance(base, str):
            check_origin(_with_some(base), build_url(resolved(_with_some(base), text), given))
        else:
            build_url(text, given)
    except HttpTaskError as error:
        error.pointer = _placed(task, error.pointer)
        error.source = task.source
        yield Finding.of(error)
        return
    for name in () if "${" in uri else values:
        if not re.search(rf"\{{[^{{}}]*{re.escape(name)}[^{{}}]*\}}", text):
            yield Finding(
                "path_value_unused",
                "warning",
                f"the uri has no {{{name}}}: the value is not sent",
                f"{task.pointer}/httptask/path/{escape(name)}",
                f"write {{{name}}} where it belongs, or give it in httptask.query",
                task.source,
            )


def _raw_location(task: CompiledTask) -> Iterator[Finding]:
    """Yield a warning for a ``uri`` that begins with a header which may be relative."""
    if task.origin is not None:
        return
    where = f"{task.request_pointer}/uri"
    for reference in task.template.references:
        names = [str(step).lower() for step in reference.prefix[-3:]]
        if task.pointer + reference.pointer == where and {"headers", "location"} <= set(names):
            yield Finding(
                "location_unresolved",
                "warning",
                f"{reference.text}: a Location may be relative, and the uri has no origin of its "
                "own",
                where,
                f"map $.response.location in {reference.task_ref}, read it here, and write the "
                "address that task calls as httptask.base",
                task.source,
            )


def _with_some(text: str) -> str:
    return "".join(piece if isinstance(piece, str) else _SOME for piece in scan(text).pieces)


def _literal(value: Any) -> Any:
    return value if isinstance(value, str) and "${" not in value else _SOME


def _placed(task: CompiledTask, pointer: str) -> str:
    base = task.request_pointer if pointer == "/uri" else f"{task.pointer}/httptask"
    return base + pointer
