"""What a task makes of a response: decoded, stored, streamed, mapped."""

from __future__ import annotations

import base64
import hashlib
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from soon import SOON

from httptask.core.result import TaskResult, TaskStatus
from httptask.testing import ImageService, LoopbackServer, Reply, json_reply
from httptask.testing.handlers.content import BODIES, LATIN, TEXT
from httptask.testing.handlers.streams import event_stream, event_text, ndjson_stream
from httptask.testing.tasks import TaskRunner


def get(tasks: TaskRunner, uri: str, method: str = "GET", **options: Any) -> TaskResult:
    request = {"uri": uri, "method": method}
    for key in ("outputFilter",):
        if key in options:
            request[key] = options.pop(key)
    return tasks.run({"http_request": request, "httptask": options})


def body(result: TaskResult) -> Any:
    assert result.status is TaskStatus.COMPLETED, result.reason
    return result.output["response"]["body"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        (
            "numbers",
            {"big": 12345678901234567890123, "exact": 9007199254740993, "one": 1.0, "e": 1000.0},
        ),
        ("array", [1, 2.0, "x", None, {"a": 1}]),
        ("scalar", 42),
        ("string", "text"),
        ("null", None),
        ("empty", None),
        ("duplicate", {"a": 2}),
        ("bom", {"a": 1}),
        ("problem", {"type": "about:blank", "title": "Gone"}),
        ("suffix", {"data": []}),
        ("as-text", {"a": 1}),
        ("no-type", {"a": 1}),
        ("html", "<p>é</p>"),
        ("xml", "<a>1</a>"),
        ("latin1", LATIN),
        ("utf8", TEXT),
        ("quoted-charset", TEXT),
        ("utf16-text", TEXT),
        ("shift-jis", "日本"),
        ("no-charset", TEXT),
    ],
)
def test_json_and_text(
    httptask_server: LoopbackServer, httptask_tasks: TaskRunner, name: str, value: Any
) -> None:
    found = body(get(httptask_tasks, f"{httptask_server.url}/content/{name}"))
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize("name", ["invalid", "trailing", "nan", "deep", "surrogate"])
def test_json_that_is_none(
    httptask_server: LoopbackServer, httptask_tasks: TaskRunner, name: str
) -> None:
    result = get(httptask_tasks, f"{httptask_server.url}/content/{name}")
    assert result.status is TaskStatus.FAILED
    assert result.error is not None
    assert result.error.code == "json_invalid"
    assert isinstance(result.output["response"]["body"], str)
    assert result.output["response"]["statusCode"] == 200


@pytest.mark.parametrize(
    ("charset", "data"),
    [
        ("ISO-8859-1", '{"a": "café"}'.encode("latin-1")),
        ("utf-16", '{"a": "café"}'.encode("utf-16")),
        ("ISO-8859-1", '{"a": "café"}'.encode()),
        ("", '{"a": "café"}'.encode("cp1252")),
        ("utf-16le", '{"a": "café"}'.encode("utf-16-le")),
    ],
)
def test_json_in_the_charset_it_says(
    httptask_server: LoopbackServer, httptask_tasks: TaskRunner, charset: str, data: bytes
) -> None:
    headers = (("Content-Type", f"application/json; charset={charset}"),)
    httptask_server.route("/j", lambda _: Reply(200, headers, data))
    assert body(get(httptask_tasks, f"{httptask_server.url}/j")) == {"a": "café"}


def test_a_charset_that_nobody_knows(
    httptask_server: LoopbackServer, httptask_tasks: TaskRunner
) -> None:
    uri = f"{httptask_server.url}/content/unknown-charset"
    assert body(get(httptask_tasks, uri)) == "café"  # as if the response named none
    asked = get(httptask_tasks, uri, response={"charset": "klingon"})
    assert asked.error is not None
    assert asked.error.code == "charset_unknown"
    assert "klingon" in asked.error.message
    assert body(get(httptask_tasks, uri, response={"charset": "latin-1"})) == "cafÃ©"


@pytest.mark.parametrize("name", ["wrong-charset", "bad-type"])
def test_odd_labels_fail_nothing(
    httptask_server: LoopbackServer, httptask_tasks: TaskRunner, name: str
) -> None:
    found = body(get(httptask_tasks, f"{httptask_server.url}/content/{name}"))
    assert isinstance(found, str | dict)


def test_no_body(httptask_server: LoopbackServer, httptask_tasks: TaskRunner) -> None:
    head = get(httptask_tasks, f"{httptask_server.url}/content/array", "HEAD")
    assert body(head) is None
    assert head.output["response"]["headers"]["Content-Length"] == ["29"]
    assert body(get(httptask_tasks, f"{httptask_server.url}/status/204")) is None
    kept = get(httptask_tasks, f"{httptask_server.url}/status/304", acceptedStatusCodes=[304])
    assert body(kept) is None
    assert httptask_server.connections == 1


