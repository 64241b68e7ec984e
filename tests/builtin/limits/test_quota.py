"""What responses say of rate limits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from httptask.builtin.limits.quota import Quota, quota_of
from httptask.core.message import Headers, HttpResponse, MemoryStream

NOW = 1_900_000_000.0
LATER = "Sun, 17 Mar 2030 17:47:00 GMT"
DATE = ("Date", "Sun, 17 Mar 2030 17:46:40 GMT")  # NOW


def said(*lines: tuple[str, str], status: int = 200) -> Quota:
    headers, url = Headers(lines), "http://api.example.com/"
    return quota_of(HttpResponse(status, "", headers, MemoryStream(b""), url), NOW)


@pytest.mark.parametrize(
    ("lines", "quota"),
    [
        ([("RateLimit", '"default";r=50;t=30')], Quota(50, 30.0)),
        (
            [("RateLimit", "default;r=50;t=30"), ("RateLimit-Policy", "default;q=100;w=60")],
            Quota(50, 30.0, 100),
        ),
        (
            [
                ("RateLimit", '"day";r=900;t=7200, "second";r=0;t=1'),
                ("RateLimit-Policy", '"day";q=1000;w=86400, "second";q=10;w=1'),
            ],
            Quota(0, 1.0, 10),
        ),
        ([("RateLimit", '"a";r=0;t=5'), ("RateLimit", '"b";r=0;t=60')], Quota(0, 60.0)),
        ([("RateLimit", '"default";r=7')], Quota(7)),
        ([("RateLimit", "limit=100, remaining=50, reset=5")], Quota(50, 5.0, 100)),
        (
            [
                ("RateLimit-Limit", "100, 100;w=60"),
                ("RateLimit-Remaining", "4"),
                ("RateLimit-Reset", "9"),
            ],
            Quota(4, 9.0, 100),
        ),
        (
            [
                ("X-RateLimit-Limit", "60"),
                ("X-RateLimit-Remaining", "0"),
                ("X-RateLimit-Reset", str(int(NOW) + 12)),
                DATE,
            ],
            Quota(0, 12.0, 60),
        ),
        (
            [("X-Rate-Limit-Remaining", "3"), ("X-Rate-Limit-Reset", f"{int(NOW) + 4}000"), DATE],
            Quota(3, 4.0),
        ),
        ([("X-RateLimit-Remaining", "1"), ("X-RateLimit-Reset-After", "1.5")], Quota(1, 1.5)),
        (
            [
                ("X-RateLimit-Remaining", "1"),
                ("X-RateLimit-Reset", "Sun, 17 Mar 2030 17:47:00 GMT"),
            ],
            Quota(1, 20.0),
        ),
        (
            [("X-RateLimit-Remaining", "1"), ("X-RateLimit-Reset", "2030-03-17T17:47:00Z")],
            Quota(1, 20.0),
        ),
        (
            [
                ("x-ratelimit-limit-requests", "500"),
                ("x-ratelimit-remaining-requests", "499"),
                ("x-ratelimit-reset-requests", "6m1s"),
            ],
            Quota(499, 361.0, 500),
        ),
        (
            [
                ("x-ratelimit-remaining-requests", "9"),
                ("x-ratelimit-reset-requests", "120ms"),
            ],
            Quota(9, 0.12),
        ),
        ([("X-RateLimit-Remaining", "17.9"), ("X-RateLimit-Reset", "never")], Quota(17)),
        ([("X-RateLimit-Remaining", "-1")], Quota()),
        ([("RateLimit", "what is this?")], Quota()),
        ([("RateLimit", '"default";r=-1;t=2')], Quota()),
        ([("RateLimit", '"default";r="5";t=2')], Quota()),
        ([("RateLimit", f'"{"x" * 4000}";r=5')], Quota()),
        ([("Retry-After", "30")], Quota()),
        ([], Quota()),
    ],
)
def test_every_form_is_read(lines: list[tuple[str, str]], quota: Quota) -> None:
    assert said(*lines) == quota


@pytest.mark.parametrize("status", [403, 429, 503])
def test_retry_after_closes_where_it_is_about_all_requests(status: int) -> None:
    lines = [("Retry-After", "12"), ("RateLimit", '"a";r=0;t=5')]
    assert said(*lines, status=status) == Quota(0, 5.0, closed=12.0)
    assert said(("Retry-After", "0"), status=status).closed == 0.0


@pytest.mark.parametrize("status", [200, 202, 301, 404, 500])
def test_retry_after_of_other_responses_is_about_those(status: int) -> None:
    assert said(("Retry-After", "12"), status=status) == Quota()


def test_a_moment_is_held_against_the_clock_of_the_server() -> None:
    """The server's clock is an hour fast: its reset is 12 s away all the same."""
    lines = [("X-RateLimit-Remaining", "0"), ("X-RateLimit-Reset", str(int(NOW) + 3612))]
    assert said(*lines, ("Date", "Sun, 17 Mar 2030 18:46:40 GMT")).resets == 12.0
    assert said(*lines).resets == 3612.0


NAMES = st.sampled_from(
    [
        *("RateLimit", "RateLimit-Policy", "RateLimit-Remaining", "X-RateLimit-Remaining"),
        *("X-RateLimit-Reset", "X-RateLimit-Limit", "Retry-After", "Date"),
    ]
)
TEXTS = st.text(st.characters(max_codepoint=255, exclude_characters="\r\n"), max_size=60)
NUMBERS = st.integers(-(10**30), 10**30).map(str)
ITEMS = st.builds('"{}";r={};t={}'.format, TEXTS, NUMBERS, NUMBERS)


@given(st.lists(st.tuples(NAMES, TEXTS | NUMBERS | ITEMS), max_size=8), st.sampled_from([200, 429]))
def test_nothing_that_a_server_sends_breaks_it(lines: list[tuple[str, str]], status: int) -> None:
    quota = said(*lines, status=status)
    assert quota.remaining is None or quota.remaining >= 0
    assert quota.resets is None or quota.resets >= 0
    assert quota.closed >= 0
