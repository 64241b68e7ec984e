"""What a worker counts, as Prometheus figures, and the endpoint that shows them."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final

from httptask.errors import MissingExtraError

try:
    from prometheus_client import (
        CONTENT_TYPE_LATEST,
        CollectorRegistry,
        Counter,
        Gauge,
        Histogram,
        generate_latest,
        multiprocess,
    )
except ModuleNotFoundError as error:
    raise MissingExtraError(
        "the worker needs a part that is not installed",
        hint="pip install 'httptask[conductor]'",
    ) from error

READY_SECONDS: Final = 30.0
MULTIPROCESS: Final = "PROMETHEUS_MULTIPROC_DIR"
_BUCKETS: Final = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)


def forget_process(pid: int) -> None:
    """Drop the figures of a process that is gone."""
    multiprocess.mark_process_dead(pid)  # type: ignore[no-untyped-call]


@dataclass(slots=True)
class Figures:
    """The figures of one process."""

    registry: CollectorRegistry = field(default_factory=CollectorRegistry)
    tasks: Counter = field(init=False)
    seconds: Histogram = field(init=False)
    polls: Counter = field(init=False)
    deliveries: Counter = field(init=False)
    running: Gauge = field(init=False)
    threads: Gauge = field(init=False)
    waiting: Gauge = field(init=False)
    leases: Counter = field(init=False)
    last_poll: Gauge = field(init=False)

    def __post_init__(self) -> None:
        own = self.registry
        self.tasks = Counter(
            "httptask_tasks", "Tasks executed, by status.", ["status"], registry=own
        )
        self.seconds = Histogram(
            "httptask_task_seconds", "Time of one task.", buckets=_BUCKETS, registry=own
        )
        self.polls = Counter(
            "httptask_polls", "Polls, by what came of them.", ["outcome"], registry=own
        )
        self.deliveries = Counter(
            "httptask_deliveries", "Deliveries, by what was done.", ["course"], registry=own
        )
        self.running = Gauge(
            "httptask_running", "Tasks under way.", registry=own, multiprocess_mode="livesum"
        )
        self.threads = Gauge(
            "httptask_threads",
            "Tasks that may be under way.",
            registry=own,
            multiprocess_mode="livesum",
        )
        self.waiting = Gauge(
            "httptask_results_waiting",
            "Results that the server does not have yet.",
            registry=own,
            multiprocess_mode="max",
        )
        self.leases = Counter("httptask_lease_extensions", "Heartbeats sent.", registry=own)
        self.last_poll = Gauge(
            "httptask_last_poll_timestamp_seconds",
            "When the server last responded to a poll.",
            registry=own,
            multiprocess_mode="livemin",
        )

    def collected(self) -> CollectorRegistry:
        """Return the figures of this process, or of all processes of the worker."""
        if MULTIPROCESS not in os.environ:
            return self.registry
        everything = CollectorRegistry()
        multiprocess.MultiProcessCollector(everything)  # type: ignore[no-untyped-call]
        return everything

    def text(self) -> bytes:
        """Return the figures as Prometheus reads them."""
        return generate_latest(self.collected())

    def is_ready(self) -> bool:
        """Tell whether the server responded to a poll of every process in the last 30 s."""
        last = self.collected().get_sample_value("httptask_last_poll_timestamp_seconds")
        return last is not None and time.time() - last < READY_SECONDS


class FiguresServer:
    """Serves ``/metrics``, ``/health`` (the process lives) and ``/ready`` (it gets tasks).

    Args:
        figures: what is shown.
        host: address to listen on.
        port: port to listen on; 0 takes a free one.
        is_ready: tells whether the worker gets tasks.
    """

    def __init__(
        self, figures: Figures, host: str, port: int, is_ready: Callable[[], bool] | None = None
    ) -> None:
        ready = is_ready or figures.is_ready

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                if self.path == "/metrics":
                    self._reply(200, figures.text(), CONTENT_TYPE_LATEST)
                elif self.path == "/health":
                    self._reply(200, b"ok\n")
                elif self.path == "/ready":
                    well = ready()
                    self._reply(200 if well else 503, b"ready\n" if well else b"not ready\n")
                else:
                    self._reply(404, b"not found\n")

            def _reply(self, status: int, body: bytes, kind: str = "text/plain") -> None:
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Keep requests for figures out of the log."""

        self._server = ThreadingHTTPServer((host, port), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        """Return the port it listens on."""
        return int(self._server.server_address[1])

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