def test_repeated_headers(httptask_server: LoopbackServer, httptask_tasks: TaskRunner) -> None:
    result = get(httptask_tasks, f"{httptask_server.url}/cookies")
    headers = result.output["response"]["headers"]
    assert len(headers["Set-Cookie"]) == 2
    assert headers["x-multi"] == ["one", "two, three"]


@pytest.mark.parametrize("wanted", ["auto", "file"])
def test_binary_becomes_a_file_named_by_its_content(
    httptask_server: LoopbackServer, httptask_tasks: TaskRunner, tmp_path: Path, wanted: str
) -> None:
    for name in ("../../evil.sh", "/etc/evil", "a\\b", "x" * 300, ".bashrc"):
        result = get(
            httptask_tasks,
            f"{httptask_server.url}/download",
            query={"name": name},
            response={"format": wanted},
        )
        stored = body(result)
        assert set(stored) == {"path", "sha256", "size", "mediaType", "name"}
        assert "/" not in stored["name"]
        data = Path(stored["path"]).read_bytes()
        assert data == BODIES["binary"][1]
        assert stored["sha256"] == hashlib.sha256(data).hexdigest()
        assert stored["size"] == 256
        assert stored["mediaType"] == "application/octet-stream"
        assert Path(stored["path"]).is_relative_to(httptask_tasks.settings.files)
        assert Path(stored["path"]).stat().st_mode & 0o077 == 0
    names = {path.name for path in tmp_path.rglob("*") if path.is_file()}
    assert names == {stored["sha256"]}


def test_a_json_response_as_a_file(
    httptask_server: LoopbackServer, httptask_tasks: TaskRunner
) -> None:
    uri = f"{httptask_server.url}/content/array"
    stored = body(get(httptask_tasks, uri, response={"format": "file"}))
    assert stored["path"].endswith(".json")
    refused = get(httptask_tasks, f"{httptask_server.url}/status/404", response={"format": "file"})
    assert refused.output["response"]["body"]["error"]["code"] == "E404"


def test_a_charset_by_the_author(
    httptask_server: LoopbackServer, httptask_tasks: TaskRunner
) -> None:
    data = "日本".encode("shift_jis")
    httptask_server.route("/t", lambda _: Reply(200, (("Content-Type", "text/plain"),), data))
    found = get(httptask_tasks, f"{httptask_server.url}/t", response={"charset": "shift_jis"})
    assert body(found) == "日本"


@pytest.mark.parametrize(
    ("stream", "texts", "first"),
    [
        (
            event_stream,
            [event_text({"n": n}, "tick", str(n)) for n in range(3)],
            {"event": "tick", "id": "0", "data": {"n": 0}},
        ),
        (ndjson_stream, [{"n": n} for n in range(3)], {"n": 0}),
    ],
)
def test_events_show_while_they_arrive(
    httptask_server: LoopbackServer,
    httptask_tasks: TaskRunner,
    stream: Any,
    texts: list[Any],
    first: dict[str, Any],
) -> None:
    events: list[Any] = []
    seen = threading.Event()

    def held() -> Iterator[Any]:
        """Yield the first; the others when it is shown."""
        yield texts[0]
        assert seen.wait(SOON)
        yield from texts[1:]

    def watch(kind: str, record: Any) -> None:
        if kind == "event":
            events.append(record["event"])
            seen.set()

    httptask_server.route("/held", lambda _: stream(held(), 0))
    inputs = {"http_request": {"uri": f"{httptask_server.url}/held", "method": "GET"}}
    result = httptask_tasks.run(inputs, watch=watch)
    assert events == body(result)
    assert len(events) == 3
    assert events[0] == first
    assert all(event.keys() == first.keys() for event in events)


def test_a_streamed_picture(httptask_images: ImageService, httptask_tasks: TaskRunner) -> None:
    request = {
        "uri": f"{httptask_images.url}/v1/images/generations",
        "method": "POST",
        "body": {"prompt": "x", "n": 1, "model": "m", "stream": True, "partial_images": 1},
    }
    last = "$.response.body[?@.data.type == 'image_generation.completed'].data.b64_json"
    options = {
        "auth": {"type": "bearer", "token": httptask_images.token},
        "output": {
            "image": {"path": last, "as": "file", "encoding": "base64", "mediaType": "image/png"}
        },
    }
    result = httptask_tasks.run({"http_request": request, "httptask": options})
    assert [event["event"] for event in body(result)] == [
        "image_generation.partial_image",
        "image_generation.completed",
    ]
    image = Path(result.output["image"]["path"])
    assert image.suffix == ".png"
    assert image.read_bytes().startswith(b"\x89PNG")


