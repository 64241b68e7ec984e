"""A request is matched with the operation that it calls, where that is certain."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from httptask.app.import_ import read_requests, with_operations
from httptask.catalog import Catalog
from httptask.plugins import build_manager

Json = Any
PET = {"type": "object", "properties": {"id": {"type": "integer"}}}
PETS = "https://{place}.pets.example.com/v1"


def described(title: str, server: str, *paths: str) -> Json:
    content = {"application/json": {"schema": PET}}
    operation = {"responses": {"200": {"description": "", "content": content}}}
    place = {"default": "eu", "enum": ["eu", "us"]}
    variables = {"variables": {"place": place}} if "{place}" in server else {}
    return {
        "openapi": "3.0.3",
        "info": {"title": title, "version": "1"},
        "servers": [{"url": server, **variables}],
        "paths": {path: {"get": operation} for path in paths},
    }


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Catalog]:
    folder = tmp_path_factory.mktemp("matching")
    documents = [
        described("Pets", PETS, "/pets/{id}", "/pets/mine", "/a/{b}", "/{a}/b"),
        described("Twice one", "https://twice.example.com", "/x"),
        described("Twice two", "https://twice.example.com", "/x"),
    ]
    for at, document in enumerate(documents):
        (folder / f"{at}.json").write_text(json.dumps(document), encoding="utf-8")
    with Catalog.open(folder / "catalog") as opened:
        opened.add(*sorted(folder.glob("*.json")))
        yield opened


@pytest.mark.parametrize(
    ("method", "url", "path"),
    [
        ("GET", "https://eu.pets.example.com/v1/pets/42?a=1", "/pets/{id}"),
        ("GET", "http://us.pets.example.com/v1/pets/{pet}", "/pets/{id}"),
        ("GET", "https://eu.pets.example.com/v1/pets/mine", "/pets/mine"),
        ("POST", "https://eu.pets.example.com/v1/pets/42", None),
        ("GET", "https://eu.pets.example.com/v2/pets/42", None),
        ("GET", "https://pets.example.com/v1/pets/42", None),
        ("GET", "https://eu.pets.example.org/v1/pets/42", None),
        ("GET", "https://eu.pets.example.com/v1/pets/42/x", None),
        ("GET", "https://eu.pets.example.com/v1/a/b", None),  # two templates fit alike
        ("GET", "https://twice.example.com/x", None),  # so do two descriptions
    ],
)
def test_a_call_is_matched_where_it_is_certain(
    catalog: Catalog, method: str, url: str, path: str | None
) -> None:
    match = catalog.match(method, url)
    assert (match and match.operation.path) == path


def test_an_imported_task_has_the_schemas_of_its_operation(catalog: Catalog) -> None:
    source = b"curl https://eu.pets.example.com/v1/pets/42; curl https://elsewhere.example.com/"
    read = read_requests(source, build_manager(installed=False))
    found = with_operations(read, catalog.match)
    [pet, other] = found.tasks
    options = pet.task["inputParameters"]["httptask"]
    assert options["operation"]["path"] == "/pets/{id}"
    assert options["responseSchema"] == PET
    assert options["output"] == {"id": "$.response.body.id"}
    assert (
        pet.task["inputParameters"]["http_request"]
        == (read.tasks[0].task["inputParameters"]["http_request"])
    )
    assert found.to_json("x")["operations"] == {pet.reference: pet.operation}
    assert other == read.tasks[1]


def test_without_a_catalogue_nothing_is_matched(tmp_path: Path) -> None:
    read = read_requests(b"curl https://eu.pets.example.com/v1/x", build_manager(installed=False))
    with Catalog.open(tmp_path / "none", read_only=True) as none:
        assert with_operations(read, none.match) == read
    assert not (tmp_path / "none").exists()
