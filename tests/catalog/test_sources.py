"""Files, folders, archives, URLs and lists; and what none of them may do."""

from __future__ import annotations

import io
import json
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

from httptask.app.download import fetcher
from httptask.catalog import Catalog
from httptask.catalog.documents.parsing import MAX_BYTES, parse
from httptask.catalog.documents.resources import join
from httptask.errors import CatalogError, StatusError
from httptask.plugins import build_manager
from httptask.testing.replies import text_reply
from httptask.testing.servers import LoopbackServer

Json = Any
YAML = """
openapi: 3.0.3
info: {title: Pets, version: 2024-01-31}
servers: [{url: 'https://pets.example.com'}]
paths:
  /pets:
    get:
      responses:
        200: {$ref: 'parts/responses.yaml#/ok'}
"""
PART = "ok: {description: fine, content: {application/json: {schema: {$ref: '../model.json'}}}}"
MODEL = '{"type": "object", "properties": {"next": {"$ref": "#"}}}'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three files that make one description, and one that makes none."""
    root = tmp_path / "api"
    (root / "parts").mkdir(parents=True)
    (root / "openapi.yaml").write_text(YAML, "utf-8")
    (root / "parts" / "responses.yaml").write_text(PART, "utf-8")
    (root / "model.json").write_text(MODEL, "utf-8")
    return root


def zipped(folder: Path, target: Path) -> Path:
    with zipfile.ZipFile(target, "w") as archive:
        for path in folder.rglob("*.*"):
            archive.write(path, path.relative_to(folder))
    return target


def tarred(folder: Path, target: Path) -> Path:
    with tarfile.open(target, "w:" + target.suffix.lstrip(".")) as archive:
        archive.add(folder, "api")
    return target


@pytest.mark.parametrize("kind", ["file", "folder", "api.zip", "api.tar.gz", "api.tar.xz"])
def test_a_description_of_several_files_comes_from_anywhere(
    catalog: Catalog, folder: Path, tmp_path: Path, kind: str
) -> None:
    source = {"file": folder / "openapi.yaml", "folder": folder}.get(kind, tmp_path / kind)
    if kind.endswith(".zip"):
        zipped(folder, source)
    elif ".tar." in kind:
        tarred(folder, source)
    changes = catalog.add(source)
    assert [each.change for each in changes if each.change != "skipped"] == ["added"]
    operation = catalog.get("pets/get-pets")
    assert operation.reasons == ()
    assert operation.responses[0].media[0].schema == {"$ref": "#/$defs/schema"}
    assert operation.definitions["schema"]["properties"]["next"] == {"$ref": "#/$defs/schema"}
    assert operation.api_version == "2024-01-31"
    assert [each.change for each in catalog.add(source)].count("unchanged") == 1


def test_a_changed_part_changes_the_description(catalog: Catalog, folder: Path) -> None:
    source = folder / "openapi.yaml"
    catalog.add(source)
    (folder / "model.json").write_text('{"type": "array"}', "utf-8")
    change = catalog.add(source)[0]
    assert change.change == "changed"
    assert change.changed == ("pets/get-pets",)


def test_a_reference_never_leaves_the_folder(catalog: Catalog, folder: Path) -> None:
    (folder.parent / "secret.json").write_text('{"type": "string"}', "utf-8")
    (folder / "link.json").symlink_to(folder.parent / "secret.json")
    for target in (
        "../secret.json",
        "link.json",
        "/etc/hostname",
        str(folder.parent / "secret.json"),
    ):
        (folder / "model.json").write_text(json.dumps({"allOf": [{"$ref": target}]}), "utf-8")
        catalog.add(folder / "openapi.yaml")
        reasons = catalog.get("pets/get-pets").reasons
        assert [reason.kind for reason in reasons] == ["ref_external"], target
        assert reasons[0].source == "model.json"


def test_remote_references_are_off_for_files_unless_asked(catalog: Catalog, folder: Path) -> None:
    fetched: list[str] = []

    def fetch(url: str, named: bool) -> bytes:
        fetched.append(url)
        return b'{"type": "integer"}'

    (folder / "model.json").write_text('{"$ref": "https://example.com/m.json"}', "utf-8")
    catalog.add(folder / "openapi.yaml", fetch=fetch)
    assert fetched == []
    assert [reason.kind for reason in catalog.get("pets/get-pets").reasons] == ["ref_remote"]
    (folder / "model.json").write_text('{"$ref": "https://example.com/m.json?2"}', "utf-8")
    catalog.add(folder / "openapi.yaml", fetch=fetch, remote_refs=True)
    assert fetched == ["https://example.com/m.json?2"]
    assert catalog.get("pets/get-pets").reasons == ()


def test_a_url_needs_a_way_to_fetch(catalog: Catalog) -> None:
    with pytest.raises(CatalogError) as caught:
        catalog.add("https://example.com/openapi.json")
    assert caught.value.code == "fetch_refused"
    assert not catalog.path.joinpath("catalog.sqlite3").exists() or catalog.apis()


def get(url: str, named: bool) -> bytes:
    """Fetch from loopback."""
    with urlopen(url) as response:
        data: bytes = response.read()
        return data


@pytest.fixture
def served(folder: Path) -> Any:
    """The folder's files behind a loopback server."""
    with LoopbackServer() as server:
        for path in folder.rglob("*.*"):
            name = path.relative_to(folder).as_posix()
            data = path.read_bytes()
            server.route(f"GET /{name}", _replying(data))
        yield server


