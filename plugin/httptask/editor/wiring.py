"""The editor's back end: the catalogue, the checks and the production pipeline."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol, TypeVar
from urllib.parse import urlsplit
from uuid import uuid4

import pluggy

from httptask.app.check import check, check_single
from httptask.app.context import Given, context_of
from httptask.app.load import Surroundings
from httptask.app.rename import renamed
from httptask.app.test import choose_task
from httptask.catalog import Hit, Operation
from httptask.catalog.matching import Match
from httptask.catalog.values import Server
from httptask.core.result import TaskResult
from httptask.core.tracing import Level
from httptask.definition.findings import Finding
from httptask.definition.reading import Document
from httptask.editor import completion
from httptask.editor.documentation import documentation
from httptask.editor.kept_tests import KeptTests
from httptask.editor.pasted import read_pasted
from httptask.editor.plugin_forms import plugin_forms
from httptask.editor.remembered_inputs import RememberedInputs, may_be_secret
from httptask.editor.secret_names import secret_names
from httptask.editor.services import Checked, Draft, SignInOrder, TestOrder
from httptask.editor.session_secrets import SessionSecrets
from httptask.editor.stale_paths import unmatched_outputs, unmatched_references
from httptask.editor.steps_before import COMPUTED, Before, steps_json
from httptask.editor.stored_files import StoredFiles
from httptask.editor.upstream import place_of, tasks_before
from httptask.errors import DefinitionError, HttpTaskError
from httptask.expressions import Context, Reference
from httptask.fixtures.using import with_fixtures
from httptask.hooks import PluginManager
from httptask.hooks.task import CompiledTask
from httptask.plugins import with_plugins
from httptask.settings import Settings
from httptask.trial.credentials import (
    credentials_of_task,
    name_of,
    needs_sign_in,
    sign_in_grant,
)
from httptask.trial.missing import missing_references
from httptask.trial.request import Trial
from httptask.trial.sign_in import Hosting, Invitation, sign_in

T = TypeVar("T")


class Catalogue(Protocol):
    """What the editor needs of the catalogue."""

    def search(self, query: str, *, api: str = "", method: str = "", limit: int = 20) -> list[Hit]:
        """Return hits, best first."""

    def get(self, operation_id: str) -> Operation:
        """Return an operation."""

    def match(self, method: str, url: str) -> Match | None:
        """Return the operation that a request is a call of."""

    def prepare(self, operation_id: str, **choices: str | int | None) -> dict[str, Any]:
        """Return the prepared task."""


@dataclass(slots=True)
class Backend:
    """The production services of the editor.

    Attributes:
        catalogue: the opened catalogue.
        settings: the machine's side; its policy has no literal exceptions.
        manager: the configured plugins.
        allow_hosts: exceptions of the egress policy, as the user wrote them.
        workflow_file: the workflow definition that is open, or None.
    """

    catalogue: Catalogue
    settings: Settings
    manager: pluggy.PluginManager
    allow_hosts: Sequence[str] = ()
    workflow_file: Path | None = None
    _beside: Surroundings = field(init=False)
    secrets: SessionSecrets = field(default_factory=SessionSecrets)
    inputs: RememberedInputs = field(init=False)
    _plugins: PluginManager = field(init=False)
    _kept: KeptTests = field(default_factory=KeptTests)
    _files: StoredFiles = field(init=False)
    _reader: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(1, thread_name_prefix="catalogue")
    )

    def __post_init__(self) -> None:
        self._files = StoredFiles(self.settings.files)
        self.inputs = RememberedInputs(self.settings.data / "editor-inputs.json")
        self._plugins = with_plugins(self.manager, {"session-secrets": self.secrets})
        self._beside = Surroundings.of(self.manager, machine=self.settings)

    def session(self) -> Mapping[str, Any]:
        """Return names of secrets, never values, the allowed hosts, and what plugins add."""
        return {
            "secrets": self._secret_names(),
            "allowedHosts": list(self.allow_hosts),
            "plugins": plugin_forms(self.manager),
        }

    def search(self, query: str, *, api: str, method: str, limit: int) -> list[dict[str, Any]]:
        """Return operations, best first."""
        hits = self._ask(lambda found: found.search(query, api=api, method=method, limit=limit))
        return [hit.to_json() for hit in hits]

    def operation(self, operation_id: str) -> dict[str, Any]:
        """Return the documentation of an operation."""

        def documented(found: Catalogue) -> dict[str, Any]:
            operation = found.get(operation_id)
            allowed = self._allowed_servers(operation)
            servers = (replace(s, public=s.public or s in allowed) for s in operation.servers)
            return documentation(replace(operation, servers=tuple(servers)))

        return self._ask(documented)

    def prepare(self, operation_id: str, choices: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the task prepared for an operation."""
        known = {"server", "mediaType", "auth", "branch", "name", "paging"}
        unknown = sorted(set(choices) - known)
        if unknown:
            raise DefinitionError(
                f"{unknown[0]!r} is not a choice of this operation", code="choice_unknown"
            )
        named = {"media_type" if k == "mediaType" else k: v for k, v in choices.items()}

        def prepared(found: Catalogue) -> dict[str, Any]:
            allowed = self._allowed_servers(found.get(operation_id))
            if allowed and "server" not in named:
                named["server"] = allowed[0].url
            return found.prepare(operation_id, **named)

        return self._ask(prepared)

    def check(self, draft: Draft) -> Checked:
        """Check as the command line does, and the task's outputs against its last test."""
        place = "" if draft.workflow is None else place_of(draft)
        findings = [each for each in self._findings(draft) if not self._is_allowed_origin(each)]
        if place is not None:
            findings += [
                replace(each, pointer=place + each.pointer) for each in self._unmatched(draft)
            ]
        found = [each.to_json() for each in findings]
        before = steps_json(draft, self._context(draft, {}))
        return Checked(found, self._references(draft), self._to_sign_in(draft), before)

    def rename(self, workflow: Mapping[str, Any], old: str, new: str) -> dict[str, Any]:
        """Return ``{workflow, left}``: the definition with another reference; see ``renamed``."""
        done = renamed(workflow, old, new)
        return {"workflow": done.document, "left": list(done.left)}

    def complete(self, draft: Draft, text: str) -> list[dict[str, Any]]:
        """Return what may follow ``${`` and this text."""
        return completion.complete(draft, text, self._known(draft))

    def values(self, draft: Draft, words: str) -> list[dict[str, Any]]:
        """Return what the task may read, by words of its path or its last value."""
        return completion.find(draft, words, self._known(draft))

    def import_text(self, text: str) -> dict[str, Any]:
        """Return ``{tasks, inputs, reasons}`` of a curl command, HAR, collection or request."""
        return self._ask(lambda known: read_pasted(text, self._plugins, known.match))

    def test(self, order: TestOrder) -> Mapping[str, Any]:
        """Run the production pipeline once and return the redacted trace."""
        chosen = choose_task(self._document(order.draft.task), None, self._beside)

        def watch(kind: str, record: Mapping[str, Any]) -> None:
            order.emit({**record, "type": kind})

        began = time.time()
        with with_fixtures(self._plugins, mock=order.fixture) as manager:
            trial = Trial(
                self.settings,
                manager,
                level=Level(order.level),
                watch=watch,
                cancelled=order.cancelled,
            )
            result = chosen.test(self._context_of_test(order), trial)
        if result.trace is None:
            raise HttpTaskError("the pipeline kept no trace", code="trace_missing")
        trace = result.trace.to_json()
        self._keep(order, result, trace, began)
        return trace

    def sign_in(self, order: SignInOrder) -> None:
        """Sign in for the credentials of a task; see ``httptask auth login``."""

        def invite(to: Invitation) -> None:
            order.emit({"type": "invitation", "url": to.url, "code": to.code})

        task = credentials_of_task(_prepared(order.draft), self.settings)
        hosting = Hosting(invite, order.listen, order.cancelled)
        context = self._context_of_sign_in(order.draft, task)
        result = sign_in(task, self.settings, self._plugins, hosting, context)
        if result.error is not None:
            raise result.error

    def tests(self, workflow: str) -> list[Mapping[str, Any]]:
        """Return ``{id, workflow, reference, startedAt}`` of kept tests, newest first."""
        return self._kept.of_workflow(workflow)

    def kept_trace(self, test_id: str) -> bytes | None:
        """Return the trace of a kept test as JSON text, or None."""
        kept = self._kept.get(test_id)
        return kept.trace if kept else None

    @property
    def files(self) -> StoredFiles:
        """Return the files of this session."""
        return self._files

    def _allowed_servers(self, operation: Operation) -> list[Server]:
        """Return the servers that are used unasked because this machine was told to allow them."""
        if any(server.public for server in operation.servers):
            return []
        return [each for each in operation.servers if self._may_call(each.url)]

    def _may_call(self, url: str) -> bool:
        try:
            parts = urlsplit(url)
            port = parts.port or (443 if parts.scheme == "https" else 80)
        except ValueError:
            return False
        return self.settings.policy.names(parts.hostname or "", port)

    def _ask(self, question: Callable[[Catalogue], T]) -> T:
        """Ask the catalogue in its own thread: it is not for several at once."""
        return self._reader.submit(question, self.catalogue).result()

    def _document(self, value: Mapping[str, Any]) -> Document | Mapping[str, Any]:
        """Return a definition as one of the opened file's: paths in it are below its folder."""
        file = self.workflow_file
        return Document(value, str(file), file.parent) if file else value

    def _findings(self, draft: Draft) -> Sequence[Finding]:
        if draft.workflow is None:
            return check_single(draft.task, self._beside).findings
        return check(self._document(draft.workflow), self._beside, "httptask").findings

    def _unmatched(self, draft: Draft) -> Iterator[Finding]:
        outputs = self._outputs(draft)
        yield from unmatched_outputs(draft.task, outputs.get(draft.ref))
        yield from unmatched_references(draft.task, self._known_samples(draft))

    def _is_allowed_origin(self, found: Finding) -> bool:
        """Tell whether a finding warns of an origin that this server was started to allow."""
        return found.code == "origin_not_public" and any(
            found.hint.endswith(f"--allow-host {host}") for host in self.allow_hosts
        )

    def _references(self, draft: Draft) -> list[dict[str, Any]]:
        try:
            task = _prepared(draft)
        except HttpTaskError:
            return []
        missing = {
            each.text for each in missing_references(task.template, self._context(draft, {}))
        }
        secrets = set(self._secret_names())
        missing |= {
            each.text
            for each in task.template.references
            if each.root == "workflow.secrets" and each.prefix and each.prefix[0] not in secrets
        }
        about = completion.describer(draft, self._known(draft))
        return [
            {**_reference(each, missing, task.pointer), **about(_inner(each))}
            for each in task.template.references
        ]

    def _to_sign_in(self, draft: Draft) -> dict[str, Any] | None:
        """Return ``{name, grant, missing}`` of what somebody has to sign in to, or None."""
        try:
            task = credentials_of_task(_prepared(draft), self.settings)
            grant = sign_in_grant(task, self.settings)
            context = self._context_of_sign_in(draft, task)
        except HttpTaskError:
            return None
        unknown = missing_references(task.template, context) if grant else []
        if not unknown and not needs_sign_in(task, self.settings, self._plugins, context):
            return None
        return {"name": name_of(task), "grant": grant, "missing": [*map(_inner, unknown)]}

    def _context_of_sign_in(self, draft: Draft, task: CompiledTask) -> Context:
        """Return what credentials are evaluated in: of the inputs those that they read."""
        read = {_inner(each) for each in task.template.references} & set(draft.inputs)
        return self._context(draft, {text: draft.inputs[text] for text in read})

    def _known(self, draft: Draft) -> completion.Known:
        return completion.Known(
            self._known_samples(draft), self._secret_names(), sorted(self.settings.env)
        )

    def _secret_names(self) -> list[str]:
        return sorted({*secret_names(), *self.secrets.names()})

    def _context_of_test(self, order: TestOrder) -> Context:
        """Return what a test is given; from here, with the results of the steps before."""
        draft, began = order.draft, time.time()
        context = self._context(draft, draft.inputs)
        if not order.from_here:
            return context
        run = Before(self.settings, self._plugins).run(draft, context)
        for task in run.get("tasks", ()):
            if task["taskType"] in COMPUTED:
                about = {
                    "id": uuid4().hex,
                    "workflow": _flow_name(draft),
                    "reference": task["referenceTaskName"],
                    "startedAt": round(began * 1000),
                    "status": "completed",
                }
                self._kept.keep(about, _computed_trace(task), task["outputData"])
                order.emit({**about, "type": "step"})
        return self._context(draft, draft.inputs, run)

    def _context(
        self, draft: Draft, inputs: Mapping[str, Any], run: Mapping[str, Any] | None = None
    ) -> Context:
        outputs = self._known_samples(draft)
        if run:  # what was just computed, not what it was before
            outputs = {ref: each for ref, each in outputs.items() if ref not in _computed(run)}
        given = Given(outputs=outputs, env=self.settings.env, values=inputs)
        return context_of(draft.workflow, given, run or {})

    def _outputs(self, draft: Draft) -> dict[str, Mapping[str, Any]]:
        """Return the outputs of the tests that the draft names, by reference."""
        kept = {ref: self._kept.get(test_id) for ref, test_id in draft.samples.items()}
        return {ref: each.output for ref, each in kept.items() if each}

    def _known_samples(self, draft: Draft) -> dict[str, Mapping[str, Any]]:
        before = {str(task.get("taskReferenceName", "")) for task in tasks_before(draft)}
        return {ref: output for ref, output in self._outputs(draft).items() if ref in before}

    def _keep(
        self, order: TestOrder, result: TaskResult, trace: Mapping[str, Any], began: float
    ) -> None:
        about = {
            "id": order.test_id,
            "workflow": _flow_name(order.draft),
            "reference": order.draft.ref,
            "startedAt": round(began * 1000),
            "status": str(trace["status"]),
        }
        self._kept.keep(about, trace, result.output)
        self._files.note(result.output, began)


def _prepared(draft: Draft) -> CompiledTask:
    inputs = draft.task.get("inputParameters")
    if not isinstance(inputs, Mapping):
        raise DefinitionError("the task has no inputParameters", pointer="/inputParameters")
    name = str(draft.task.get("name", "http"))
    return CompiledTask.of(inputs, name=name, ref=draft.ref)


def _inner(each: Reference) -> str:
    return each.text.removeprefix("${").removesuffix("}")


def _reference(each: Reference, missing: set[str], base: str) -> dict[str, Any]:
    return {
        "text": _inner(each),
        "pointer": base + each.pointer,
        "root": each.root,
        "available": each.text not in missing,
        "secret": may_be_secret(_inner(each)),
    }


def _computed(run: Mapping[str, Any]) -> set[str]:
    return {str(task["referenceTaskName"]) for task in run["tasks"] if task["taskType"] in COMPUTED}


def _computed_trace(task: Mapping[str, Any]) -> dict[str, Any]:
    return {"status": "completed", "output": task["outputData"], "exchanges": []}


def _flow_name(draft: Draft) -> str:
    return str((draft.workflow or {}).get("name", ""))
