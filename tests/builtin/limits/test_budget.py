"""The rules of a budget: what may be sent, and when to look again."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from httptask.builtin.limits.budget import LONGEST, TRIAL, Budget, Wait
from httptask.builtin.limits.quota import Quota


def test_one_request_finds_out_what_is_allowed() -> None:
    budget = Budget()
    assert budget.take(100.0) is None
    assert budget.take(100.1) == Wait(100.0 + TRIAL, trial=True)
    budget.told(Quota(2, 10.0, 3), 100.0, 100.5)
    assert [budget.take(100.6), budget.take(100.6)] == [None, None]
    assert budget.take(100.6) == Wait(110.5)


def test_after_the_reset_there_is_the_whole_limit_again() -> None:
    budget = Budget(0, 110.0, 2)
    assert [budget.take(110.0), budget.take(110.0)] == [None, None]
    assert budget.take(110.1) == Wait(110.0 + TRIAL, trial=True)
    budget.told(Quota(1, 5.0, 2), 110.0, 110.2)
    assert budget.take(110.3) == Wait(115.2)


def test_requests_under_way_are_not_given_back() -> None:
    """Four were taken; the response to the first does not know of the others."""
    budget = Budget(5, 110.0, 10)
    for _ in range(4):
        budget.take(100.0)
    budget.told(Quota(9, 10.0), 100.0, 100.0)
    assert budget.remaining == 1


def test_a_response_about_an_earlier_period_says_nothing_of_this_one() -> None:
    budget = Budget(0, 110.0, 5)
    budget.take(111.0)
    budget.told(Quota(0, 60.0), 109.0, 111.1)
    assert budget.remaining == 4
    budget.told(Quota(3, 60.0), 111.0, 111.2)
    assert (budget.remaining, budget.resets) == (3, 171.2)
    budget.told(Quota(0, 1.0), 111.0, 111.3)
    assert budget.remaining == 3


def test_a_service_that_says_nothing_is_never_waited_for() -> None:
    budget = Budget()
    budget.take(100.0)
    budget.told(Quota(), 100.0, 100.1)
    assert [budget.take(100.2) for _ in range(1000)] == [None] * 1000


def test_retry_after_closes_for_all_and_no_longer_than_an_hour() -> None:
    budget = Budget(50, 200.0, 50)
    budget.told(Quota(closed=12.0), 100.0, 100.0)
    assert budget.take(101.0) == Wait(112.0)
    budget.told(Quota(closed=1e9), 100.0, 100.0)
    assert budget.take(101.0) == Wait(100.0 + LONGEST)


def test_where_no_reset_is_told_one_request_at_a_time_looks_again() -> None:
    budget = Budget()
    budget.take(100.0)
    budget.told(Quota(0), 100.0, 100.1)
    assert budget.take(101.0) is None
    assert budget.take(101.0) == Wait(101.0 + TRIAL, trial=True)
    budget.told(Quota(2), 101.0, 101.5)
    assert [budget.take(101.6), budget.take(101.6)] == [None, None]


QUOTAS = st.builds(
    Quota,
    st.none() | st.integers(0, 20),
    st.none() | st.floats(0, 1e12),
    st.none() | st.integers(0, 20),
    st.just(0.0) | st.floats(0, 1e12),
)


@settings(max_examples=300)
@given(st.lists(st.tuples(st.floats(0, 30), QUOTAS), max_size=30))
def test_whatever_a_server_says_a_request_is_sent_within_the_longest_time(
    steps: list[tuple[float, Quota]],
) -> None:
    budget, now = Budget(), 1000.0
    for seconds, quota in steps:
        budget.take(now)
        sent, now = now, now + seconds
        budget.told(quota, sent, now)
    first = now
    while (wait := budget.take(now)) is not None:
        assert wait.until > now
        now = wait.until
    assert now - first <= LONGEST + TRIAL
