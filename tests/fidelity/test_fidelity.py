"""The same definition gives the same outputs, statuses, inputs and requests, whichever way it runs.

Each file of ``definitions`` has a workflow, an input and the status that it ends in; ``{BASE}``
stands for the target. Values are compared byte for byte but for ids, times and folders.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from three_ways import ThreeWays, comparable, plain

FILES = sorted((Path(__file__).parent / "definitions").glob("*.json"))


def test_there_are_enough_definitions() -> None:
    assert len(FILES) >= 60


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_three_ways_are_one(file: Path, three_ways: Callable[[Path], ThreeWays]) -> None:
    ways = three_ways(file)
    embedded = ways.embedded()
    chance = ways.case.get("unordered", ())
    ours, theirs = comparable(embedded, chance), comparable(ways.on_server(), chance)
    assert ours == theirs
    if ways.case["status"] != "ANY":
        assert ours["status"] == ways.case["status"]
    if ways.case.get("trial", True):
        for task, tested in ways.tested(embedded):
            _same_as_a_test_request(task, tested, ours["requests"])


def _same_as_a_test_request(task: dict, tested: dict, requests: list[dict]) -> None:  # type: ignore[type-arg]
    status = task["status"].replace("COMPLETED_WITH_ERRORS", "FAILED")
    assert tested["status"] == status
    if tested["output"] is not None:
        assert plain(tested["output"]) == plain(task["outputData"])
    for request in plain(tested["requests"]):
        assert request in requests
