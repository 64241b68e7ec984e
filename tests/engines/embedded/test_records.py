"""How values stand in the journal."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from httptask.engines.embedded.records import INLINE_LIMIT, Records
from httptask.errors import EngineError

LARGE = "x" * (INLINE_LIMIT + 1)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters())
    | st.just(LARGE),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner, max_size=4)
    ),
    max_leaves=12,
)


@pytest.fixture
def records(tmp_path: Path) -> Records:
    return Records(tmp_path / "files")


def stored(records: Records) -> list[Path]:
    return sorted(records.files.glob("??/*"))


@given(value=JSON)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_a_value_comes_back_whole(records: Records, value: Any) -> None:
    assert records.value(records.text(value)) == value


@given(value=JSON)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_the_journal_stays_small(records: Records, value: Any) -> None:
    assert len(records.text(value)) < INLINE_LIMIT + 10_000


def test_a_value_is_not_changed_by_being_stored(records: Records) -> None:
    value = {"a": [LARGE, {"b": LARGE}], "c": 1}
    records.text(value)
    assert value == {"a": [LARGE, {"b": LARGE}], "c": 1}


def test_equal_large_bodies_share_a_file(records: Records) -> None:
    body = {"text": LARGE}
    records.text({"output": {"response": {"body": body}}})
    records.text({"tasks": [{"outputData": {"response": {"body": body}}}], "status": "x"})
    assert len(stored(records)) == 1


def test_many_small_parts_go_to_one_file(records: Records) -> None:
    value = {"items": ["y" * 1000] * 100}
    assert records.value(records.text(value)) == value
    assert len(stored(records)) == 1


def test_a_large_part_beside_many_small_ones(records: Records) -> None:
    many = [{"big": LARGE}, *({"n": "z" * 500} for _ in range(300))]
    for value in ({"rows": many}, many, {"big": LARGE, **{str(n): "z" * 600 for n in range(200)}}):
        assert records.value(records.text(value)) == value


@pytest.mark.parametrize("value", ["\ud800", {"\udfff": 1}, 2**80, -(2**70), "J", "", None, []])
def test_odd_values(records: Records, value: Any) -> None:
    assert records.value(records.text(value)) == value


def test_a_file_that_is_gone_is_told(records: Records) -> None:
    text = records.text(LARGE)
    for path in stored(records):
        path.unlink()
    with pytest.raises(EngineError) as raised:
        records.value(text)
    assert raised.value.code == "file_missing"
