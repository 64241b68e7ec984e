"""Run the tests of workflows: each on the embedded engine, in a folder of its own, by fixtures."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import pluggy
from pydantic import ValidationError

from httptask.app.engine import Engine
from httptask.app.load import Surroundings
from httptask.app.run import load_run
from httptask.definition.explain import explain
from httptask.definition.file_kinds import TESTS, kind_of
from httptask.definition.fixtures import Fixture
from httptask.definition.reading import Document, read_document
from httptask.definition.workflow_tests import ExpectedRequest, WorkflowTest, WorkflowTests
from httptask.errors import DefinitionError
from httptask.fixtures.book import Sent, request_differences
from httptask.fixtures.mock import MOCK, Mock
from httptask.fixtures.reading import Entry, read_fixtures
from httptask.fixtures.subset import difference, text_at
from httptask.hooks import hookimpl
from httptask.hooks.views import Claim
from httptask.plugins import with_plugins
from httptask.settings import Settings

MAX_WAIT: Final = 60.0
"""Seconds that a test waits for timers of its workflow."""

_SUFFIX: Final = ".test.json"
_TOLD: Final = frozenset({"response_schema", "fixture_outdated"})
"""Codes of warnings that are about fixtures."""

_RUN: Final = "test"


@dataclass(frozen=True, slots=True)
class Remark:
    """What was expected and did not come, or is worth knowing.

    Attributes:
        pointer: JSON Pointer in the file of tests.
        message: what is different.
    """

    pointer: str
    message: str

    def to_json(self) -> dict[str, str]:
        """Return ``{pointer, message}``."""
        return {"pointer": self.pointer, "message": self.message}


@dataclass(frozen=True, slots=True)
class Verified:
    """A test that was run.

    Attributes:
        file: the file of tests.
        name: the test's name.
        failures: what is different; nothing when it passed.
        warnings: fixtures that break the response schema of their task, or that were recorded
            under another description of it.
        seconds: how long it took.
    """

    file: str
    name: str
    failures: tuple[Remark, ...]
    warnings: tuple[Remark, ...]
    seconds: float

    def to_json(self) -> dict[str, Any]:
        """Return the test as ``httptask verify --json`` prints it."""
        return {
            "file": self.file,
            "name": self.name,
            "passed": not self.failures,
            "failures": [each.to_json() for each in self.failures],
            "warnings": [each.to_json() for each in self.warnings],
            "durationMs": self.seconds * 1e3,
        }


@dataclass(frozen=True, slots=True)
class Verifier:
    """How tests are run.

    Attributes:
        settings: the machine's side; the data folder is not touched.
        manager: the plugins.
        beside: what definitions are read with.
    """

    settings: Settings
    manager: pluggy.PluginManager
    beside: Surroundings

    def verify(self, path: Path) -> Iterator[Verified]:
        """Run the tests of a file, one after the other.

        Raises:
            DefinitionError: the file holds no tests, or the definition is not valid.
        """
        document = read_document(path)
        tests = _tests(document)
        for at, test in enumerate(tests.tests):
            began = time.monotonic()
            pointer = f"/tests/{at}"
            run, sent = self._ran(path, tests, test, pointer)
            yield Verified(
                str(path), test.name, tuple(_failures(test, run, sent, pointer)),
                tuple(_warnings(run, pointer)), time.monotonic() - began,
            )  # fmt: skip

    def _ran(
        self, path: Path, tests: WorkflowTests, test: WorkflowTest, pointer: str
    ) -> tuple[Mapping[str, Any], list[Sent]]:
        """Run a test; return the run's document, and what was sent."""
        sent: list[Sent] = []
        mock = Mock(_entries(path, test, pointer), sent)
        manager = with_plugins(self.manager, {MOCK: mock, "stand-ins": StandIns()})
        with tempfile.TemporaryDirectory(prefix="httptask-verify-") as folder:
            settings = replace(self.settings, data=Path(folder))
            return self._run(_workflow(path, tests), test, settings, manager), sent

    def _run(
        self, flow: Path, test: WorkflowTest, settings: Settings, manager: pluggy.PluginManager
    ) -> Mapping[str, Any]:
        loaded = load_run(flow, self.beside, settings, manager)
        until = time.monotonic() + MAX_WAIT
        with Engine.open(
            settings=settings, manager=manager, functions=self.beside.functions
        ) as engine:
            run = engine.run(loaded, input=test.input, workflow_id=_RUN, detached=True)
            while run["status"] == "RUNNING":
                waits = [each["remainingMs"] for each in engine.get(_RUN).get("waiting", ())]
                timers = [each / 1000 for each in waits if each is not None]
                if not timers or time.monotonic() + min(timers) > until:
                    break
                time.sleep(min(timers))
                run = engine.resume(_RUN, detached=True)
            return run


