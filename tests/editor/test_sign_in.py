"""Signing in from the panel: a window at the real server, and back to the editor's own page."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import requests
from panel import ACTIVE, open_flow, press_test, wait_for
from sign_in_server import SignInServer

from httptask.testing import Reply, json_reply

Connect = Callable[..., None]


@pytest.fixture
def oauth() -> Iterator[SignInServer]:
    server = SignInServer()
    with server.server:
        yield server


@pytest.fixture
def signing_editor(start_editor: Any, oauth: SignInServer) -> Any:
    """An editor that may call the server."""
    return start_editor(allow=(oauth.server.authority,))


def grants(oauth: SignInServer) -> dict[str, Any]:
    common = {"type": "oauth2", "tokenUrl": oauth.token_url, "clientId": "open", "scopes": ["a"]}
    return {
        "authorization_code": {**common, "authorizationUrl": f"{oauth.url}/authorize"},
        "device_code": {**common, "deviceUrl": f"{oauth.url}/device"},
    }


def connect(editor: Any, oauth: SignInServer, grant: str) -> dict[str, str]:
    """Make a connection of the editor's machine; returns what names it."""
    auth = {**grants(oauth)[grant], "grant": grant}
    file = editor.workflow.parent / "data/connections.json"
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps({"reports": {"auth": auth, "origins": [oauth.url]}}))
    return {"type": "connection", "name": "reports"}


def flow(oauth: SignInServer, auth: Any) -> dict[str, Any]:
    inputs = {
        "http_request": {"uri": f"{oauth.url}/api", "method": "GET"},
        "httptask": {"auth": auth},
    }
    task = {"name": "a", "taskReferenceName": "a", "type": "HTTP", "inputParameters": inputs}
    return {"name": "flow", "version": 1, "schemaVersion": 2, "tasks": [task]}


def button(page: Any, name: str = "reports") -> Any:
    return page.get_by_role("button", name=f"Sign in to {name}")


def signed_in(page: Any) -> None:
    """Wait until there is nothing to sign in to."""
    page.locator("hte-sign-in button").wait_for(state="detached")


def surfaces(page: Any, editor: Any) -> str:
    """All that the browser was given, and all files but the store of tokens."""
    html = page.evaluate("document.querySelector('http-task-editor').shadowRoot.innerHTML")
    state = page.evaluate(
        "JSON.stringify(document.querySelector('http-task-editor').store.state, (name, value) =>"
        " value instanceof Map ? [...value] : name === 'abort' ? null : value)"
    )
    kept = page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])")
    data = editor.workflow.parent / "data"
    files = [
        each.read_bytes().decode("latin-1")
        for each in data.rglob("*")
        if each.is_file() and each.name != "tokens.sqlite3"
    ]
    return "\n".join([html, state, kept, *files])


@pytest.mark.parametrize("named", [True, False], ids=["connection", "oauth2"])
def test_a_window_opens_and_ends_at_our_page(
    page: Any, signing_editor: Any, oauth: SignInServer, named: bool
) -> None:
    named_auth = connect(signing_editor, oauth, "authorization_code")
    own = {**grants(oauth)["authorization_code"], "grant": "authorization_code"}
    told: list[str] = []
    page.on("response", lambda response: told.append(response.text()) if "/api/" in response.url
            else None)  # fmt: skip
    open_flow(page, signing_editor, flow(oauth, named_auth if named else own))
    sign_in = button(page, "reports" if named else "127.0.0.1")
    sign_in.wait_for()
    ends: list[str] = []
    with page.context.expect_page() as opened:
        page.context.on("requestfinished", lambda request: ends.append(request.url)
                        if request.is_navigation_request() else None)  # fmt: skip
        sign_in.click()
    window = opened.value
    if not window.is_closed():
        window.wait_for_event("close")
    assert ends[-1] == f"{signing_editor.url}/assets/signed-in.html"
    signed_in(page)
    press_test(page)
    assert page.locator(".facts .status").inner_text().startswith("200")
    assert len(oauth.token_calls) == 1
    shown = surfaces(page, signing_editor) + "".join(told)
    for secret in oauth.secrets():
        assert secret not in shown


