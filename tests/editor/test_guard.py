"""Each rule of the security model, tried to be broken."""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable
from typing import Any

import pytest
import requests

from httptask.core.sensitive import Redactor

TASK = {"name": "a", "taskReferenceName": "a", "type": "HTTP"}


def task(uri: str, **request: Any) -> dict[str, Any]:
    """A plain GET."""
    return {**TASK, "inputParameters": {"http_request": {"uri": uri, "method": "GET", **request}}}


def run(editor: Any, document: dict[str, Any], **order: Any) -> list[dict[str, Any]]:
    """Events of a test."""
    response = editor.call("POST", "/api/tests", json={"task": document, **order})
    assert response.status_code == 200, response.text
    return [json.loads(line) for line in response.text.splitlines()]


def raw(editor: Any, method: str, path: str, headers: dict[str, str], body: bytes = b"") -> Any:
    """A request whose Host and path are sent as given."""
    connection = http.client.HTTPConnection(editor.url.removeprefix("http://"), timeout=10)
    connection.putrequest(method, path, skip_host="Host" in headers)
    for name, value in headers.items():
        connection.putheader(name, value)
    if body:
        connection.putheader("Content-Length", str(len(body)))
    connection.endheaders(body or None)
    response = connection.getresponse()
    found = response.status, response.read(), dict(response.getheaders())
    connection.close()
    return found


@pytest.mark.parametrize("path", ["/", "/embed", "/assets/editor.js", "/api/session"])
@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "127.0.0.1",
        "localhost:1",
        "127.0.0.1.evil.example:{port}",
        "",
        "127.0.0.1:{port}.",
        "user@127.0.0.1:{port}",
        "127.0.0.1:{port}, evil.example",
        "127.0.0.2:{port}",
    ],
)
def test_a_foreign_host_is_refused(editor: Any, path: str, host: str) -> None:
    port = editor.url.rpartition(":")[2]
    headers = {"Host": host.format(port=port), "Authorization": f"Bearer {editor.token}"}
    status, body, _ = raw(editor, "GET", path, headers)
    assert status == 421
    assert b"httptask" not in body


@pytest.mark.parametrize(
    "given", [None, "", "Bearer", "Bearer x", "Basic {token}", "{token}", "bearer {token}"]
)
def test_no_call_without_the_token(editor: Any, given: str | None) -> None:
    headers = {} if given is None else {"Authorization": given.format(token=editor.token)}
    response = requests.get(f"{editor.url}/api/session", headers=headers, timeout=5)
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize(
    "path", ["/api%2fsession", "/%61pi/session", "/api//session", "/api/session/", "//api/session"]
)
def test_no_spelling_of_a_path_gets_around_the_token(editor: Any, path: str) -> None:
    status, body, _ = raw(editor, "GET", path, {"Host": editor.url.removeprefix("http://")})
    assert status in {401, 404}
    assert b"secrets" not in body


def test_the_token_is_in_no_page_and_no_cookie(editor: Any) -> None:
    for path in ("/", "/embed", "/assets/page.js"):
        response = requests.get(editor.url + path, timeout=5)
        assert editor.token not in response.text
        assert "Set-Cookie" not in response.headers
    response = requests.get(f"{editor.url}/api/session?token={editor.token}", timeout=5)
    assert response.status_code == 401
    response = requests.get(f"{editor.url}/api/session", cookies={"token": editor.token}, timeout=5)
    assert response.status_code == 401


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost:1"},
        {"Origin": "https://127.0.0.1:{port}"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_other_origins_are_refused_even_with_the_token(
    editor: Any, headers: dict[str, str]
) -> None:
    port = editor.url.rpartition(":")[2]
    response = editor.call(
        "GET", "/api/session", headers={k: v.format(port=port) for k, v in headers.items()}
    )
    assert response.status_code == 403
    assert "Access-Control-Allow-Origin" not in response.headers


@pytest.mark.parametrize(
    "kind",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""],
)
def test_a_form_of_another_site_cannot_post(editor: Any, kind: str) -> None:
    body = json.dumps({"task": task(editor.url)})
    headers = {"Content-Type": kind} if kind else {}
    assert editor.call("POST", "/api/tests", data=body, headers=headers).status_code == 415
    form = requests.post(
        f"{editor.url}/api/tests",
        data=body,
        headers={"Content-Type": kind or "text/plain"},
        timeout=5,
    )
    assert form.status_code == 401


