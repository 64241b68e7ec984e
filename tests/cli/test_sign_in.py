"""``httptask auth login``: in a browser with PKCE, on another device, and what goes wrong."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import requests
from oauth_server import DATA, for_commands
from sign_in_server import SignInServer

from httptask.testing import LoopbackServer, Reply, json_reply
from httptask.trial.redirect_receiver import redirect_receiver


@pytest.fixture
def oauth(monkeypatch: pytest.MonkeyPatch) -> Iterator[SignInServer]:
    with for_commands(SignInServer(), monkeypatch) as server:
        yield server


@pytest.fixture
def browser(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Open each address as a browser does: elsewhere, redirects followed."""
    opened: list[str] = []

    def visit(url: str) -> bool:
        opened.append(url)
        if "/authorize" in url:
            threading.Thread(target=requests.get, args=(url,), daemon=True).start()
        return True

    monkeypatch.setattr("webbrowser.open", visit)
    return opened


def connect(invoke: Any, oauth: SignInServer, grant: str, **more: str) -> None:
    fields = {
        "grant": grant,
        "tokenUrl": oauth.token_url,
        "clientId": "open",
        "scopes:": '["a", "b"]',
        **more,
    }
    written = [f"{key}={value}" for key, value in fields.items() if value]
    ran = invoke("auth", "add", "mine", "oauth2", "--origin", oauth.url, "--force", *written)
    assert ran.code == 0, ran.err


def code_of(oauth: SignInServer) -> dict[str, str]:
    return {"authorizationUrl": f"{oauth.url}/authorize?tenant=t"}


def run_task(invoke: Any, oauth: SignInServer, write: Any, task: Any) -> Any:
    auth = {"type": "connection", "name": "mine"}
    file = write("task.json", task(f"{oauth.url}/api", httptask={"auth": auth}))
    return invoke("test", file, "--json")


@pytest.mark.parametrize("grant", ["authorization_code", "device_code"])
def test_with_endpoints_that_the_server_tells(
    oauth: SignInServer, invoke: Any, browser: list[str], write: Any, task: Any, grant: str
) -> None:
    path, url = "/.well-known/openid-configuration", oauth.url
    told = {
        "issuer": url,
        "token_endpoint": oauth.token_url,
        "authorization_endpoint": f"{url}/authorize",
        "device_authorization_endpoint": f"{url}/device",
    }
    oauth.server.route(path, lambda _: json_reply(told))
    connect(invoke, oauth, grant, tokenUrl="", openIdConnectUrl=f"{url}{path}")
    ran = invoke("auth", "login", "mine", "--json")
    assert ran.code == 0, ran.err
    assert run_task(invoke, oauth, write, task).code == 0


def test_check_says_which_scope_a_token_lacks(
    oauth: SignInServer, invoke: Any, browser: list[str], write: Any, task: Any
) -> None:
    del browser
    connect(invoke, oauth, "authorization_code", **code_of(oauth))
    auth = {"type": "connection", "name": "mine"}
    file = write("task.json", task(f"{oauth.url}/api", httptask={"auth": auth}))

    def scopes_missing() -> list[str]:
        found = invoke("check", file, "--json").document
        return [each["message"] for each in found if each["code"] == "scope_missing"]

    assert scopes_missing() == []
    told = {"access_token": "a-token-of-less", "scope": "a"}
    oauth.server.route("POST /token", lambda _: json_reply(told))
    assert invoke("auth", "login", "mine").code == 0
    assert scopes_missing() == ["the token of the connection 'mine' lacks b"]
    assert invoke("auth", "show", "mine", "--json").document["token"]["lacking"] == ["b"]


