"""One definition, three ways: embedded, on a real server through our worker, as a test request."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from real_server import ENVIRONMENT, SECRETS, RealServer
from three_ways import ThreeWays
from working import working

from httptask.definition.loader import load_task_defs, load_workflow
from httptask.engines.conductor.service import WorkerOptions
from httptask.pipeline import Pipeline
from httptask.plugins import build_manager
from httptask.settings import Settings
from httptask.testing.handlers import standard_routes
from httptask.testing.handlers.basic import Flaky
from httptask.testing.replies import Reply, json_reply
from httptask.testing.servers import LoopbackServer
from httptask.testing.wire import ReceivedRequest

NAMESPACE = "fidelity"


@pytest.fixture(scope="session")
def fidelity_target() -> Iterator[LoopbackServer]:
    """The server that all three ways call."""
    text = json_reply({"big": "y" * 3_000_000, "small": 1})
    own = {"/large": lambda _: text, "/upload": _upload}
    with LoopbackServer({**standard_routes(), **own}) as server:
        yield server


def _upload(request: ReceivedRequest) -> Reply:
    """Respond without the body: its boundary is another one each time."""
    return json_reply({"size": len(request.body)})


@pytest.fixture(scope="module")  # it polls as long as it is there
def fidelity_worker(
    conductor: RealServer,
    fidelity_target: LoopbackServer,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Path]:
    """A worker of the namespace; gives its data folder."""
    data = tmp_path_factory.mktemp("fidelity")
    options = WorkerOptions(
        conductor.settings,
        namespace=NAMESPACE,
        threads=4,
        data=data,
        allow_hosts=(fidelity_target.authority,),
    )
    settings = Settings.from_environment(allow_hosts=options.allow_hosts, data=data)
    with working(options, settings=settings):
        yield data


@pytest.fixture
def three_ways(
    conductor: RealServer,
    fidelity_target: LoopbackServer,
    fidelity_worker: Path,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> Callable[[Path], ThreeWays]:
    """Load a definition: ``three_ways(file)``."""
    for name, value in SECRETS.items():
        monkeypatch.setenv(f"HTTPTASK_SECRET_{name}", value)
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(f"CONDUCTOR_ENV_{name}", value)

    def load(file: Path) -> ThreeWays:
        text = file.read_text("utf-8").replace("{BASE}", fidelity_target.url)
        case: dict[str, Any] = json.loads(text)
        fidelity_target.route("/flaky/", Flaky())
        hosts = [fidelity_target.authority]
        return ThreeWays(
            case=case,
            loaded=load_workflow(case["workflow"]),
            task_defs=load_task_defs(case.get("taskDefs", [])).require(),
            target=fidelity_target,
            client=conductor.client(),
            namespace=NAMESPACE,
            settings=Settings.from_environment(allow_hosts=hosts, data=tmp_path / "data"),
            pipeline=Pipeline(build_manager()),
            reset=lambda: fidelity_target.route("/flaky/", Flaky()),
        )

    return load