class StandIns:
    """Gives every secret a value: a test depends on no machine's secrets, and sends none."""

    @hookimpl
    def httptask_claims(self) -> list[Claim]:
        """Claim the secrets."""
        return [Claim("get_secret", "stand-ins", "values that stand in for secrets")]

    @hookimpl(tryfirst=True)
    def httptask_get_secret(self, name: str) -> str:
        """Return a text that is nobody's secret."""
        return f"stand-in-of-{name}"


def _tests(document: Document) -> WorkflowTests:
    kind = kind_of(document.value)
    if kind and kind != TESTS:
        hint = f"httptask check checks it; its tests stand in FLOW{_SUFFIX} beside FLOW.json"
        raise _invalid(f"this is {kind}, not {TESTS}", document, hint=hint)
    if not isinstance(document.value, Mapping):
        raise _invalid('tests are {"tests": [{"name", "input", "fixtures", "expect"}]}', document)
    try:
        return WorkflowTests.model_validate(document.value)
    except ValidationError as error:
        found = explain(error, document.value, "", document.source)[0]
        raise _invalid(found.message, document, found.pointer, found.hint) from None


def _invalid(message: str, document: Document, pointer: str = "", hint: str = "") -> Exception:
    return DefinitionError(
        message, code="tests_invalid", pointer=pointer, source=document.source, hint=hint
    )


def _workflow(path: Path, tests: WorkflowTests) -> Path:
    if tests.workflow is not None:
        return path.parent / tests.workflow
    if not path.name.endswith(_SUFFIX):
        raise DefinitionError(
            "the file does not say which workflow it tests",
            code="tests_invalid",
            source=str(path),
            hint=f'name the file FLOW{_SUFFIX} for FLOW.json, or say "workflow"',
        )
    return path.with_name(f"{path.name.removesuffix(_SUFFIX)}.json")


def _entries(path: Path, test: WorkflowTest, pointer: str) -> list[Entry]:
    if isinstance(test.fixtures, str):
        return read_fixtures(path.parent / test.fixtures)
    fixtures: list[Fixture] = test.fixtures
    return [
        Entry(fixture, f"{pointer}/fixtures/{at}", str(path), path.parent)
        for at, fixture in enumerate(fixtures)
    ]


def _failures(
    test: WorkflowTest, run: Mapping[str, Any], sent: Sequence[Sent], pointer: str
) -> Iterator[Remark]:
    where = f"{pointer}/expect"
    if run["status"] != test.expect.status:
        why = run.get("reasonForIncompletion") or ""
        yield Remark(f"{where}/status", f"it is {run['status']}: {why}".rstrip(": "))
    for task in run["tasks"]:
        error = task.get("error") or {}
        if error.get("code") == "fixture_missing":
            yield Remark(f"{pointer}/fixtures", f"{error['message']} ({error['hint']})")
    yield from _output(test.expect.output, run.get("output"), f"{where}/output")
    yield from _requests(test.expect.requests, sent, f"{where}/requests")


def _warnings(run: Mapping[str, Any], pointer: str) -> Iterator[Remark]:
    for task in run["tasks"]:
        for warning in task.get("warnings", ()):
            if warning["code"] in _TOLD:
                message = f"{task['referenceTaskName']}: {warning['message']}"
                yield Remark(f"{pointer}/fixtures", message)


def _output(wanted: Any, found: Any, pointer: str) -> Iterator[Remark]:
    below = difference(wanted, found) if wanted is not None else None
    if below is not None:
        shown, expected = text_at(found, below), text_at(wanted, below)
        yield Remark(pointer + below, f"it is {shown}, not {expected}")


def _requests(
    wanted: Sequence[ExpectedRequest], sent: Sequence[Sent], pointer: str
) -> Iterator[Remark]:
    """Yield what was not requested; the requests of a task are matched in their order."""
    rest: dict[str, list[Sent]] = {}
    for each in sent:
        rest.setdefault(each.place.task, []).append(each)
    for at, one in enumerate(wanted):
        made = rest.get(one.ref, [])
        differences = [list(request_differences(one, each.request)) for each in made]
        if [] in differences:
            rest[one.ref] = made[differences.index([]) + 1 :]
            continue
        nearest = min(differences, key=len, default=["it makes no more requests"])
        yield Remark(f"{pointer}/{at}", f"{one.ref} does not request this: {'; '.join(nearest)}")