@pytest.mark.parametrize(
    ("labels", "asked", "told", "code", "says"),
    [
        (["oauth2 (c)"], '["a", "b"]', "", "operation_scopes", "does not ask for it"),
        (["oauth2 (a)", "oauth2 (c)"], '["a", "b"]', "", "", ""),
        (["oauth2 (b)"], '["a", "b"]', "a", "scope_missing", "lacks b"),
        (["oauth2 (a)"], '["a", "b"]', "a", "", ""),
        (["oauth2 (a, b)", "oauth2 (c)"], "", "a", "scope_missing", "lacks a and b or c"),
        (["oauth2 (b)"], "", "", "", ""),
        (["bearer"], '["a"]', "a", "", ""),
    ],
)
def test_check_compares_a_connection_with_the_operation(
    oauth: SignInServer,
    invoke: Any,
    browser: list[str],
    write: Any,
    task: Any,
    labels: list[str],
    asked: str,
    told: str,
    code: str,
    says: str,
) -> None:
    del browser
    connect(invoke, oauth, "authorization_code", **code_of(oauth), **{"scopes:": asked})
    reply = {"access_token": "a-token-of-less", **({"scope": told} if told else {})}
    oauth.server.route("POST /token", lambda _: json_reply(reply))
    assert invoke("auth", "login", "mine").code == 0
    known = {"id": "api/GET-api", "method": "GET", "auth": labels}
    auth = {"type": "connection", "name": "mine"}
    file = write("task.json", task(f"{oauth.url}/api", httptask={"auth": auth, "operation": known}))
    findings = invoke("check", file, "--json").document
    found = [each for each in findings if "scope" in each["code"]]
    assert [each["code"] for each in found] == ([code] if code else [])
    assert not code or says in found[0]["message"]
    assert not code or "httptask auth login mine" in found[0]["hint"]


CLIENTS: list[dict[str, str]] = [
    {},
    {"clientId": "reports", "clientSecret": "${workflow.secrets.CLIENT}"},
    {"clientId": "reports", "clientSecret": "${workflow.secrets.CLIENT}", "clientAuth": "post"},
]


@pytest.mark.parametrize("client", CLIENTS, ids=["public", "basic", "post"])
def test_in_a_browser(
    oauth: SignInServer,
    invoke: Any,
    browser: list[str],
    write: Any,
    task: Any,
    client: dict[str, str],
) -> None:
    connect(invoke, oauth, "authorization_code", **code_of(oauth), **client)
    before = run_task(invoke, oauth, write, task)
    assert before.document["error"]["code"] == "sign_in_needed"
    assert "httptask auth login mine" in before.document["error"]["hint"]
    ran = invoke("auth", "login", "mine", "--json")
    assert ran.code == 0, ran.err
    assert ran.document == {"name": "mine", "signedIn": True}
    asked = parse_qs(urlsplit(browser[0]).query)
    assert asked["tenant"] == ["t"]
    assert asked["scope"] == ["a b"]
    assert asked["code_challenge_method"] == ["S256"]
    for _ in range(2):
        done = run_task(invoke, oauth, write, task)
        assert done.code == 0, done.err
        oauth.revoke()  # the second time it is renewed by the refresh token
    purposes = [each["purpose"] for each in done.document["exchanges"]]
    assert purposes == ["task", "token", "challenge"]
    surfaces = [ran.out, ran.err, done.out, done.err]
    surfaces += [
        path.read_bytes().decode("latin-1")
        for path in DATA.rglob("*")
        if path.is_file() and path.name != "tokens.sqlite3"
    ]
    for secret in oauth.secrets():
        assert not [text for text in surfaces if secret in text], secret
    shown = invoke("auth", "show", "mine", "--json").document["token"]
    assert shown["renewable"] is True


def test_on_another_device(
    oauth: SignInServer, invoke: Any, browser: list[str], write: Any, task: Any
) -> None:
    connect(invoke, oauth, "device_code", deviceUrl=f"{oauth.url}/device")
    ran = invoke("auth", "login", "mine", "--no-browser")
    assert ran.code == 0, ran.err
    (device,) = oauth.devices.values()
    assert device["user_code"] in ran.err
    assert f"{oauth.url}/activate" in ran.err
    assert browser == []
    assert oauth.looks == oauth.patience + 1
    assert run_task(invoke, oauth, write, task).code == 0
    for secret in oauth.secrets():
        assert secret not in ran.out + ran.err


def test_somebody_who_does_not_agree(
    oauth: SignInServer, invoke: Any, browser: list[str], write: Any, task: Any
) -> None:
    oauth.agrees = False
    for grant, more in (
        ("authorization_code", code_of(oauth)),
        ("device_code", {"deviceUrl": f"{oauth.url}/device"}),
    ):
        connect(invoke, oauth, grant, **more)
        ran = invoke("auth", "login", "mine", "--json")
        assert ran.code == 1
        assert ran.error["code"] == "sign_in_declined"
        assert "access_denied" in ran.error["message"]
        assert run_task(invoke, oauth, write, task).document["error"]["code"] == "sign_in_needed"


