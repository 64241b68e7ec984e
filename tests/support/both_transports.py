"""The wire's suite runs on both transports; here stands what the second one does not pass."""

from __future__ import annotations

from pathlib import Path

import pytest

SUITE = (
    "wire/http1/test_faults.py",
    "wire/http1/test_framing.py",
    "wire/http1/test_large_heads.py",
    "wire/http1/test_tls_proxy.py",
    "builtin/test_responses.py",
    "builtin/test_bodies.py",
    "builtin/layers/test_policy.py",
    "builtin/layers/test_redirects.py",
    "builtin/layers/test_repeat.py",
    "pipeline/test_cookies.py",
    "pipeline/test_run.py",
)
HEADS = "http.client reads 100 header lines of 64 KiB; more is an error without a status"
LATE = "the time is looked at when the head has arrived, then between pieces"
PHASES = "the time until the head is one figure"
NOT_PASSED = {
    "test_no_fault_is_taken_for_a_response[bad-length-connection_broken]": (
        "http.client reads on to the end of the connection"
    ),
    "test_no_fault_is_taken_for_a_response[cut-head-connection_broken]": (
        "http.client takes the end of the connection for that of the head"
    ),
    "test_no_fault_is_taken_for_a_response[long-header-head_too_large]": HEADS,
    "test_no_fault_is_taken_for_a_response[many-headers-head_too_large]": HEADS,
    "test_many_header_lines_are_read": HEADS,
    "test_one_long_header_line_is_read": HEADS,
    "test_a_head_over_the_limit_ends_the_task_with_its_status": HEADS,
    "test_a_head_over_the_limit_of_a_token_call_is_not_the_tasks_status": HEADS,
    "test_a_drip_ends_at_the_deadline": LATE,
    "test_cancelling_stops_a_running_call[/slow?seconds=90]": LATE,
    "test_cancelling_while_connecting": LATE,
    "test_a_proxy_over_tls": (
        "requests does not check the certificate of a proxy that http URLs go through: refused"
    ),
    "test_a_proxy_that_sends_more_than_its_response": (
        "it is seen in the handshake that follows, as connection_broken"
    ),
    "test_repeated_headers": "urllib3 gives the first spelling of a name for all its lines",
    "test_headers_are_replaced_not_doubled": "repeated lines of a request are sent as one",
    "test_a_default_header_that_is_null_is_not_sent": (
        "http.client and urllib3 add Accept-Encoding and User-Agent of their own"
    ),
    "test_what_a_task_held_is_freed_at_once": "requests keeps what it raised and read in circles",
    "test_the_trace_at_each_level": PHASES,
    "test_the_servers_certificate_is_checked": PHASES,
}
"""Test, with the parameters where only these fail, and why; each is proved to fail."""

WAITS = {LATE}
"""These are not run: they would wait for what does not come."""

SECOND = pytest.param(
    "requests", marks=pytest.mark.filterwarnings("ignore:Unverified HTTPS request")
)


def functions() -> set[str]:
    """Return the names of the suite's tests."""
    tests = Path(__file__).resolve().parents[1]
    lines = [line for path in SUITE for line in (tests / path).read_text().splitlines()]
    return {line[4:].partition("(")[0] for line in lines if line.startswith("def test_")}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if metafunc.definition.path.as_posix().endswith(SUITE):
        metafunc.parametrize("transport", ["http1", SECOND], indirect=True)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        callspec = getattr(item, "callspec", None)
        if callspec is not None and callspec.params.get("transport") == "requests":
            name = item.name.partition("[")[0]
            rest = callspec.id.removeprefix("requests").removeprefix("-")
            reason = NOT_PASSED.get(name) or NOT_PASSED.get(f"{name}[{rest}]")
            if reason:
                item.add_marker(pytest.mark.xfail(reason=reason, run=reason not in WAITS))


@pytest.fixture(autouse=True)
def transport(
    request: pytest.FixtureRequest, isolated_home: object, monkeypatch: pytest.MonkeyPatch
) -> str:
    """The kind of the transport that sends, "" for the default."""
    kind = getattr(request, "param", "")
    if kind:
        monkeypatch.setenv("HTTPTASK_TRANSPORT", kind)
    return str(kind)
