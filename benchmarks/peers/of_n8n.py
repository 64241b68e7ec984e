"""The runs of n8n, by webhooks of its server: ``of_n8n.py COMMAND URL FOLDER``."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import requests
from serving import free_port, serving
from timing import tell


def flow(name: str, url: str, calls: int) -> dict[str, Any]:
    start = {
        "id": name,
        "name": "Start",
        "type": "n8n-nodes-base.webhook",
        "typeVersion": 2,
        "position": [0, 0],
        "webhookId": name,
        "parameters": {"path": name, "httpMethod": "GET", "responseMode": "lastNode"},
    }
    nodes = [
        {
            "id": f"{name}{number}",
            "name": f"Call {number}",
            "type": "n8n-nodes-base.httpRequest",
            "typeVersion": 4.2,
            "position": [200 * (number + 1), 0],
            "parameters": {"url": url, "options": {}},
        }
        for number in range(calls)
    ]
    names = ["Start", *(node["name"] for node in nodes)]
    wires = {
        before: {"main": [[{"node": after, "type": "main", "index": 0}]]}
        for before, after in itertools.pairwise(names)
    }
    whole = {"id": name, "name": name, "active": True, "settings": {}}
    return {**whole, "nodes": [start, *nodes], "connections": wires}


def main() -> None:
    command, url, folder = sys.argv[1:]
    port = free_port()
    os.environ |= {
        "N8N_USER_FOLDER": folder,
        "N8N_PORT": port,
        "N8N_LISTEN_ADDRESS": "127.0.0.1",
        "N8N_DIAGNOSTICS_ENABLED": "false",
        "N8N_VERSION_NOTIFICATIONS_ENABLED": "false",
        "N8N_LOG_LEVEL": "error",
    }
    flows = [flow("one", url, 1), flow("ten", url, 10), flow("slow", f"{url}/slow", 1)]
    file = Path(folder) / "flows.json"
    file.write_text(json.dumps(flows))
    quiet = {"stdout": subprocess.DEVNULL, "stderr": sys.stderr}
    subprocess.run([command, "import:workflow", f"--input={file}"], check=True, **quiet)
    for each in flows:
        subprocess.run([command, "publish:workflow", f"--id={each['id']}"], check=True, **quiet)
    base = f"http://127.0.0.1:{port}/webhook"
    with serving([command, "start"], f"{base}/one"):
        measure(base)


def measure(base: str) -> None:
    def run(name: str) -> None:
        requests.get(f"{base}/{name}", timeout=300).raise_for_status()

    def slow(times: int) -> None:
        with ThreadPoolExecutor(times) as threads:
            list(threads.map(lambda _: run("slow"), range(times)))

    tell(lambda: run("one"), lambda: run("ten"), slow)


main()
