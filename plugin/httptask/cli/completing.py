"""What the shell completes: ids, references, inputs and names, from what this machine has.

Whatever goes wrong, nothing is offered: a shell that completes has no place for errors.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

Names = Callable[[click.Context, str], Iterable[str]]
Complete = Callable[[click.Context, click.Parameter, str], "list[CompletionItem]"]

MAX_OFFERED: Final = 100
PART: Final = "part"
"""The kind of an item that goes on: the shell puts no blank behind it."""
_GOES_ON: Final = ("=", "/")


def completes(names: Names) -> Complete:
    """Return what completes a parameter by names that begin as the word does."""

    def complete(
        context: click.Context, parameter: click.Parameter, word: str
    ) -> list[CompletionItem]:
        del parameter
        from click.shell_completion import CompletionItem  # start-up: only to complete

        with contextlib.suppress(Exception):
            found = [name for name in names(context, word) if name.startswith(word)]
            return [
                CompletionItem(name, type=PART if name.endswith(_GOES_ON) else "plain")
                for name in found[:MAX_OFFERED]
                if name.isprintable() and not any(map(str.isspace, name))
            ]
        return []

    return complete


def _operations(context: click.Context, word: str) -> Iterable[str]:
    from httptask.app.catalog import Catalog

    with Catalog.open(context.params.get("catalog"), read_only=True) as catalog:
        return catalog.beginning(word, MAX_OFFERED)


def _apis(context: click.Context, word: str) -> Iterable[str]:
    return [name.removesuffix("/") for name in _operations(context, word.partition("/")[0])]


def _runs(context: click.Context, word: str) -> Iterable[str]:
    del word
    from httptask.cli.store import open_store

    with open_store(context.params.get("data")) as store:
        return [*(info.workflow_id for info in store.list(limit=MAX_OFFERED)), "last"]


def _references(context: click.Context, word: str) -> Iterator[str]:
    """Yield the references of the tasks in the file, or the run, that stands before."""
    del word
    from httptask.definition.structure import raw_tasks

    document = _definition(context)
    for _, task in raw_tasks(document) if isinstance(document, dict) else ():
        yield str(task.get("taskReferenceName"))


def _inputs(context: click.Context, word: str) -> Iterable[str]:
    """Return the inputs of the file, or the run, that stands before, but for those given."""
    del word
    from httptask.definition.workflow_inputs import WorkflowInputs

    given = {text.partition("=")[0].rstrip(":") for text in context.params.get("inputs") or ()}
    return [f"{name}=" for name in sorted(WorkflowInputs.of(_definition(context)).names - given)]


def _connections(context: click.Context, word: str) -> Iterable[str]:
    from httptask.settings import Settings

    del word
    data = context.params.get("data")
    file = Settings.from_environment(data=data).connections_file
    return sorted(json.loads(file.read_bytes()))


def _definition(context: click.Context) -> Any:
    """Return the definition that the first argument names: a file's, or a run's."""
    from httptask.definition.reading import read_document

    first = next(each for each in context.command.params if isinstance(each, click.Argument))
    # An option without its value stops click: then the arguments are left as they are.
    given = context.params.get(str(first.name)) or context.args[0]
    if first.name != "run_id":
        document = read_document(Path(given)).value
        return document[0] if isinstance(document, list) else document
    from httptask.cli.store import open_store

    with open_store(context.params.get("data")) as store:
        return store.definition(given)


operations = completes(_operations)
apis = completes(_apis)
runs = completes(_runs)
references = completes(_references)
inputs = completes(_inputs)
connections = completes(_connections)
