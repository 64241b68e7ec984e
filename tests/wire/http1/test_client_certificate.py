"""The client's certificate from secrets, with passwords, and when it ends."""

from __future__ import annotations

import json
import ssl
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from httptask import check_task
from httptask.core.result import TaskResult, TaskStatus
from httptask.errors import InputError
from httptask.testing import LoopbackServer
from httptask.testing.certificates import Certificates
from httptask.testing.tasks import TaskRunner
from httptask.wire.call import Tls
from httptask.wire.certificates import ends_at, load_identity

PASSWORD = "the-password-of-a-key"
SECRETS = {
    "clientCertificatePem": "${workflow.secrets.CERTIFICATE}",
    "clientKeyPem": "${workflow.secrets.KEY}",
}
WITH_PASSWORD = {**SECRETS, "clientKeyPassword": "${workflow.secrets.PASSWORD}"}


def encrypted(pem: str) -> str:
    key = serialization.load_pem_private_key(pem.encode(), None)
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(PASSWORD.encode()),
    ).decode()


def get(
    tasks: TaskRunner, server: LoopbackServer, made: Certificates, tls: dict[str, Any]
) -> TaskResult:
    request = {"uri": f"{server.url}/echo", "method": "GET"}
    whole = {"caBundle": str(made.ca_bundle), **tls}
    return tasks.run({"http_request": request, "httptask": {"tls": whole}})


@pytest.fixture
def pems(httptask_certificates: Certificates, monkeypatch: pytest.MonkeyPatch) -> tuple[str, str]:
    certificate = httptask_certificates.client_certificate.read_text()
    key = httptask_certificates.client_key.read_text()
    monkeypatch.setenv("HTTPTASK_SECRET_CERTIFICATE", certificate)
    monkeypatch.setenv("HTTPTASK_SECRET_KEY", key.replace("\n", "\\n"))
    monkeypatch.setenv("HTTPTASK_SECRET_PASSWORD", PASSWORD)
    return certificate, key


