"""What of an operator's own session is used, for whom, and what is not."""

from __future__ import annotations

import http.client
import socket
import socketserver
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any, Literal

import pytest
import requests
from asking import body_of, code_of, get
from requests.adapters import BaseAdapter

from httptask.definition.options import AuthOptions
from httptask.hooks import hookimpl
from httptask.hooks.views import Claim, SignedRequest
from httptask.testing import LoopbackServer, Reply
from httptask.testing.tasks import TaskRunner

Runners = Callable[..., TaskRunner]


class UnixAdapter(BaseAdapter):
    """Sends everything to one socket file."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path

    def send(self, request: requests.PreparedRequest, **_: Any) -> requests.Response:  # type: ignore[override]
        connection = http.client.HTTPConnection("localhost")
        connection.sock = socket.socket(socket.AF_UNIX)
        connection.sock.connect(str(self.path))
        connection.request(str(request.method), request.path_url, request.body, request.headers)  # type: ignore[arg-type]
        response, given = requests.Response(), connection.getresponse()
        response.status_code, response.reason, response.raw = given.status, given.reason, given
        response.headers.update(dict(given.getheaders()))
        return response

    def close(self) -> None:
        pass


class Kites(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        data = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("X-Kite", "1")
        self.send_header("X-Kite", "2")
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def unix_session(tmp_path: Path) -> Iterator[requests.Session]:
    """A session with an adapter for kites.local."""
    path = tmp_path / "kites.sock"
    with (
        socketserver.ThreadingUnixStreamServer(str(path), Kites) as server,
        requests.Session() as s,
    ):
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        s.mount("http://kites.local", UnixAdapter(path))
        yield s
        server.shutdown()
        thread.join()


def test_a_mounted_adapter(unix_session: requests.Session, runner: Runners) -> None:
    tasks = runner(unix_session, allow=["kites.local"])
    result = get(tasks, "http://kites.local/a", "POST", body={"a": 1})
    assert body_of(result) == {"a": 1}
    assert result.output["response"]["headers"]["X-Kite"] == ["1", "2"]
    assert result.trace is not None
    assert result.trace.layers[-1].plugin == "requests"


class Deaf(BaseAdapter):
    """Counts what it is given, and fails as an adapter does that never connects."""

    def __init__(self) -> None:
        super().__init__()
        self.sent = 0

    def send(self, *_: Any, **__: Any) -> requests.Response:
        self.sent += 1
        raise requests.exceptions.ConnectTimeout("no connection")

    def close(self) -> None:
        pass


@pytest.mark.parametrize("allow", [[], ["kites.local:81"], ["local"]])
@pytest.mark.parametrize("uri", ["http://kites.local/", "http://kites.localhost/", "http://127.1/"])
def test_only_origins_that_are_allowed_by_name_use_one(
    runner: Runners, allow: list[str], uri: str
) -> None:
    session, deaf = requests.Session(), Deaf()
    session.mount("http://", deaf)
    assert code_of(get(runner(session, allow=allow), uri)) == "egress_refused"
    assert deaf.sent == 0


def test_the_hint_names_an_address_of_version_6_as_it_is_allowed(runner: Runners) -> None:
    session = requests.Session()
    session.mount("http://", Deaf())
    error = get(runner(session, allow=[]), "http://[2001:db8::1]:81/").error
    assert error is not None
    assert "--allow-host [2001:db8::1]:81" in error.hint


def test_a_metadata_address_is_never_called_by_one(runner: Runners) -> None:
    session, deaf = requests.Session(), Deaf()
    session.mount("http://", deaf)
    tasks = runner(session, allow=["169.254.169.254"])
    assert code_of(get(tasks, "http://169.254.169.254/")) == "egress_refused"
    assert deaf.sent == 0


def test_what_one_says_is_not_proof_that_nothing_was_sent(runner: Runners) -> None:
    session, deaf = requests.Session(), Deaf()
    session.mount("http://kites.local/", deaf)
    tasks, retry = runner(session, allow=["kites.local"]), {"maxAttempts": 3, "initialDelayMs": 1}
    result = get(tasks, "http://kites.local/", "POST", body={}, retry=retry)
    assert code_of(result) == "connection_broken"
    assert deaf.sent == 1
    get(tasks, "http://kites.local/", retry=retry)
    assert deaf.sent == 4


def test_nothing_else_of_a_session_is_used(
    httptask_server: LoopbackServer, runner: Runners, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = Path.home() / ".netrc"
    netrc.write_text("machine 127.0.0.1 login me password secret\n")
    netrc.chmod(0o600)
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    session = requests.Session()
    session.headers["X-Session"] = "1"
    session.auth = ("me", "secret")
    session.cookies.set("a", "1")
    session.params = {"q": "1"}
    tasks = runner(session)
    set_cookie = (("Set-Cookie", "b=2; Path=/"),)
    httptask_server.route("/set", lambda _: Reply(200, set_cookie, b"[]"))
    get(tasks, f"{httptask_server.url}/set")
    body_of(get(tasks, f"{httptask_server.url}/echo"))
    for received in httptask_server.requests:
        names = {name.lower() for name, _ in received.headers}
        assert not names & {"cookie", "authorization", "x-session"}
    assert [received.target for received in httptask_server.requests] == ["/set", "/echo"]
    assert session.cookies.get_dict() == {"a": "1"}


class WhoOptions(AuthOptions):
    """An identity."""

    type: Literal["who"]
    name: str


class Who:
    """A scheme that authenticates connections."""

    @hookimpl
    def httptask_claims(self) -> list[Claim]:
        return [Claim("authorize", "who", "", WhoOptions)]

    @hookimpl
    def httptask_authorize(self, exchange: Any, request: Any, send: Any) -> Any:
        return send(SignedRequest(request, connection=exchange.task.options.auth.name))


def test_identities_share_no_connection(httptask_server: LoopbackServer, runner: Runners) -> None:
    tasks = runner(plugins={"who": Who()})
    for name in ("ana", "eva", "ana", "eva"):
        auth = {"type": "who", "name": name}
        body_of(get(tasks, f"{httptask_server.url}/echo?{name}", auth=auth))
    seen = [(received.target, received.connection) for received in httptask_server.requests]
    assert len(set(seen)) == len({connection for _, connection in seen}) == 2


def test_a_mounted_adapter_cannot_keep_identities_apart(runner: Runners) -> None:
    session, deaf = requests.Session(), Deaf()
    session.mount("http://kites.local/", deaf)
    tasks = runner(session, plugins={"who": Who()}, allow=["kites.local"])
    result = get(tasks, "http://kites.local/", auth={"type": "who", "name": "ana"})
    assert code_of(result) == "connection_shared"
    assert deaf.sent == 0
