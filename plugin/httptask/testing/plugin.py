"""Fixtures for pytest; a test suite asks for them in its top ``conftest.py``.

    pytest_plugins = ["httptask.testing.plugin"]

Every server is new for each test, on a free port of 127.0.0.1, and closed after it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from httptask.testing.certificates import Certificates, issue_certificates
from httptask.testing.handlers import standard_routes
from httptask.testing.images import ImageService
from httptask.testing.proxies import ForwardProxy
from httptask.testing.replies import Handler
from httptask.testing.servers import LoopbackServer
from httptask.testing.tasks import TaskRunner

LoopbackFactory = Callable[..., LoopbackServer]


@pytest.fixture
def httptask_loopback() -> Iterator[LoopbackFactory]:
    """Start servers of your own: call it with the arguments of `LoopbackServer`."""
    with ExitStack() as stack:

        def start(routes: Mapping[str, Handler] | None = None, **options: Any) -> LoopbackServer:
            return stack.enter_context(LoopbackServer(routes, **options))

        yield start


@pytest.fixture
def httptask_server() -> Iterator[LoopbackServer]:
    """Serve the whole catalogue, see `standard_routes`."""
    with LoopbackServer(standard_routes()) as server:
        yield server


@pytest.fixture
def httptask_other_server() -> Iterator[LoopbackServer]:
    """Serve the whole catalogue on another port: another origin."""
    with LoopbackServer(standard_routes()) as server:
        yield server


@pytest.fixture
def httptask_proxy() -> Iterator[ForwardProxy]:
    """Forward to loopback addresses, without credentials."""
    with ForwardProxy() as proxy:
        yield proxy


@pytest.fixture(scope="session")
def httptask_certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """Issue throw-away certificates, once per run of the tests; needs ``trustme``."""
    return issue_certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def httptask_tls_server(httptask_certificates: Certificates) -> Iterator[LoopbackServer]:
    """Serve the whole catalogue over TLS."""
    with LoopbackServer(standard_routes(), tls=httptask_certificates.server_context()) as server:
        yield server


@pytest.fixture
def httptask_mutual_tls_server(httptask_certificates: Certificates) -> Iterator[LoopbackServer]:
    """Serve the whole catalogue over TLS to clients with the issued certificate only."""
    with LoopbackServer(standard_routes(), tls=httptask_certificates.mutual_context()) as server:
        yield server


@pytest.fixture
def httptask_images() -> Iterator[ImageService]:
    """Serve the stand-in of the documented image API, with hardly any delay."""
    with ImageService(delay=0.01) as service:
        yield service


@pytest.fixture
def httptask_tasks(tmp_path: Path) -> Iterator[TaskRunner]:
    """Run single tasks with the built-in plugins; files are stored below ``tmp_path``."""
    with TaskRunner(tmp_path) as tasks:
        yield tasks


@pytest.fixture
def httptask_task_runner(tmp_path: Path) -> Iterator[Callable[..., TaskRunner]]:
    """Make task runners of your own: call it with the arguments of `TaskRunner` but the folder."""
    with ExitStack() as stack:

        def make(plugins: Mapping[str, object] | None = None, **options: Any) -> TaskRunner:
            return stack.enter_context(TaskRunner(tmp_path, plugins, **options))

        yield make
