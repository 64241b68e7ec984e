"""The editor's back end: the catalogue, the checks and the production pipeline."""

from __future__ import annotations

import re
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, TypeVar

import pluggy

from httptask.app.check import check, check_single
from httptask.app.context import Given, context_of
from httptask.app.load import Surroundings
from httptask.app.test import choose_task
from httptask.builtin.files import stored_path
from httptask.catalog import Hit, Operation
from httptask.core.result import TaskResult
from httptask.core.tracing import Level
from httptask.definition.findings import Finding
from httptask.definition.reading import Document
from httptask.editor import completion
from httptask.editor.documentation import documentation
from httptask.editor.plugin_forms import plugin_forms
from httptask.editor.secret_names import secret_names
from httptask.editor.services import Checked, Draft, TestOrder
from httptask.editor.stale_paths import unmatched_outputs, unmatched_references
from httptask.editor.upstream import pointer_of, tasks_before
from httptask.errors import DefinitionError, HttpTaskError
from httptask.expressions import Context, Reference
from httptask.hooks.task import PreparedTask
from httptask.settings import Settings
from httptask.trial.missing import missing_references
from httptask.trial.request import Trial

_SAMPLES = 100
_CLOCK_TICK = 0.05
"""Seconds that a file system's time may lag behind."""
_DIGEST = re.compile(r"[0-9a-f]{64}\Z")
_SHOWN_FILE = 20 << 20
T = TypeVar("T")


