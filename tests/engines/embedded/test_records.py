"""How values stand in the journal."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from httptask.engines.embedded.records import INLINE_LIMIT, RawRecords, Records
from httptask.errors import EngineError, InterruptedCallError

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
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_a_value_comes_back_whole(records: Records, value: Any) -> None:
    assert records.deserialize(records.serialize(value)) == value


@given(value=JSON)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_the_journal_stays_small(records: Records, value: Any) -> None:
    assert len(records.serialize(value)) < INLINE_LIMIT + 10_000


def test_a_value_is_not_changed_by_being_stored(records: Records) -> None:
    value = {"a": [LARGE, {"b": LARGE}], "c": 1}
    records.serialize(value)
    assert value == {"a": [LARGE, {"b": LARGE}], "c": 1}


def test_equal_large_bodies_share_a_file(records: Records) -> None:
    body = {"text": LARGE}
    records.serialize({"output": {"response": {"body": body}}})
    records.serialize({"tasks": [{"outputData": {"response": {"body": body}}}], "status": "x"})
    assert len(stored(records)) == 1


def test_many_small_parts_go_to_one_file(records: Records) -> None:
    value = {"items": ["y" * 1000] * 100}
    assert records.deserialize(records.serialize(value)) == value
    assert len(stored(records)) == 1


def test_a_large_part_beside_many_small_ones(records: Records) -> None:
    value = {"rows": [{"big": LARGE}, *({"n": "z" * 500} for _ in range(300))]}
    assert records.deserialize(records.serialize(value)) == value


@pytest.mark.parametrize("value", ["\ud800", {"\udfff": 1}, 2**80, -(2**70), "J", "", None, []])
def test_odd_values(records: Records, value: Any) -> None:
    assert records.deserialize(records.serialize(value)) == value


def test_a_file_that_is_gone_is_told(records: Records) -> None:
    text = records.serialize(LARGE)
    for path in stored(records):
        path.unlink()
    with pytest.raises(EngineError) as raised:
        records.deserialize(text)
    assert raised.value.code == "file_missing"


def test_errors_come_back_as_errors(records: Records) -> None:
    error = records.deserialize(records.serialize(InterruptedCallError("cut off")))
    assert isinstance(error, EngineError)
    assert (error.code, error.message) == ("outcome_unknown", "cut off")
    other = records.deserialize(records.serialize(ValueError("odd")))
    assert (other.code, other.message) == ("engine_failed", "ValueError: odd")


def test_raw_records_give_the_text_back(records: Records) -> None:
    assert RawRecords(records.files).deserialize('J{"a":1}') == 'J{"a":1}'
