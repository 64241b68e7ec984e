"""The transport on ``requests``: whom it serves, and what it must not do."""

from __future__ import annotations

import os
import re
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import both_transports
import pytest
import requests_mock
import responses
import vcr
from asking import body_of, code_of, get

from httptask.plugins import build_manager
from httptask.testing import ForwardProxy, LoopbackServer, Reply
from httptask.testing.tasks import TaskRunner

Runners = Callable[..., TaskRunner]
FAKE = "http://kites.example/kites"


def test_the_list_is_of_tests_that_there_are() -> None:
    listed = {name.partition("[")[0] for name in both_transports.NOT_PASSED}
    assert listed <= both_transports.functions()
    assert len(listed) * 8 < len(both_transports.functions())


def test_the_operator_chooses_it_and_the_trace_names_it(
    httptask_server: LoopbackServer, httptask_task_runner: Runners, monkeypatch: pytest.MonkeyPatch
) -> None:
    def sender(tasks: TaskRunner) -> tuple[str, str]:
        result = get(tasks, f"{httptask_server.url}/echo")
        assert result.trace is not None
        last = result.trace.layers[-1]
        return last.slot, last.plugin

    assert sender(httptask_task_runner()) == ("send_request", "httptask.http1")
    chosen = httptask_task_runner(transport="requests")
    assert sender(chosen) == ("send_request", "httptask.requests")
    monkeypatch.setenv("HTTPTASK_TRANSPORT", "requests")
    assert sender(httptask_task_runner()) == ("send_request", "httptask.requests")
    monkeypatch.setenv("HTTPTASK_TRANSPORT", "http1")
    said = httptask_task_runner(transport="requests")
    assert sender(said) == ("send_request", "httptask.http1")


def test_a_definition_does_not_choose(httptask_server: LoopbackServer, runner: Runners) -> None:
    result = get(runner(), f"{httptask_server.url}/echo", transport="http1")
    assert code_of(result) == "unknown_key"
    assert httptask_server.requests == []


def test_responses(runner: Runners) -> None:
    tasks = runner(allow=["kites.example"])
    with responses.RequestsMock() as mocked:
        matched = [responses.matchers.json_params_matcher({"name": "ana"})]
        mocked.post(FAKE, json={"id": 7}, headers={"Content-Language": "de"}, match=matched)
        result = get(tasks, FAKE, "POST", body={"name": "ana"})
        assert body_of(result) == {"id": 7}
        assert result.output["response"]["headers"]["Content-Language"] == ["de"]
        unmatched = get(tasks, FAKE, "POST", body={"name": "eva"})
        assert code_of(unmatched) == "connection_broken"
        assert "Responses" in unmatched.reason


def test_a_redirect_is_followed_by_our_layer(runner: Runners) -> None:
    tasks = runner(allow=["kites.example"])
    with responses.RequestsMock() as mocked:
        mocked.get(FAKE, status=302, headers={"Location": "/there"}, body="moved")
        mocked.get("http://kites.example/there", json=[1])
        assert body_of(get(tasks, FAKE)) == [1]
        mocked.get("http://kites.example/off", status=302, headers={"Location": "/x"}, body="off")
        off = get(tasks, "http://kites.example/off", redirects={"follow": False})
        assert off.output["response"]["body"] == "off"


def test_a_name_that_does_not_resolve_has_to_be_allowed(runner: Runners) -> None:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mocked:
        mocked.get(FAKE, json=[])
        refused = get(runner(), FAKE)
        assert code_of(refused) == "dns_failed"
        assert refused.error is not None
        assert "--allow-host kites.example:80" in refused.error.hint
        assert len(mocked.calls) == 0


def test_requests_mock(runner: Runners) -> None:
    with requests_mock.Mocker() as mocked:
        mocked.post(FAKE, text='{"a": "ü"}', headers={"Content-Type": "application/json"})
        result = get(runner(allow=["kites.example:80"]), FAKE, "POST", body={"b": 1})
        assert body_of(result) == {"a": "ü"}
        assert mocked.last_request.json() == {"b": 1}