def test_from_secrets(
    httptask_mutual_tls_server: LoopbackServer,
    httptask_certificates: Certificates,
    httptask_tasks: TaskRunner,
    pems: tuple[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    server, made = httptask_mutual_tls_server, httptask_certificates
    assert get(httptask_tasks, server, made, {}).status is TaskStatus.FAILED
    found = get(httptask_tasks, server, made, SECRETS)
    assert found.status is TaskStatus.COMPLETED, found.reason
    assert get(httptask_tasks, server, made, {}).status is TaskStatus.FAILED
    monkeypatch.setenv("HTTPTASK_SECRET_CERTIFICATE", "\n".join(pems))
    both = {"clientCertificatePem": "${workflow.secrets.CERTIFICATE}"}
    assert get(httptask_tasks, server, made, both).status is TaskStatus.COMPLETED


def test_a_key_with_a_password(
    httptask_mutual_tls_server: LoopbackServer,
    httptask_certificates: Certificates,
    httptask_tasks: TaskRunner,
    pems: tuple[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    server, made = httptask_mutual_tls_server, httptask_certificates
    locked = encrypted(pems[1])
    monkeypatch.setenv("HTTPTASK_SECRET_KEY", locked)
    (tmp_path / "me.key").write_text(locked)
    files = {"clientCertificate": str(made.client_certificate), "clientKey": "me.key"}
    with_password = {"clientKeyPassword": "${workflow.secrets.PASSWORD}"}
    results = []
    for tls in (WITH_PASSWORD, {**files, **with_password}):
        results.append(get(httptask_tasks, server, made, tls))
        assert results[-1].status is TaskStatus.COMPLETED, results[-1].reason
    monkeypatch.setenv("HTTPTASK_SECRET_PASSWORD", "another-password")
    for tls in (SECRETS, WITH_PASSWORD, files, {**files, **with_password}):
        results.append(get(httptask_tasks, server, made, tls))
        error = results[-1].error
        assert error is not None
        assert (error.code, error.pointer) == (
            "certificate_invalid",
            "/inputParameters/httptask/tls",
        )
    shown = json.dumps([[each.trace.to_json(), dict(each.output)] for each in results])
    middle = locked.splitlines()[3]
    for secret in (PASSWORD, "another-password", middle):
        assert secret not in shown


@pytest.mark.parametrize("password", ["x" * 2000, "\udc80" * 8], ids=["long", "surrogates"])
def test_a_password_that_no_key_has(
    httptask_certificates: Certificates, tmp_path: Path, password: str
) -> None:
    key = tmp_path / "me.key"
    key.write_text(encrypted(httptask_certificates.client_key.read_text()))
    certificate = str(httptask_certificates.client_certificate)
    context = ssl.create_default_context()
    with pytest.raises(InputError) as caught:
        load_identity(context, certificate, str(key), "", password)
    assert caught.value.code == "certificate_invalid"


@pytest.mark.parametrize("text", ["no PEM", "-----BEGIN CERTIFICATE-----\nAA==\n"])
def test_what_is_no_certificate(
    httptask_mutual_tls_server: LoopbackServer,
    httptask_certificates: Certificates,
    httptask_tasks: TaskRunner,
    monkeypatch: pytest.MonkeyPatch,
    text: str,
) -> None:
    monkeypatch.setenv("HTTPTASK_SECRET_CERTIFICATE", text)
    tls = {"clientCertificatePem": "${workflow.secrets.CERTIFICATE}"}
    result = get(httptask_tasks, httptask_mutual_tls_server, httptask_certificates, tls)
    assert result.error is not None
    assert result.error.code == "certificate_invalid"


def test_the_transport_on_requests_says_what_it_cannot(
    httptask_mutual_tls_server: LoopbackServer,
    httptask_certificates: Certificates,
    pems: tuple[str, str],
    tmp_path: Path,
) -> None:
    with TaskRunner(tmp_path, transport="requests") as tasks:
        result = get(tasks, httptask_mutual_tls_server, httptask_certificates, SECRETS)
    assert result.error is not None
    assert result.error.code == "certificate_invalid"
    assert "files without a password" in result.error.message


def test_no_secret_in_a_repr() -> None:
    assert "secret" not in repr(Tls(pem="the-secret", password="secret"))


def issued(end: datetime) -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "é" * 30)])
    begin = datetime(2000, 1, 1, tzinfo=UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 7, begin, end)
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()


@given(st.integers(1, 360_000))
def test_when_a_certificate_ends(days: int) -> None:
    moment = datetime(2000, 1, 1, tzinfo=UTC) + timedelta(days=days, seconds=days)
    assert ends_at("", issued(moment)) == moment.timestamp()


@given(st.binary(max_size=80), st.integers(0, 400), st.integers(0, 255))
def test_what_cannot_be_read_has_no_end(noise: bytes, at: int, byte: int) -> None:
    data = bytearray(ssl.PEM_cert_to_DER_cert(CERTIFICATE))
    data[at % len(data)] = byte
    for each in (noise, bytes(data)):
        found = ends_at("", ssl.DER_cert_to_PEM_cert(each))
        assert found is None or isinstance(found, float)
    assert ends_at("/no/such/file", "") is None
    assert ends_at("", "no PEM") is None


CERTIFICATE = issued(datetime(2030, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    ("days", "code"),
    [(-1, "certificate_expired"), (10, "certificate_expires"), (40, None)],
)
def test_its_end_is_told(
    httptask_server: LoopbackServer,
    httptask_tasks: TaskRunner,
    tmp_path: Path,
    days: int,
    code: str | None,
) -> None:
    end = datetime.fromtimestamp(int(time.time()) + days * 86_400, UTC)
    (tmp_path / "me.pem").write_text(issued(end))
    inputs = {
        "http_request": {"uri": f"{httptask_server.url}/echo", "method": "GET"},
        "httptask": {"tls": {"clientCertificate": "me.pem"}},
    }
    result = httptask_tasks.run(inputs)
    expected = [code] if code else []
    assert [each["code"] for each in result.trace.warnings] == expected
    task = {"name": "t", "taskReferenceName": "t", "type": "HTTP", "inputParameters": inputs}
    (tmp_path / "task.json").write_text(json.dumps(task))
    found = [each.code for each in check_task(str(tmp_path / "task.json"))]
    assert [each for each in found if each.startswith("certificate")] == expected