def _replying(data: bytes) -> Callable[..., Any]:
    return lambda request: text_reply(data.decode())


def test_a_url_is_fetched_with_what_it_refers_to(catalog: Catalog, served: Any) -> None:
    url = f"{served.url}/openapi.yaml"
    assert catalog.add(url, fetch=get)[0].change == "added"
    assert [each.path for each in served.requests] == [
        "/openapi.yaml",
        "/parts/responses.yaml",
        "/model.json",
    ]
    assert catalog.get("pets/get-pets").source == url


def test_a_list_names_its_preferred_versions(catalog: Catalog, folder: Path, describe: Any) -> None:
    specs = folder / "specs" / "pets.example.com" / "2.0"
    specs.mkdir(parents=True)
    (specs / "openapi.json").write_text(json.dumps(describe({"/a": {"get": {}}})), "utf-8")
    base = "https://api.example.com/v2/specs/pets.example.com"
    listed = {
        "pets.example.com": {
            "preferred": "2.0",
            "versions": {
                "1.0": {"swaggerUrl": f"{base}/1.0/openapi.json"},
                "2.0": {"swaggerUrl": f"{base}/2.0/openapi.json"},
            },
        },
        "gone.example.com": {"versions": {"1": {"swaggerUrl": "https://gone.example.com/x.json"}}},
        "broken": 7,
    }
    (folder / "list.json").write_text(json.dumps(listed), "utf-8")
    changes = catalog.add(folder / "list.json")
    assert [each.change for each in changes] == ["added", "failed"]
    assert catalog.operations("pets") == ["pets/get-a"]


def test_a_list_may_name_its_documents_relative_to_itself(
    catalog: Catalog, tmp_path: Path, describe: Any
) -> None:
    (tmp_path / "v2").mkdir()
    document = json.dumps(describe({"/a": {"get": {}}}))
    (tmp_path / "v2" / "pets.json").write_text(document, "utf-8")
    urls = {"pets": "v2/pets.json", "gone": "v2/gone.json"}
    listed = {name: {"versions": {"1": {"swaggerUrl": url}}} for name, url in urls.items()}
    (tmp_path / "list.json").write_text(json.dumps(listed), "utf-8")
    changes = catalog.add(tmp_path / "list.json")
    assert [each.change for each in changes] == ["added", "failed"]
    assert "no such file" in str(changes[1].error)
    served = {
        "https://a.example.com/list.json": json.dumps(listed),
        "https://a.example.com/v2/pets.json": document,
    }

    def fetch(url: str, named: bool) -> bytes:
        if url not in served:
            raise StatusError("404 Not Found", source=url)
        return served[url].encode()

    changes = catalog.add("https://a.example.com/list.json", fetch=fetch)
    assert [each.change for each in changes] == ["added", "failed"]
    assert changes[0].source == "https://a.example.com/v2/pets.json"


def test_a_listed_address_that_cannot_be_called_stops_nothing(
    catalog: Catalog, tmp_path: Path, describe: Any
) -> None:
    urls = {"odd": "mailto:nobody", "pets": "pets.json"}
    listed = {name: {"versions": {"1": {"swaggerUrl": url}}} for name, url in urls.items()}
    (tmp_path / "list.json").write_text(json.dumps(listed), "utf-8")
    (tmp_path / "pets.json").write_text(json.dumps(describe({"/a": {"get": {}}})), "utf-8")
    for remote, code in ((False, "ref_remote"), (True, "input_invalid")):
        changes = catalog.add(
            tmp_path / "list.json", fetch=fetcher(build_manager(), ()), remote_refs=remote
        )
        assert changes[0].change == "failed"
        assert changes[1].change in {"added", "unchanged"}
        assert changes[0].error
        assert changes[0].error.code == code