def test_cors_and_frames_only_for_configured_origins(start_editor: Callable[..., Any]) -> None:
    origin = "https://flows.example"
    editor = start_editor(embed_origins=frozenset({origin}))
    preflight = {"Origin": origin, "Access-Control-Request-Method": "POST"}
    response = requests.options(f"{editor.url}/api/check", headers=preflight, timeout=5)
    assert response.status_code == 204
    assert response.headers["Access-Control-Allow-Origin"] == origin
    assert "Access-Control-Allow-Credentials" not in response.headers
    foreign = {**preflight, "Origin": "https://flows.example.evil.example"}
    response = requests.options(f"{editor.url}/api/check", headers=foreign, timeout=5)
    assert response.status_code >= 400
    assert "Access-Control-Allow-Origin" not in response.headers
    assert editor.call("GET", "/api/session", headers={"Origin": origin}).status_code == 200
    policy = requests.get(f"{editor.url}/embed", timeout=5).headers["Content-Security-Policy"]
    assert f"frame-ancestors {origin}" in policy
    policy = requests.get(f"{editor.url}/", timeout=5).headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in policy


def test_nobody_may_frame_unless_configured(editor: Any) -> None:
    policy = requests.get(f"{editor.url}/embed", timeout=5).headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in policy


@pytest.mark.parametrize(
    "path", ["/", "/embed", "/assets/editor.js", "/assets/none.js", "/api/session", "/none"]
)
def test_every_response_carries_the_policy(editor: Any, path: str) -> None:
    headers = requests.get(editor.url + path, timeout=5).headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "require-trusted-types-for 'script'" in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"


@pytest.mark.parametrize(
    "path",
    [
        "/assets/../app.py",
        "/assets/%2e%2e/app.py",
        "/assets/..%2fapp.py",
        "/assets//etc/passwd",
        "/assets/%2fetc/passwd",
        "/assets/..\\app.py",
        "/assets/vendor/../../app.py",
        "/api/files/..%2f..%2fetc%2fpasswd",
        "/api/files/" + "0" * 64,
        "/api/files/" + "../" * 20 + "etc/passwd",
    ],
)
def test_no_path_leads_out_of_the_assets(editor: Any, path: str) -> None:
    host = editor.url.removeprefix("http://")
    headers = {"Host": host, "Authorization": f"Bearer {editor.token}"}
    status, body, _ = raw(editor, "GET", path, headers)
    assert status == 404
    assert b"import" not in body
    assert b"root:" not in body


@pytest.mark.parametrize("chunked", [False, True])
def test_oversize_bodies_are_refused(start_editor: Callable[..., Any], chunked: bool) -> None:
    editor = start_editor(max_request_bytes=10_000)
    body = json.dumps({"task": {**TASK, "description": "x" * 20_000}}).encode()
    data = iter([body[:9_000], body[9_000:]]) if chunked else body
    response = editor.call(
        "POST", "/api/check", data=data, headers={"Content-Type": "application/json"}
    )
    assert response.status_code == 413
    assert response.json()["error"]["code"] == "body_too_large"


