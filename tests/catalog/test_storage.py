"""The catalogue's files: where they are, lost, damaged, of another version."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from httptask.catalog import Catalog
from httptask.errors import CatalogError


def test_a_lost_index_is_made_again(catalog: Catalog, write: Any, describe: Any) -> None:
    catalog.add(write(describe({"/zebra": {"get": {}}})))
    catalog.close()
    for part in sorted((catalog.path / "index").rglob("*"), reverse=True):
        part.unlink() if part.is_file() else part.rmdir()
    assert [hit.id for hit in catalog.search("zebra")] == ["pets/get-zebra"]


@pytest.mark.parametrize(
    ("content", "code"), [(b"x" * 4096, "catalog_unreadable"), (99, "catalog_newer")]
)
def test_a_file_that_is_not_a_catalogue_is_an_error(
    tmp_path: Path, content: bytes | int, code: str
) -> None:
    path = tmp_path / "catalog"
    path.mkdir()
    file = path / "catalog.sqlite3"
    if isinstance(content, int):
        db = sqlite3.connect(file)
        db.execute(f"PRAGMA user_version={content}")
        db.close()
    else:
        file.write_bytes(content)
    with pytest.raises(CatalogError) as caught:
        Catalog.open(path).apis()
    assert caught.value.code == code


def test_a_catalogue_of_an_earlier_version_counts_as_none(
    catalog: Catalog, write: Any, describe: Any
) -> None:
    path = write(describe({"/zebra": {"get": {}}}))
    catalog.add(path)
    catalog.close()
    db = sqlite3.connect(catalog.path / "catalog.sqlite3")
    db.execute("PRAGMA user_version=1")
    db.close()
    with Catalog.open(catalog.path, read_only=True) as reader:
        assert [hit.api for hit in reader.search("zebra")] == []
        assert reader.search("generate an image")
        assert reader.outdated
    with Catalog.open(catalog.path) as again:
        assert [change.change for change in again.add(path)] == ["added"]
        assert [hit.id for hit in again.search("zebra")] == ["pets/get-zebra"]


def test_the_environment_says_where_it_is(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, write: Any, describe: Any
) -> None:
    monkeypatch.setenv("HTTPTASK_CATALOG", str(tmp_path / "here"))
    with Catalog.open() as catalog:
        catalog.add(write(describe({"/a": {"get": {}}})))
    assert (tmp_path / "here" / "catalog.sqlite3").exists()