def test_only_the_url_that_the_user_named_has_the_rights_of_a_literal_address(
    catalog: Catalog, served: Any, describe: Any
) -> None:
    """A description, or a list, cannot lead the catalogue to other services of this machine."""
    with LoopbackServer() as other:
        secret = f"{other.url}/admin.json"
        reference = {"schema": {"$ref": secret}}
        response = {"200": {"description": "x", "content": {"application/json": reference}}}
        document = describe({"/a": {"get": {"responses": response}}})
        listed = {"x": {"versions": {"1": {"swaggerUrl": secret}}}}
        served.route("GET /leads.json", _replying(json.dumps(document).encode()))
        served.route("GET /list.json", _replying(json.dumps(listed).encode()))
        fetch = fetcher(build_manager(), ())
        catalog.add(f"{served.url}/leads.json", fetch=fetch)
        (change,) = catalog.add(f"{served.url}/list.json", fetch=fetch)
        assert change.error
        assert change.error.code == "egress_refused"
        assert other.requests == []
        catalog.update(fetch=fetcher(build_manager(), (other.authority,)))
        assert [request.path for request in other.requests] == ["/admin.json"]


@pytest.mark.parametrize("name", ["../out.json", "/tmp/out.json", "a/../../out.json"])
def test_an_archive_unpacks_nowhere_else(catalog: Catalog, tmp_path: Path, name: str) -> None:
    target = tmp_path / "evil.tar.gz"
    with tarfile.open(target, "w:gz") as archive:
        member = tarfile.TarInfo(name)
        member.size = 2
        archive.addfile(member, io.BytesIO(b"{}"))
    assert catalog.add(target) == []
    assert list(tmp_path.rglob("out.json")) == []


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("a.json", b"{", "document_unreadable"),
        ("a.json", b"\xff\xfe\x00", "document_unreadable"),
        ("a.json", b"[1]", "format_unknown"),
        ("a.json", b'{"openapi": "4.0.0"}', "format_unknown"),
        ("a.json", b"[" * 300 + b"]" * 300, "document_too_deep"),
        ("a.json", b"[" * 100_000, "document_unreadable"),
        ("a.yaml", b"a: &x [*y]", "document_unreadable"),
        ("a.yaml", b"a: \xff", "document_unreadable"),
        ("a.yaml", b"a: !!python/object/apply:os.system [id]", "format_unknown"),
        ("a.zip", b"PK", "document_unreadable"),
        ("a.tar.xz", b"x", "document_unreadable"),
        ("a.json", b" " * (MAX_BYTES + 1), "document_too_large"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(
    catalog: Catalog, tmp_path: Path, name: str, data: bytes, code: str
) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(CatalogError) as caught:
        catalog.add(path)
    assert caught.value.code == code


def test_a_missing_file_is_an_error(catalog: Catalog) -> None:
    with pytest.raises(CatalogError, match="there is no file"):
        catalog.add("nowhere.json")


def test_an_alias_bomb_is_refused_quickly() -> None:
    levels = "".join(
        f"{chr(98 + i)}: &{chr(98 + i)} [{','.join(['*' + chr(97 + i)] * 9)}]\n" for i in range(12)
    )
    with pytest.raises(CatalogError, match="alias"):
        parse(f"a: &a [x]\n{levels}".encode())


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (b'\xef\xbb\xbf{"a": 1}', {"a": 1}),
        ('{"a": 1}'.encode("utf-16"), {"a": 1}),
        (b'{"a": [1, 2,],}', {"a": [1, 2]}),
        (b"a: 2024-01-01\nb: yes", {"a": "2024-01-01", "b": "yes"}),
        (b"200: c\ntrue: d", {"200": "c", "true": "d"}),
        (b"a: 'one\n\ntwo'", {"a": "one\ntwo"}),
        (b"a: .nan", {"a": None}),
        ("a: \u00e9".encode("utf-16"), {"a": "\u00e9"}),
    ],
)  # fmt: skip
def test_what_can_be_read_is(text: bytes, value: Json) -> None:
    assert parse(text) == value


@pytest.mark.parametrize(
    ("base", "target", "joined"),
    [
        ("", "a.json", "a.json"),
        ("a/b.json", "", "a/b.json"),
        ("a/b.json", "c.json", "a/c.json"),
        ("a/b.json", "../c.json", "c.json"),
        ("https://x/a/b.json", "../c.json", "https://x/c.json"),
        ("a.json", "https://x/c.json", "https://x/c.json"),
    ],
)
def test_references_are_relative_to_their_document(base: str, target: str, joined: str) -> None:
    assert join(base, target) == joined
