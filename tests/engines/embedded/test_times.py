"""Durations and times of WAIT."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from httptask.engines.embedded import Engine
from httptask.engines.embedded.times import WaitError, seconds_until, wait_seconds


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0s", 0),
        ("1 days 2 hours 3 minutes 4 seconds", 93_784),
        ("2H30Mins", 9_000),
        (" 10 secs ", 10),
        ("1d", 86_400),
    ],
)
def test_durations(text: str, seconds: int) -> None:
    assert wait_seconds(text) == seconds


@pytest.mark.parametrize(
    "text", ["", "5", "soon", "1.5s", "-1s", "500 ms", "PT5S", "1s 1m", "9" * 99]
)
def test_no_durations(text: str) -> None:
    with pytest.raises(WaitError, match="Not valid duration"):
        wait_seconds(text)


@pytest.mark.parametrize(
    "text", ["2030-01-02 03:04 GMT", "2030-01-02 05:04 +0200", "2030-01-02 04:04 Europe/Paris"]
)
def test_times_with_a_zone(text: str) -> None:
    moment = datetime(2030, 1, 2, 3, 4, tzinfo=UTC).timestamp()
    assert seconds_until(text, 0) == moment
    assert seconds_until(text, 1000) == moment - 1


def test_times_without_a_zone_are_local() -> None:
    expected = datetime(2030, 1, 2).astimezone().timestamp()
    assert seconds_until("2030-01-02", 0) == seconds_until("2030-01-02 00:00", 0) == expected


@pytest.mark.parametrize(
    "text", ["tomorrow", "2030-13-01", "2030-01-02 03:04 Nowhere", "1735689600"]
)
def test_no_times(text: str) -> None:
    with pytest.raises(WaitError, match="Invalid/Unsupported Wait Until format"):
        seconds_until(text, 0)


@given(st.text(max_size=30))
def test_any_text_is_read_or_refused(text: str) -> None:
    for read in (wait_seconds, lambda given: seconds_until(given, 0)):
        try:
            assert read(text) is not None
        except WaitError:
            continue


def test_silence_does_not_end_a_wait(engine: Engine, build: SimpleNamespace) -> None:
    limits = {"timeoutSeconds": 1, "responseTimeoutSeconds": 1, "timeoutPolicy": "ALERT_ONLY"}
    inputs = {"duration": "2s"}
    task = build.task("WAIT", "w", inputParameters=inputs, taskDefinition=limits)
    assert engine.run(build.workflow(task))["status"] == "COMPLETED"