def test_what_nobody_signs_in_for(oauth: SignInServer, invoke: Any) -> None:
    connect(invoke, oauth, "client_credentials")
    assert invoke("auth", "login", "mine", "--json").error["code"] == "sign_in_needless"
    assert invoke("auth", "login", "other", "--json").error["code"] == "connection_missing"
    connect(invoke, oauth, "device_code", deviceUrl=f"{oauth.url}/nowhere")
    assert invoke("auth", "login", "mine", "--json").error["code"] == "token_refused"


def test_a_lost_sign_in_names_the_command(
    oauth: SignInServer, invoke: Any, browser: list[str], write: Any, task: Any
) -> None:
    connect(invoke, oauth, "authorization_code", **code_of(oauth))
    assert invoke("auth", "login", "mine").code == 0
    oauth.revoke()
    oauth.refreshable.clear()
    error = run_task(invoke, oauth, write, task).document["error"]
    assert error["code"] == "credentials_lost"
    assert error["hint"] == "httptask auth login mine"


def test_a_port_that_is_taken(oauth: SignInServer, invoke: Any) -> None:
    connect(invoke, oauth, "authorization_code", **code_of(oauth))
    taken = str(oauth.server.port)
    ran = invoke("auth", "login", "mine", "--no-browser", "--port", taken, "--json")
    assert ran.error["code"] == "port_taken"


def test_only_the_right_redirect_counts() -> None:
    wrong = ("/", "/callback", "/callback?state=other&code=evil", "/favicon.ico?state=the-state")
    with redirect_receiver("the-state") as receiver:
        base = receiver.uri.removesuffix("/callback")
        statuses: list[int] = []

        def browse() -> None:
            paths = (*wrong, "/callback?state=the-state&code=right")
            statuses.extend(requests.get(base + path, timeout=60).status_code for path in paths)

        visitor = threading.Thread(target=browse)
        visitor.start()
        found = receiver.wait(lambda: None)
        visitor.join()
    assert found == {"state": "the-state", "code": "right"}
    assert statuses == [404] * len(wrong) + [200]


def test_waiting_for_the_redirect_ends() -> None:
    class OverError(Exception):
        pass

    def check() -> None:
        raise OverError

    with redirect_receiver("state") as receiver, pytest.raises(OverError):
        receiver.wait(check)


def test_the_trace_of_signing_in(oauth: SignInServer, invoke: Any, browser: list[str]) -> None:
    from httptask.plugins import build_manager
    from httptask.settings import Settings
    from httptask.trial.credentials import credentials_of
    from httptask.trial.sign_in import Hosting, sign_in

    connect(invoke, oauth, "device_code", deviceUrl=f"{oauth.url}/device")
    settings = Settings.from_environment(author=True)
    hosting = Hosting(lambda to: None, redirect_receiver)
    result = sign_in(credentials_of("mine", settings), settings, build_manager(), hosting)
    assert result.status == "COMPLETED", result.reason
    purposes = [each.purpose for each in result.trace.exchanges]
    assert purposes == ["device", "token", "token", "token"]
    shown = json.dumps(result.trace.to_json())
    for secret in oauth.secrets():
        assert secret not in shown


def test_a_sign_in_serves_its_connection_only(
    oauth: SignInServer, invoke: Any, browser: list[str], write: Any, task: Any
) -> None:
    """A definition that repeats what the connection says is not given the token."""
    connect(invoke, oauth, "authorization_code", **code_of(oauth))
    assert invoke("auth", "login", "mine").code == 0
    own = json.loads((DATA / "connections.json").read_text())["mine"]["auth"]
    with LoopbackServer() as other:
        other.route("GET /steal", lambda _: json_reply({}))
        written = task(f"{other.url}/steal", httptask={"auth": own})
        ran = invoke("test", write("task.json", written), "--json")
        assert ran.document["error"]["code"] == "sign_in_needed", ran.out
        assert other.requests == []
    connections = DATA / "connections.json"
    known = json.loads(connections.read_text())
    known["other"] = {**known["mine"], "origins": ["https://other.example.com"]}
    connections.write_text(json.dumps(known))
    shown = invoke("auth", "show", "other", "--json").document
    assert shown["token"] is None


