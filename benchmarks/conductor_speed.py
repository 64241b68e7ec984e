"""Tasks per second on a real server: our worker, the built-in HTTP task, the embedded runner.

    python benchmarks/conductor_speed.py [--rounds N] [--warm-up N] [--server URL] [--only SIDE ...]

Needs a running server (../shared/conductor/start-conductor.sh) and its target server. One run, one
warm server: 200 one-task and 30 ten-task workflows are started together; the embedded engine, which
runs a workflow in the thread that asks for it, has them one after the other. Time is from the first
start to the end of the last workflow. A server's first thousands of tasks are its slowest, so the
sides take turns in rounds that do not count first; a worker, too, begins with tasks that do not.
A machine that has other things to do moves a single round by a quarter: rounds are short and many,
and the sides change places. What an idle worker costs is measured in the last one.
Prints a line of JSON for each side of each round, and at the end the ratios to the built-in task:
the median of the rounds' own ratios, the lowest and the highest.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.request import urlopen

from httptask.definition.loader import load_workflow
from httptask.engines.conductor.client import ConductorClient, ServerSettings
from httptask.engines.conductor.deploy import deploy
from httptask.engines.conductor.start import start, wait

BATCHES = (("200x1", 200, 1), ("30x10", 30, 10))


def definition(name: str, tasks: int, uri: str) -> dict[str, Any]:
    return {
        "name": name,
        "version": 1,
        "schemaVersion": 2,
        "ownerEmail": "bench@example.com",
        "tasks": [
            {
                "name": f"{name}_get",
                "taskReferenceName": f"t{index}",
                "type": "HTTP",
                "inputParameters": {"http_request": {"uri": uri, "method": "GET"}},
            }
            for index in range(tasks)
        ],
    }


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Worker:
    """A worker in a process of its own."""

    def __init__(self, child: subprocess.Popen[str], port: int) -> None:
        self.pid, self._port = child.pid, port

    def polls(self) -> float:
        """Return how often it has polled."""
        with urlopen(f"http://127.0.0.1:{self._port}/metrics") as response:
            lines = response.read().decode().splitlines()
        found = [line for line in lines if line.startswith("httptask_polls_total{")]
        return sum(float(line.rpartition(" ")[2]) for line in found)


@contextmanager
def worker(server: str, namespace: str, options: argparse.Namespace) -> Iterator[Worker]:
    with TemporaryDirectory() as data:
        code = (
            "from pathlib import Path;"
            "from httptask.engines.conductor.client import ServerSettings;"
            "from httptask.app.worker import work;"
            "from httptask.engines.conductor.service import WorkerOptions;"
            f"work(WorkerOptions(ServerSettings({server!r}), namespace={namespace!r},"
            f"threads={options.threads}, processes={options.processes}, data=Path({data!r}),"
            f"task_logs={options.task_logs!r}, log_level=30,"
            "allow_hosts=('127.0.0.1',), metrics_port=0),"
            "ready=lambda port: print(port, flush=True))"
        )
        child = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
        assert child.stdout is not None
        try:
            yield Worker(child, int(child.stdout.readline()))
        finally:
            child.terminate()
            child.wait()


def batch(client: ConductorClient, name: str, workflows: int, tasks: int) -> dict[str, float]:
    """Run workflows; times are the server's own, and it is asked for little while they run."""
    with ThreadPoolExecutor(8) as pool:
        ids = list(pool.map(lambda _: start(client, name), range(workflows)))
    while client.get(f"/workflow/running/{name}"):
        time.sleep(0.1)
    found = [client.get(f"/workflow/{each}", includeTasks="false") for each in ids]
    assert all(one["status"] == "COMPLETED" for one in found), found
    took = max(one["endTime"] for one in found) - min(one["createTime"] for one in found)
    durations = sorted(one["endTime"] - one["createTime"] for one in found)
    return {
        "tasks_s": round(workflows * tasks * 1000 / took, 1),
        "p50_ms": statistics.median(durations),
        "p95_ms": durations[int(len(durations) * 0.95) - 1],
    }


EMBEDDED = """
import json, statistics, sys, tempfile, time
from pathlib import Path
from httptask.definition.loader import load_workflow
from httptask.engines.embedded import Engine
from httptask.engines.step import PipelineStep, compile_tasks
from httptask.pipeline import Pipeline
from httptask.plugins import build_manager
from httptask.settings import Settings
result = {}
for label, workflows, tasks in (("200x1", 200, 1), ("30x10", 30, 10)):
    workflow = load_workflow(json.loads(sys.argv[tasks // 10 + 1])).require()
    with tempfile.TemporaryDirectory() as data:
        settings = Settings.from_environment(allow_hosts=("127.0.0.1",), data=Path(data))
        step = PipelineStep(Pipeline(build_manager()), settings, compile_tasks(workflow))
        with Engine.open(Path(data) / "runs", step, files=settings.files) as engine:
            engine.run(workflow, {})
            def timed(_):
                began = time.perf_counter()
                assert engine.run(workflow, {})["status"] == "COMPLETED"
                return (time.perf_counter() - began) * 1000
            began = time.perf_counter()
            durations = sorted(map(timed, range(workflows)))
            took = time.perf_counter() - began
    result[label] = {
        "tasks_s": round(workflows * tasks / took, 1),
        "p50_ms": round(statistics.median(durations), 1),
        "p95_ms": round(durations[int(len(durations) * 0.95) - 1], 1),
    }
print(json.dumps(result))
"""


