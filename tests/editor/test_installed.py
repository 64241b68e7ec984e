"""The installed wheel, as a user has it: from an empty file to two chained tasks that run."""

from __future__ import annotations

import json
import os
import signal
import socket
import stat
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from httptask.editor.serve import ServeOptions, serve
from httptask.errors import EngineError
from httptask.testing.images import DEMO_TOKEN, GENERATIONS

BODY = "/inputParameters/http_request/body"


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A user's environment, with the token of the stand-in and nothing of this checkout."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    places = {name: str(tmp_path / name) for name in ("HOME", "XDG_DATA_HOME", "HTTPTASK_DATA")}
    return {**kept, **places, "HTTPTASK_SECRET_DIGITALOCEAN_TOKEN": DEMO_TOKEN}


@pytest.fixture
def link(
    installed: Path, images: Any, environment: dict[str, str], tmp_path: Path
) -> Iterator[str]:
    """What ``httptask serve --open`` gives the browser; the token is in no command line."""
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" > {tmp_path}/opened\n')
    browser.chmod(0o755)
    host = images.url.removeprefix("http://")
    command = [str(installed), "-I", "-m", "httptask", "serve", "flow.json",
               "--open", "--allow-host", host]  # fmt: skip
    with subprocess.Popen(
        command,
        cwd=tmp_path,
        env={**environment, "BROWSER": str(browser)},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        token = process.stdout.readline().strip().rpartition("token=")[2]
        while not (tmp_path / "opened").exists() or not (tmp_path / "opened").read_text():
            time.sleep(0.01)
        url = (tmp_path / "opened").read_text().strip()
        file = Path(url.removeprefix("file://"))
        assert len(token) > 40
        assert token not in url
        assert token in file.read_text()
        assert [stat.S_IMODE(each.stat().st_mode) for each in (file, file.parent)] == [0o600, 0o700]
        yield url
        process.send_signal(signal.SIGINT)
        process.stdout.read()
    assert not file.parent.exists()


def test_a_port_that_is_taken_is_named() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(EngineError, match=f"port {port} cannot be used") as failure:
            serve(ServeOptions(port=port), pytest.fail)
    assert failure.value.code == "port_unavailable"


def test_it_is_the_wheel_that_is_tested(
    installed: Path, installed_editors: Any, environment: dict[str, str], tmp_path: Path
) -> None:
    code = "import httptask; print(httptask.__file__)"
    command = [str(installed), "-I", "-c", code]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert Path(done.stdout.strip()) == installed_editors.httptask
    assert installed_editors.httptask.is_relative_to(installed.parents[1])


def test_search_test_map_and_run(
    page: Any, link: str, installed: Path, images: Any, environment: dict[str, str], tmp_path: Path
) -> None:
    images.delay = 0.4
    page.goto(link)
    page.get_by_role("button", name="Add HTTP Task").click()
    page.keyboard.type("generate image")
    page.locator(".hit").first.click()
    page.get_by_text("Creates a high-quality image").wait_for()
    page.get_by_label("workflow.input.prompt").wait_for()
    page.get_by_label("URL", exact=True).fill(images.url + GENERATIONS)
    page.get_by_role("button", name="Add stream").click()
    page.get_by_role("button", name="Add partial_images").click()
    page.locator(f'[data-pointer="{BODY}/partial_images"] textarea').fill("2")
    page.get_by_label("workflow.input.prompt").fill("an otter")
    page.get_by_label("workflow.input.model").fill("gpt-image-1")
    page.get_by_role("button", name="Test request").click()
    page.locator(".pictures img").first.wait_for()
    assert page.get_by_role("button", name="Cancel").is_visible()
    page.locator(".verdict.good").wait_for()
    assert page.locator(".pictures img").count() == 3
    assert "token" not in page.url

    page.get_by_role("tab", name="Output", exact=False).first.click()
    page.get_by_text("the last one has it at $.response.body[-1].data.b64_json").first.wait_for()
    page.get_by_label("Path of image").fill("$.response.body[-1].data.b64_json")
    add_upload(page, f"{images.url}/uploads")
    page.get_by_role("button", name="Test request").click()
    page.locator(".verdict.good").wait_for()
    page.get_by_role("tab", name="Outputs").click()
    page.locator('[data-id="/image"]').press("Enter")
    page.get_by_label("Use in an input").select_option(label="upload · multipart.file.file")
    page.keyboard.press("Control+s")
    page.get_by_role("button", name="Saved").wait_for()

    command = [str(installed), "-I", "-m", "httptask", "run", "flow.json", "--json",
               "-i", "prompt=an otter", "-i", "n=1", "-i", "model=gpt-image-1"]  # fmt: skip
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stdout + done.stderr
    first, second = json.loads(done.stdout)["tasks"]
    uploaded = second["outputData"]["response"]["body"]
    assert uploaded["mediaType"] == "image/png"
    assert uploaded["sha256"] == first["outputData"]["image"]["sha256"]


def add_upload(page: Any, uri: str) -> None:
    """Add a second task that uploads a file, and show the first again."""
    page.evaluate(
        """uri => { const { store } = document.querySelector('http-task-editor');
             store.edits.addTask({name: 'upload', taskReferenceName: 'upload', type: 'HTTP',
               inputParameters: {http_request: {uri, method: 'POST'}, httptask: {
                 auth: {type: 'bearer', token: '${workflow.secrets.DIGITALOCEAN_TOKEN}'},
                 multipart: {file: {file: '', filename: 'a.png'}, title: 't', prompt: 'p'}}}});
             store.edits.choose(store.state.steps[0].id); }""",
        uri,
    )
