from __future__ import annotations

from typing import Any

import pytest

from httptask.core.result import TaskResult, TaskStatus
from httptask.expressions import Context
from httptask.testing import LoopbackServer, Reply
from httptask.testing.tasks import TaskRunner
from httptask.testing.wire import ReceivedRequest

BEARER = {"type": "bearer", "token": "tok-0123456789abcdef"}


def get(tasks: TaskRunner, uri: str, method: str = "GET", **options: Any) -> TaskResult:
    request: dict[str, Any] = {"uri": uri, "method": method}
    if method in {"POST", "PUT", "PATCH"}:
        request["body"] = {"a": 1}
    return tasks.run({"http_request": request, "httptask": options})


@pytest.fixture
def allowed(httptask_other_server: LoopbackServer, httptask_task_runner: Any) -> TaskRunner:
    runner: TaskRunner = httptask_task_runner(allow=[httptask_other_server.authority])
    return runner


@pytest.mark.parametrize(
    ("status", "method", "then"),
    [
        (301, "POST", "GET"),
        (302, "POST", "GET"),
        (303, "POST", "GET"),
        (303, "PUT", "GET"),
        (303, "HEAD", "HEAD"),
        (307, "POST", "POST"),
        (308, "POST", "POST"),
        (301, "PUT", "PUT"),
        (302, "DELETE", "DELETE"),
        (308, "PATCH", "PATCH"),
    ],
)
def test_methods_and_bodies(
    httptask_server: LoopbackServer,
    httptask_tasks: TaskRunner,
    status: int,
    method: str,
    then: str,
) -> None:
    result = get(httptask_tasks, f"{httptask_server.url}/redirect/{status}", method)
    assert result.status is TaskStatus.COMPLETED, result.reason
    first, second = httptask_server.requests
    assert (first.method, second.method) == (method, then)
    kept = then == method and method not in {"DELETE", "HEAD"}
    assert second.body == (first.body if kept else b"")
    assert bool(second.all("Content-Type")) == kept
    assert second.all("Content-Length") == ([str(len(first.body))] if kept else [])
    assert first.connection == second.connection


def test_relative_chain_and_purposes(
    httptask_server: LoopbackServer, httptask_tasks: TaskRunner
) -> None:
    result = get(httptask_tasks, f"{httptask_server.url}/redirect/relative")
    assert result.output["response"]["body"]["target"] == "/echo?from=relative"
    chain = get(httptask_tasks, f"{httptask_server.url}/redirect/chain/3")
    assert chain.trace is not None
    purposes = [exchange.purpose for exchange in chain.trace.exchanges]
    assert purposes == ["task", "redirect", "redirect", "redirect"]
    assert chain.trace.attempts[0].exchanges == (0, 1, 2, 3)


def test_limit_loop_and_off(httptask_server: LoopbackServer, httptask_tasks: TaskRunner) -> None:
    url = httptask_server.url
    retry = {"maxAttempts": 3, "initialDelayMs": 0}
    many = get(httptask_tasks, f"{url}/redirect/chain/11", retry=retry)
    assert many.error is not None
    assert many.error.code == "redirect_limit"
    assert len(httptask_server.requests) == 11
    assert get(httptask_tasks, f"{url}/redirect/chain/10").status is TaskStatus.COMPLETED
    few = get(httptask_tasks, f"{url}/redirect/chain/2", redirects={"max": 1})
    assert few.error is not None
    assert few.error.code == "redirect_limit"
    httptask_server.forget()
    loop = get(httptask_tasks, f"{url}/redirect/loop", retry=retry)
    assert loop.error is not None
    assert loop.error.code == "redirect_loop"
    assert len(httptask_server.requests) == 1
    off = get(httptask_tasks, f"{url}/redirect/302", redirects={"follow": False})
    assert off.output["response"]["statusCode"] == 302
    assert off.status is TaskStatus.FAILED
    taken = get(
        httptask_tasks,
        f"{url}/redirect/302",
        redirects={"follow": False},
        acceptedStatusCodes=["3xx"],
    )
    assert taken.status is TaskStatus.COMPLETED
    nowhere = get(httptask_tasks, f"{url}/redirect/nowhere")
    assert nowhere.output["response"]["statusCode"] == 302


