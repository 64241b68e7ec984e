"""The same definition gives the same outputs, statuses, inputs and requests, whichever way it runs.

Each file of ``definitions`` has a workflow, an input and the status that it ends in; ``{BASE}``
stands for the target. Values are compared byte for byte but for ids, times and folders. A
definition that cannot be tested as requests says why under ``not_tested``.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from three_ways import ThreeWays, comparable, plain, shape

FILES = sorted((Path(__file__).parent / "definitions").glob("*.json"))


def test_there_are_enough_definitions() -> None:
    assert len(FILES) >= 60


def test_what_is_not_tested_as_a_request_says_why() -> None:
    cases = [json.loads(file.read_text("utf-8")) for file in FILES]
    reasons = [case["not_tested"] for case in cases if "not_tested" in case]
    assert all(len(reason.split()) > 5 for reason in reasons)
    assert len(reasons) < 3


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_three_ways_are_one(file: Path, three_ways: Callable[[Path], ThreeWays]) -> None:
    ways = three_ways(file)
    embedded = ways.embedded()
    chance = ways.case.get("unordered", ())
    on_server = ways.on_server()
    ours, theirs = comparable(embedded, chance), comparable(on_server, chance)
    assert ours == theirs
    assert shape(embedded) == shape(on_server)
    if ways.case["status"] != "ANY":
        assert ours["status"] == ways.case["status"]
    if "not_tested" not in ways.case:
        for task, tested in ways.tested(embedded):
            _same_as_a_test_request(task, tested, ours["requests"])


def _same_as_a_test_request(task: dict, tested: dict, requests: list[dict]) -> None:  # type: ignore[type-arg]
    status = task["status"].replace("COMPLETED_WITH_ERRORS", "FAILED")
    assert tested["status"] == status
    if tested["output"] is not None:
        assert plain(tested["output"]) == plain(task["outputData"])
    for request in plain(tested["requests"]):
        assert request in requests
