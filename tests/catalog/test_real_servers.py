"""Tasks prepared from the descriptions that real servers publish, run against these servers."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from importlib import resources
from pathlib import Path
from typing import Any, NoReturn

import pytest
import requests
from throwaway import free_port, from_npm, from_pypi, running

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

pytestmark = [pytest.mark.timeout(600), pytest.mark.xdist_group("real_servers")]


class Client:
    """What a user does: add a description, prepare an operation's task, test it."""

    def __init__(self, server: str, capsys: pytest.CaptureFixture[str]) -> None:
        self._server = server
        self._capsys = capsys

    def command(self, *arguments: str) -> Json:
        """Run a command that must succeed, and return its JSON."""
        code = run_command_line([*arguments, "--json"])
        out, err = self._capsys.readouterr()
        assert code == 0, f"{out[-4000:]}{err}"
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
    Path("kinto.json").write_bytes(requests.get(f"{kinto}/__api__", timeout=60).content)
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
    described = requests.get(f"{jupyter}/api/spec.yaml", headers=token, timeout=60)
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


@pytest.fixture(scope="module")
def prism(request: pytest.FixtureRequest, require: Refuse) -> Path:
    """The program that responds as a description says, and refuses what it does not allow."""
    return from_npm(request.config, "@stoplight/prism-cli", require) / "prism"


def parameter(name: str, place: str, schema: Json, **more: Json) -> Json:
    """Return a required parameter."""
    return {"name": name, "in": place, "required": True, "schema": schema, **more}


NUMBERS: Json = {"type": "array", "items": {"type": "integer"}}
SHIRTS: Json = {
    "openapi": "3.0.3",
    "info": {"title": "Shirts", "version": "1"},
    "servers": [{"url": "https://shirts.example.com"}],
    "components": {
        "securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "X-Key"}},
    },
    "security": [{"key": []}],
    "paths": {
        "/shirts/{shirt-id}": {
            "get": {
                "operationId": "findShirts",
                "parameters": [
                    parameter("shirt-id", "path", {"type": "string", "pattern": "^s [0-9]+$"}),
                    parameter("ids", "query", NUMBERS),
                    parameter("joined", "query", NUMBERS, explode=False),
                    parameter("piped", "query", NUMBERS, style="pipeDelimited", explode=False),
                    parameter(
                        "filter",
                        "query",
                        {
                            "type": "object",
                            "required": ["color"],
                            "properties": {"color": {"type": "string", "enum": ["sky blue"]}},
                        },
                        style="deepObject",
                    ),
                    parameter("X-Trace", "header", {"type": "string", "maxLength": 5}),
                ],
                "responses": {"200": {"description": "found"}},
            }
        },
        "/orders": {
            "post": {
                "operationId": "orderShirt",
                "requestBody": {
                    "required": True,
                    "content": {
                        "application/x-www-form-urlencoded": {
                            "schema": {
                                "type": "object",
                                "additionalProperties": False,
                                "required": ["count", "note"],
                                "properties": {
                                    "count": {"type": "integer", "minimum": 2},
                                    "note": {"type": "string", "minLength": 3},
                                },
                            }
                        }
                    },
                },
                "responses": {"201": {"description": "ordered"}},
            }
        },
        "/names": {
            "put": {
                "operationId": "nameShirt",
                "requestBody": {
                    "required": True,
                    "content": {"application/json": {"schema": {"type": "string", "maxLength": 9}}},
                },
                "responses": {"204": {"description": "named"}},
            }
        },
    },
}


def secrets_of(client: Client, operation: str) -> set[str]:
    """Return the names of the secrets that an operation's task needs."""
    return set(
        re.findall(r"workflow\.secrets\.(\w+)", json.dumps(client.command("new", operation)))
    )


def test_prism_accepts_prepared_requests(
    prism: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    Path("shirts.json").write_text(json.dumps(SHIRTS), "utf-8")
    port = free_port()
    start = [str(prism), "mock", "--errors", "-p", str(port), str(Path("shirts.json").resolve())]
    with running(start, f"http://127.0.0.1:{port}/", tmp_path):
        client = Client(f"http://127.0.0.1:{port}", capsys)
        client.command("catalog", "add", "shirts.json")
        for name in secrets_of(client, "nameShirt"):
            monkeypatch.setenv(f"HTTPTASK_SECRET_{name}", "key-0123456789")
        lists = dict.fromkeys(("ids", "joined", "piped"), "[1, 23]")
        sky = '{"color": "sky blue"}'
        found = client.call("findShirts", shirt_id="s 1", X_Trace="trace", filter=sky, **lists)
        ordered = client.call("orderShirt", count="2", note="a&b=c")
        named = client.call("nameShirt", body=json.dumps('"quoted"'))
        assert [found[0], ordered[0], named[0]] == [200, 201, 204]
        unquoted = requests.put(
            f"http://127.0.0.1:{port}/names", json=1, headers={"X-Key": "k"}, timeout=30
        )
        assert unquoted.status_code == 422


def test_prism_accepts_the_bundled_operation(
    prism: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    bundled = resources.files("httptask.catalog").joinpath("bundled", "digitalocean-inference.json")
    Path("images.json").write_bytes(bundled.read_bytes())
    port = free_port()
    start = [str(prism), "mock", "--errors", "-p", str(port), str(Path("images.json").resolve())]
    with running(start, f"http://127.0.0.1:{port}/", tmp_path):
        client = Client(f"http://127.0.0.1:{port}", capsys)
        for name in secrets_of(client, "post-v1-images-generations"):
            monkeypatch.setenv(f"HTTPTASK_SECRET_{name}", "key-0123456789")
        status, output = client.call(
            "post-v1-images-generations", prompt="a red kite", n="1", model="openai-gpt-image-1"
        )
        assert status == 200, output