@pytest.mark.parametrize(
    "uri",
    [
        "http://127.0.0.1:{port}/api/session",
        "http://localhost:{port}/",
        "http://[::1]:{port}/",
        "http://127.1:{port}/",
        "http://2130706433:{port}/",
        "http://0x7f000001:{port}/",
        "http://[::ffff:127.0.0.1]:{port}/",
        "http://0.0.0.0:{port}/",
        "http://169.254.169.254/latest/meta-data/",
        "http://[fd00:ec2::254]/",
        "http://10.0.0.1/",
        "http://[64:ff9b::7f00:1]/",
        "http://[2002:7f00:1::]/",
        "file:///etc/passwd",
        "gopher://127.0.0.1/",
    ],
)
def test_a_test_cannot_reach_into_the_network(start_editor: Callable[..., Any], uri: str) -> None:
    editor = start_editor(allow=())
    events = run(editor, task(uri.format(port=editor.url.rpartition(":")[2])))
    trace = events[-1]["trace"]
    assert trace["status"] == "failed_terminal"
    assert trace["error"]["code"] in {"egress_refused", "input_invalid"}
    assert not [each for each in trace["exchanges"] if each["response"]]


@pytest.mark.parametrize("proxy", ["http://127.0.0.1:{port}", "http://169.254.169.254"])
def test_a_proxy_is_judged_as_well(start_editor: Callable[..., Any], proxy: str) -> None:
    editor = start_editor(allow=())
    document = task("http://1.1.1.1/")
    document["inputParameters"]["httptask"] = {
        "proxy": proxy.format(port=editor.url.rpartition(":")[2])
    }
    trace = run(editor, document)[-1]["trace"]
    assert trace["error"]["code"] == "egress_refused"
    assert not [each for each in trace["exchanges"] if each["response"]]


def test_a_redirect_cannot_reach_into_the_network(
    start_editor: Callable[..., Any], httptask_server: Any
) -> None:
    editor = start_editor(allow=(httptask_server.url.removeprefix("http://"),))
    target = f"{editor.url}/api/session"
    trace = run(editor, task(f"{httptask_server.url}/redirect/302?to={target}"))[-1]["trace"]
    assert trace["error"]["code"] == "egress_refused"
    received = [each["request"]["url"] for each in trace["exchanges"] if each["response"]]
    assert len(received) == 1


def test_no_secret_in_anything_the_browser_gets(
    start_editor: Callable[..., Any], httptask_server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = 'canary/ß+"secret"&value'
    monkeypatch.setenv("HTTPTASK_SECRET_CANARY", secret)
    editor = start_editor(allow=(httptask_server.url.removeprefix("http://"),))
    inputs = {
        "http_request": {
            "uri": f"{httptask_server.url}/echo/",
            "method": "POST",
            "body": {"key": "${workflow.secrets.CANARY}"},
        },
        "httptask": {"query": {"q": "${workflow.secrets.CANARY}"}},
    }
    document = {**TASK, "inputParameters": inputs}
    response = editor.call("POST", "/api/tests", json={"task": document, "level": "trace"})
    trace = json.loads(response.text.splitlines()[-1])["trace"]
    assert trace["output"]["response"]["statusCode"] == 200, trace["error"]
    session = editor.call("GET", "/api/session")
    assert session.json()["secrets"] == ["CANARY", "DIGITALOCEAN_TOKEN"]
    for text in (response.text, session.text):
        assert not Redactor([secret]).contains_secret(text)
        assert secret not in json.dumps(text)


def test_a_file_body_is_stored_or_below_the_folder_of_the_workflow(
    editor: Any, images: Any, tmp_path: Any
) -> None:
    beside = tmp_path.parent / f"{tmp_path.name}-passwords.txt"
    beside.write_text("root")
    (tmp_path / "link.txt").symlink_to(beside)
    for path in (str(beside), f"../{beside.name}", "link.txt", "/etc/passwd", "../../etc/passwd"):
        document = task(f"{images.url}/uploads")
        document["inputParameters"]["httptask"] = {"file": path}
        document["inputParameters"]["http_request"]["method"] = "POST"
        trace = run(editor, document)[-1]["trace"]
        assert trace["status"] in {"failed_terminal", "failed"}
        assert trace["exchanges"] == []