def test_the_inputs_of_a_test_are_those_of_its_sign_in(
    page: Any, signing_editor: Any, oauth: SignInServer
) -> None:
    auth = {**grants(oauth)["authorization_code"], "grant": "authorization_code"}
    auth["clientId"] = "${workflow.input.client}"
    open_flow(page, signing_editor, flow(oauth, auth))
    page.get_by_text("Before you can sign in to 127.0.0.1, give workflow.input.client.").wait_for()
    page.get_by_label("workflow.input.client").fill("open")
    with page.expect_popup():
        button(page, "127.0.0.1").click()
    signed_in(page)
    press_test(page)
    assert page.locator(".facts .status").inner_text().startswith("200")
    page.get_by_text("Inputs for this test").click()
    page.get_by_label("workflow.input.client").fill("another")
    button(page, "127.0.0.1").wait_for()


def test_another_device(page: Any, signing_editor: Any, oauth: SignInServer) -> None:
    oauth.patience = 20
    open_flow(page, signing_editor, flow(oauth, connect(signing_editor, oauth, "device_code")))
    button(page).click()
    code = page.locator("hte-sign-in code")
    code.wait_for()
    (device,) = oauth.devices.values()
    assert code.inner_text() == device["user_code"]
    link = page.locator("hte-sign-in a")
    assert link.get_attribute("href").startswith(f"{oauth.url}/activate")
    assert len(page.context.pages) == 1
    signed_in(page)
    press_test(page)
    assert page.locator(".facts .status").inner_text().startswith("200")
    assert not [each for each in oauth.secrets() if each in surfaces(page, signing_editor)]


def test_where_no_window_may_open_there_is_a_link(
    page: Any, signing_editor: Any, oauth: SignInServer
) -> None:
    page.add_init_script("window.open = () => null")
    auth = connect(signing_editor, oauth, "authorization_code")
    open_flow(page, signing_editor, flow(oauth, auth))
    button(page).focus()
    page.keyboard.press("Enter")
    link = page.get_by_role("link", name="open its page")
    link.wait_for()
    assert page.evaluate(f"{ACTIVE}?.textContent?.trim()") == "Cancel sign-in"
    with page.context.expect_page():
        link.click()
    signed_in(page)
    assert link.count() == 0
    wait_for(page, f"{ACTIVE}?.part.contains('test-button')")


def test_a_refusal_is_told_once_at_its_place(
    page: Any, signing_editor: Any, oauth: SignInServer
) -> None:
    oauth.agrees = False
    auth = connect(signing_editor, oauth, "authorization_code")
    open_flow(page, signing_editor, flow(oauth, auth))
    button(page).click()
    alert = page.locator("hte-sign-in [role=alert]")
    alert.wait_for()
    assert "access_denied" in alert.inner_text()
    assert page.get_by_text("access_denied").count() == 1
    assert page.locator(".toast").count() == 0
    oauth.agrees = True
    button(page).click()
    signed_in(page)


def test_who_gives_up_can_begin_again(page: Any, signing_editor: Any, oauth: SignInServer) -> None:
    consent = Reply(200, (("Content-Type", "text/html"),), b"<title>Do you agree?</title>")
    oauth.server.route("GET /authorize", lambda _: consent)
    auth = connect(signing_editor, oauth, "authorization_code")
    open_flow(page, signing_editor, flow(oauth, auth))
    with page.context.expect_page() as opened:
        button(page).click()
    opened.value.wait_for_url("**/authorize?**")
    assert page.locator("hte-sign-in a").get_attribute("href") == opened.value.url
    page.get_by_role("button", name="Cancel sign-in").click()
    button(page).wait_for()
    assert page.locator("hte-sign-in [role=alert]").count() == 0
    oauth.server.route("GET /authorize", oauth._authorize)
    button(page).click()
    signed_in(page)
    assert len(oauth.token_calls) == 1


