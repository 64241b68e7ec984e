"""Hostile descriptions and damaged archives: errors of ours, and the rest goes on."""

from __future__ import annotations

import json
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import pytest

from httptask.catalog import Catalog
from httptask.errors import CatalogError


def description(**paths: Any) -> bytes:
    document = {"openapi": "3.0.3", "info": {"title": "T", "version": "1"}, "paths": paths}
    return json.dumps(document).encode()


def described(schema: Any) -> bytes:
    content = {"application/json": {"schema": schema}}
    return description(**{"/a": {"get": {"responses": {"200": {"content": content}}}}})


BIG = "9" * 5000
HOSTILE = {
    "index": described({"$ref": f"#/paths/~1a/get/tags/{BIG}"}),
    "list-index": described({"allOf": [{}], "properties": {"a": {"$ref": f"#/servers/{BIG}"}}}),
    "uri": described({"$ref": "http://["}),
    "nul": described({"$ref": "a\0b.json"}),
    "long": described({"$ref": "x" * 5000 + ".json"}),
    "number": described({"default": 11111}).replace(b"11111", BIG.encode()),
    "exponent": described({"default": 1}).replace(b'"default": 1', b'"default": 1e999'),
    "server": description().replace(b"{", b'{"servers": [{"url": "http://["}],', 1),
    "surrogate": described({"description": "\ud800"}),
    "maximum": described({"maxLength": 1}).replace(b'"maxLength": 1', b'"maxLength": 1e400'),
    "yaml-number": b"openapi: 3.0.3\ninfo: {title: T, version: " + BIG.encode() + b"}\npaths: {}",
    "yaml-surrogate": b'openapi: 3.0.3\ninfo: {title: "\\ud800", version: 1}\npaths: {}',
    "path": description(**{"/\0{": {"get": {"responses": {}}}}),
    "discovery": b'{"kind": "discovery#restDescription", "rootUrl": "http://[", "methods": 5}',
}  # fmt: skip


def test_one_bad_description_never_stops_the_rest_of_a_folder(
    catalog: Catalog, tmp_path: Path
) -> None:
    for name, data in HOSTILE.items():
        (tmp_path / f"{name}.json").write_bytes(data)
    (tmp_path / "zz-good.json").write_bytes(description(**{"/ok": {"get": {"responses": {}}}}))
    changes = {Path(change.source).stem: change for change in catalog.add(tmp_path)}
    assert changes.keys() == {*HOSTILE, "zz-good"}
    assert changes["zz-good"].change == "added"
    for change in changes.values():
        assert change.error is None or isinstance(change.error, CatalogError)


def test_a_list_with_a_url_that_is_none_still_gives_its_other_documents(
    catalog: Catalog, tmp_path: Path
) -> None:
    versions = {
        name: {"preferred": "1", "versions": {"1": {"swaggerUrl": url}}}
        for name, url in (("bad", "http://["), ("nul", "a\0b"), ("good", "good.json"))
    }
    (tmp_path / "list.json").write_text(json.dumps(versions))
    (tmp_path / "good.json").write_bytes(description(**{"/ok": {"get": {"responses": {}}}}))
    changes = [change.change for change in catalog.add(tmp_path / "list.json")]
    assert sorted(changes) == ["added", "failed", "failed"]


def damaged(data: bytes, at: int) -> bytes:
    return data[:at] + bytes(byte ^ 0xFF for byte in data[at : at + 8]) + data[at + 8 :]


def test_a_damaged_member_of_an_archive_does_not_hide_the_others(
    catalog: Catalog, tmp_path: Path
) -> None:
    target = tmp_path / "apis.zip"
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("a", "b", "c"):
            archive.writestr(
                f"{name}.json", description(**{f"/{name}": {"get": {"responses": {}}}})
            )
    data = target.read_bytes()
    target.write_bytes(damaged(data, data.index(b"b.json") + 12))
    found = {change.source[-6:]: change for change in catalog.add(target)}
    assert {name: change.change for name, change in found.items()} == {
        "a.json": "added", "b.json": "failed", "c.json": "added",
    }  # fmt: skip
    error = found["b.json"].error
    assert error is not None
    assert error.code == "document_unreadable"


@pytest.mark.parametrize("kind", ["zip", "tar.gz", "tar.xz", "tar.bz2", "tar"])
def test_a_damaged_archive_gives_errors_of_ours(
    catalog: Catalog, tmp_path: Path, kind: str
) -> None:
    target, member = tmp_path / f"api.{kind}", tmp_path / "api.json"
    member.write_bytes(description(**{"/ok": {"get": {"responses": {}}}}))
    if kind == "zip":
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.write(member, "api.json")
    else:
        with tarfile.open(target, f"w:{kind.removeprefix('tar').removeprefix('.')}") as archive:
            archive.add(member, "api.json")
    data = target.read_bytes()
    for at in range(0, len(data), max(len(data) // 40, 1)):
        for bad in (damaged(data, at), data[:at]):
            target.write_bytes(bad)
            try:
                list(catalog.add(target))
            except CatalogError as error:
                assert error.message  # noqa: PT017 - some damage does no harm
