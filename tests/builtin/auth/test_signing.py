"""Digests, JSON Web Tokens and keyed hashes, as a server checks them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, RSAKey
from joserfc.jws import JWSRegistry

from httptask.core.digits import Number
from httptask.core.result import TaskResult
from httptask.core.tracing import Level
from httptask.testing import LoopbackServer, Reply
from httptask.testing.handlers.standard import PASSWORD, USERNAME
from httptask.testing.tasks import TaskRunner

KEY = "${workflow.secrets.KEY}"


def run(tasks: TaskRunner, uri: str, auth: dict[str, Any], **request: Any) -> TaskResult:
    whole = {"uri": uri, "method": "POST", "body": {"a": "ü"}, **request}
    return tasks.run({"http_request": whole, "httptask": {"auth": auth}}, level=Level.TRACE)


def shown(result: TaskResult) -> str:
    return json.dumps([result.trace.to_json(), result.output])


@pytest.mark.parametrize("path", ["/auth/digest", "/auth/digest/sha256"])
def test_digest(
    httptask_tasks: TaskRunner,
    httptask_server: LoopbackServer,
    monkeypatch: pytest.MonkeyPatch,
    path: str,
) -> None:
    monkeypatch.setenv("HTTPTASK_SECRET_KEY", PASSWORD)
    auth = {"type": "digest", "username": USERNAME, "password": KEY}
    result = run(httptask_tasks, f"{httptask_server.url}{path}?q=%20", auth)
    assert result.status == "COMPLETED", result.reason
    assert [each.purpose for each in result.trace.exchanges] == ["task", "challenge"]
    first, second = httptask_server.requests
    assert first.body == second.body
    assert not first.header("Authorization")
    proof = second.header("Authorization")
    assert PASSWORD not in shown(result)
    assert proof.partition('response="')[2][:32] not in json.dumps(result.trace.to_json())
    wrong = run(httptask_tasks, f"{httptask_server.url}{path}", {**auth, "password": "wrong-one"})
    assert wrong.output["response"]["statusCode"] == 401


@pytest.mark.parametrize(
    "challenge",
    [
        'Digest realm="r", nonce="n", qop="auth-int"',
        'Digest realm="r", nonce="n", qop="auth", algorithm=WHIRLPOOL',
        'Digest nonce="n", qop="auth"',
        "Digest",
        'Digest realm="r", nonce=',
    ],
)
def test_a_challenge_that_cannot_be_answered_is_told(
    httptask_tasks: TaskRunner, httptask_server: LoopbackServer, challenge: str
) -> None:
    headers = (("WWW-Authenticate", challenge),)
    httptask_server.route("/odd", lambda request: Reply(401, headers))
    auth = {"type": "digest", "username": "me", "password": "a-password"}
    result = run(httptask_tasks, f"{httptask_server.url}/odd", auth)
    assert result.error is not None
    assert result.error.code in {"challenge_unknown", "status_not_accepted"}
    assert result.error.code != "plugin_failed"
    assert "a-password" not in shown(result)


def test_a_401_without_a_digest_challenge_is_the_response(
    httptask_tasks: TaskRunner, httptask_server: LoopbackServer
) -> None:
    auth = {"type": "digest", "username": "me", "password": "a-password"}
    result = run(httptask_tasks, f"{httptask_server.url}/status/401", auth)
    assert result.output["response"]["statusCode"] == 401
    assert len(result.trace.exchanges) == 1


KEYS = {
    "RS256": RSAKey.generate_key(2048, private=True),
    "PS384": RSAKey.generate_key(2048, private=True),
    "ES256": ECKey.generate_key("P-256", private=True),
    "HS256": OctKey.import_key("a-shared-key-of-at-least-32-bytes!!"),
}


@pytest.mark.parametrize("form", ["pem", "jwk"])
@pytest.mark.parametrize("algorithm", KEYS)
def test_jwt(
    httptask_tasks: TaskRunner,
    httptask_server: LoopbackServer,
    monkeypatch: pytest.MonkeyPatch,
    algorithm: str,
    form: str,
) -> None:
    key = KEYS[algorithm]
    if form == "jwk":
        text = json.dumps({**key.as_dict(private=True), "kid": "the-jwks-own"})
    else:
        text = (
            "a-shared-key-of-at-least-32-bytes!!"
            if algorithm == "HS256"
            else key.as_pem(private=True).decode()
        )
    monkeypatch.setenv("HTTPTASK_SECRET_KEY", text)
    auth = {
        "type": "jwt",
        "key": KEY,
        "algorithm": algorithm,
        "claims": {"iss": "me", "admin": True, "n": Number("1.50")},
        "header": {"x": "y"},
        "lifetime": 60,
    }
    result = run(httptask_tasks, f"{httptask_server.url}/echo", auth)
    assert result.status == "COMPLETED", result.reason
    scheme, _, token = httptask_server.requests[0].header("Authorization").partition(" ")
    registry = JWSRegistry(algorithms=[algorithm], strict_check_header=False)
    read = jwt.decode(token, key, registry=registry)
    assert scheme == "Bearer"
    assert read.header["x"] == "y"
    assert read.header.get("kid") == ("the-jwks-own" if form == "jwk" else None)
    assert {"iss": "me", "admin": True, "n": 1.5}.items() <= read.claims.items()
    assert read.claims["exp"] - read.claims["iat"] == 60
    assert abs(read.claims["iat"] - time.time()) < 60
    assert token not in shown(result)
    assert text not in shown(result)


def test_a_jwt_in_another_header(
    httptask_tasks: TaskRunner, httptask_server: LoopbackServer
) -> None:
    key = "a-shared-key-of-at-least-32-bytes!!"
    auth = {"type": "jwt", "key": key, "algorithm": "HS256", "name": "X-Token"}
    result = run(httptask_tasks, f"{httptask_server.url}/echo", auth)
    token = httptask_server.requests[0].header("X-Token")
    assert jwt.decode(token, KEYS["HS256"], algorithms=["HS256"]).claims["jti"]
    assert token not in shown(result)


def test_hmac_of_every_part(httptask_tasks: TaskRunner, httptask_server: LoopbackServer) -> None:
    parts = ("method", "url", "target", "path", "query", "host", "timestamp", "timestampMs")
    more = ("date", "nonce", "header:X-Id", "bodyHash")
    auth = {
        "type": "hmac",
        "key": base64.b64encode(b"\0\1key-bytes").decode(),
        "keyEncoding": "base64",
        "algorithm": "sha512",
        "template": "|".join(f"{{{part}}}" for part in (*parts, *more)) + "\n$ {body}",
        "encoding": "base64",
        "headers": {
            "X-Signature": "v1={signature}",
            "X-Moment": "{timestamp} {timestampMs} {nonce} {date}",
        },
    }
    uri = f"{httptask_server.url}/echo/a%20b?q=1&r=%2F"
    result = run(httptask_tasks, uri, auth, headers={"X-Id": "abc"})
    assert result.status == "COMPLETED", result.reason
    (got,) = httptask_server.requests
    timestamp, milliseconds, nonce, date = got.header("X-Moment").split(" ", 3)
    hashed = base64.b64encode(hashlib.sha512(got.body).digest()).decode()
    text = "|".join(
        [
            "POST",
            uri,
            got.target,
            "/echo/a%20b",
            "q=1&r=%2F",
            httptask_server.authority,
            timestamp,
            milliseconds,
            date,
            nonce,
            "abc",
            hashed,
        ]
    )
    whole = f"{text}\n$ ".encode() + got.body
    digest = base64.b64encode(hmac.digest(b"\0\1key-bytes", whole, "sha512")).decode()
    assert got.header("X-Signature") == f"v1={digest}"
    assert digest not in shown(result)


def test_hmac_of_a_file(
    httptask_tasks: TaskRunner, httptask_server: LoopbackServer, tmp_path: Path
) -> None:
    data = bytes(range(256)) * 5000
    (tmp_path / "big.bin").write_bytes(data)
    auth = {"type": "hmac", "key": "the-shared-key", "template": "{body}"}
    inputs = {
        "http_request": {"uri": f"{httptask_server.url}/status/204", "method": "POST"},
        "httptask": {"auth": auth, "file": "big.bin"},
    }
    result = httptask_tasks.run(inputs)
    assert result.status == "COMPLETED", result.reason
    expected = hmac.digest(b"the-shared-key", data, "sha256").hex()
    assert httptask_server.requests[0].header("X-Signature") == expected


@pytest.mark.parametrize(("encoding", "key"), [("hex", "not-hex-at-all"), ("base64", "*****")])
def test_a_key_in_another_encoding(
    httptask_tasks: TaskRunner, httptask_server: LoopbackServer, encoding: str, key: str
) -> None:
    auth = {"type": "hmac", "key": key, "keyEncoding": encoding, "template": "x"}
    result = run(httptask_tasks, httptask_server.url, auth)
    assert result.error is not None
    assert result.error.code == "key_invalid"
    assert httptask_server.requests == []


def test_without_the_extra_its_name_is_told(
    httptask_tasks: TaskRunner, httptask_server: LoopbackServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "joserfc", None)
    result = run(httptask_tasks, httptask_server.url, {"type": "jwt", "key": "x" * 40})
    assert result.error is not None
    assert result.error.code == "extra_missing"
    assert "httptask[jwt]" in result.error.hint
    assert httptask_server.requests == []
