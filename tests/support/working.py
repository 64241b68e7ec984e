"""A worker that works in a thread, for as long as a block."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from httptask.engines.conductor.service import WorkerOptions, opened_worker
from httptask.engines.conductor.worker import Worker


@contextmanager
def working(options: WorkerOptions, grace: float = 5.0, **parts: Any) -> Iterator[Worker]:
    """Run a worker; ``parts`` are those that ``opened_worker`` takes."""
    with opened_worker(options, **parts) as worker:
        thread = threading.Thread(target=worker.run, args=(grace,))
        thread.start()
        try:
            yield worker
        finally:
            worker.stop()
            thread.join()
