"""The catalogue as a whole: changes, names, reports, processes, plugins."""

from __future__ import annotations

import gc
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from httptask.catalog import Catalog, Converted, Progress, Reason
from httptask.catalog.openapi.description import OpenApiDescription
from httptask.errors import CatalogError

Json = Any


def test_adding_again_changes_nothing_and_a_change_is_told(
    catalog: Catalog, write: Any, describe: Any
) -> None:
    path = write(describe({"/a": {"get": {}, "put": {}}, "/b": {"get": {}}}))
    first = catalog.add(path)[0]
    assert (first.change, first.api, len(first.added), first.imported) == ("added", "pets", 3, 3)
    assert catalog.add(path)[0].change == "unchanged"
    write(describe({"/a": {"get": {"summary": "Zebra"}, "put": {}}, "/c": {"get": {}}}))
    second = catalog.update()[0]
    assert second.change == "changed"
    assert second.added == ("pets/get-c",)
    assert second.changed == ("pets/get-a",)
    assert second.removed == ("pets/get-b",)
    assert [hit.id for hit in catalog.search("zebra")] == ["pets/get-a"]
    assert catalog.operations("pets") == ["pets/put-a", "pets/get-a", "pets/get-c"]


def test_a_document_that_was_added_leaves_nothing_to_the_collector(
    catalog: Catalog, write: Any, describe: Any
) -> None:
    path = write(describe({"/a": {"get": {"parameters": [{"name": "q", "in": "query"}]}}}))
    gc.collect()
    gc.disable()
    try:
        before = sum(isinstance(each, OpenApiDescription) for each in gc.get_objects())
        catalog.add(path)
        after = sum(isinstance(each, OpenApiDescription) for each in gc.get_objects())
    finally:
        gc.enable()
    assert after == before


def test_removing_leaves_nothing_to_find(catalog: Catalog, write: Any, describe: Any) -> None:
    catalog.add(write(describe({"/zebra": {"get": {}}})))
    assert catalog.search("zebra")
    assert catalog.remove("pets")[0].removed == ("pets/get-zebra",)
    assert catalog.search("zebra") == []
    with pytest.raises(CatalogError, match="no API 'pets'"):
        catalog.remove("pets")


def test_apis_of_one_title_get_slugs_of_their_own(
    catalog: Catalog, write: Any, describe: Any
) -> None:
    document = describe({"/a": {"get": {}}})
    slugs = [catalog.add(write(document, f"{n}.json"))[0].api for n in range(3)]
    assert slugs[:2] == ["pets", "pets-1"]
    assert slugs[2].startswith("pets-")
    assert len(set(slugs)) == 3
    assert [catalog.add(write(document, f"{n}.json"))[0].api for n in range(3)] == slugs


@pytest.mark.parametrize(
    ("title", "api"),
    [
        ("GitHub's Official API", "githubs-official-api"),
        ("PayPal\u2019s APIs", "paypals-apis"),
        ("FabricAdminClient", "fabric-admin-client"),
        ("Caf\u00e9 & Co. (v2)", "cafe-co-v2"),
        ("\u65e5\u672c", "api"),
    ],
)
def test_a_slug_has_the_words_of_the_title(
    catalog: Catalog, write: Any, describe: Any, title: str, api: str
) -> None:
    path = write(describe({"/a": {"get": {}}}, info={"title": title, "version": "1"}))
    assert catalog.add(path)[0].api == api


