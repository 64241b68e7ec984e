from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import requests

from httptask.testing.tasks import TaskRunner
from httptask.wire.over_requests import RequestsTransport


@pytest.fixture
def runner(httptask_task_runner: Callable[..., TaskRunner]) -> Callable[..., TaskRunner]:
    """Make task runners that send by ``requests``, with a session of the operator's if given."""

    def make(session: requests.Session | None = None, **options: Any) -> TaskRunner:
        plugins = options.pop("plugins", {})
        if session is not None:
            plugins["requests"] = RequestsTransport(session)
        return httptask_task_runner(plugins, transport="requests", **options)

    return make
