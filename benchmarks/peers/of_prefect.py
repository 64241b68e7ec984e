"""The runs of Prefect, with a server beside it: ``of_prefect.py URL FOLDER``."""

from __future__ import annotations

import os
import sys

from serving import free_port, serving
from timing import AT_ONCE, tell


def main() -> None:
    url, folder = sys.argv[1:]
    port = free_port()
    api = f"http://127.0.0.1:{port}/api"
    os.environ |= {
        "PREFECT_HOME": folder,
        "PREFECT_API_URL": api,
        "PREFECT_LOGGING_LEVEL": "ERROR",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
    }
    command = [sys.executable, "-m", "prefect", "server", "start", "--port", port]
    with serving(command, f"{api}/health"):
        measure(url)


def measure(url: str) -> None:
    import httpx
    from prefect import flow, task
    from prefect.task_runners import ThreadPoolTaskRunner

    @task
    def get(address: str) -> int:
        return httpx.get(address, timeout=60).raise_for_status().status_code

    @flow
    def chain(address: str, calls: int) -> None:
        for _ in range(calls):
            get(address)

    @flow(task_runner=ThreadPoolTaskRunner(max_workers=AT_ONCE))
    def slow(times: int) -> None:
        """Call in so many tasks of one flow: so many flows at once get 503 from its server."""
        for called in get.map([f"{url}/slow"] * times):
            called.result()

    tell(lambda: chain(url, 1), lambda: chain(url, 10), slow)


main()
