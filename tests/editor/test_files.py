"""Files in the panel: picked, dropped, sent, stored, shown, downloaded."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from panel import EDITOR, add_operation, field, flow, open_flow, press_test, shown_task, wait_for

from httptask.testing.png import paint
from httptask.testing.replies import Reply, json_reply
from httptask.testing.servers import LoopbackServer

MULTIPART = "/inputParameters/httptask/multipart"
CLAIMED = {"sha256": hashlib.sha256(b"theirs").hexdigest(), "size": 6, "path": "/etc/passwd"}
PICTURE = paint("an otter", 64, 64).encode()
PDF = b"%PDF-1.7 \x00\x01" + bytes(range(200))


@pytest.fixture
def target() -> Iterator[LoopbackServer]:
    """A server that takes anything, and gives a binary file."""
    pdf = Reply(200, (("Content-Type", "application/pdf"),), PDF)
    with LoopbackServer(
        {
            "/documents": lambda _: json_reply({"id": 1}),
            "/pdf": lambda _: pdf,
            "/picture": lambda _: Reply(200, (("Content-Type", "image/png"),), PICTURE),
            "/text": lambda _: Reply(200, (("Content-Type", "text/plain"),), b"hello world"),
            "/claims": lambda _: json_reply(CLAIMED),
        }
    ) as found:
        yield found


@pytest.fixture
def editor(start_editor: Any, target: LoopbackServer) -> Any:
    """An editor that may call the server."""
    return start_editor(allow=(target.url.removeprefix("http://"),))


def pick(page: Any, label: str, content: bytes = b"hello file") -> None:
    """Pick a file."""
    file = {"name": "doc.txt", "mimeType": "text/plain", "buffer": content}
    page.get_by_label(f"File for {label}").first.set_input_files(file)


def open_upload(page: Any, editor: Any, target: LoopbackServer) -> None:
    """Prepare the documented upload, to the server of this test."""
    add_operation(page, editor, "upload a document")
    page.get_by_role("button", name="Expression for purpose").click()
    page.get_by_label("URL", exact=True).fill(f"{target.url}/documents")


def test_a_multipart_body_is_a_form_with_a_picker(page: Any, editor: Any, target: Any) -> None:
    open_upload(page, editor, target)
    field(page, f"{MULTIPART}/purpose").select_option("tuning")
    page.get_by_role("button", name="Add note").click()
    field(page, f"{MULTIPART}/note").fill("a note")
    pick(page, "file")
    page.locator(".request .file-name").get_by_text("doc.txt").wait_for()
    press_test(page)
    assert page.locator(".status.s2").is_visible()
    (sent,) = target.requests
    assert b"hello file" in sent.body
    assert b"tuning" in sent.body
    assert shown_task(page)["inputParameters"]["httptask"]["multipart"]["file"] == {
        "file": "${workflow.input.file}"
    }


def test_a_dropped_file_is_a_reference_in_the_definition(
    page: Any, editor: Any, target: Any
) -> None:
    open_upload(page, editor, target)
    field(page, f"{MULTIPART}/file/file").fill("")
    data = page.evaluate_handle(
        """() => { const data = new DataTransfer();
             data.items.add(new File(['dropped'], 'note.md', {type: 'text/markdown'}));
             return data; }"""
    )
    page.locator(".request .file-drop").first.dispatch_event("drop", {"dataTransfer": data})
    digest = hashlib.sha256(b"dropped").hexdigest()
    wait_for(
        page, f"{EDITOR}.task.inputParameters.httptask.multipart.file.file?.sha256 === '{digest}'"
    )
    assert (
        shown_task(page)["inputParameters"]["httptask"]["multipart"]["file"]["filename"]
        == "note.md"
    )
    press_test(page)
    assert b'filename="note.md"' in target.requests[-1].body
    assert b"dropped" in target.requests[-1].body


def test_an_array_of_files_is_a_list_of_parts(page: Any, editor: Any, target: Any) -> None:
    open_upload(page, editor, target)
    page.get_by_role("button", name="Add pages").click()
    page.get_by_role("button", name="item in pages").click()
    page.locator(f'[data-pointer="{MULTIPART}/pages/0/file"] textarea').fill("one.txt")
    multipart = shown_task(page)["inputParameters"]["httptask"]["multipart"]
    assert multipart["pages"] == [{"file": "one.txt"}]


def test_a_binary_body_is_picked(page: Any, editor: Any, target: Any) -> None:
    add_operation(page, editor, "put document content")
    page.get_by_label("URL", exact=True).fill(f"{target.url}/documents")
    pick(page, "the body", PDF)
    page.locator(".request .file-name").first.wait_for()
    press_test(page)
    assert target.requests[-1].body == PDF


def test_what_the_test_asks_for_can_be_picked(page: Any, editor: Any, target: Any) -> None:
    open_upload(page, editor, target)
    pick(page, "workflow.input.file")
    wait_for(page, f"{EDITOR}.store.tests.missing.length === 0")
    press_test(page)
    assert b"hello file" in target.requests[-1].body


def test_a_path_below_the_workflow_is_sent_as_by_the_command_line(
    page: Any, target: Any, editor: Any
) -> None:
    Path(editor.workflow).parent.joinpath("doc.txt").write_bytes(b"from disk")
    task = {
        "name": "up", "taskReferenceName": "up", "type": "HTTP",
        "inputParameters": {
            "http_request": {"uri": f"{target.url}/documents", "method": "POST"},
            "httptask": {"multipart": {"file": {"file": "doc.txt"}}},
        },
    }  # fmt: skip
    open_flow(page, editor, flow(task))
    press_test(page)
    assert b"from disk" in target.requests[-1].body


def test_a_binary_response_is_told_shown_and_downloaded(
    page: Any, editor: Any, target: Any
) -> None:
    task = {
        "name": "get", "taskReferenceName": "get", "type": "HTTP",
        "inputParameters": {"http_request": {"uri": f"{target.url}/pdf", "method": "GET"}},
    }  # fmt: skip
    open_flow(page, editor, flow(task))
    press_test(page)
    page.get_by_label("First bytes").get_by_text("25 50 44 46").wait_for()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download").click()
    assert Path(download.value.path()).read_bytes() == PDF


def open_get(page: Any, editor: Any, url: str, **options: Any) -> None:
    """Open and test a task that gets something."""
    task = {
        "name": "get", "taskReferenceName": "get", "type": "HTTP",
        "inputParameters": {"http_request": {"uri": url, "method": "GET"}, "httptask": options},
    }  # fmt: skip
    open_flow(page, editor, flow(task))
    press_test(page)


def test_a_picture_is_shown_once(page: Any, editor: Any, target: Any) -> None:
    open_get(page, editor, f"{target.url}/picture", output={"it": "$.response.body"})
    page.locator(".pictures img").wait_for()
    assert page.locator(".pictures img").count() == 1
    stored = page.locator("hte-stored")
    assert "image/png" in stored.inner_text()
    stored.get_by_role("button", name="Download").wait_for()
    assert page.get_by_label("First bytes").count() == 0
    page.locator(".pictures button").click()
    assert page.locator(".pictures .large").is_visible()


def test_a_stored_text_is_viewed(page: Any, editor: Any, target: Any) -> None:
    open_get(page, editor, f"{target.url}/text", response={"format": "file"})
    stored = page.locator("hte-stored")
    assert "text/plain" in stored.inner_text()
    assert "11 B" in stored.inner_text()
    stored.get_by_role("button", name="View").click()
    stored.get_by_label("File", exact=True).get_by_text("hello world").wait_for()


def test_a_response_cannot_show_a_file_that_another_session_stored(
    page: Any, seen: Any, editor: Any, target: Any, tmp_path: Path
) -> None:
    seen.tolerated.append("status of 404")
    digest = str(CLAIMED["sha256"])
    folder = tmp_path / "data/files" / digest[:2]
    folder.mkdir(parents=True)
    (folder / f"{digest}.txt").write_bytes(b"theirs")
    os.utime(folder / f"{digest}.txt", (0, 0))
    open_get(page, editor, f"{target.url}/claims")
    page.get_by_text("This server has no such file of this session").wait_for()
    assert page.get_by_role("button", name="Download").is_disabled()
    assert "theirs" not in page.locator(".response").inner_text()


def test_only_files_of_this_session_are_given(editor: Any, tmp_path: Path) -> None:
    uploaded = editor.call(
        "POST", "/api/files", data=b"mine", headers={"Content-Type": "text/plain"}
    )
    assert uploaded.status_code == 201
    reference = uploaded.json()
    assert reference["size"] == 4
    assert reference["mediaType"] == "text/plain"
    assert editor.call("GET", f"/api/files/{reference['sha256']}").content == b"mine"
    part = editor.call("GET", f"/api/files/{reference['sha256']}", headers={"Range": "bytes=0-1"})
    assert (part.status_code, part.content) == (206, b"mi")
    other = hashlib.sha256(b"theirs").hexdigest()
    folder = tmp_path / "data/files" / other[:2]
    folder.mkdir(parents=True)
    (folder / f"{other}.txt").write_bytes(b"theirs")
    assert editor.call("GET", f"/api/files/{other}").status_code == 404


def test_a_file_that_is_too_large_is_refused_and_not_kept(
    start_editor: Any, tmp_path: Path
) -> None:
    editor = start_editor(max_upload_bytes=1000)
    assert editor.call("POST", "/api/files", data=b"x" * 1000).status_code == 201
    refused = editor.call("POST", "/api/files", data=b"y" * 1001)
    assert refused.status_code == 413
    assert refused.json()["error"]["code"] == "body_too_large"
    kept = [each for each in (tmp_path / "data/files").rglob("*") if each.is_file()]
    assert len(kept) == 1
