from __future__ import annotations

import sys
from pathlib import Path

import pytest
import requests

from httptask.errors import MissingExtraError
from httptask.testing import Certificates, LoopbackServer, issue_certificates


def get(server: LoopbackServer, **options: object) -> requests.Response:
    with requests.Session() as session:
        session.trust_env = False
        return session.get(f"{server.url}/echo", timeout=60, **options)


def test_a_client_that_trusts_the_authority_gets_a_response(
    httptask_tls_server: LoopbackServer, httptask_certificates: Certificates
) -> None:
    assert httptask_tls_server.url.startswith("https://127.0.0.1:")
    response = get(httptask_tls_server, verify=str(httptask_certificates.ca_bundle))
    assert response.status_code == 200


def test_a_client_that_does_not_trust_it_refuses(httptask_tls_server: LoopbackServer) -> None:
    with pytest.raises(requests.exceptions.SSLError, match="CERTIFICATE_VERIFY_FAILED"):
        get(httptask_tls_server)
    assert httptask_tls_server.requests == []


def test_the_mutual_server_wants_the_client_certificate(
    httptask_mutual_tls_server: LoopbackServer, httptask_certificates: Certificates
) -> None:
    made = httptask_certificates
    verify = str(made.ca_bundle)
    with pytest.raises(requests.exceptions.ConnectionError):
        get(httptask_mutual_tls_server, verify=verify)
    pair = (str(made.client_certificate), str(made.client_key))
    assert get(httptask_mutual_tls_server, verify=verify, cert=pair).status_code == 200
    assert len(httptask_mutual_tls_server.requests) == 1


def test_plain_http_to_a_tls_server_is_cut(httptask_tls_server: LoopbackServer) -> None:
    with pytest.raises(requests.exceptions.ConnectionError):
        requests.get(f"http://{httptask_tls_server.authority}/echo", timeout=60)


def test_without_trustme_the_error_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "trustme", None)
    with pytest.raises(MissingExtraError) as caught:
        issue_certificates(tmp_path)
    assert caught.value.hint == "pip install trustme"