@pytest.mark.parametrize(
    "target", ["ftp://h/x", "file:///etc/passwd", "http://h:x/", "http://[::1/"]
)
def test_where_no_request_can_go(
    httptask_server: LoopbackServer, httptask_tasks: TaskRunner, target: str
) -> None:
    httptask_server.route("/away", lambda _: Reply(302, (("Location", target),)))
    result = get(httptask_tasks, f"{httptask_server.url}/away")
    assert result.error is not None
    assert result.error.code == "redirect_invalid"


def test_the_same_endpoint_only(
    httptask_server: LoopbackServer,
    httptask_other_server: LoopbackServer,
    httptask_tasks: TaskRunner,
) -> None:
    same = get(httptask_tasks, f"{httptask_server.url}/redirect/302?to={httptask_server.url}/echo")
    assert same.status is TaskStatus.COMPLETED
    other = get(
        httptask_tasks, f"{httptask_server.url}/redirect/302?to={httptask_other_server.url}/echo"
    )
    assert other.status is TaskStatus.FAILED_WITH_TERMINAL_ERROR
    assert other.error is not None
    assert other.error.code == "egress_refused"
    named = f"http://localhost:{httptask_server.port}/echo"
    alias = get(httptask_tasks, f"{httptask_server.url}/redirect/302?to={named}")
    assert alias.error is not None
    assert alias.error.code == "egress_refused"
    assert httptask_other_server.requests == []


@pytest.mark.parametrize(
    "target",
    ["http://169.254.169.254/latest", "http://10.0.0.1/", "http://[fe80::1]/", "http://0/"],
)
def test_never_to_what_is_not_public(
    httptask_server: LoopbackServer, httptask_tasks: TaskRunner, target: str
) -> None:
    result = get(httptask_tasks, f"{httptask_server.url}/redirect/307?to={target}", "POST")
    assert result.error is not None
    assert result.error.code == "egress_refused"


