"""Tasks prepared from the descriptions that real servers publish, run against these servers."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn

import pytest
import requests
from throwaway import free_port, from_pypi, running

from httptask.cli.app import run as run_command_line

Json = Any
Refuse = Callable[[str, str], NoReturn]
KINTO = """
[server:main]
use = egg:waitress#main
host = 127.0.0.1
port = %(http_port)s
[app:main]
use = egg:kinto
kinto.includes = kinto.plugins.default_bucket
kinto.storage_backend = kinto.core.storage.memory
kinto.cache_backend = kinto.core.cache.memory
kinto.permission_backend = kinto.core.permission.memory
kinto.userid_hmac_secret = for-tests-only
multiauth.policies = basicauth
kinto.bucket_create_principals = system.Authenticated
"""

pytestmark = pytest.mark.timeout(600)


class Client:
    """What a user does: add a description, prepare an operation's task, test it."""

    def __init__(self, server: str, capsys: pytest.CaptureFixture[str]) -> None:
        self._server = server
        self._capsys = capsys

    def command(self, *arguments: str) -> Json:
        """Run a command that must succeed, and return its JSON."""
        code = run_command_line([*arguments, "--json"])
        out, err = self._capsys.readouterr()
        assert code == 0, (out, err)
        return json.loads(out)

    def call(
        self, operation: str, body: Json = None, auth: Json = None, **inputs: str
    ) -> tuple[int, Json]:
        """Prepare and test an operation; return its status and the task's output.

        A body and what the description does not say about auth are edited into the task.
        """
        name = f"{operation.replace('/', '-')}.json"
        self.command("new", operation, "--server", self._server, "-o", name)
        task = json.loads(Path(name).read_text("utf-8"))
        if body is not None:
            task["inputParameters"]["http_request"]["body"] = body
        if auth is not None:
            task["inputParameters"]["httptask"]["auth"] = auth
        Path(name).write_text(json.dumps(task), "utf-8")
        given = [part for pair in inputs.items() for part in ("--input", "=".join(pair))]
        host = self._server.partition("://")[2].partition("/")[0]
        trace = self.command("test", name, *given, "--allow-host", host)
        output = trace["output"]
        return output["response"]["statusCode"], output


@pytest.fixture(scope="module")
def kinto(
    request: pytest.FixtureRequest, require: Refuse, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The address of a running kinto."""
    programs = from_pypi(request.config, "kinto", require)
    folder, port = tmp_path_factory.mktemp("kinto"), free_port()
    (folder / "kinto.ini").write_text(KINTO)
    start = [str(programs / "kinto"), "start", "--ini", "kinto.ini", "--port", str(port)]
    with running(start, f"http://127.0.0.1:{port}/v1/", folder):
        yield f"http://127.0.0.1:{port}/v1"


@pytest.fixture(scope="module")
def jupyter(
    request: pytest.FixtureRequest, require: Refuse, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The address of a running jupyter_server."""
    programs = from_pypi(request.config, "jupyter_server", require)
    folder, port = tmp_path_factory.mktemp("jupyter"), free_port()
    (folder / "files").mkdir()
    options = {
        "ServerApp.ip": "127.0.0.1",
        "ServerApp.port": str(port),
        "ServerApp.port_retries": "0",
        "ServerApp.root_dir": str(folder / "files"),
        "IdentityProvider.token": "abc123",
    }
    start = [str(programs / "jupyter-server"), "--no-browser", "--allow-root"]
    start += [f"--{name}={value}" for name, value in options.items()]
    with running(start, f"http://127.0.0.1:{port}/api", folder):
        yield f"http://127.0.0.1:{port}"


def test_kinto_by_its_own_description(
    kinto: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("kinto.json").write_bytes(requests.get(f"{kinto}/__api__", timeout=30).content)
    monkeypatch.setenv("HTTPTASK_SECRET_KINTO_USERNAME", "alice")
    monkeypatch.setenv("HTTPTASK_SECRET_KINTO_PASSWORD", "pass-0123456789")
    client = Client(kinto, capsys)
    client.command("catalog", "add", "kinto.json")
    assert client.command("catalog", "report")["totals"]["rejected"] == 0
    found = client.command("search", "create a record", "--api", "kinto")[0]["id"]
    assert found == "kinto/post-buckets-bucket-id-collections-collection-id-records"

    bucket, output = client.call("create_bucket", {"data": {"id": "shop"}})
    assert (bucket, output["data"]["id"]) == (201, "shop")
    place = {"bucket_id": "shop"}
    collection, _ = client.call("create_collection", {"data": {"id": "fruit"}}, **place)
    assert collection == 201
    place["collection_id"] = "fruit"
    made, output = client.call(found, {"data": {"name": "Äpfel & pears", "price": 1.5}}, **place)
    assert (made, output["data"]["name"]) == (201, "Äpfel & pears")
    number = output["data"]["id"]
    read, output = client.call("get_record", **place, id=number)
    assert (read, output["data"]["price"]) == (200, 1.5)
    listed, output = client.call("get_records", **place)
    assert (listed, [row["id"] for row in output["data"]]) == (200, [number])
    deleted, output = client.call("delete_record", **place, id=number)
    assert (deleted, output["data"]["deleted"]) == (200, True)


def test_jupyter_server_by_its_own_description(
    jupyter: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    token = {"Authorization": "token abc123"}
    described = requests.get(f"{jupyter}/api/spec.yaml", headers=token, timeout=30)
    Path("jupyter.yaml").write_bytes(described.content)
    monkeypatch.setenv("HTTPTASK_SECRET_JUPYTER", "token abc123")
    auth = {
        "type": "apiKey",
        "in": "header",
        "name": "Authorization",
        "value": "${workflow.secrets.JUPYTER}",
    }
    client = Client(jupyter, capsys)
    client.command("catalog", "add", "jupyter.yaml")
    report = client.command("catalog", "report")
    assert report["totals"]["rejected"] == 0
    assert {reason["kind"] for reason in report["documents"][0]["reasons"]} == {"server_missing"}

    api = "jupyter-server-api"
    status, output = client.call(f"{api}/get-api", auth=auth)
    assert (status, list(output["response"]["body"])) == (200, ["version"])
    content = {"type": "file", "format": "text", "content": "zebra"}
    made, output = client.call(f"{api}/put-api-contents-path", content, auth, path="a b&c.txt")
    assert (made, output["name"], output["path"]) == (201, "a b&c.txt", "a b&c.txt")
    read, output = client.call(f"{api}/get-api-contents-path", auth=auth, path="a b&c.txt")
    assert (read, output["response"]["body"]["content"]) == (200, "zebra")
    gone, output = client.call(f"{api}/delete-api-contents-path", auth=auth, path="a b&c.txt")
    assert gone == 204