def embedded(uri: str) -> dict[str, Any]:
    """Run the same workflows in the embedded engine, one by one, in a process of its own."""
    documents = [json.dumps(definition(f"bench_embedded_{tasks}", tasks, uri)) for tasks in (1, 10)]
    command = [sys.executable, "-c", EMBEDDED, *documents]
    made = subprocess.run(command, capture_output=True, text=True, check=True)
    result: dict[str, Any] = json.loads(made.stdout)
    return result


def idle_latency(client: ConductorClient, name: str, runs: int = 20) -> dict[str, float]:
    queue, whole = [], []
    for _ in range(runs):
        time.sleep(0.4)
        found = wait(client, start(client, name), timeout=30)
        task = found["tasks"][0]
        queue.append(task["startTime"] - task["scheduledTime"])
        whole.append(found["endTime"] - found["startTime"])
    return {"pickup_p50_ms": statistics.median(queue), "workflow_p50_ms": statistics.median(whole)}


class Costs:
    """What the processes spend, and how often the worker polls, from its making on."""

    def __init__(self, server_pid: int, ours: Worker | None) -> None:
        self._pids = {"server": server_pid} if server_pid else {}
        self._pids |= {"worker": ours.pid} if ours else {}
        self._polls = ours.polls if ours else None
        self._began, self._before = time.perf_counter(), self._read()

    def _read(self) -> dict[str, float]:
        found = {name: cpu_seconds(pid) for name, pid in self._pids.items()}
        return found | ({"polls": self._polls()} if self._polls else {})

    def so_far(self, tasks: int) -> dict[str, float]:
        """Return them for each task, or for each second where there are no tasks."""
        took = time.perf_counter() - self._began
        spent = {name: value - self._before[name] for name, value in self._read().items()}
        result = {"polls_s": round(spent.pop("polls") / took, 1)} if self._polls else {}
        for name, seconds in spent.items():
            if tasks:
                result[f"{name}_cpu_ms_per_task"] = round(seconds * 1000 / tasks, 2)
            else:
                result[f"{name}_cpu_percent"] = round(seconds / took * 100, 1)
        return result


def measure(
    client: ConductorClient, prefix: str, server_pid: int, idle: bool, ours: Worker | None = None
) -> dict[str, Any]:
    result: dict[str, Any] = {}
    batch(client, f"{prefix}_1", 200, 1)
    for label, workflows, tasks in BATCHES:
        costs = Costs(server_pid, ours)
        figures = batch(client, f"{prefix}_{tasks}", workflows, tasks)
        result[label] = {**figures, **costs.so_far(workflows * tasks)}
    if idle:
        costs = Costs(server_pid, ours)
        time.sleep(3)
        spent = costs.so_far(0)
        result["idle"] = {**idle_latency(client, f"{prefix}_1"), **spent}
    return result


def ratios(rounds: list[dict[str, Any]]) -> dict[str, Any]:
    """Return how many times the built-in task's tasks per second each other side makes."""
    found: dict[str, Any] = {}
    for side in rounds[0].keys() - {"builtin"}:
        for label, *_ in BATCHES:
            each = [
                one[side][label]["tasks_s"] / one["builtin"][label]["tasks_s"] for one in rounds
            ]
            shown = [round(value, 2) for value in (statistics.median(each), min(each), max(each))]
            found[f"{side} / builtin, {label}"] = shown
    return found


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--server", default="http://127.0.0.1:8080")
    parser.add_argument("--target", default="http://127.0.0.1:9999/fast")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--warm-up", type=int, default=5, help="rounds that do not count")
    parser.add_argument("--threads", type=int, default=32)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--task-logs", choices=("auto", "all", "failures"), default="auto")
    parser.add_argument("--server-pid", type=int, default=0)
    parser.add_argument("--only", nargs="+", choices=("worker", "builtin", "embedded"))
    options = parser.parse_args()
    client = ConductorClient(ServerSettings(options.server))
    for tasks in (1, 10):
        flow = load_workflow(definition(f"bench_worker_{tasks}", tasks, options.target))
        deploy(client, flow, namespace="bench")
        theirs = definition(f"bench_builtin_{tasks}", tasks, options.target)
        client.put("/metadata/workflow", [theirs])

    def ours(idle: bool) -> dict[str, Any]:
        with worker(options.server, "bench", options) as running:
            time.sleep(0.5)
            return measure(client, "bench_worker", options.server_pid, idle, running)

    def builtin(idle: bool) -> dict[str, Any]:
        return measure(client, "bench_builtin", options.server_pid, idle)

    everything = {
        "worker": ours,
        "builtin": builtin,
        "embedded": lambda _: embedded(options.target),
    }
    names = [name for name in everything if name in (options.only or everything)]
    counted: list[dict[str, Any]] = []
    for number in range(-options.warm_up, options.rounds):
        found: dict[str, Any] = {}
        for name in names if number % 2 else reversed(names):
            if number >= 0 or name != "embedded":
                found[name] = everything[name](number == options.rounds - 1)
        for name, figures in found.items():
            print(json.dumps({"round": number, "side": name, **figures}), flush=True)
        if number >= 0:
            counted.append(found)
    if counted and "builtin" in names:
        print(json.dumps(ratios(counted)))
    assert threading.active_count() < 50


if __name__ == "__main__":
    main()
