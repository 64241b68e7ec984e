"""One definition, one list of findings: command line, Python, editor, deploy, run and worker."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Callable, Iterator
from contextlib import closing, redirect_stdout
from functools import cache
from pathlib import Path
from typing import Any, cast, get_args

import pytest

pytest.importorskip("starlette")
import requests
from editor_server import Order, editor

import httptask
from httptask.app.check import Target
from httptask.app.worker import checking
from httptask.catalog import Catalog
from httptask.cli.app import run as run_command_line
from httptask.definition.file_kinds import is_task
from httptask.definition.structure import raw_tasks
from httptask.editor.wiring import Backend
from httptask.engines.conductor.assignment import Assignment
from httptask.engines.conductor.executor import Executor
from httptask.errors import DefinitionError
from httptask.pipeline import Pipeline
from httptask.plugins import build_manager
from httptask.settings import Settings

HERE = Path(__file__).resolve().parents[1]
pytestmark = [
    pytest.mark.timeout(400),  # hundreds of definitions, several times
    pytest.mark.xdist_group("same_findings"),
]
TARGETS = [target for target in get_args(Target) if target != "server"]
Found = list[dict[str, Any]]
Checked = Callable[[str], Found]


@pytest.fixture(scope="module", params=["written", "public"])
def files(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The definitions of the tests, then those that people have published."""
    if request.param == "written":
        return sorted((HERE / "definitions").rglob("*.json"))
    shared: Path = request.getfixturevalue("shared")
    folder = tmp_path_factory.mktemp("public")
    with tarfile.open(shared / "corpora/workflows.tar.xz") as archive:
        for number, member in enumerate(archive):  # apart: what stands beside a file is read too
            archive.extract(member, folder / str(number), filter="data")
    return sorted(folder.rglob("*.json"))


def printed(*arguments: str) -> Any:
    """Run the command line; return the document that it prints."""
    with redirect_stdout(io.StringIO()) as out:
        run_command_line([*arguments, "--json"])
    return json.loads(out.getvalue())


@pytest.fixture(scope="module")
def checked(files: list[Path]) -> Checked:
    """Return what the command line says of all files for a target, found once for all tests."""

    @cache
    def check(target: str) -> Found:
        found: Found = printed("check", "--target", target, *map(str, files))
        return found

    return check


def by_file(files: list[Path], found: Found) -> dict[Path, Found]:
    return {file: [each for each in found if each["source"] == str(file)] for file in files}


def first_error(found: Found) -> dict[str, Any] | None:
    errors = [each for each in found if each["severity"] == "error"]
    return {key: errors[0][key] for key in ("code", "message", "pointer")} if errors else None


@pytest.mark.parametrize("target", TARGETS)
def test_python_says_what_the_command_line_says(
    files: list[Path], checked: Checked, target: Target
) -> None:
    found = checked(target)
    assert found
    own = [
        each.to_json() for file in files for each in httptask.check_workflow(file, target=target)
    ]
    assert own == found


def test_a_run_refuses_what_the_check_calls_an_error(
    files: list[Path], checked: Checked, tmp_path: Path
) -> None:
    settings = Settings.from_environment(data=tmp_path / "data")
    found = by_file(files, checked("httptask"))
    refused = {file: error for file in files if (error := first_error(found[file]))}
    assert len(refused) > 20
    for file, error in refused.items():
        if "tasks" not in json.loads(file.read_text()):
            continue  # not a workflow: each command says so in its own words
        with pytest.raises(DefinitionError) as caught:
            httptask.run_workflow(file, settings=settings)
        assert {key: getattr(caught.value, key) for key in error} == error


def test_deploy_refuses_what_the_check_for_a_worker_calls_an_error(
    files: list[Path], checked: Checked
) -> None:
    found = by_file(files, checked("worker"))
    refused = {file: error for file in files if (error := first_error(found[file]))}
    assert len(refused) > 5
    for file, error in refused.items():
        if "tasks" not in json.loads(file.read_text()):
            continue
        said = printed("deploy", str(file), "--server", "http://127.0.0.1:9")["error"]
        assert {key: said[key] for key in error} == error


