"""Requests that people already have become tasks: of a file, a folder of tasks, or a workflow."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from httptask.app.add import add_tasks, new_definition, references_of
from httptask.app.files import write_json
from httptask.app.rename import renamed
from httptask.catalog import Choices
from httptask.catalog.documents.parsing import MAX_BYTES, parse
from httptask.catalog.matching import Matcher
from httptask.catalog.prepare.task import prepare_task
from httptask.core.words import free_name
from httptask.errors import CatalogError, DefinitionError, MissingExtraError
from httptask.hooks import PluginManager
from httptask.importers.bruno import read_collection
from httptask.importers.drafts import RequestImporter, Source
from httptask.importers.reading import Import, import_drafts, import_requests, importer_of
from httptask.importers.task import ImportedTask

MAX_FILES: Final = 10_000
_MARKS: Final = ("bruno.json", "opencollection.yml", "collection.bru")
_AROUND: Final = ("collection", "folder", "opencollection")
_APART: Final = frozenset({"environments", "node_modules", ".git"})
_NO_KEY: Final = re.compile(r"[\s'\"]")
"""In a command or a request that happens to be YAML as well."""


def read_requests(
    content: bytes,
    manager: PluginManager,
    *,
    form: str = "",
    environment: str = "",
    folder: Path | None = None,
    name: str = "",
) -> Import:
    """Return the tasks of a source; nothing of it is run, and nothing is fetched.

    Args:
        content: the source: text, JSON or YAML.
        manager: its plugins contribute the importers.
        form: name of the format; "" looks at the source.
        environment: name of the environment whose variables count.
        folder: where files that the source names are read; nowhere else.
        name: where it came from, for messages.

    Raises:
        DefinitionError: ``document_too_large``, ``document_too_deep``, ``document_unreadable``,
            ``format_unknown`` or ``format_ambiguous``.
    """
    contributed = manager.hook.httptask_request_importers()
    importers: list[RequestImporter] = [each for some in contributed for each in some]
    if len(content) > MAX_BYTES:
        raise _refusal(f"{len(content):,} bytes are more than {MAX_BYTES:,}", "document_too_large")
    document, problem = _parsed(content, name)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = ""
    source = Source(text, document, folder, environment)
    try:
        importer = importer_of(source, importers, form)
    except DefinitionError as error:
        raise _likelier(problem, content) or error from None
    found = import_requests(source, importer)
    if found.tasks or found.reasons or importer.claims(source):
        return found
    message = f"this has no request of the format {importer.name}"
    raise _likelier(problem, content) or _refusal(message, "format_unknown")


def read_folder(folder: Path, environment: str = "") -> Import:
    """Return the tasks of a Bruno collection: the folder that holds its files.

    Raises:
        DefinitionError: ``format_unknown``, ``document_too_large``, ``file_unreadable``.
    """
    paths = [
        path
        for path in sorted(folder.rglob("*"))
        if path.suffix in (".bru", ".yml", ".yaml") and path.is_file()
        if path.stem not in _AROUND and not _APART.intersection(path.relative_to(folder).parts)
        if path.resolve().is_relative_to(folder.resolve())
    ][: MAX_FILES + 1]
    if not any((folder / name).is_file() for name in _MARKS) or len(paths) > MAX_FILES:
        message = "this folder is not a Bruno collection, or a very large one"
        hint = f"a collection has a {_MARKS[0]}; any other file is imported one by one"
        raise DefinitionError(message, code="format_unknown", source=str(folder), hint=hint)
    contents = {path: read_content(path) for path in paths}
    if sum(map(len, contents.values())) > MAX_BYTES:
        raise _refusal(f"its files have more than {MAX_BYTES:,} bytes", "document_too_large")
    sources = [
        Source(
            content.decode("utf-8-sig", errors="replace"),
            None if path.suffix == ".bru" else _parsed(content)[0],
            folder,
            environment,
            path.relative_to(folder).as_posix(),
        )
        for path, content in contents.items()
    ]
    return import_drafts("bruno", read_collection(sources))


def read_content(path: Path) -> bytes:
    """Return the bytes of a file, no more than one too many.

    Raises:
        DefinitionError: ``file_unreadable``.
    """
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not a usable path"
        message = f"cannot be read: {reason}"
        raise DefinitionError(message, code="file_unreadable", source=str(path)) from None


def with_operations(found: Import, match: Matcher) -> Import:
    """Return an import whose tasks have the schemas of the operations that they call.

    What a task has of its own stays: only where the catalogue's operation is certain, the task is
    given ``operation``, ``responseSchema`` and, without outputs of its own, ``output``.

    Args:
        found: the import.
        match: the catalogue's ``match``.
    """
    return replace(found, tasks=tuple(_with_operation(each, match) for each in found.tasks))


def _with_operation(imported: ImportedTask, match: Matcher) -> ImportedTask:
    inputs = imported.task["inputParameters"]
    request, own = inputs["http_request"], inputs.get("httptask", {})
    call = match(request["method"], request["uri"]) if "$" not in request["uri"] else None
    if call is None:
        return imported
    prepared = prepare_task(call.operation, Choices(server=call.server))
    known = prepared.task["inputParameters"]["httptask"]
    keys = ("operation", "responseSchema", *(() if "response" in own else ("output",)))
    given = {key: known[key] for key in keys if key in known}
    task = {**imported.task, "inputParameters": {**inputs, "httptask": {**given, **own}}}
    return replace(imported, task=task, operation=call.operation.id)


def only(found: Import, name: str) -> Import:
    """Return an import with only the task of a name, and those whose output it uses.

    Raises:
        DefinitionError: ``request_unknown``.
    """
    wanted = {each.reference for each in found.tasks if name in (each.name, each.reference)}
    if not wanted:
        names = ", ".join(each.name or each.reference for each in found.tasks[:20])
        message = f"there is no request {name[:60]!r}"
        raise DefinitionError(message, code="request_unknown", hint=f"there are: {names}")
    for each in reversed(found.tasks):
        if each.reference in wanted:
            wanted |= set(each.follows)
    return replace(found, tasks=tuple(each for each in found.tasks if each.reference in wanted))


def write_workflow(path: Path, found: Import) -> dict[str, Any]:
    """Write one workflow definition with all the tasks, in the source's order."""
    document = new_definition(path)
    if found.defaults:
        document["inputTemplate"] = found.defaults
    return add_tasks(path, _tasks(found.tasks), document=document)


