"""Operations of the catalogue become HTTP tasks, in a file or in a folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from httptask.app.files import write_json
from httptask.catalog import Catalog, PreparedTask


def new_task(
    catalog: Catalog, operation: str, path: Path | None = None, **choices: Any
) -> PreparedTask:
    """Prepare the HTTP task of an operation, and write it.

    Args:
        catalog: an open catalogue.
        operation: as for ``Catalog.get``.
        path: the file; None writes none.
        choices: as for ``Catalog.prepare_task``.

    Raises:
        CatalogError: there is no such operation.
        DefinitionError: a choice that it does not offer, or the file cannot be written.
    """
    prepared = catalog.prepare_task(operation, **choices)
    if path is not None:
        write_json(path, prepared.task)
    return prepared


def new_tasks(
    catalog: Catalog,
    api: str,
    folder: Path,
    *,
    server: str | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> dict[Path, PreparedTask]:
    """Prepare the HTTP task of every operation of an API, and write each to a file of the folder.

    Args:
        catalog: an open catalogue.
        api: as for ``Catalog.operations``.
        folder: is made if it is absent.
        server: server of all operations.
        progress: called after each with how many are done, and of how many.

    Returns:
        The tasks by file, in the order of the API's description.

    Raises:
        CatalogError: there is no such API.
        DefinitionError: the server cannot be chosen, or a file cannot be written.
    """
    ids = catalog.operations(api)
    folder.mkdir(parents=True, exist_ok=True)
    written = {}
    for done, operation in enumerate(ids, 1):
        path = folder / f"{operation.partition('/')[2]}.json"
        written[path] = new_task(catalog, operation, path, server=server)
        progress(done, len(ids))
    return written