def test_a_worker_refuses_what_the_check_of_a_task_calls_an_error(
    files: list[Path], tmp_path: Path
) -> None:
    manager = build_manager()
    settings = Settings.from_environment(data=tmp_path)
    nobody = cast("Any", None)
    executor = Executor(Pipeline(manager), settings, nobody, nobody, check=checking(manager))
    refused = 0
    for task in {json.dumps(each): each for each in http_tasks(files)}.values():
        error = first_error([each.to_json() for each in httptask.check_task(task)])
        if error is None:
            checking(manager)(task)
            continue
        refused += 1
        delivery = {
            "taskId": "t",
            "workflowInstanceId": "w",
            "referenceTaskName": task["taskReferenceName"],
            "taskDefName": task["name"],
            "inputData": {},
            "workflowTask": {"inputParameters": task["inputParameters"]},
        }
        report, result = executor.run(Assignment.of(delivery))
        assert report.status == "FAILED_WITH_TERMINAL_ERROR"
        assert result.error is not None
        assert {key: result.error.to_json()[key] for key in error} == error
    assert refused or not any("invalid" in str(file) for file in files)


def http_tasks(files: list[Path]) -> Iterator[dict[str, Any]]:
    """Yield the HTTP tasks of the definitions as a server hands them over."""
    for file in files:
        document = json.loads(file.read_text())
        tasks = [task for _, task in raw_tasks(document)] if isinstance(document, dict) else []
        for task in [document, *tasks]:
            written = task.get("inputParameters") if isinstance(task, dict) else None
            if isinstance(written, dict) and written.keys() & {"http_request", "uri"}:
                names = {"name": "call", "taskReferenceName": "call", "type": "HTTP"}
                yield {**names, "inputParameters": written}


@pytest.fixture
def ask(tmp_path: Path) -> Iterator[Callable[..., Found]]:
    """Ask the editor's server about a task of an opened file."""
    manager = build_manager()
    settings = Settings.from_environment(data=tmp_path)
    with closing(Catalog.open(tmp_path / "catalogue")) as catalogue:
        backend = Backend(catalogue, settings, manager)
        order = Order(str(tmp_path), "", str(tmp_path), ())
        with editor(order, backend) as started, requests.Session() as session:
            session.headers["Authorization"] = f"Bearer {started['token']}"

            def check(file: Path, **draft: Any) -> Found:
                backend.workflow_file = file
                reply = session.post(f"{started['url']}/api/check", json=draft, timeout=60)
                reply.raise_for_status()
                return list(reply.json()["findings"])

            yield check


def test_the_editor_says_of_a_task_what_the_command_line_says(
    files: list[Path], checked: Checked, ask: Callable[..., Found]
) -> None:
    found = by_file(files, checked("httptask"))
    asked = 0
    for file in files:
        document = json.loads(file.read_text())
        if is_task(document):
            asked += 1
            wanted = [{**each, "source": ""} for each in found[file]]  # it is not the opened file
            assert ask(file, task=document) == wanted, file.name
        for pointer, task in chosen(document, found[file]):
            asked += 1
            assert ask(file, task=task, workflow=document) == found[file], (file.name, pointer)
    assert asked > 100


def chosen(document: Any, found: Found) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield a workflow's first task and those that something was found in, if named apart."""
    seen: set[Any] = set()
    for pointer, task in raw_tasks(document) if isinstance(document, dict) else ():
        ref = task.get("taskReferenceName")
        named = isinstance(ref, str) and ref not in seen
        told = any(f"{each['pointer']}/".startswith(f"{pointer}/") for each in found)
        if named and (told or not seen):
            yield pointer, task
        seen.add(ref if isinstance(ref, str) else None)
