"""What the OSS server, or a worker on another machine, cannot do: refused before it is deployed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from httptask.definition.findings import Finding
from httptask.definition.structure import raw_tasks
from httptask.definition.task_types import ORKES_TYPES

_POLLED: Final = frozenset({"HTTP", "HTTP_POLL"})
"""Task types that a worker of ours takes; OSS has a task of its own for HTTP only."""

_TLS_FILES: Final = ("caBundle", "clientCertificate", "clientKey")


def all_tasks(document: Any, pointer: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every task as written with its pointer, those of inline sub-workflows included."""
    for where, task in raw_tasks(document, pointer):
        yield where, task
        inline = task.get("subWorkflowParam")
        for name in ("workflowDefinition", "workflowDef"):
            nested = inline.get(name) if isinstance(inline, Mapping) else None
            if isinstance(nested, dict):
                yield from all_tasks(nested, f"{where}/subWorkflowParam/{name}")


def http_tasks(document: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the HTTP and HTTP_POLL tasks as written with their pointers."""
    return ((where, task) for where, task in all_tasks(document) if task.get("type") in _POLLED)


def refusals(document: Any, source: str = "", *, has_worker: bool = True) -> list[Finding]:
    """Return what a server cannot run of a workflow.

    Args:
        document: the workflow definition as written.
        source: its file.
        has_worker: whether a worker of ours is there as well.
    """
    found = list(_nested_loops(document, source))
    for where, task in all_tasks(document):
        kind = task.get("type")
        if kind == "DO_WHILE" and isinstance(task.get("items"), list):
            text = "a server takes items as a text only"
            hint = "write a reference: ${workflow.input.NAME}, or ${ref.output.NAME}"
            pointer = f"{where}/items"
            found.append(Finding("server_unsupported", "error", text, pointer, hint, source))
        if kind in ORKES_TYPES or (kind == "HTTP_POLL" and not has_worker):
            text = f"the server has no tasks of type {kind}: the workflow would wait forever"
            hint = "httptask worker runs them" if kind == "HTTP_POLL" else ""
            pointer = f"{where}/type"
            found.append(Finding("server_unsupported", "error", text, pointer, hint, source))
    return found


def missing_files(document: Any, source: str = "") -> Iterator[Finding]:
    """Yield what HTTP tasks read beside the definition, where a worker elsewhere has nothing."""
    for where, task in http_tasks(document):
        yield from _files(task, where, source)


def _nested_loops(document: Any, source: str) -> Iterator[Finding]:
    """Find loops in loops; in a workflow of its own, an inner one counts its passes by itself."""
    loops = [where for where, task in all_tasks(document) if task.get("type") == "DO_WHILE"]
    for inner in loops:
        below = (inner[len(outer) :] for outer in loops if inner.startswith(f"{outer}/"))
        if any("/subWorkflowParam/workflowDef" not in path for path in below):
            text = "a loop inside a loop fails on the server, waits forever, or never ends"
            hint = "put the inner loop into a workflow of its own and run it as a SUB_WORKFLOW task"
            yield Finding("server_unsupported", "error", text, f"{inner}/type", hint, source)


def _files(task: Mapping[str, Any], where: str, source: str) -> Iterator[Finding]:
    inputs = task.get("inputParameters")
    options = inputs.get("httptask") if isinstance(inputs, Mapping) else None
    if not isinstance(options, Mapping):
        return
    below = f"{where}/inputParameters/httptask"
    places = [(f"{below}/file", options.get("file"))]
    parts = options.get("multipart")
    for name, part in parts.items() if isinstance(parts, Mapping) else ():
        items = enumerate(part) if isinstance(part, list) else [("", part)]
        places += [
            (f"{below}/multipart/{name}{f'/{at}' if at != '' else ''}/file", item.get("file"))
            for at, item in items
            if isinstance(item, Mapping)
        ]
    tls = options.get("tls")
    if isinstance(tls, Mapping):
        places += [(f"{below}/tls/{name}", tls.get(name)) for name in _TLS_FILES]
    for pointer, value in places:
        if isinstance(value, str) and "${" not in value and not value.startswith("/"):
            text = f"{value!r} lies beside the definition, and a worker does not have it"
            hint = "pass a stored file of an earlier task: ${ref.output.NAME}"
            yield Finding("server_unsupported", "error", text, pointer, hint, source)