@pytest.mark.parametrize("url", ["javascript:alert(1)", "file:///etc/passwd", "data:text/html,x"])
@pytest.mark.parametrize("grant", ["authorization_code", "device_code"])
def test_no_browser_is_sent_to_another_kind_of_address(
    oauth: SignInServer, invoke: Any, browser: list[str], url: str, grant: str
) -> None:
    path, own = "/.well-known/openid-configuration", oauth.url
    told = {"issuer": own, "token_endpoint": oauth.token_url, "authorization_endpoint": url}
    told["device_authorization_endpoint"] = f"{own}/device"
    oauth.server.route(path, lambda _: json_reply(told))
    device = {"device_code": "d", "user_code": "u", "verification_uri": url}
    oauth.server.route("POST /device", lambda _: json_reply(device))
    connect(invoke, oauth, grant, tokenUrl="", openIdConnectUrl=f"{own}{path}")
    ran = invoke("auth", "login", "mine", "--json")
    assert ran.error["code"] == "sign_in_address"
    assert browser == []
    assert url not in ran.err


def test_nothing_that_is_written_sends_the_code_elsewhere(
    oauth: SignInServer, invoke: Any, browser: list[str]
) -> None:
    evil = {"redirect_uri": "http://127.0.0.1:1/evil", "code_challenge": "known", "state": "known"}
    page = f"{oauth.url}/authorize?tenant=t&redirect%5Furi=evil&{urlencode(evil)}#state=known"
    extra = json.dumps({**evil, "prompt": "login", "code_challenge_method": "plain"})
    more = {"authorizationUrl": page, "extra:": extra}
    connect(invoke, oauth, "authorization_code", **more)
    assert invoke("auth", "login", "mine").code == 0
    asked = parse_qs(urlsplit(browser[0]).query)
    assert (asked["tenant"], asked["prompt"]) == (["t"], ["login"])
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["redirect_uri"][0].endswith("/callback")
    for name, value in evil.items():
        assert len(asked[name]) == 1
        assert asked[name] != [value]


def test_a_redirect_of_another_issuer_does_not_count(
    oauth: SignInServer, invoke: Any, browser: list[str]
) -> None:
    """Mix-up: the page of one server sends the browser on to another one (RFC 9207)."""
    connect(invoke, oauth, "authorization_code", **code_of(oauth))
    page = oauth._authorize  # the one that agrees at once
    for issuer, code in (("https://honest.example.com", "sign_in_issuer"), (oauth.url, "")):

        def authorize(received: Any, issuer: str = issuer) -> Any:
            reply = page(received)
            where = dict(reply.headers)["Location"]
            return Reply(reply.status, (("Location", f"{where}&{urlencode({'iss': issuer})}"),))

        oauth.server.route("GET /authorize", authorize)
        before = len(oauth.server.requests)
        ran = invoke("auth", "login", "mine", "--json")
        asked = [each.path for each in oauth.server.requests[before:]]
        assert (ran.error["code"] if ran.code else "") == code, ran.err
        assert ("/token" in asked) is (not code)


def test_one_who_is_slow_does_not_keep_the_redirect_out() -> None:
    with redirect_receiver("state") as receiver:
        port = int(receiver.uri.split(":")[2].partition("/")[0])
        with socket.create_connection(("127.0.0.1", port)) as slow:
            slow.sendall(b"GET /callback?")  # and no more
            found: list[dict[str, str]] = []
            waiting = threading.Thread(target=lambda: found.append(receiver.wait(lambda: None)))
            waiting.start()
            response = requests.get(f"{receiver.uri}?state=state&code=c", timeout=60)
            waiting.join(60)
            assert response.status_code == 200
            assert found == [{"state": "state", "code": "c"}]


def test_the_redirect_comes_to_this_host() -> None:
    """A name that somebody lets stand for 127.0.0.1 is none (DNS rebinding)."""
    with redirect_receiver("state") as receiver:
        waiting = threading.Thread(target=receiver.wait, args=(lambda: None,))
        waiting.start()
        url = f"{receiver.uri}?state=state&code=c"
        rebound = requests.get(url, headers={"Host": "evil.example.com"}, timeout=60)
        right = requests.get(url, timeout=60)
        waiting.join()
    assert (rebound.status_code, right.status_code) == (404, 200)
