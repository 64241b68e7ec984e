"""The tests run in several processes, and what is expensive or has a fixed port starts in one."""

from __future__ import annotations

import os

import pytest


@pytest.mark.xdist_group("parallel")
def test_groups_reach_the_scheduler(request: pytest.FixtureRequest) -> None:
    """A pytest that is too new for pytest-xdist loses them without a word."""
    if "PYTEST_XDIST_WORKER" not in os.environ:
        pytest.skip("the tests run in one process")
    assert request.node.nodeid.endswith("@parallel")
