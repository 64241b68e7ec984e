"""Tests that run at once, wait, are cancelled, or get too much."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from typing import Any

import requests
from soon import SOON
from waiting import wait_until

TASK = {"name": "a", "taskReferenceName": "a", "type": "HTTP"}


def run(editor: Any) -> list[dict[str, Any]]:
    """Events of a test."""
    response = editor.call("POST", "/api/tests", json={"task": TASK})
    assert response.status_code == 200, response.text
    return [json.loads(line) for line in response.text.splitlines()]


class Slow:
    """A back end whose tests last until they are cancelled or told to end."""

    def __init__(self) -> None:
        self.at_once = 0
        self.most = 0
        self.cancelled = 0
        self.lock = threading.Lock()
        self.release = threading.Event()

    def session(self) -> dict[str, Any]:
        return {"secrets": [], "allowedHosts": []}

    def test(self, order: Any) -> dict[str, Any]:
        with self.lock:
            self.at_once += 1
            self.most = max(self.most, self.at_once)
        order.emit({"type": "stage", "name": "send_request"})
        while not (order.cancelled.is_set() or self.release.is_set()):
            time.sleep(0.01)
        with self.lock:
            self.at_once -= 1
            self.cancelled += order.cancelled.is_set()
        return {"output": {}, "status": "completed"}


def test_a_hundred_tests_at_once_leave_the_server_alive(start_editor: Callable[..., Any]) -> None:
    backend = Slow()
    editor = start_editor(backend=backend, parallel_tests=4, waiting_tests=80)
    codes: list[int] = []
    lines: list[str] = []

    def press() -> None:
        response = requests.post(
            f"{editor.url}/api/tests",
            json={"task": TASK},
            headers={"Authorization": f"Bearer {editor.token}"},
            timeout=30,
        )
        codes.append(response.status_code)
        lines.append(response.text)

    threads = [threading.Thread(target=press) for _ in range(100)]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + 10
    while codes.count(429) < 16 and time.monotonic() < deadline:
        time.sleep(0.05)
    began = time.monotonic()
    assert editor.call("GET", "/api/session").status_code == 200
    assert time.monotonic() - began < SOON
    backend.release.set()
    for thread in threads:
        thread.join(20)
    assert codes.count(429) == 16
    assert codes.count(200) == 84
    assert backend.most == 4
    assert sum('"type":"trace"' in text for text in lines) == 84


def test_a_client_that_goes_away_cancels_its_test(start_editor: Callable[..., Any]) -> None:
    backend = Slow()
    editor = start_editor(backend=backend)
    response = editor.call("POST", "/api/tests", json={"task": TASK}, stream=True)
    lines = response.iter_lines()
    assert [json.loads(next(lines))["type"] for _ in range(2)] == ["started", "stage"]
    response.close()
    wait_until(lambda: backend.cancelled == 1, 5)


def test_a_test_is_cancelled_by_its_id(start_editor: Callable[..., Any]) -> None:
    backend = Slow()
    editor = start_editor(backend=backend)
    response = editor.call("POST", "/api/tests", json={"task": TASK}, stream=True)
    lines = response.iter_lines()
    test_id = json.loads(next(lines))["id"]
    assert json.loads(next(lines))["type"] == "stage"
    headers = {"Authorization": f"Bearer {editor.token}"}
    url = f"{editor.url}/api/tests/{test_id}"
    assert requests.delete(url, headers=headers, timeout=5).status_code == 204
    assert json.loads(list(lines)[-1])["type"] == "trace"
    assert backend.cancelled == 1
    assert requests.delete(url, headers=headers, timeout=5).status_code == 404


def test_a_large_output_stays_on_the_server(start_editor: Callable[..., Any]) -> None:
    class Large(Slow):
        def test(self, order: Any) -> dict[str, Any]:
            return {"output": {"response": {"body": "x" * 5000}}, "status": "completed"}

    editor = start_editor(backend=Large(), max_shown_bytes=1000)
    trace = run(editor)[-1]["trace"]
    assert trace["output"] is None
    assert trace["outputTooLarge"] > 5000
