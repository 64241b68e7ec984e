"""Small descriptions, a catalogue in a temporary folder, and generated values."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from prepared_tasks import Values

from httptask.catalog import Catalog, Operation

Json = Any


def describe(paths: Json, **more: Json) -> Json:
    """Return an OpenAPI 3.0 document with these paths."""
    return {
        "openapi": "3.0.3",
        "info": {"title": "Pets", "version": "1"},
        "servers": [{"url": "https://pets.example.com/v1"}],
        "paths": paths,
        **more,
    }


@pytest.fixture(name="describe", scope="session")
def describe_fixture() -> Callable[..., Json]:
    """`describe`, for modules that cannot import this one."""
    return describe


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Write a document to a file."""

    def writing(document: Json, name: str = "pets.json") -> Path:
        path = tmp_path / name
        path.write_text(json.dumps(document), "utf-8")
        return path

    return writing


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    """An empty catalogue."""
    with Catalog.open(tmp_path / "catalog") as opened:
        yield opened


@pytest.fixture
def read(catalog: Catalog, tmp_path: Path) -> Callable[..., Operation]:
    """Add a document and return its first operation, or the one of that id."""

    def reading(document: Json, operation_id: str = "") -> Operation:
        path = tmp_path / "description.json"
        path.write_text(json.dumps(document), "utf-8")
        change = catalog.add(path)[0]
        return catalog.get(operation_id or catalog.operations(change.api)[0])

    return reading


@pytest.fixture(scope="session")
def values() -> type[Values]:
    """`Values`, for modules that cannot import this one."""
    return Values
