"""Real descriptions: every operation accounted for, found, prepared, and built into a request."""

from __future__ import annotations

import csv
import json
import random
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from prepared_tasks import judge

from httptask.catalog import Catalog
from httptask.catalog.causes import CAUSES

Json = Any
SAMPLE = 1500
SEED = 20261123
IMPORT = """
import sys
from httptask.catalog import Catalog
with Catalog.open(sys.argv[1]) as catalog:
    catalog.add(sys.argv[2])
status = dict(line.split(":", 1) for line in open("/proc/self/status"))
print(status["VmHWM"].split()[0])
"""
# What getrusage says would count the process that started this one.

pytestmark = [pytest.mark.timeout(1200), pytest.mark.xdist_group("corpus")]


@pytest.fixture(scope="module")
def corpus(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The unpacked descriptions."""
    folder = tmp_path_factory.mktemp("corpus")
    with tarfile.open(shared / "corpora" / "openapi-dev.tar.xz") as archive:
        archive.extractall(folder, filter="data")
    return folder


@pytest.fixture(scope="module")
def imported(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, int]:
    """The folder of a catalogue of all of them, and the kilobytes that the import took."""
    folder = tmp_path_factory.mktemp("catalog")
    command = [sys.executable, "-c", IMPORT, str(folder), str(corpus)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return folder, int(done.stdout)


@pytest.fixture(scope="module")
def catalog(imported: tuple[Path, int]) -> Iterator[Catalog]:
    """All of them in one catalogue."""
    with Catalog.open(imported[0]) as opened:
        yield opened


def test_every_operation_is_accounted_for(catalog: Catalog, corpus: Path) -> None:
    with (corpus / "index.tsv").open(encoding="utf-8") as file:
        index = {row["file"]: row for row in csv.DictReader(file, delimiter="\t")}
    report = catalog.report()
    found = {str(Path(row["source"]).relative_to(corpus)): row for row in report["documents"]}
    assert set(found) == set(index)
    wrong = {
        name: (row["operations"], index[name]["operations"])
        for name, row in found.items()
        if row["operations"] != int(index[name]["operations"])
    }
    assert wrong == {}
    for row in found.values():
        assert row["imported"] + row["degraded"] + row["rejected"] == row["operations"]
        assert bool(row["reasons"]) >= bool(row["degraded"] + row["rejected"])
    totals = report["totals"]
    assert totals["operations"] == sum(int(row["operations"]) for row in index.values())
    assert totals["failed"] == 0
    assert totals["imported"] > 0.9 * totals["operations"]
    lost = totals["degraded"] + totals["rejected"]
    assert max(report["causes"].values()) <= lost <= sum(report["causes"].values())
    assert set(report["causes"]) <= set(CAUSES)


def test_the_import_stays_below_a_gigabyte(imported: tuple[Path, int]) -> None:
    assert 0 < imported[1] < 1024 * 1024


def test_the_right_operation_is_among_the_first(catalog: Catalog, shared: Path) -> None:
    queries = json.loads((shared / "corpora" / "search_dev.json").read_text("utf-8"))["queries"]
    ranks = [_rank(catalog, query) for query in queries]
    hits = sum(0 < rank <= 5 for rank in ranks) / len(ranks)
    reciprocal = sum(1 / rank for rank in ranks if rank) / len(ranks)
    assert hits >= 0.85
    assert reciprocal >= 0.70


def _rank(catalog: Catalog, query: Json) -> int:
    expected = {(each["file"], each["method"].upper(), each["path"]) for each in query["expected"]}
    bundled = {("bundled:digitalocean-inference", *each[1:]) for each in expected}
    for rank, hit in enumerate(catalog.search(query["query"], limit=10), 1):
        file = "/".join(Path(hit.source).parts[-2:])
        if {(file, hit.method, hit.path)} & (expected | bundled):
            return rank
    return 0


def sample(catalog: Catalog) -> list[str]:
    """Return ids of operations: some of as many APIs as possible, in their APIs' order."""
    chance = random.Random(SEED)
    apis = [api.api for api in catalog.apis()]
    chance.shuffle(apis)
    return sorted(chance.choice(catalog.operations(api)) for api in apis[:SAMPLE])


def test_prepared_tasks_are_valid_and_build_the_described_request(
    catalog: Catalog, tmp_path: Path
) -> None:
    found = sample(catalog)
    assert len(found) == SAMPLE
    verdicts = {
        name: judge(catalog.get(name), number, tmp_path) for number, name in enumerate(found)
    }
    wrong = {name: each for name, each in verdicts.items() if each.outcome != "accepted"}
    assert wrong == {}