class Catalogue(Protocol):
    """What the editor needs of the catalogue."""

    def search(self, query: str, *, api: str = "", method: str = "", limit: int = 20) -> list[Hit]:
        """Return hits, best first."""

    def get(self, operation_id: str) -> Operation:
        """Return an operation."""

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
    _samples: OrderedDict[tuple[str, str], Mapping[str, Any]] = field(default_factory=OrderedDict)
    _files: dict[str, str] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _reader: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(1, thread_name_prefix="catalogue")
    )

    def __post_init__(self) -> None:
        self._beside = Surroundings.of(self.manager, connections=self.settings.connections_file)

    def session(self) -> Mapping[str, Any]:
        """Return names of secrets, never values, the allowed hosts, and what plugins add."""
        return {
            "secrets": secret_names(),
            "allowedHosts": list(self.allow_hosts),
            "plugins": plugin_forms(self.manager),
        }

    def search(self, query: str, *, api: str, method: str, limit: int) -> list[dict[str, Any]]:
        """Return operations, best first."""
        hits = self._ask(lambda found: found.search(query, api=api, method=method, limit=limit))
        return [hit.to_json() for hit in hits]

    def operation(self, operation_id: str) -> dict[str, Any]:
        """Return the documentation of an operation."""
        return self._ask(lambda found: documentation(found.get(operation_id)))

    def prepare(self, operation_id: str, choices: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the task prepared for an operation."""
        known = {"server", "mediaType", "auth", "branch", "name"}
        unknown = sorted(set(choices) - known)
        if unknown:
            raise DefinitionError(
                f"{unknown[0]!r} is not a choice of this operation", code="choice_unknown"
            )
        named = {"media_type" if k == "mediaType" else k: v for k, v in choices.items()}
        return self._ask(lambda found: found.prepare(operation_id, **named))

    def check(self, draft: Draft) -> Checked:
        """Check the task as the command line does, and its outputs against the last test."""
        findings, pointer = self._findings(draft)
        inside = [
            _rooted(found, pointer)
            for found in findings
            if _is_below(found, pointer) and not self._is_allowed_origin(found)
        ]
        inside += self._unmatched(draft)
        return Checked(inside, self._references(draft))

    def complete(self, draft: Draft, text: str) -> list[dict[str, Any]]:
        """Return what may follow ``${`` and this text."""
        known = completion.Known(
            self._known_samples(draft), secret_names(), sorted(self.settings.env)
        )
        return completion.complete(draft, text, known)

    def test(self, order: TestOrder) -> Mapping[str, Any]:
        """Run the production pipeline once and return the redacted trace."""
        chosen = choose_task(order.draft.task, None, self._beside)

        def watch(kind: str, record: Mapping[str, Any]) -> None:
            order.emit({**record, "type": kind})

        trial = Trial(
            self.settings,
            self.manager,
            level=Level(order.level),
            watch=watch,
            cancelled=order.cancelled,
        )
        began = time.time()
        result = chosen.test(self._context(order.draft, order.inputs), trial)
        self._keep(order.draft, result, began)
        if result.trace is None:
            raise HttpTaskError("the pipeline kept no trace", code="trace_missing")
        return result.trace.to_json()

    def file(self, sha256: str) -> tuple[bytes, str] | None:
        """Return a file that a test of this server stored; no path of a response is read."""
        media_type = self._files.get(sha256)
        path = None if media_type is None else stored_path(self.settings.files, sha256)
        if path is None or media_type is None:
            return None
        with path.open("rb") as file:
            return file.read(_SHOWN_FILE), media_type

    def _ask(self, question: Callable[[Catalogue], T]) -> T:
        """Ask the catalogue in its own thread: it is not for several at once."""
        return self._reader.submit(question, self.catalogue).result()

    def _findings(self, draft: Draft) -> tuple[Sequence[Finding], str]:
        pointer = pointer_of(draft.workflow, draft.ref) if draft.workflow else None
        if draft.workflow is None or pointer is None:
            return check_single(draft.task, self._beside).findings, ""
        file = self.workflow_file
        document = Document(draft.workflow, str(file), file.parent) if file else draft.workflow
        return check(document, self._beside, "httptask").findings, pointer

    def _unmatched(self, draft: Draft) -> list[dict[str, Any]]:
        sample = self._samples.get((_flow_name(draft), draft.ref))
        found = list(unmatched_outputs(draft.task, sample))
        found += unmatched_references(draft.task, self._known_samples(draft))
        return [finding.to_json() for finding in found]

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
        return [_reference(each, missing, task.pointer) for each in task.template.references]

    def _context(self, draft: Draft, inputs: Mapping[str, Any]) -> Context:
        outputs = self._known_samples(draft)
        given = Given(outputs=outputs, env=self.settings.env, values=inputs)
        return context_of(draft.workflow, given)

    def _known_samples(self, draft: Draft) -> dict[str, Mapping[str, Any]]:
        name = _flow_name(draft)
        refs = [str(task.get("taskReferenceName", "")) for task in tasks_before(draft)]
        with self._lock:
            return {ref: self._samples[name, ref] for ref in refs if (name, ref) in self._samples}

    def _keep(self, draft: Draft, result: TaskResult, began: float) -> None:
        with self._lock:
            self._samples[_flow_name(draft), draft.ref] = result.output
            self._samples.move_to_end((_flow_name(draft), draft.ref))
            while len(self._samples) > _SAMPLES:
                self._samples.popitem(last=False)
            for each in _file_references(result.output):
                if self._was_stored(each["sha256"], began):
                    self._files[each["sha256"]] = str(each.get("mediaType", ""))

    def _was_stored(self, sha256: str, began: float) -> bool:
        """Tell whether a file is as new as a test: a response may name any file of the store."""
        path = stored_path(self.settings.files, sha256)
        return path is not None and path.stat().st_mtime >= began - _CLOCK_TICK


def _prepared(draft: Draft) -> PreparedTask:
    inputs = draft.task.get("inputParameters")
    if not isinstance(inputs, Mapping):
        raise DefinitionError("the task has no inputParameters", pointer="/inputParameters")
    name = str(draft.task.get("name", "http"))
    return PreparedTask.of(inputs, name=name, ref=draft.ref)


def _reference(each: Reference, missing: set[str], base: str) -> dict[str, Any]:
    return {
        "text": each.text.removeprefix("${").removesuffix("}"),
        "pointer": base + each.pointer,
        "root": each.root,
        "available": each.text not in missing,
    }


def _is_below(found: Finding, pointer: str) -> bool:
    return not pointer or found.pointer == pointer or found.pointer.startswith(f"{pointer}/")


def _rooted(found: Finding, pointer: str) -> dict[str, Any]:
    return {**found.to_json(), "pointer": found.pointer.removeprefix(pointer)}


def _flow_name(draft: Draft) -> str:
    return str((draft.workflow or {}).get("name", ""))


def _file_references(value: Any) -> Iterable[Mapping[str, Any]]:
    if isinstance(value, Mapping):
        if isinstance(value.get("sha256"), str) and _DIGEST.match(value["sha256"]):
            yield value
        for item in value.values():
            yield from _file_references(item)
    elif isinstance(value, list):
        for item in value:
            yield from _file_references(item)
