"""What a trace advises about repeating: never what the task says already."""

from __future__ import annotations

from typing import Any

import pytest

from httptask.hooks.task import CompiledTask
from httptask.trial.retry_advice import retry_advice


@pytest.mark.parametrize(
    ("method", "options", "status", "words"),
    [
        ("GET", {}, 503, "add httptask.retry with statuses ['5xx']"),
        ("GET", {}, 429, "add httptask.retry with statuses ['429']"),
        ("POST", {}, 503, "a POST is not repeated without idempotencyKey"),
        ("POST", {"retry": {}}, 503, "httptask.retry has no effect here"),
        ("post", {"retry": {}, "idempotent": True}, 503, "raise maxAttempts"),
        ("POST", {"retry": {}, "idempotencyKey": True}, 429, "raise maxAttempts"),
        ("PUT", {"retry": {"statuses": [502, "503"]}}, 503, "raise maxAttempts"),
        ("PUT", {"retry": {"statuses": [502]}}, 503, "add '5xx' to statuses of httptask.retry"),
        ("PUT", {"retry": {"statuses": ["5xx"]}}, 429, "add '429' to statuses"),
        ("${workflow.input.m}", {"retry": {}}, 503, "raise maxAttempts"),
    ],
)
def test_advice_reads_the_options(method: str, options: Any, status: int, words: str) -> None:
    request = {"uri": "https://api.example.com/", "method": method}
    task = CompiledTask.of({"http_request": request, "httptask": options})
    assert words in retry_advice(task, status)
