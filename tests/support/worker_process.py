"""A worker in a process of its own, for tests that kill it."""

from __future__ import annotations

import subprocess

WORKER = """
import logging, sys
from pathlib import Path
from httptask.engines.conductor.client import ServerSettings
from httptask.engines.conductor.service import WorkerOptions, run_worker
logging.basicConfig(level=logging.INFO, stream=sys.stderr)
url, namespace, data, processes = sys.argv[1:]
options = WorkerOptions(ServerSettings(url), namespace=namespace, threads=4, data=Path(data),
    processes=int(processes), allow_hosts=("127.0.0.1",), grace=5.0, metrics_port=0)
run_worker(options, ready=lambda port: print(port, flush=True))
"""


def port_of(child: subprocess.Popen[str]) -> int:
    assert child.stdout is not None
    return int(child.stdout.readline())