def test_credentials_stay_with_their_origin(
    httptask_server: LoopbackServer,
    httptask_other_server: LoopbackServer,
    allowed: TaskRunner,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTPTASK_SECRET_LONG", "a-long-secret-value")
    monkeypatch.setenv("HTTPTASK_SECRET_PIN", "4711")
    inputs = {
        "http_request": {
            "uri": f"{httptask_server.url}/redirect/302?to={httptask_other_server.url}/echo",
            "method": "GET",
            "headers": {
                "X-Long": "${workflow.secrets.LONG}",
                "X-Pin": "pin ${workflow.secrets.PIN}",
                "X-Plain": "stays",
            },
        },
        "httptask": {"auth": BEARER, "cookies": {"own": "1"}},
    }
    result = allowed.run(inputs, Context.build())
    assert result.status is TaskStatus.COMPLETED, result.reason
    (first,), (second,) = httptask_server.requests, httptask_other_server.requests
    assert first.header("Authorization") == "Bearer tok-0123456789abcdef"
    assert first.header("X-Pin") == "pin 4711"
    assert first.header("Cookie") == "own=1"
    assert second.header("X-Plain") == "stays"
    for name in ("Authorization", "X-Long", "X-Pin", "Cookie"):
        assert second.all(name) == [], name
    assert second.header("Host") == httptask_other_server.authority


def test_a_key_in_the_query_is_not_carried_over(
    httptask_server: LoopbackServer, httptask_other_server: LoopbackServer, allowed: TaskRunner
) -> None:
    auth = {"type": "apiKey", "name": "api_key", "value": "tok-0123456789abcdef", "in": "query"}
    away = f"{httptask_server.url}/redirect/302?to={httptask_other_server.url}/echo"
    assert get(allowed, away, auth=auth).status is TaskStatus.COMPLETED
    assert httptask_other_server.requests[0].target == "/echo"
    same = get(allowed, f"{httptask_server.url}/redirect/302", auth=auth)
    assert same.output["response"]["body"]["query"] == [["api_key", "tok-0123456789abcdef"]] or (
        same.output["response"]["body"]["query"] == [["api_key", "***"]]
    )
    assert httptask_server.requests[-1].target == "/echo?api_key=tok-0123456789abcdef"


def test_signed_again_on_the_way_at_home(
    httptask_server: LoopbackServer, httptask_tasks: TaskRunner
) -> None:
    result = get(httptask_tasks, f"{httptask_server.url}/redirect/302?to=/auth/bearer", auth=BEARER)
    assert result.status is TaskStatus.COMPLETED
    assert all(len(sent.all("Authorization")) == 1 for sent in httptask_server.requests)


def test_a_secret_in_the_body_does_not_go_elsewhere(
    httptask_server: LoopbackServer,
    httptask_other_server: LoopbackServer,
    allowed: TaskRunner,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTPTASK_SECRET_LONG", 'a-"quoted"-secret')
    uri = f"{httptask_server.url}/redirect/308?to={httptask_other_server.url}/echo"
    request = {"uri": uri, "method": "POST", "body": {"key": "${workflow.secrets.LONG}"}}
    result = allowed.run({"http_request": request})
    assert result.error is not None
    assert result.error.code == "redirect_refused"
    assert httptask_other_server.requests == []


@pytest.mark.parametrize("key", ["a-secret/with+signs", "short"])
def test_a_secret_in_the_address_does_not_go_elsewhere(
    httptask_server: LoopbackServer,
    httptask_other_server: LoopbackServer,
    allowed: TaskRunner,
    monkeypatch: pytest.MonkeyPatch,
    key: str,
) -> None:
    """An open redirector copies the query of the request."""
    monkeypatch.setenv("HTTPTASK_SECRET_KEY", key)

    def along(request: ReceivedRequest) -> Reply:
        query = request.target.partition("?")[2]
        return Reply(302, (("Location", f"{httptask_other_server.url}/echo?{query}"),))

    httptask_server.route("/along", along)
    query = {"key": "${workflow.secrets.KEY}"}
    result = get(allowed, f"{httptask_server.url}/along", query=query)
    assert result.error is not None
    assert result.error.code == "redirect_refused"
    assert key not in result.error.message
    assert httptask_other_server.requests == []


def test_a_key_in_a_header_does_not_go_elsewhere(
    httptask_server: LoopbackServer, httptask_other_server: LoopbackServer, allowed: TaskRunner
) -> None:
    uri = f"{httptask_server.url}/redirect/302?to={httptask_other_server.url}/echo"
    headers = {"Api-Key": "literal", "Private-Token": "literal", "X-Plain": "kept"}
    allowed.run({"http_request": {"uri": uri, "method": "GET", "headers": headers}})
    sent = httptask_other_server.requests[0]
    assert [sent.header(name) for name in headers] == ["", "", "kept"]


def test_cookies_live_as_long_as_the_chain(
    httptask_server: LoopbackServer, httptask_tasks: TaskRunner
) -> None:
    def step(location: str, *cookies: str) -> Any:
        lines = tuple(("Set-Cookie", cookie) for cookie in cookies)
        return lambda _: Reply(302, (("Location", location), *lines))

    httptask_server.route("/one", step("/deep/two", "a=1; Path=/", "b=2; Path=/deep"))
    httptask_server.route("/deep/two", step("/deep/three", "a=3; Path=/"))
    httptask_server.route("/deep/three", step("/echo"))
    uri = f"{httptask_server.url}/one"
    result = get(httptask_tasks, uri, cookies={"own": "0"})
    assert result.status is TaskStatus.COMPLETED
    sent = [request.header("Cookie") for request in httptask_server.requests]
    assert sent == ["own=0", "own=0; b=2; a=1", "own=0; b=2; a=3", "own=0; a=3"]
    get(httptask_tasks, f"{httptask_server.url}/echo")
    assert httptask_server.requests[-1].header("Cookie") == ""


def test_a_cookie_that_leads_on_is_not_a_loop(
    httptask_server: LoopbackServer, httptask_tasks: TaskRunner
) -> None:
    def gate(request: ReceivedRequest) -> Reply:
        if request.header("Cookie") == "seen=1":
            return Reply(200, (("Content-Type", "text/plain"),), b"in")
        return Reply(302, (("Location", "/gate"), ("Set-Cookie", "seen=1")))

    httptask_server.route("/gate", gate)
    assert get(httptask_tasks, f"{httptask_server.url}/gate").output["response"]["body"] == "in"