def write_into(path: Path, found: Import, after: str | None) -> list[str]:
    """Add the tasks to a workflow definition; a reference that is taken there is made free.

    Returns:
        The references of the tasks.
    """
    document: dict[str, Any] = {"tasks": _tasks(found.tasks)}
    taken = references_of(path)
    for task in found.tasks:
        own = {each["taskReferenceName"] for each in document["tasks"]}
        if task.reference in taken:
            free = free_name(task.reference, (taken | own).__contains__)
            document = renamed(document, task.reference, free).document
    add_tasks(path, document["tasks"], after)
    return [task["taskReferenceName"] for task in document["tasks"]]


def write_folder(folder: Path, found: Import) -> list[Path]:
    """Write a task file for each request, and a workflow definition for each chain of requests."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for group in groups(found.tasks):
        path = folder / f"{group[0].reference}.json"
        if len(group) == 1:
            write_json(path, group[0].task)
        else:
            write_workflow(path, replace(found, tasks=tuple(group)))
        written.append(path)
    return written


def groups(tasks: Iterable[ImportedTask]) -> list[list[ImportedTask]]:
    """Return the tasks in groups: those that use one another's output belong together."""
    group_of: dict[str, list[ImportedTask]] = {}
    for task in tasks:
        group = [task]
        for reference in task.follows:
            before = group_of.get(reference)
            if before is not None and before is not group:
                before += group
                group = before
        for each in group:
            group_of[each.reference] = group
    return list({id(group): group for group in group_of.values()}.values())


def _tasks(tasks: Sequence[ImportedTask]) -> list[dict[str, Any]]:
    return [each.task for each in tasks]


def _parsed(content: bytes, name: str = "") -> tuple[Any, CatalogError | MissingExtraError | None]:
    try:
        value = parse(content, name)
    except (CatalogError, MissingExtraError) as error:
        return None, error
    is_text = not isinstance(value, (dict, list)) or any(
        _NO_KEY.search(key) for key in value if isinstance(key, str)
    )
    return (None if is_text and content[:1] not in (b"{", b"[") else value), None


def _likelier(
    problem: CatalogError | MissingExtraError | None, content: bytes
) -> DefinitionError | None:
    """Return why a source is not JSON, if it looks as if it were meant as JSON, or has a limit."""
    if problem is None:
        return None
    if content[:4096].lstrip()[:1] in (b"{", b"[") or problem.code != "document_unreadable":
        return DefinitionError(
            problem.message, code=problem.code, hint=problem.hint, source=problem.source
        )
    return None


def _refusal(message: str, code: str) -> DefinitionError:
    return DefinitionError(message, code=code)
