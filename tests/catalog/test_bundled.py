"""The documented image operation is there without any file, exactly as its page says."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from httptask.catalog import Catalog, default_path
from httptask.definition.inputs import parse_request

ID = "digitalocean-inference/post-v1-images-generations"
REQUIRED = {"prompt": "a cat", "n": 1, "model": "m"}


@pytest.fixture
def schema(catalog: Catalog) -> Any:
    """The request schema of the prepared task."""
    task = catalog.prepare(ID)
    return jsonschema_rs.Draft202012Validator(task["inputParameters"]["httptask"]["requestSchema"])


def test_search_finds_it_and_creates_nothing() -> None:
    hits = Catalog.open().search("generate image")
    assert [hit.id for hit in hits] == [ID]
    assert hits[0].auth == "bearer"
    assert "'image' in summary or operation id" in hits[0].why
    assert not default_path().exists()


@pytest.mark.parametrize(
    "query", ["genrate imge", "make a picture from a prompt", "digitalocean images", "/v1/images"]
)
def test_search_finds_it_by_other_words(query: str) -> None:
    assert [hit.id for hit in Catalog.open().search(query)] == [ID]


def test_a_query_about_something_else_finds_nothing() -> None:
    assert Catalog.open().search("zebra quux") == []


def test_every_field_of_the_page_is_described(catalog: Catalog) -> None:
    operation = catalog.get(ID)
    assert operation.servers[0].url == "https://inference.do-ai.run"
    header = operation.parameters[0]
    assert (header.name, header.required) == ("Content-Type", True)
    assert header.schema["default"] == "application/json"
    request = operation.definitions["ImageRequest"]
    assert request["required"] == ["prompt", "n", "model"]
    assert set(request["properties"]) == {
        "prompt", "output_compression", "stream", "n", "size", "quality", "user", "moderation",
        "partial_images", "background", "output_format", "model",
    }  # fmt: skip


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"n": 10},
        {"prompt": "a" * 32000},
        {"output_compression": 0},
        {"output_compression": 100},
        {"stream": False, "partial_images": 0},
        {"stream": True, "partial_images": 1},
        {"size": "1536x1024", "quality": "low", "moderation": "auto", "background": "opaque"},
        {"output_format": "webp", "user": "u"},
    ],
)
def test_the_request_schema_accepts(schema: Any, more: dict[str, Any]) -> None:
    assert schema.is_valid({**REQUIRED, **more})


@pytest.mark.parametrize(
    "more",
    [
        {"n": 0},
        {"n": 11},
        {"prompt": "a" * 32001},
        {"output_compression": 101},
        {"output_compression": -1},
        {"stream": True},
        {"stream": True, "partial_images": 0},
        {"size": "1x1"},
        {"quality": "best"},
        {"output_format": "gif"},
        {"model": None},
    ],
)
def test_the_request_schema_refuses(schema: Any, more: dict[str, Any]) -> None:
    assert not schema.is_valid({**REQUIRED, **more})


def test_the_task_is_complete(catalog: Catalog) -> None:
    prepared = catalog.prepare_task(ID)
    inputs = prepared.task["inputParameters"]
    request, ours = inputs["http_request"], inputs["httptask"]
    assert prepared.task["type"] == "HTTP"
    assert request["uri"] == "https://inference.do-ai.run/v1/images/generations"
    assert request["method"] == "POST"
    assert request["body"] == {name: f"${{workflow.input.{name}}}" for name in REQUIRED}
    assert request["contentType"] == "application/json"
    assert request["readTimeOut"] >= 120_000
    assert ours["operation"] == {
        "id": ID,
        "method": "POST",
        "path": "/v1/images/generations",
        "servers": ["https://inference.do-ai.run"],
        "auth": ["bearer"],
        "mediaTypes": ["application/json"],
        "statuses": ["200", "default"],
    }
    assert ours["auth"] == {
        "type": "bearer",
        "token": "${workflow.secrets.DIGITALOCEAN_TOKEN}",
    }
    assert ours["output"] == {
        "image": {
            "path": "$.response.body.data[0].b64_json",
            "as": "file",
            "encoding": "base64",
            "mediaType": "image/png",
        }
    }
    assert "parametersSchema" not in ours
    assert [each.name for each in prepared.inputs] == ["prompt", "n", "model"]
    assert prepared.secrets == ("DIGITALOCEAN_TOKEN",)
    assert len(prepared.optional) == 9
    assert prepared.reasons == ()


def test_the_models_accept_the_task(catalog: Catalog) -> None:
    request, options = parse_request(catalog.prepare(ID)["inputParameters"])
    assert request.method == "POST"
    assert options.operation is not None
    assert options.operation.id == ID


@pytest.mark.parametrize(
    "name", ["digitalocean-inference", "generate_image", ID[:30], ID.partition("/")[2]]
)
def test_a_short_name_is_enough(catalog: Catalog, name: str) -> None:
    assert catalog.get(name).id == ID


def test_a_server_can_be_chosen(catalog: Catalog) -> None:
    task = catalog.prepare(ID, server="http://127.0.0.1:8080", name="paint")
    assert task["name"] == task["taskReferenceName"] == "paint"
    uri = task["inputParameters"]["http_request"]["uri"]
    assert uri == "http://127.0.0.1:8080/v1/images/generations"


def test_it_works_without_the_optional_libraries(tmp_path: Path) -> None:
    program = (
        "import sys\n"
        "for name in ('tantivy', 'yaml', 'yaml_rs', 'rich'): sys.modules[name] = None\n"
        "from httptask.catalog import Catalog\n"
        f"catalog = Catalog.open({str(tmp_path / 'none')!r})\n"
        "hit, = catalog.search('generate image')\n"
        "print(catalog.prepare(hit.id)['name'])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout == "generate_image\n"
