"""The engine as a guest: quiet, without leftovers, and not in a process that uses dbos itself."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

PRELUDE = """
import json, sys, threading
from pathlib import Path
from httptask.core.result import TaskResult, TaskStatus
from httptask.definition.workflow import WorkflowDef
from httptask.engines.embedded import Engine
from httptask.errors import HttpTaskError

folder = Path(sys.argv[1])
task = {"name": "a", "taskReferenceName": "a", "type": "HTTP",
        "inputParameters": {"http_request": {"uri": "http://t/", "method": "GET"}}}
fork = {"name": "f", "taskReferenceName": "f", "type": "FORK_JOIN", "forkTasks": [[task]]}
join = {"name": "j", "taskReferenceName": "j", "type": "JOIN", "joinOn": ["a"]}
workflow = WorkflowDef.model_validate({"name": "w", "tasks": [fork, join]})

def step(task, context, execution):
    return TaskResult(TaskStatus.COMPLETED, {"response": {"statusCode": 200}})

def opened():
    return Engine.open(folder / "runs", step, files=folder / "files", env={})
"""


def run(tmp_path: Path, body: str) -> Any:
    code = PRELUDE + textwrap.dedent(body)
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code, str(tmp_path)],
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.stderr == ""
    assert done.returncode == 0
    return json.loads(done.stdout)


def test_nothing_is_said_and_nothing_is_left(tmp_path: Path) -> None:
    found = run(
        tmp_path,
        """
        before = threading.active_count()
        with opened() as engine:
            status = engine.run(workflow)["status"]
        after = [thread.name for thread in threading.enumerate()]
        print(json.dumps([status, before, after]))
        """,
    )
    assert found[0] == "COMPLETED"
    assert found[2] == ["MainThread"]


def test_reading_launches_nothing(tmp_path: Path) -> None:
    found = run(
        tmp_path,
        """
        with opened() as engine:
            engine.list()
            engine.prune(__import__("datetime").timedelta(0))
            print(json.dumps(threading.active_count()))
        """,
    )
    assert found == 1


def test_an_engine_can_be_opened_again(tmp_path: Path) -> None:
    found = run(
        tmp_path,
        """
        status = []
        for _ in range(3):
            with opened() as engine:
                status.append(engine.run(workflow)["status"])
        print(json.dumps(status))
        """,
    )
    assert found == ["COMPLETED"] * 3


def test_a_process_that_uses_dbos_itself_is_refused_and_left_alone(tmp_path: Path) -> None:
    found = run(
        tmp_path,
        """
        from dbos import DBOS

        @DBOS.workflow()
        def own():
            return 7

        DBOS(config={"name": "host", "log_level": "CRITICAL",
                     "system_database_url": f"sqlite:///{folder / 'host.db'}"})
        DBOS.launch()
        with opened() as engine:
            try:
                engine.run(workflow)
            except HttpTaskError as error:
                code = error.code
            listed = len(engine.list())
        print(json.dumps([code, listed, own()]))
        DBOS.destroy()
        """,
    )
    assert found == ["dbos_in_use", 0, 7]


def test_dbos_may_be_used_after_the_engine(tmp_path: Path) -> None:
    found = run(
        tmp_path,
        """
        from dbos import DBOS
        with opened() as engine:
            engine.run(workflow)

        @DBOS.workflow()
        def own():
            return 7

        DBOS(config={"name": "host", "log_level": "CRITICAL",
                     "system_database_url": f"sqlite:///{folder / 'host.db'}"})
        DBOS.launch()
        print(json.dumps(own()))
        DBOS.destroy(destroy_registry=True)
        with opened() as engine:
            assert engine.run(workflow)["status"] == "COMPLETED"
        """,
    )
    assert found == 7


def test_a_host_that_logs_everything_hears_nothing_of_dbos(tmp_path: Path) -> None:
    found = run(
        tmp_path,
        """
        import logging
        heard = []
        class Ear(logging.Handler):
            def emit(self, record):
                heard.append(f"{record.name} {record.getMessage()}")
        logging.basicConfig(level=logging.DEBUG, handlers=[Ear()])
        with opened() as engine:
            engine.run(workflow, {"token": "very secret"})
        print(json.dumps([line for line in heard if "secret" in line or line.startswith("dbos")]))
        """,
    )
    assert found == []