def test_the_beginning_of_a_slug_is_enough_to_read_an_api(
    catalog: Catalog, write: Any, describe: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(describe({"/zebra": {"get": {}}}))
    catalog.add(path, write(describe({"/b": {"get": {}}}, info={"title": "Pet shop"}), "b.json"))
    monkeypatch.chdir(path.parent)
    for name in ("pets", "pets.json", str(path), "./pets.json"):
        assert catalog.operations(name) == ["pets/get-zebra"]
        assert [hit.id for hit in catalog.search("zebra", api=name)] == ["pets/get-zebra"]
    assert catalog.operations("pet-") == ["pet-shop/get-b"]
    assert catalog.operations("digital") == catalog.operations("digitalocean-inference")
    for name, hint in (
        ("pet", "pet-shop, pets?"),
        ("pests", "did you mean pets"),
        ("", "catalog list"),
    ):
        with pytest.raises(CatalogError) as caught:
            catalog.operations(name)
        assert hint in caught.value.hint


def test_only_an_exact_name_changes_or_removes_an_api(
    catalog: Catalog, write: Any, describe: Any
) -> None:
    path = write(describe({"/zebra": {"get": {}}}))
    catalog.add(path)
    for change in (catalog.remove, catalog.update):
        for name, hint in (("pet", "did you mean pets?"), ("digitalocean-inference", "always")):
            with pytest.raises(CatalogError) as caught:
                change(name)
            assert caught.value.code == "api_unknown"
            assert hint in caught.value.hint
    assert [each.api for each in catalog.remove(str(path))] == ["pets"]


def test_names_that_are_not_unique_are_refused(catalog: Catalog, write: Any, describe: Any) -> None:
    catalog.add(write(describe({"/a": {"get": {"operationId": "x"}, "put": {}}})))
    assert catalog.get("x").id == "pets/get-a"
    assert catalog.get("pets/g").id == "pets/get-a"
    with pytest.raises(CatalogError, match="more than one") as caught:
        catalog.get("pets/")
    assert "pets/get-a" in caught.value.hint
    for unknown in ("", "nope", "pets/get-a/"):
        with pytest.raises(CatalogError, match="no operation"):
            catalog.get(unknown)


def test_an_id_without_its_api_is_enough_if_it_is_unique(
    catalog: Catalog, write: Any, describe: Any
) -> None:
    catalog.add(write(describe({"/a": {"get": {}}, "/v1/images/generations": {"post": {}}})))
    assert catalog.get("get-a").id == "pets/get-a"
    with pytest.raises(CatalogError, match="more than one") as caught:
        catalog.get("post-v1-images-generations")
    assert "pets/post-v1-images-generations" in caught.value.hint
    assert "digitalocean-inference/post-v1-images-generations" in caught.value.hint


def test_paths_that_read_alike_have_ids_of_their_own(
    catalog: Catalog, write: Any, describe: Any
) -> None:
    catalog.add(
        write(describe({"/a/{b}": {"get": {}}, "/a/b": {"get": {}}, "/" + "x-" * 99: {"get": {}}}))
    )
    ids = catalog.operations("pets")
    assert len(set(ids)) == 3
    assert {catalog.get(each).path for each in ids} == {"/a/{b}", "/a/b", "/" + "x-" * 99}
    assert all(len(each) < 120 for each in ids)


def test_a_report_sums_up_the_operations_by_cause(
    catalog: Catalog, write: Any, describe: Any
) -> None:
    lost = {"security": [{"gone": []}, {"away": []}]}
    parameter = {"parameters": [{"name": "other", "in": "path", "required": True}]}
    catalog.add(write(describe({"/a": {"get": lost, "put": lost}, "/b": {"get": {}}})))
    catalog.add(write(describe({"/c": {"get": lost | parameter, "put": 7}}), "more.json"))
    assert catalog.report()["causes"] == {
        "security_unknown": 3,
        "operation_invalid": 1,
        "path_parameter_unused": 1,
    }
    assert list(catalog.report()["causes"]) == [
        "security_unknown", "operation_invalid", "path_parameter_unused"
    ]  # fmt: skip
    catalog.remove("pets")
    assert catalog.report()["causes"]["security_unknown"] == 1


def test_a_document_that_fails_is_reported_and_stops_nothing(
    catalog: Catalog, tmp_path: Path, describe: Any
) -> None:
    (tmp_path / "all").mkdir()
    (tmp_path / "all" / "a.json").write_text("{", "utf-8")
    (tmp_path / "all" / "b.json").write_text(json.dumps(describe({"/a": {"get": {}}})), "utf-8")
    seen: list[Progress] = []
    changes = catalog.add(tmp_path / "all", progress=seen.append)
    assert [each.change for each in changes] == ["failed", "added"]
    assert [(each.done, each.total) for each in seen] == [(0, 2), (1, 2), (2, 2)]
    report = catalog.report()
    assert report["totals"] == {
        "documents": 2, "failed": 1, "operations": 1, "imported": 1, "degraded": 0, "rejected": 0
    }  # fmt: skip
    assert report["documents"][0]["reasons"][0]["kind"] == "document_unreadable"


def test_of_several_sources_one_that_fails_stops_nothing(
    catalog: Catalog, write: Any, describe: Any, tmp_path: Path
) -> None:
    broken = write(7, "broken.json")
    changes = catalog.add(tmp_path / "none.json", broken, write(describe({"/a": {"get": {}}})))
    assert [each.change for each in changes] == ["failed", "failed", "added"]
    assert [each.error.code for each in changes if each.error] == [
        "source_missing", "format_unknown"
    ]  # fmt: skip


def test_an_update_reads_a_document_as_it_was_added(
    catalog: Catalog, write: Any, describe: Any, tmp_path: Path
) -> None:
    (tmp_path / "all" / "pets").mkdir(parents=True)
    response = {"200": {"$ref": "../shared.json#/ok"}}
    path = write(describe({"/a": {"get": {"responses": response}}}), "all/pets/openapi.json")
    write({"ok": {"description": "fine"}}, "all/shared.json")
    other = write(describe({"/b": {"get": {}}}, info={"title": "Other"}), "all/other.json")
    assert {each.imported for each in catalog.add(tmp_path / "all") if each.api} == {1}
    assert [each.change for each in catalog.update("pets")] == ["unchanged"]
    write({"ok": {"description": "better"}}, "all/shared.json")
    other.unlink()
    changes = {each.api: each for each in catalog.update()}
    assert changes["pets"].change == "changed"
    assert (changes["pets"].source, changes["pets"].imported) == (str(path), 1)
    assert changes["other"].change == "failed"
    assert "no longer has it" in str(changes["other"].error)
    assert catalog.operations("other") == ["other/get-b"]


@pytest.mark.parametrize("text", ["{", '{"a": 1}'])
@pytest.mark.parametrize("whole", [True, False])
def test_an_update_keeps_what_cannot_be_read_now(
    catalog: Catalog, write: Any, describe: Any, whole: bool, text: str
) -> None:
    path = write(describe({"/zebra": {"get": {}}}))
    catalog.add(path.parent if whole else path)
    path.write_text(text, "utf-8")
    change = catalog.update()[0]
    assert (change.change, change.api, change.source) == ("failed", "pets", str(path))
    assert catalog.search("zebra")


def test_an_interrupted_import_keeps_what_is_done_and_goes_on(
    catalog: Catalog, tmp_path: Path, describe: Any
) -> None:
    folder = tmp_path / "all"
    folder.mkdir()
    for number, animal in enumerate(["zebra", "heron", "otter", "adder"]):
        info = {"title": f"Api {number}", "version": "1"}
        document = describe({f"/{animal}": {"get": {}}}, info=info)
        (folder / f"{number}.json").write_text(json.dumps(document), "utf-8")

    def interrupt(progress: Progress) -> None:
        if progress.done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        catalog.add(folder, progress=interrupt)
    assert catalog.report()["totals"]["documents"] == 2
    assert [hit.path for hit in catalog.search("heron")] == ["/heron"]
    assert catalog.search("otter") == []
    changes = [each.change for each in catalog.add(folder)]
    assert changes == ["unchanged", "unchanged", "added", "added"]


def test_a_killed_import_leaves_a_whole_catalogue(tmp_path: Path, describe: Any) -> None:
    folder = tmp_path / "all"
    folder.mkdir()
    for number in range(6):
        document = describe({f"/thing{number}": {"get": {}}})
        (folder / f"{number}.json").write_text(json.dumps(document), "utf-8")
    program = (
        "import os, sys\n"
        "from httptask.catalog import Catalog\n"
        "stop = lambda progress: os._exit(9) if progress.done == 4 else None\n"
        "Catalog.open(sys.argv[1]).add(sys.argv[2], progress=stop)\n"
    )
    path = tmp_path / "catalog"
    done = subprocess.run([sys.executable, "-c", program, str(path), str(folder)])
    assert done.returncode == 9
    with Catalog.open(path) as catalog:
        assert catalog.report()["totals"]["imported"] == 4
        assert len(catalog.search("thing0 thing1 thing2 thing3")) == 4


def test_readers_see_what_a_writer_adds(tmp_path: Path, write: Any, describe: Any) -> None:
    path = tmp_path / "shared"
    with (
        Catalog.open(path, read_only=True) as early,
        Catalog.open(path) as writer,
        Catalog.open(path, read_only=True) as reader,
    ):
        assert early.search("zebra") == []
        writer.add(write(describe({"/zebra": {"get": {"summary": "One"}}})))
        assert [hit.summary for hit in reader.search("zebra")] == ["One"]
        assert reader.get("pets/get-zebra").summary == "One"
        writer.add(write(describe({"/zebra": {"get": {"summary": "Two"}}})))
        assert [hit.summary for hit in reader.search("zebra")] == ["Two"]
        assert reader.get("pets/get-zebra").summary == "Two"
        assert [hit.summary for hit in early.search("zebra")] == ["Two"]
        with pytest.raises(CatalogError, match="read-only"):
            reader.add(path)


class Postcards:
    """A test plugin's importer."""

    name = "postcards"

    def claims(self, document: Json) -> bool:
        """Claim what has postcards."""
        return isinstance(document, dict) and "postcards" in document

    def convert(self, document: Json) -> Converted:
        """Make a path of each postcard that is a text."""
        cards = document["postcards"]
        good = {f"/{card}": {"get": {"summary": card}} for card in cards if isinstance(card, str)}
        lost = tuple(
            Reason(f"/postcards/{index}", "card_invalid", "no text")
            for index, card in enumerate(cards)
            if not isinstance(card, str)
        )
        info = {"title": "Postcards", "version": "1"}
        servers = [{"url": "https://cards.example.com"}]
        document = {"openapi": "3.1.0", "info": info, "servers": servers, "paths": good}
        return Converted(document, lost)


def test_a_plugin_adds_a_format(tmp_path: Path, write: Any) -> None:
    path = write({"postcards": ["greetings", 7]})
    with Catalog.open(tmp_path / "c", importers=[Postcards()]) as catalog:
        change = catalog.add(path)[0]
        assert (change.imported, change.rejected) == (1, 1)
        assert catalog.report()["documents"][0]["reasons"][0]["pointer"] == "/postcards/1"
        assert catalog.apis()[-1].importer == "postcards"
    with Catalog.open(tmp_path / "c") as plain:
        uri = plain.prepare("postcards/get-greetings")["inputParameters"]["http_request"]["uri"]
        assert uri == "https://cards.example.com/greetings"
