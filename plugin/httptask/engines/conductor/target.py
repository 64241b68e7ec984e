"""``httptask check --target conductor-oss``: where a definition depends on a difference."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from httptask.definition.findings import Finding
from httptask.definition.inputs import split_inputs
from httptask.definition.reading import escape
from httptask.engines.conductor.affected_by_differences import Found, of_request
from httptask.engines.conductor.differences import BY_ID
from httptask.engines.conductor.refusals import all_tasks, http_tasks, refusals
from httptask.expressions import Reference, compile_template

_SAID_ONLY: Final = frozenset({"operation"})
_STRUCTURE: Final = frozenset({"statusCode", "headers", "body", "reasonPhrase"})
_VARIABLE: Final = re.compile(r"\$\{(?:[A-Z_][A-Z0-9_]*|java\.\w+(?:\.\w+)*)\}")
_HEADER_IN_SCRIPT: Final = re.compile(
    r"""\bheaders(?:['"]\])?(?:\.(?!length\b)\w+|\[\s*['"][^'"\]]+['"]\s*\])"""
)
_OUTPUT_NAME: Final = re.compile(r"[^a-z0-9_]+")
_ESCAPED_SECRET: Final = re.compile(r"\$\$\{workflow\.secrets\.")


def differences_for(document: Mapping[str, Any], source: str = "") -> list[Finding]:
    """Return where a workflow would run otherwise on the server's built-in HTTP task.

    Args:
        document: the workflow definition as written.
        source: its file.

    Returns:
        Errors for what the server cannot run at all; warnings whose code is
        ``differs_`` and the id of a group of ``differences``.
    """
    found = refusals(document, source, has_worker=False)
    optional = {
        task.get("taskReferenceName") for _, task in http_tasks(document) if task.get("optional")
    }
    for where, task in http_tasks(document):
        inputs = task.get("inputParameters")
        if isinstance(inputs, Mapping):
            below = f"{where}/inputParameters"
            found += _warned(_of_task(inputs, below), source)
    for where, task in all_tasks(document):
        reads = _of_references(task.get("inputParameters"), f"{where}/inputParameters", optional)
        found += _warned(reads, source)
        found += _warned(_of_scripts(task, where), source)
    outputs = document.get("outputParameters")
    found += _warned(_of_references(outputs, "/outputParameters", optional), source)
    return found


def _warned(found: Found, source: str) -> Iterator[Finding]:
    for group, pointer, text in found:
        code = f"differs_{group.replace('-', '_')}"
        hint = f"built in: {BY_ID[group].builtin}"
        yield Finding(code, "warning", text, pointer, hint, source)


def _of_task(inputs: Mapping[str, Any], where: str) -> Found:
    parts = split_inputs(inputs)
    if isinstance(parts.options, Mapping):
        for key in parts.options:
            if key not in _SAID_ONLY:
                yield "additions", f"{where}/httptask/{key}", "the built-in task ignores this"
    request, below = parts.request, where + parts.pointer
    if not isinstance(request, Mapping):
        return
    yield from of_request(request, below)
    yield from _of_escaped_secrets(request, below)


def _of_escaped_secrets(value: Any, where: str) -> Found:
    match value:
        case Mapping():
            for key, item in value.items():
                yield from _of_escaped_secrets(item, f"{where}/{escape(str(key))}")
        case list():
            for index, item in enumerate(value):
                yield from _of_escaped_secrets(item, f"{where}/{index}")
        case str() if _ESCAPED_SECRET.search(value):
            text = "the built-in task sends the secret here, not this text"
            yield "expressions", where, text


def _of_references(value: Any, where: str, optional: set[Any]) -> Found:
    if value is None:
        return
    for reference in compile_template(value, where).references:
        area = reference.prefix[:2]
        structured = len(reference.prefix) > 2 and reference.prefix[2] in _STRUCTURE
        if reference.task_ref in optional and area == ("output", "response") and structured:
            text = f"when {reference.task_ref} fails, the built-in task gives a text here"
            yield "structured-errors", reference.pointer, text
        name = _header_in(reference)
        if name:
            yield "expressions", reference.pointer, _header_text(reference, name)
        if reference.root == "task" and _VARIABLE.fullmatch(reference.text):
            text = "the built-in task reads this from the server's environment"
            yield "expressions", reference.pointer, text


def _of_scripts(task: Mapping[str, Any], where: str) -> Found:
    for key in ("expression", "loopCondition"):
        read = _HEADER_IN_SCRIPT.search(str(task.get(key) or ""))
        if read is not None:
            text = (
                f"{read[0]}: the server compares names of headers with case, and HTTP does not; "
                "map the header in httptask.output of the task that makes the call, and read that"
            )
            yield "expressions", f"{where}/{key}", text


def _header_in(reference: Reference) -> str:
    """Return the name of the response header that a reference reads, or ""."""
    steps = reference.prefix if reference.root == "task" else ()
    triples = zip(steps, steps[1:], steps[2:], strict=False)
    return next((str(name) for *way, name in triples if way == ["response", "headers"]), "")


def _header_text(reference: Reference, name: str) -> str:
    output = _OUTPUT_NAME.sub("_", name.lower())
    return (
        f"{reference.text}: the server compares names of headers with case, and HTTP does not; "
        f'map it in httptask.output of the task that makes the call, "{output}": '
        f"\"$.response.headers['{name}'][0]\", and read ${{{reference.task_ref}.output.{output}}}"
    )