def test_vcr(httptask_server: LoopbackServer, runner: Runners, tmp_path: Path) -> None:
    uri, cassette = f"{httptask_server.url}/echo", str(tmp_path / "cassette.yaml")
    with vcr.use_cassette(cassette):
        first = body_of(get(runner(), uri, "POST", body={"a": 1}))
    httptask_server.close()
    with vcr.use_cassette(cassette, record_mode="none", match_on=["uri", "method", "body"]) as tape:
        again = runner()
        assert body_of(get(again, uri, "POST", body={"a": 1})) == first
        assert tape.play_count == 1
        unknown = get(again, uri, "POST", body={"a": 2})
        assert code_of(unknown) == "connection_broken"
        assert unknown.error is not None
        assert unknown.error.retryable is False


@pytest.mark.parametrize("close", [False, True], ids=["kept", "closed"])
def test_the_peer_is_judged_whatever_its_name_resolved_to(
    httptask_server: LoopbackServer, runner: Runners, monkeypatch: pytest.MonkeyPatch, close: bool
) -> None:
    """The name gives a public address when it is judged, and this machine when it is used."""
    public = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.216.34", 80))]
    monkeypatch.setattr(
        "httptask.wire.over_requests.judging.addresses", lambda host, port, watch: public
    )
    headers = (("Connection", "close"),) if close else ()
    httptask_server.route("/rebound", lambda _: Reply(200, headers, b'"what is inside"'))
    port = httptask_server.authority.rpartition(":")[2]
    result = get(runner(author=False), f"http://localhost:{port}/rebound")
    assert code_of(result) == "egress_refused"
    assert "127.0.0.1" in result.reason
    assert "what is inside" not in str(result.output)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_forked_child_has_connections_of_its_own(
    httptask_server: LoopbackServer, runner: Runners
) -> None:
    tasks, echo = runner(), f"{httptask_server.url}/echo"
    body_of(get(tasks, f"{echo}?parent"))
    child = os.fork()
    if not child:  # pragma: no cover - another process
        signal.alarm(20)
        with suppress(BaseException):
            body_of(get(tasks, f"{echo}?child"))
        os._exit(0)
    os.waitpid(child, 0)
    body_of(get(tasks, f"{echo}?parent"))
    seen = [(received.target, received.connection) for received in httptask_server.requests]
    assert seen == [("/echo?parent", 1), ("/echo?child", 2), ("/echo?parent", 1)]


def test_what_got_a_response_is_not_sent_again(
    httptask_server: LoopbackServer, runner: Runners
) -> None:
    lines = tuple((f"X-{number}", "1") for number in range(200))
    httptask_server.route("/many", lambda _: Reply(200, lines, b"{}"))
    retry = {"maxAttempts": 3, "initialDelayMs": 1}
    result = get(runner(), f"{httptask_server.url}/many", retry=retry)
    assert code_of(result) == "connection_broken"
    assert "100 headers" in result.reason
    assert len(httptask_server.requests) == 1


def test_the_certificate_of_a_proxy_is_checked_or_it_is_not_used(
    httptask_server: LoopbackServer, runner: Runners
) -> None:
    with ForwardProxy() as proxy:
        secure = f"https://{proxy.authority}"
        result = get(runner(), f"{httptask_server.url}/echo", proxy=secure)
        assert code_of(result) == "proxy_failed"
        assert result.error is not None
        assert "HTTPTASK_TRANSPORT=http1" in result.error.hint
        assert proxy.requests == []


@contextmanager
def closed_port() -> Iterator[str]:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{sock.getsockname()[1]}/"


def test_what_never_connected_may_be_sent_again(runner: Runners) -> None:
    retry = {"maxAttempts": 3, "initialDelayMs": 1}
    with closed_port() as uri:
        result = get(runner(), uri, "POST", body={}, retry=retry)
    assert code_of(result) == "connect_failed"
    assert result.trace is not None
    assert len(result.trace.attempts) == 3
    assert re.search("refused", result.reason)


def test_an_unknown_kind_is_an_error(httptask_server: LoopbackServer, tmp_path: Path) -> None:
    assert build_manager(installed=False, transport="requests").transport == "requests"
    with TaskRunner(tmp_path, transport="request") as tasks:
        unknown = get(tasks, f"{httptask_server.url}/echo")
    assert code_of(unknown) == "transport_unknown"
    assert unknown.error is not None
    assert "http1, requests" in unknown.error.hint
