"""The runs of Prefect, with a server beside it: ``of_prefect.py URL FOLDER``."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request

from timing import AT_ONCE, tell


def main() -> None:
    url, folder = sys.argv[1:]
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    api = f"http://127.0.0.1:{port}/api"
    os.environ |= {
        "PREFECT_HOME": folder,
        "PREFECT_API_URL": api,
        "PREFECT_LOGGING_LEVEL": "ERROR",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
    }
    command = [sys.executable, "-m", "prefect", "server", "start", "--port", port]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for(f"{api}/health")
        measure(url)
    finally:
        server.terminate()
        server.wait()


def wait_for(address: str) -> None:
    until = time.monotonic() + 120
    while True:
        try:
            urllib.request.urlopen(address).close()
            return
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.2)


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
