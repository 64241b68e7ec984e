from __future__ import annotations

import pytest
import requests

from httptask.testing import Certificates, ForwardProxy, LoopbackServer


def through(proxy: ForwardProxy, url: str, **options: object) -> requests.Response:
    with requests.Session() as session:
        session.trust_env = False
        session.proxies = {"http": proxy.url, "https": proxy.url}
        return session.post(url, timeout=60, **options)


def test_a_plain_request_is_forwarded_in_origin_form(
    httptask_server: LoopbackServer, httptask_proxy: ForwardProxy
) -> None:
    url = f"{httptask_server.url}/echo/a%2Fb?x=1"
    response = through(httptask_proxy, url, data=iter([b"chunk", b"ed"]))
    assert response.json()["body"] == "chunked"
    assert httptask_proxy.requests[0].target == url
    assert httptask_server.requests[0].target == "/echo/a%2Fb?x=1"
    assert httptask_server.requests[0].all("Via") == ["1.1 loopback"]


def test_a_connect_is_a_tunnel_and_recorded(
    httptask_tls_server: LoopbackServer,
    httptask_proxy: ForwardProxy,
    httptask_certificates: Certificates,
) -> None:
    response = through(
        httptask_proxy,
        f"{httptask_tls_server.url}/echo",
        data=b"x" * 100_000,
        verify=str(httptask_certificates.ca_bundle),
    )
    assert len(response.json()["body"]) == 100_000
    seen = httptask_proxy.requests
    assert [(request.method, request.target) for request in seen] == [
        ("CONNECT", httptask_tls_server.authority)
    ]


def test_a_name_is_resolved_by_the_proxy(httptask_server: LoopbackServer) -> None:
    hosts = {"api.example": ("127.0.0.1", httptask_server.port)}
    with ForwardProxy(hosts=hosts) as proxy:
        assert through(proxy, "http://api.example/echo").status_code == 200
        assert through(proxy, "http://other.example/echo").status_code == 502
    assert httptask_server.requests[0].header("Host") == "api.example"


def test_credentials_are_wanted_and_not_passed_on(httptask_server: LoopbackServer) -> None:
    with ForwardProxy(("user", "pass")) as proxy:
        url = f"{httptask_server.url}/echo"
        refused = through(proxy, url)
        assert refused.status_code == 407
        assert refused.headers["Proxy-Authenticate"] == 'Basic realm="proxy"'
        headers = {"Proxy-Authorization": "Basic dXNlcjpwYXNz"}
        assert through(proxy, url, headers=headers).status_code == 200
    assert httptask_server.requests[0].all("Proxy-Authorization") == []


def test_a_server_that_is_gone_is_502(httptask_proxy: ForwardProxy) -> None:
    with LoopbackServer() as server:
        gone = server.url
    response = through(httptask_proxy, gone)
    assert response.status_code == 502
    assert "refused" in response.json()["error"]


def test_close_ends_an_open_tunnel(httptask_server: LoopbackServer) -> None:
    with ForwardProxy() as proxy, requests.Session() as session:
        session.trust_env = False
        session.proxies = {"http": proxy.url}
        response = session.get(f"{httptask_server.url}/drip?pause=5", stream=True, timeout=60)
        proxy.close()
        with pytest.raises(requests.exceptions.ChunkedEncodingError):
            response.content  # noqa: B018 - reading is what raises