@pytest.fixture
def document_url(httptask_server: LoopbackServer) -> str:
    document = {
        "id": 7,
        "items": [{"n": 1}, {"n": 2}],
        "none": None,
        "b64": base64.b64encode(b"\xfb\xff bytes").decode(),
        "url64": base64.urlsafe_b64encode(b"\xfb\xff").decode().rstrip("="),
        "data": "data:image/png;base64," + base64.b64encode(b"png").decode(),
    }
    httptask_server.route(
        "/doc", lambda request: json_reply(document, int(request.argument("status", "200")))
    )
    return f"{httptask_server.url}/doc"


def test_paths(httptask_tasks: TaskRunner, document_url: str) -> None:
    output = {
        "id": "$.response.body.id",
        "status": "$.response.statusCode",
        "type": "$.response.headers['Content-Type'][0]",
        "all": {"path": "$.response.body.items[*].n", "all": True},
        "empty": {"path": "$.response.body.no[*]", "all": True},
        "none": "$.response.body.none",
        "default": {"path": "$.response.body.no", "default": {"a": 1}},
        "nullish": {"path": "$.response.body.no", "default": None},
        "gone": "$.response.body.no",
    }
    result = get(httptask_tasks, document_url, output=output)
    found = {key: value for key, value in result.output.items() if key != "response"}
    assert found == {
        "id": 7,
        "status": 200,
        "type": "application/json",
        "all": [1, 2],
        "empty": [],
        "none": None,
        "default": {"a": 1},
        "nullish": None,
    }
    assert result.trace is not None
    (warning,) = result.trace.warnings
    assert warning["code"] == "mapping_missing"
    assert "'gone'" in warning["message"]


@pytest.mark.parametrize("status", [200, 404])
def test_required(httptask_tasks: TaskRunner, document_url: str, status: int) -> None:
    output = {"x": {"path": "$.response.body.no", "required": True}}
    uri = f"{document_url}?status={status}"
    result = get(httptask_tasks, uri, output=output, acceptedStatusCodes=[status])
    assert result.status is TaskStatus.FAILED
    assert result.error is not None
    assert result.error.code == "mapping_failed"
    assert result.error.pointer == "/inputParameters/httptask/output/x"
    assert result.output["response"]["body"]["id"] == 7
    refused = get(httptask_tasks, f"{document_url}?status=500", output=output)
    assert refused.error is not None
    assert refused.error.code == "status_not_accepted"


def test_files_out_of_json(httptask_tasks: TaskRunner, document_url: str) -> None:
    def as_file(name: str, encoding: str = "base64") -> dict[str, str]:
        return {"path": f"$.response.body.{name}", "as": "file", "encoding": encoding}

    output = {name: as_file(name) for name in ("b64", "url64", "data")}
    output["text"] = as_file("b64", "text")
    result = get(httptask_tasks, document_url, output=output)
    assert result.status is TaskStatus.COMPLETED, result.reason
    contents = {name: Path(result.output[name]["path"]).read_bytes() for name in output}
    assert contents["b64"] == b"\xfb\xff bytes"
    assert contents["url64"] == b"\xfb\xff"
    assert contents["data"] == b"png"
    assert contents["text"] == base64.b64encode(b"\xfb\xff bytes")
    for name in ("id", "items"):
        wrong = get(httptask_tasks, document_url, output={"x": as_file(name)})
        assert wrong.error is not None
        assert wrong.error.code == "mapping_failed"


def test_output_filter(httptask_tasks: TaskRunner, document_url: str) -> None:
    wanted = {"id": "$${call.output.response.body.id}", "n": "$${call.output.number}"}
    output = {"number": "$.response.body.items[1].n"}
    result = get(httptask_tasks, document_url, outputFilter=wanted, output=output)
    assert result.output == {"id": 7, "n": 2}


def test_two_writers_of_one_content(
    httptask_server: LoopbackServer, httptask_tasks: TaskRunner
) -> None:
    uri = f"{httptask_server.url}/big?bytes=3000000"
    results: list[TaskResult] = []
    threads = [
        threading.Thread(target=lambda: results.append(get(httptask_tasks, uri))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    paths = {body(result)["path"] for result in results}
    assert len(paths) == 1
    assert Path(paths.pop()).read_bytes() == b"x" * 3_000_000
    left = [path for path in httptask_tasks.settings.files.rglob("*") if path.is_file()]
    assert len(left) == 1
