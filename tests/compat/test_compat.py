"""Each recorded case is the same as the built-in HTTP task's, or falls into a named group."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from compat_cases import (
    Case,
    Runner,
    differing,
    probed_case,
    recorded_case,
    stub_routes,
)
from compat_rules import RULES, Rule, groups_of

from httptask.engines.conductor.differences import DIFFERENCES, document
from httptask.pipeline import Pipeline
from httptask.plugins import build_manager
from httptask.settings import Settings
from httptask.testing.servers import LoopbackServer

WITHOUT_CASES = {"additions"}


@pytest.fixture(scope="module")
def cases(
    shared: Path,
    recorded_target: Callable[[], list[dict[str, Any]]],
    tmp_path_factory: pytest.TempPathFactory,
) -> list[Case]:
    """Every case, run."""
    hosts = ["127.0.0.1", "localhost"]
    data = tmp_path_factory.mktemp("compat")
    settings = Settings.from_environment(allow_hosts=hosts, data=data)
    runner = Runner(Pipeline(build_manager(installed=False)), settings)
    folder = shared / "conductor"
    probed = filter(_can_run, json.loads((folder / "http_cases.json").read_text("utf-8")))
    recorded = json.loads((folder / "recorded.json").read_text("utf-8"))
    with LoopbackServer(stub_routes()) as server:
        found = [probed_case(runner, server, case) for case in probed]
    return found + [recorded_case(runner, recorded_target, case) for case in recorded]


def _can_run(case: dict[str, Any]) -> bool:
    """Tell whether a case compares outputs: one only notes that proxies have no effect."""
    return "response" in case["observed"] or "note" not in case["observed"]


def test_each_case_is_the_same_or_in_a_named_group(cases: list[Case]) -> None:
    assert len(cases) > 300
    unexplained = [(case.name, sorted(left)) for case in cases if (left := groups_of(case)[1])]
    assert unexplained == []


def test_a_group_that_always_differs_holds_for_no_case_that_is_the_same(cases: list[Case]) -> None:
    same = [
        (name, case.name)
        for case in cases
        if not differing(case)
        for name, each in RULES
        if each.always and each.applies(case) and _can_differ(each, case)
    ]
    assert same == []


def _can_differ(each: Rule, case: Case) -> bool:
    """Tell whether a case can show what a rule is about: requests were not always looked at."""
    return case.ours.requests is not None or not each.explains & {"target", "headers", "body"}


def test_many_cases_are_the_same(cases: list[Case]) -> None:
    assert sum(differing(case) <= {"type"} for case in cases) > 100


def test_every_group_is_written_once_and_has_cases(cases: list[Case]) -> None:
    ids = [group.id for group in DIFFERENCES]
    assert len(ids) == len(set(ids)) <= 15
    assert {name for name, _ in RULES} | WITHOUT_CASES == set(ids)
    used = {name for case in cases for name in groups_of(case)[0]}
    assert used == {name for name, _ in RULES}
    assert all(group.builtin and group.ours and group.why for group in DIFFERENCES)


def test_a_difference_without_a_group_is_found(cases: list[Case]) -> None:
    case = next(case for case in cases if not differing(case) and case.ours.requests)
    other = type(case.ours)("COMPLETED", "", {**case.ours.response, "statusCode": 1}, ())
    changed = Case(case.name, case.request, case.theirs, other, "", case.response)
    assert groups_of(changed)[1] >= {"response.statusCode"}


def test_the_document_is_current(root: Path) -> None:
    path = root / "docs" / "differences.md"
    if os.environ.get("UPDATE_DOCS"):
        path.write_text(document(), "utf-8")
    assert path.read_text("utf-8") == document()
