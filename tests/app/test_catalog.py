"""The catalogue as every caller opens it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httptask
from httptask.app.new import new_task, new_tasks
from httptask.catalog import Converted, Importer
from httptask.hooks import hookimpl
from httptask.testing.replies import text_reply
from httptask.testing.servers import LoopbackServer

PATHS = {"/pets": {"get": {"responses": {"200": {"description": "all"}}}}}
OPERATION = "digitalocean-inference/post-v1-images-generations"


class Postcards:
    """A format of a plugin: a place, and what is sent there."""

    name = "postcards"

    def claims(self, document: Any) -> bool:
        return isinstance(document, dict) and "postcards" in document

    def convert(self, document: Any) -> Converted:
        paths = {f"/{one}": {"post": {"responses": {}}} for one in document["postcards"]}
        info = {"title": "Postcards", "version": "1"}
        return Converted({"openapi": "3.1.0", "info": info, "paths": paths})

    @hookimpl
    def httptask_importers(self) -> Sequence[Importer]:
        return [self]


def test_python_reads_the_formats_of_plugins(tmp_path: Path) -> None:
    (tmp_path / "cards.json").write_text(json.dumps({"postcards": ["rome"]}))
    manager = httptask.build_manager({"postcards": Postcards()})
    with httptask.Catalog.open(tmp_path / "catalog", manager=manager) as catalog:
        (change,) = catalog.add(tmp_path / "cards.json")
        assert change.change == "added"
        assert catalog.operations("postcards") == ["postcards/post-rome"]


def test_python_downloads_a_description_that_it_names(tmp_path: Path) -> None:
    document = {"openapi": "3.1.0", "info": {"title": "Pets", "version": "1"}, "paths": PATHS}
    with LoopbackServer() as served, httptask.Catalog.open(tmp_path) as catalog:
        served.route("GET /pets.json", lambda _: text_reply(json.dumps(document)))
        (change,) = catalog.add(f"{served.url}/pets.json")
        assert (change.change, change.imported) == ("added", 1)
        assert [change.change for change in catalog.update("pets")] == ["unchanged"]


def test_a_task_of_an_operation_is_written(tmp_path: Path) -> None:
    with httptask.Catalog.open(tmp_path / "catalog") as catalog:
        prepared = new_task(catalog, OPERATION, tmp_path / "task.json", name="image")
        assert json.loads((tmp_path / "task.json").read_text()) == prepared.task
        told: list[tuple[int, int]] = []
        folder, api = tmp_path / "tasks", OPERATION.partition("/")[0]
        written = new_tasks(catalog, api, folder, progress=lambda *each: told.append(each))
    assert sorted(written) == sorted(folder.iterdir())
    assert told[-1] == (len(written), len(written))
