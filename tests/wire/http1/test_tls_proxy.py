from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from soon import LATE, SOON

from httptask.core.result import TaskResult, TaskStatus
from httptask.testing import Certificates, ForwardProxy, LoopbackServer, Reply
from httptask.testing.tasks import TaskRunner

Runners = Callable[..., TaskRunner]


def get(tasks: TaskRunner, uri: str, **options: Any) -> TaskResult:
    return tasks.run({"http_request": {"uri": uri, "method": "GET"}, "httptask": options})


def code_of(result: TaskResult) -> str:
    assert result.error is not None
    return result.error.code


def test_the_servers_certificate_is_checked(
    httptask_tls_server: LoopbackServer,
    httptask_certificates: Certificates,
    httptask_tasks: TaskRunner,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    uri = f"{httptask_tls_server.url}/echo"
    untrusted = get(httptask_tasks, uri)
    assert code_of(untrusted) == "tls_failed"
    assert "certificate" in untrusted.reason
    bundle = str(httptask_certificates.ca_bundle)
    trusted = get(httptask_tasks, uri, tls={"caBundle": bundle})
    assert trusted.status is TaskStatus.COMPLETED, trusted.reason
    assert trusted.trace is not None
    assert trusted.trace.exchanges[0].timings.tls is not None
    assert code_of(get(httptask_tasks, uri)) == "tls_failed"
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", bundle)
    assert code_of(get(httptask_tasks, uri)) == "tls_failed"
    assert get(httptask_tasks, uri, trustEnv=True).status is TaskStatus.COMPLETED


def test_not_checked_only_when_told(
    httptask_tls_server: LoopbackServer, httptask_tasks: TaskRunner
) -> None:
    uri = f"{httptask_tls_server.url}/echo"
    assert get(httptask_tasks, uri, tls={"verify": False}).status is TaskStatus.COMPLETED
    assert code_of(get(httptask_tasks, uri)) == "tls_failed"


def test_client_certificate(
    httptask_mutual_tls_server: LoopbackServer,
    httptask_certificates: Certificates,
    httptask_task_runner: Runners,
) -> None:
    tasks = httptask_task_runner()
    uri = f"{httptask_mutual_tls_server.url}/echo"
    bundle = {"caBundle": str(httptask_certificates.ca_bundle)}
    without = get(tasks, uri, tls=bundle)
    assert code_of(without) in {"tls_failed", "connection_broken"}
    mine = {
        "clientCertificate": str(httptask_certificates.client_certificate),
        "clientKey": str(httptask_certificates.client_key),
    }
    with_it = get(tasks, uri, tls={**bundle, **mine})
    assert with_it.status is TaskStatus.COMPLETED, with_it.reason
    assert code_of(get(tasks, uri, tls=bundle)) in {"tls_failed", "connection_broken"}


def test_a_missing_file_is_the_authors_error(
    httptask_tls_server: LoopbackServer, httptask_tasks: TaskRunner, tmp_path: Path
) -> None:
    uri = f"{httptask_tls_server.url}/echo"
    result = get(httptask_tasks, uri, tls={"caBundle": "no.pem"})
    assert code_of(result) == "file_missing"
    assert result.error is not None
    assert result.error.pointer == "/inputParameters/httptask/tls/caBundle"
    (tmp_path / "bad.pem").write_text("no certificate")
    assert code_of(get(httptask_tasks, uri, tls={"caBundle": "bad.pem"})) == "tls_failed"


def test_a_service_says_where_certificates_may_be(
    httptask_tls_server: LoopbackServer,
    httptask_certificates: Certificates,
    httptask_task_runner: Runners,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    uri, bundle = f"{httptask_tls_server.url}/echo", httptask_certificates.ca_bundle
    allow = [httptask_tls_server.authority]
    service = httptask_task_runner(allow=allow, author=False)
    for path in (bundle, bundle.with_name("no-such-file")):
        refused = get(service, uri, tls={"caBundle": str(path)})
        assert code_of(refused) == "file_refused"
        assert refused.error is not None
        assert refused.error.pointer == "/inputParameters/httptask/tls/caBundle"
    monkeypatch.setenv("HTTPTASK_TLS_FOLDERS", str(bundle.parent))
    service = httptask_task_runner(allow=allow, author=False)
    assert get(service, uri, tls={"caBundle": str(bundle)}).status is TaskStatus.COMPLETED


def test_a_handshake_that_never_ends(httptask_tasks: TaskRunner) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        accepted: list[socket.socket] = []
        threading.Thread(target=lambda: accepted.append(listener.accept()[0]), daemon=True).start()
        uri = f"https://127.0.0.1:{listener.getsockname()[1]}/"
        began = time.monotonic()
        request = {"uri": uri, "method": "GET", "connectionTimeOut": LATE * 1000}
        result = httptask_tasks.run({"http_request": request, "httptask": {"deadlineMs": 200}})
        assert time.monotonic() - began < SOON
        assert code_of(result) == "deadline_exceeded"
        accepted[0].close()


def test_plain_http_spoken_to_a_tls_client(httptask_tasks: TaskRunner) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            sock, _ = listener.accept()
            with sock:
                sock.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
                sock.recv(4096)

        threading.Thread(target=serve, daemon=True).start()
        result = get(httptask_tasks, f"https://127.0.0.1:{listener.getsockname()[1]}/")
    assert code_of(result) == "tls_failed"


def test_through_a_proxy(
    httptask_server: LoopbackServer, httptask_proxy: ForwardProxy, httptask_tasks: TaskRunner
) -> None:
    uri = f"{httptask_server.url}/echo?a=1"
    result = get(httptask_tasks, uri, proxy=httptask_proxy.url)
    assert result.status is TaskStatus.COMPLETED, result.reason
    assert httptask_proxy.requests[0].target == uri
    assert httptask_server.requests[0].header("Via") == "1.1 loopback"


def test_a_tunnel(
    httptask_tls_server: LoopbackServer,
    httptask_certificates: Certificates,
    httptask_proxy: ForwardProxy,
    httptask_tasks: TaskRunner,
) -> None:
    tls = {"caBundle": str(httptask_certificates.ca_bundle)}
    uri = f"{httptask_tls_server.url}/echo"
    auth = {"type": "bearer", "token": "tok-0123456789"}
    result = get(httptask_tasks, uri, proxy=httptask_proxy.url, tls=tls, auth=auth)
    assert result.status is TaskStatus.COMPLETED, result.reason
    (connect,) = httptask_proxy.requests
    assert (connect.method, connect.target) == ("CONNECT", httptask_tls_server.authority)
    assert connect.all("Authorization") == []


def test_proxy_credentials(
    httptask_server: LoopbackServer, httptask_tls_server: LoopbackServer, httptask_tasks: TaskRunner
) -> None:
    with ForwardProxy(("me", "p%40ss")) as proxy:
        uri = f"{httptask_server.url}/echo"
        good = get(httptask_tasks, uri, proxy=f"http://me:p%2540ss@{proxy.authority}")
        assert good.status is TaskStatus.COMPLETED, good.reason
        assert good.trace is not None
        assert "p%2540ss" not in str(good.trace.to_json())
        assert httptask_server.requests[0].all("Proxy-Authorization") == []
        refused = get(httptask_tasks, uri, proxy=proxy.url)
        assert refused.output["response"]["statusCode"] == 407
        tunnel = get(httptask_tasks, f"{httptask_tls_server.url}/echo", proxy=proxy.url)
        assert code_of(tunnel) == "proxy_failed"
        assert "407" in tunnel.reason


@pytest.mark.parametrize("proxy", ["http://127.0.0.1:1", "127.0.0.1:1", "nowhere.invalid"])
def test_a_proxy_that_cannot_be_reached(
    httptask_server: LoopbackServer, httptask_tasks: TaskRunner, proxy: str
) -> None:
    for scheme in ("http", "https"):
        result = get(httptask_tasks, f"{scheme}://{httptask_server.authority}/echo", proxy=proxy)
        assert code_of(result) == "proxy_failed"
        assert "the proxy cannot be reached" in result.reason
    assert httptask_server.requests == []


def test_the_target_is_judged_before_the_proxy_sees_it(
    httptask_proxy: ForwardProxy, httptask_tasks: TaskRunner
) -> None:
    for uri in ("http://10.0.0.1/", "https://169.254.169.254/", "http://[fe80::1]/"):
        assert code_of(get(httptask_tasks, uri, proxy=httptask_proxy.url)) == "egress_refused"
    unknown = get(httptask_tasks, "http://nowhere.invalid/", proxy=httptask_proxy.url)
    assert code_of(unknown) == "dns_failed"
    assert httptask_proxy.requests == []


def test_the_proxy_is_judged_too(
    httptask_server: LoopbackServer, httptask_proxy: ForwardProxy, httptask_task_runner: Runners
) -> None:
    tasks = httptask_task_runner(author=False, allow=[httptask_server.authority])
    uri = f"{httptask_server.url}/echo"
    assert code_of(get(tasks, uri, proxy=httptask_proxy.url)) == "egress_refused"
    assert code_of(get(tasks, uri, proxy="http://10.0.0.1:3128")) == "egress_refused"
    assert httptask_proxy.requests == []


def test_a_redirect_through_the_authors_own_proxy(
    httptask_server: LoopbackServer,
    httptask_other_server: LoopbackServer,
    httptask_proxy: ForwardProxy,
    httptask_task_runner: Runners,
) -> None:
    tasks = httptask_task_runner(allow=[httptask_other_server.authority])
    uri = f"{httptask_server.url}/redirect/302?to={httptask_other_server.url}/echo"
    result = get(tasks, uri, proxy=httptask_proxy.url)
    assert result.status is TaskStatus.COMPLETED, result.reason
    assert len(httptask_proxy.requests) == 2
    away = f"{httptask_server.url}/redirect/302?to=http://10.0.0.1/"
    assert code_of(get(tasks, away, proxy=httptask_proxy.url)) == "egress_refused"
    assert len(httptask_proxy.requests) == 3


def test_decrypted_bytes_that_nobody_asked_for(
    httptask_tls_server: LoopbackServer,
    httptask_certificates: Certificates,
    httptask_tasks: TaskRunner,
) -> None:
    """A second response behind the first, in one TLS record, is not taken for the next one."""
    forged = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged"
    body = b"x" * 9000 + forged
    reply = Reply(headers=(("Content-Length", "9000"),), body=body)
    httptask_tls_server.route("/split", lambda _: reply)
    httptask_tls_server.route("/next", lambda _: Reply(body=b"true"))
    tls = {"caBundle": str(httptask_certificates.ca_bundle)}
    first = get(httptask_tasks, f"{httptask_tls_server.url}/split", tls=tls)
    assert first.output["response"]["body"] == "x" * 9000
    second = get(httptask_tasks, f"{httptask_tls_server.url}/next", tls=tls)
    assert second.output["response"]["body"] == "true", second.output


class TlsProxy(ForwardProxy):
    """A proxy that is spoken to over TLS."""

    def __init__(self, tls: ssl.SSLContext) -> None:
        super().__init__()
        self._tls = tls


def test_a_proxy_over_tls(
    httptask_server: LoopbackServer,
    httptask_tls_server: LoopbackServer,
    httptask_certificates: Certificates,
    httptask_tasks: TaskRunner,
) -> None:
    """Its tunnel holds TLS within TLS."""
    tls = {"caBundle": str(httptask_certificates.ca_bundle)}
    body = bytes(range(256)) * 4000
    for server in (httptask_server, httptask_tls_server):
        server.route("/large", lambda _: Reply(body=[body[:9], body[9:]]))
        with TlsProxy(httptask_certificates.server_context()) as proxy:
            address = f"https://{proxy.authority}"
            for _ in range(2):
                options = {"proxy": address, "tls": tls, "response": {"format": "file"}}
                result = get(httptask_tasks, f"{server.url}/large", **options)
                assert result.status is TaskStatus.COMPLETED, result.reason
                assert result.output["response"]["body"]["size"] == len(body)
            untrusted = get(httptask_tasks, f"{server.url}/large", proxy=address)
            assert code_of(untrusted) == "tls_failed"
            slow = f"{server.url}/slow?seconds={LATE}"
            began = time.monotonic()
            late = get(httptask_tasks, slow, proxy=address, tls=tls, deadlineMs=300)
            assert code_of(late) == "deadline_exceeded"
            assert time.monotonic() - began < SOON


@pytest.mark.parametrize("proxy", ["socks5://127.0.0.1:1080", "http://127.0.0.1:many", "http://"])
def test_what_is_not_a_proxy(
    httptask_server: LoopbackServer, httptask_tasks: TaskRunner, proxy: str
) -> None:
    result = get(httptask_tasks, f"{httptask_server.url}/echo", proxy=proxy)
    assert code_of(result) == "proxy_failed"
    assert result.error is not None
    assert result.error.retryable is False


def test_a_proxy_that_sends_more_than_its_response(httptask_tasks: TaskRunner) -> None:
    """What it sends unasked is not taken for the target's."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            sock, _ = listener.accept()
            with sock:
                sock.recv(4096)
                sock.sendall(b"HTTP/1.1 200 OK\r\n\r\nmore")
                sock.recv(4096)

        threading.Thread(target=serve, daemon=True).start()
        proxy = f"http://127.0.0.1:{listener.getsockname()[1]}"
        assert code_of(get(httptask_tasks, "https://127.0.0.1:9/", proxy=proxy)) == "connect_failed"