def test_a_token_that_is_lost_asks_again(
    page: Any, signing_editor: Any, oauth: SignInServer
) -> None:
    auth = connect(signing_editor, oauth, "authorization_code")
    open_flow(page, signing_editor, flow(oauth, auth))
    button(page).click()
    signed_in(page)
    oauth.revoke()
    oauth.refreshable.clear()
    press_test(page)
    assert "refuses the refresh token" in page.locator(".problem").inner_text()
    button(page).click()
    signed_in(page)


def test_axe_finds_nothing(
    page: Any, signing_editor: Any, oauth: SignInServer, examples: Path
) -> None:
    oauth.patience = 1000
    page.emulate_media(reduced_motion="reduce")
    open_flow(page, signing_editor, flow(oauth, connect(signing_editor, oauth, "device_code")))
    page.evaluate((examples / "node_modules/axe-core/axe.min.js").read_text())

    def hold(state: str) -> None:
        for scheme, width in product(("light", "dark"), (360, 1400)):
            page.emulate_media(color_scheme=scheme)
            page.set_viewport_size({"width": width, "height": 900})
            found = page.evaluate(
                "axe.run(document.querySelector('http-task-editor').shadowRoot"
                ".querySelector('hte-sign-in'), {resultTypes: ['violations']})"
            )
            assert [each["id"] for each in found["violations"]] == [], (state, scheme, width)

    button(page).wait_for()
    hold("offered")
    button(page).click()
    page.locator("hte-sign-in code").wait_for()
    hold("waiting")
    oauth.patience, oauth.agrees = 0, False
    page.locator("hte-sign-in [role=alert]").wait_for()
    hold("refused")


def events(response: requests.Response) -> Iterator[dict[str, Any]]:
    return (json.loads(line) for line in response.iter_lines())


def test_the_redirect_counts_once_and_with_its_state_only(
    signing_editor: Any, oauth: SignInServer
) -> None:
    auth = connect(signing_editor, oauth, "authorization_code")
    task = flow(oauth, auth)["tasks"][0]
    url = f"{signing_editor.url}/callback"
    for wrong in ("", "?state=x&code=c", "?code=c"):
        assert requests.get(url + wrong, timeout=10).status_code == 404
    with signing_editor.call("POST", "/api/sign-ins", json={"task": task}, stream=True) as stream:
        told = events(stream)
        assert next(told)["type"] == "started"
        invitation = next(told)
        there = requests.get(invitation["url"], timeout=10, allow_redirects=False)
        back = there.headers["Location"]
        assert back.startswith(url)
        host = {"Host": "evil.example.com"}
        assert requests.get(back, headers=host, timeout=10).status_code == 421
        came = requests.get(back, timeout=10, allow_redirects=False)
        assert (came.status_code, came.headers["Location"]) == (303, "/assets/signed-in.html")
        assert came.headers["Cache-Control"] == "no-store"
        assert next(told) == {"type": "signedIn"}
    assert requests.get(back, timeout=10).status_code == 404


def test_what_cannot_be_signed_in_for(signing_editor: Any, oauth: SignInServer) -> None:
    def last(auth: Any) -> dict[str, Any]:
        task = flow(oauth, auth)["tasks"][0]
        found = signing_editor.call("POST", "/api/sign-ins", json={"task": task})
        return dict(list(events(found))[-1])

    assert last({"type": "connection", "name": "none"})["error"]["code"] == "connection_missing"
    own = {"type": "oauth2", "grant": "client_credentials", "clientId": "c"}
    assert last({**own, "tokenUrl": oauth.token_url})["error"]["code"] == "sign_in_needless"
    auth = connect(signing_editor, oauth, "device_code")
    evil = {"device_code": "d", "user_code": "u", "verification_uri": "javascript:alert(1)"}
    oauth.server.route("POST /device", lambda _: json_reply(evil))
    assert last(auth)["error"]["code"] == "sign_in_address"
    checked = signing_editor.call(
        "POST", "/api/check", json={"task": flow(oauth, auth)["tasks"][0]}
    )
    assert checked.json()["signIn"] == {"name": "reports", "grant": "device_code", "missing": []}
    plain = flow(oauth, {"type": "bearer", "token": "${workflow.secrets.T}"})["tasks"][0]
    checked = signing_editor.call("POST", "/api/check", json={"task": plain})
    assert checked.json()["signIn"] is None
