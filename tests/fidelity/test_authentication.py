"""Each kind of authentication does the same embedded and on a real server, and no credential shows.

What arrives is verified by the service that wants it: an OAuth 2.0 server, and the verifiers below.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import threading
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import requests
from joserfc import jwt
from oauth_server import KEY, PEM, SECRET
from real_server import RealServer
from sign_in_server import SignInServer
from three_ways import ThreeWays
from working import working

from httptask.builtin.auth.sigv4 import Signer
from httptask.core.body import Body
from httptask.core.message import Headers, HttpRequest
from httptask.definition.loader import load_workflow
from httptask.engines.conductor.service import WorkerOptions
from httptask.engines.conductor.worker import Worker
from httptask.pipeline import Pipeline
from httptask.plugins import build_manager
from httptask.settings import Settings
from httptask.testing import Reply, json_reply
from httptask.testing.handlers import standard_routes
from httptask.testing.handlers.standard import PASSWORD, TOKEN, USERNAME
from httptask.testing.wire import ReceivedRequest
from httptask.trial.credentials import credentials_of
from httptask.trial.redirect_receiver import redirect_receiver
from httptask.trial.sign_in import Hosting, Invitation, sign_in

AWS = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
SESSION = "a-session-token-canary"
SIGNING = "a-signing-key-canary-of-32-bytes"
SUBJECT = "the-subjects-token-canary"
SECRETS = {
    "PASSWORD": PASSWORD,
    "TOKEN": TOKEN,
    "AWS": AWS,
    "SESSION": SESSION,
    "SIGNING": SIGNING,
    "CLIENT": SECRET,
    "KEY": PEM.replace("\n", "\\n"),
    "REFRESH": "refresh-token-number-0",
    "SUBJECT": SUBJECT,
}


def secret(name: str) -> str:
    return f"${{workflow.secrets.{name}}}"


def oauth2(grant: str, **more: Any) -> dict[str, Any]:
    client = {"clientId": "reports", "clientSecret": secret("CLIENT")}
    given = {"type": "oauth2", "grant": grant, "tokenUrl": "{BASE}/token", **client, **more}
    return {key: value for key, value in given.items() if value is not None}


SIGNED_IN = {
    "page": oauth2("authorization_code", authorizationUrl="{BASE}/authorize", scopes=["a"]),
    "device": oauth2("device_code", deviceUrl="{BASE}/device", scopes=["b"]),
}
KINDS: dict[str, tuple[str, dict[str, Any]]] = {
    "basic": (
        "/auth/basic",
        {"type": "basic", "username": USERNAME, "password": secret("PASSWORD")},
    ),
    "bearer": ("/auth/bearer", {"type": "bearer", "token": secret("TOKEN")}),
    "key": (
        "/auth/key/header",
        {"type": "apiKey", "name": "X-Api-Key", "value": secret("TOKEN")},
    ),
    "query": (
        "/auth/key/query",
        {"type": "apiKey", "name": "api_key", "value": secret("TOKEN"), "in": "query"},
    ),
    "cookie": (
        "/auth/key/cookie",
        {"type": "apiKey", "name": "session", "value": secret("TOKEN"), "in": "cookie"},
    ),
    "digest": (
        "/auth/digest/sha256",
        {"type": "digest", "username": USERNAME, "password": secret("PASSWORD")},
    ),
    "aws": (
        "/aws?b=2&a=%2F",
        {
            "type": "aws-sigv4",
            "accessKey": "AKIDEXAMPLE",
            "secretKey": secret("AWS"),
            "sessionToken": secret("SESSION"),
            "region": "eu-central-1",
            "service": "execute-api",
        },
    ),
    "jwt": ("/jwt", {"type": "jwt", "key": secret("KEY"), "claims": {"iss": "me"}}),
    "hmac": (
        "/hmac",
        {
            "type": "hmac",
            "key": secret("SIGNING"),
            "template": "{timestamp}.{method}.{target}",
            "headers": {"X-Signature": "{signature}", "X-Timestamp": "{timestamp}"},
        },
    ),
    "credentials": ("/api", oauth2("client_credentials", scopes=["reports"])),
    "post": ("/api", oauth2("client_credentials", clientAuth="post")),
    "assertion": (
        "/api",
        oauth2(
            "client_credentials", clientAuth="private_key_jwt", clientSecret=None, key=secret("KEY")
        ),
    ),
    "refresh": ("/api", oauth2("refresh_token", refreshToken=secret("REFRESH"))),
    "bearer_grant": ("/api", oauth2("jwt_bearer", clientSecret=None, key=secret("KEY"))),
    "exchange": ("/api", oauth2("token_exchange", subjectToken=secret("SUBJECT"))),
    "discovery": (
        "/api",
        oauth2(
            "client_credentials",
            tokenUrl=None,
            openIdConnectUrl="{BASE}/.well-known/openid-configuration",
        ),
    ),
    **{name: ("/api", {"type": "connection", "name": name}) for name in SIGNED_IN},
}


@pytest.fixture
def oauth() -> Iterator[SignInServer]:
    server = SignInServer()
    server.rotates = False  # both ways begin with the same refresh token
    routes = {"/aws": _aws, "/jwt": _jwt, "/hmac": _hmac}
    for path, handler in {**standard_routes(), **routes}.items():
        server.server.route(path, handler)
    with server.server:
        metadata = {"issuer": server.url, "token_endpoint": server.token_url}
        path = "/.well-known/openid-configuration"
        server.server.route(path, lambda _: json_reply(metadata))
        server.grant_refresh()
        server.valid[SUBJECT] = server.refreshable[SECRETS["REFRESH"]]
        yield server


def _verified(*, good: bool) -> Reply:
    return json_reply({"verified": good}, 200 if good else 403)


def _aws(received: ReceivedRequest) -> Reply:
    """Sign again what arrived, as the service would."""
    proof = received.header("Authorization")
    parts = dict(part.split("=", 1) for part in proof.partition(" ")[2].split(", "))
    names = parts["SignedHeaders"].split(";")
    headers = Headers([pair for pair in received.headers if pair[0].lower() in names])
    url = f"http://{received.header('Host')}{received.target}"
    signer = Signer("AKIDEXAMPLE", AWS, "eu-central-1", "execute-api")
    moment = datetime.strptime(received.header("X-Amz-Date"), "%Y%m%dT%H%M%S%z").timestamp()
    again = signer.in_header(HttpRequest("GET", url, headers, Body.of(b"")), moment)
    token = received.header("X-Amz-Security-Token") == SESSION
    return _verified(good=token and again.headers.get("Authorization") == proof)


def _jwt(received: ReceivedRequest) -> Reply:
    claims = jwt.decode(received.header("Authorization").partition(" ")[2], KEY).claims
    return _verified(good=claims["iss"] == "me")


def _hmac(received: ReceivedRequest) -> Reply:
    text = f"{received.header('X-Timestamp')}.GET.{received.target}"
    made = hmac.new(SIGNING.encode(), text.encode(), hashlib.sha256).hexdigest()
    return _verified(good=made == received.header("X-Signature"))


@dataclass(frozen=True)
class Machine:
    """One that runs tasks."""

    folder: Path
    allow: tuple[str, ...]

    @property
    def settings(self) -> Settings:
        return Settings.from_environment(allow_hosts=self.allow, data=self.folder)

    def sign_in(self, base: str) -> None:
        """Make the connections, and sign in for each."""
        self.folder.mkdir()
        known = {name: {"auth": auth, "origins": ["{BASE}"]} for name, auth in SIGNED_IN.items()}
        file = self.folder / "connections.json"
        file.write_text(json.dumps(known).replace("{BASE}", base))
        for name in SIGNED_IN:
            task = credentials_of(name, self.settings)
            hosting = Hosting(_agree, redirect_receiver)
            result = sign_in(task, self.settings, build_manager(), hosting)
            assert result.error is None, (name, result.error)

    def kept(self) -> Mapping[str, str]:
        """Return what is in its folder, but for the store of tokens."""
        files = (each for each in self.folder.rglob("*") if each.is_file())
        return {
            str(each): each.read_bytes().decode("latin-1")
            for each in files
            if not each.name.startswith("tokens.sqlite3")
        }


def _agree(to: Invitation) -> None:
    if not to.code:
        threading.Thread(target=requests.get, args=(to.url,), daemon=True).start()


def _worker(server: RealServer, machine: Machine, namespace: str) -> AbstractContextManager[Worker]:
    options = WorkerOptions(
        server.settings,
        namespace=namespace,
        threads=4,
        data=machine.folder,
        allow_hosts=machine.allow,
    )
    return working(options, settings=machine.settings)


def test_each_kind_does_the_same_and_shows_nothing(
    conductor: RealServer,
    oauth: SignInServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    for name, value in SECRETS.items():
        monkeypatch.setenv(f"HTTPTASK_SECRET_{name}", value)
    machines = [Machine(tmp_path / name, (oauth.server.authority,)) for name in ("a", "b")]
    for machine in machines:
        machine.sign_in(oauth.url)
    tasks = [
        {
            "name": ref,
            "taskReferenceName": ref,
            "type": "HTTP",
            "inputParameters": {
                "http_request": {"uri": f"{{BASE}}{path}", "method": "GET"},
                "httptask": {"auth": auth},
            },
        }
        for ref, (path, auth) in KINDS.items()
    ]
    document = {"name": "authentication", "version": 1, "schemaVersion": 2, "tasks": tasks}
    written = json.loads(json.dumps(document).replace("{BASE}", oauth.url))
    here, there = machines
    ways = ThreeWays(
        case={"input": {}},
        loaded=load_workflow(written),
        task_defs={},
        target=oauth.server,
        client=conductor.client(),
        namespace="authentication",
        settings=here.settings,
        pipeline=Pipeline(build_manager()),
        reset=lambda: None,
    )
    proofs = set()
    embedded = ways.embedded()
    proofs |= _proofs(oauth)
    with _worker(conductor, there, "authentication"):
        on_server = ways.on_server()
    proofs |= _proofs(oauth)
    assert [(each["referenceTaskName"], each["status"]) for each in embedded["tasks"]] == [
        (ref, "COMPLETED") for ref in KINDS
    ]
    assert _seen(embedded) == _seen(on_server)
    surfaces = {
        "embedded": json.dumps({**embedded, "requests": ()}),
        "on the server": json.dumps({**on_server, "requests": ()}),
        "log": "\n".join(each.getMessage() for each in caplog.records if _is_ours(each)),
        **here.kept(),
        **there.kept(),
    }
    assert all("authentication" in surfaces[way] for way in ("embedded", "on the server"))
    canaries = {*SECRETS.values(), *oauth.secrets(), *proofs} - {"", USERNAME}
    assert len(proofs) > 20
    for canary in canaries:
        forms = {canary, json.dumps(canary)[1:-1]}
        assert not [
            where for where, text in surfaces.items() if any(form in text for form in forms)
        ], canary


def _is_ours(record: logging.LogRecord) -> bool:
    return record.name.startswith("httptask")


def _proofs(oauth: SignInServer) -> set[str]:
    """Return what the requests that came last prove who calls with."""
    found = set()
    for request in oauth.server.requests:
        for name in ("Authorization", "X-Signature", "X-Api-Key", "X-Amz-Security-Token"):
            found.add(request.header(name).rpartition(" ")[2].partition("Signature=")[2] or "")
            found.add(request.header(name).partition(" ")[2] or request.header(name))
        found.add(request.header("Cookie").partition("=")[2])
    return found


def _seen(run: Mapping[str, Any]) -> list[Any]:
    """Return what came of each task, and the calls that were made for it."""
    ends = [
        (
            each["referenceTaskName"],
            each["status"],
            each["outputData"]["response"]["statusCode"],
            each["outputData"]["response"]["body"],
        )
        for each in run["tasks"]
    ]
    calls = [
        (each["line"], sorted({name.lower() for name, _ in each["headers"]}))
        for each in run["requests"]
    ]
    return [ends, calls]
