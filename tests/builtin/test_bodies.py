"""What a task's body options become on the wire."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest

from httptask.builtin.files import store_bytes
from httptask.core.result import TaskResult, TaskStatus
from httptask.expressions import Context
from httptask.testing import LoopbackServer, parse_multipart
from httptask.testing.tasks import TaskRunner


def post(
    tasks: TaskRunner, server: LoopbackServer, context: Context | None = None, **options: Any
) -> TaskResult:
    request = {"uri": f"{server.url}/echo", "method": "POST", **options.pop("request", {})}
    return tasks.run({"http_request": request, "httptask": options}, context)


def refusal(result: TaskResult) -> tuple[str, str]:
    assert result.status is TaskStatus.FAILED_WITH_TERMINAL_ERROR
    assert result.error is not None
    return result.error.code, result.error.pointer.removeprefix("/inputParameters")


def test_form(httptask_server: LoopbackServer, httptask_tasks: TaskRunner) -> None:
    form = {"a": "x y&z", "list": [1, 2], "none": None, "ü": "é"}
    post(httptask_tasks, httptask_server, form=form)
    (sent,) = httptask_server.requests
    assert sent.header("Content-Type") == "application/x-www-form-urlencoded"
    assert sent.body == b"a=x+y%26z&list=1&list=2&%C3%BC=%C3%A9"


@pytest.mark.parametrize(
    ("content_type", "body", "sent"),
    [
        ("application/json", {"a": 1.5, "b": 12345678901234567890}, None),
        ("application/json", '{"as": "written"}', b'{"as": "written"}'),
        ("text/plain; charset=utf-8", "žluť", "žluť".encode()),
        ("application/xml", "<a/>", b"<a/>"),
        ("application/x-www-form-urlencoded", "a=1", b"a=1"),
    ],
)
def test_raw_and_json(
    httptask_server: LoopbackServer,
    httptask_tasks: TaskRunner,
    content_type: str,
    body: Any,
    sent: bytes | None,
) -> None:
    request = {"contentType": content_type, "body": body}
    result = post(httptask_tasks, httptask_server, request=request)
    assert result.status is TaskStatus.COMPLETED, result.reason
    (received,) = httptask_server.requests
    assert received.header("Content-Type") == content_type
    assert received.json() == body if sent is None else received.body == sent


def test_multipart_on_the_wire(
    httptask_server: LoopbackServer, httptask_tasks: TaskRunner, tmp_path: Path
) -> None:
    (tmp_path / "cat.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)))
    stored = store_bytes(httptask_tasks.settings.files, [b"stored"], "text/csv").to_json()
    multipart = {
        "prompt": "a hat ü",
        "meta": {"value": {"n": 1}},
        "tag": ["x", "y"],
        "image": {"file": "cat.png", "contentType": "image/x-png", "filename": 'c"at.png'},
        "table": {"file": "${made.output.table}", "headers": {"X-Part": "1"}},
    }
    context = Context.build(tasks={"made": {"output": {"table": stored}}})
    result = post(httptask_tasks, httptask_server, context, multipart=multipart)
    assert result.status is TaskStatus.COMPLETED, result.reason
    (sent,) = httptask_server.requests
    assert sent.header("Content-Length") == str(len(sent.body))
    parts = parse_multipart(sent.header("Content-Type"), sent.body)
    assert [part.name for part in parts] == ["prompt", "meta", "tag", "tag", "image", "table"]
    assert parts[0].text == "a hat ü"
    assert parts[1].content == b'{"n":1}'
    assert parts[4].content == (tmp_path / "cat.png").read_bytes()
    assert parts[4].content_type == "image/x-png"
    assert parts[5].content == b"stored"
    assert parts[5].content_type == "text/csv"


def test_a_stored_file_is_the_body(
    httptask_server: LoopbackServer, httptask_tasks: TaskRunner
) -> None:
    data = b"\x00\x01" * 3_000_000
    stored = store_bytes(httptask_tasks.settings.files, [data], "image/png").to_json()
    context = Context.build(tasks={"made": {"output": {"image": stored}}})
    retry = {"maxAttempts": 3, "initialDelayMs": 0}
    request = {"uri": f"{httptask_server.url}/flaky/x?failures=1"}
    result = post(
        httptask_tasks,
        httptask_server,
        context,
        request=request,
        file="${made.output.image}",
        retry=retry,
        idempotent=True,
    )
    assert result.status is TaskStatus.COMPLETED, result.reason
    for sent in httptask_server.requests:
        assert hashlib.sha256(sent.body).hexdigest() == stored["sha256"]
        assert sent.header("Content-Type") == "image/png"
        assert sent.header("Content-Length") == str(len(data))
    assert len(httptask_server.requests) == 2


def test_a_literal_path(
    httptask_server: LoopbackServer, httptask_tasks: TaskRunner, tmp_path: Path
) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.txt").write_text("inside")
    assert post(httptask_tasks, httptask_server, file="in/a.txt").status is TaskStatus.COMPLETED
    assert httptask_server.requests[0].body == b"inside"
    assert httptask_server.requests[0].header("Content-Type") == "text/plain"


@pytest.mark.parametrize(
    "path", ["../secret.txt", "/etc/hostname", "link.txt", "linked/secret.txt"]
)
def test_a_path_that_leads_outside(
    httptask_server: LoopbackServer, httptask_task_runner: Any, tmp_path: Path, path: str
) -> None:
    tasks = httptask_task_runner()
    tasks.folder = tmp_path / "definition"
    tasks.folder.mkdir()
    (tmp_path / "secret.txt").write_text("outside")
    (tasks.folder / "link.txt").symlink_to(tmp_path / "secret.txt")
    (tasks.folder / "linked").symlink_to(tmp_path)
    assert refusal(post(tasks, httptask_server, file=path)) == ("file_refused", "/httptask/file")
    part = {"f": {"file": path}}
    assert refusal(post(tasks, httptask_server, multipart=part))[0] == "file_refused"
    assert httptask_server.requests == []


def test_a_path_that_arrives_as_data(
    httptask_server: LoopbackServer, httptask_tasks: TaskRunner, tmp_path: Path
) -> None:
    (tmp_path / "a.txt").write_text("inside")
    context = Context.build(input={"f": "a.txt", "ref": {"path": str(tmp_path / "a.txt")}})
    for options in (
        {"file": "${workflow.input.f}"},
        {"multipart": {"f": {"file": "${workflow.input.f}"}}},
        {"file": "${workflow.input.ref}"},
        {"multipart": {"f": "${workflow.input.ref}"}},
    ):
        result = post(httptask_tasks, httptask_server, context, **options)
        sent = "".join(request.text for request in httptask_server.requests)
        assert "inside" not in sent
        if "ref" not in str(options):
            assert refusal(result)[0] == "file_refused"


@pytest.mark.parametrize(
    "reference",
    [
        {"path": "x", "sha256": "0" * 64},
        {"path": "/etc/passwd"},
        {"path": "../../etc/passwd", "sha256": None},
        {"path": "*"},
        {"path": "a/" + "?" * 64},
    ],
)
def test_a_reference_that_the_store_lacks(
    httptask_server: LoopbackServer, httptask_tasks: TaskRunner, reference: dict[str, Any]
) -> None:
    store_bytes(httptask_tasks.settings.files, [b"stored"], "text/csv")
    context = Context.build(input={"ref": reference})
    result = post(httptask_tasks, httptask_server, context, file="${workflow.input.ref}")
    assert refusal(result)[0] == "file_missing"


def test_a_missing_file_and_two_bodies(
    httptask_server: LoopbackServer, httptask_tasks: TaskRunner
) -> None:
    missing = post(httptask_tasks, httptask_server, file="no.txt")
    assert refusal(missing) == ("file_missing", "/httptask/file")
    both = post(httptask_tasks, httptask_server, form={"a": 1}, request={"body": "x"})
    assert refusal(both)[1] == "/http_request/body"
    two = post(httptask_tasks, httptask_server, form={"a": 1}, file="x")
    assert refusal(two)[0]
    assert httptask_server.requests == []


def test_a_file_that_changes_while_it_is_sent(
    httptask_server: LoopbackServer, httptask_tasks: TaskRunner, tmp_path: Path
) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(b"x" * 100)
    inputs = {
        "http_request": {"uri": f"{httptask_server.url}/echo", "method": "POST"},
        "httptask": {"file": "a.bin"},
    }

    def shrink(kind: str, record: Any) -> None:
        if kind == "stage" and record["name"] == "build_request":
            path.write_bytes(b"x" * 50)

    result = httptask_tasks.run(inputs, watch=shrink)
    assert refusal(result) == ("file_changed", "/httptask/file")
    path.write_bytes(b"y")
    assert httptask_tasks.run(inputs).status is TaskStatus.COMPLETED


def test_expressions_in_every_place(
    httptask_server: LoopbackServer, httptask_tasks: TaskRunner
) -> None:
    inputs = {
        "http_request": {
            "uri": httptask_server.url + "/echo/{id}",
            "method": "POST",
            "headers": {"X-N": "${workflow.input.n}"},
            "body": {"whole": "${workflow.input}", "in": "n=${workflow.input.n}"},
        },
        "httptask": {
            "path": {"id": "${workflow.input.path}"},
            "cookies": {"c": "${made.output.c}"},
        },
    }
    context = Context.build(
        input={"n": 3, "path": "a/b ü"}, tasks={"made": {"output": {"c": "v w"}}}
    )
    result = httptask_tasks.run(inputs, context)
    assert result.status is TaskStatus.COMPLETED, result.reason
    (sent,) = httptask_server.requests
    assert sent.target == "/echo/a%2Fb%20%C3%BC"
    assert sent.header("X-N") == "3"
    assert sent.json() == {"whole": {"n": 3, "path": "a/b ü"}, "in": "n=3"}
    assert sent.header("Cookie").startswith("c=v")


def test_how_deeply_a_value_may_be_nested(
    httptask_server: LoopbackServer, httptask_tasks: TaskRunner
) -> None:
    """Much deeper than a response may be, and nothing is sent."""
    deep: Any = []
    for _ in range(190):
        deep = [deep]
    request = {"body": "${workflow.input.deep}"}
    context = Context.build(input={"deep": deep})
    sent = post(httptask_tasks, httptask_server, context, request=request)
    assert sent.status is TaskStatus.COMPLETED, sent.reason
    for _ in range(100):
        deep = [deep]
    context = Context.build(input={"deep": deep})
    refused = post(httptask_tasks, httptask_server, context, request=request)
    assert refusal(refused) == ("input_too_deep", "")
    assert len(httptask_server.requests) == 1
