"""What the editor's server needs of the rest of httptask, and nothing else."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from httptask.editor.remembered_inputs import RememberedInputs
from httptask.editor.session_secrets import SessionSecrets
from httptask.editor.stored_files import StoredFiles
from httptask.trial.sign_in import Listen

Json = Any
Emit = Callable[[Mapping[str, Json]], None]


@dataclass(frozen=True, slots=True)
class Draft:
    """What stands in the editor: one task, and the workflow around it if there is one.

    Attributes:
        task: the task in work.
        workflow: the workflow definition that holds it, or None.
        place: JSON Pointer of the task in the workflow; "" finds it by its reference.
        samples: ids of tests whose outputs count, by task reference name.
        inputs: what a test is given: values for expressions, by their text without ``${`` and
            ``}``.
    """

    task: Mapping[str, Json]
    workflow: Mapping[str, Json] | None = None
    place: str = ""
    samples: Mapping[str, str] = field(default_factory=dict)
    inputs: Mapping[str, Json] = field(default_factory=dict)

    @property
    def ref(self) -> str:
        """Return the task reference name."""
        return str(self.task.get("taskReferenceName") or self.task.get("name") or "http")


@dataclass(frozen=True, slots=True)
class Checked:
    """What the static check says.

    Attributes:
        findings: ``{code, severity, message, pointer, hint, source}`` of the whole workflow, with
            pointers into it, or into a task that stands on its own.
        references: ``{text, pointer, root, available, secret, type, value}`` of each expression in
            the task, with pointers into it.
        sign_in: ``{name, grant, missing}`` of what somebody has to sign in to before a test, and
            the expressions that this lacks values for; or None.
        before: ``{reference, computed, missing}`` of each step before that the task reads.
    """

    findings: Sequence[Mapping[str, Json]] = ()
    references: Sequence[Mapping[str, Json]] = ()
    sign_in: Mapping[str, Json] | None = None
    before: Sequence[Mapping[str, Json]] = ()

    def to_json(self) -> dict[str, Json]:
        """Return the document that the REST API responds with."""
        return {
            "findings": list(self.findings),
            "references": list(self.references),
            "signIn": self.sign_in,
            "before": list(self.before),
        }


@dataclass(frozen=True, slots=True)
class TestOrder:
    """One press of the Test button.

    Attributes:
        draft: the task and its workflow.
        level: how much the trace keeps: info, debug or trace.
        emit: is given ``{"type": ...}`` documents while the test runs, from the test's thread.
        test_id: what the test is kept by.
        fixture: what responds instead of the network, or None.
        from_here: execute the steps before that compute what the task reads.
        cancelled: set when the user gives up.
    """

    __test__ = False

    draft: Draft
    level: str
    emit: Emit
    test_id: str = ""
    fixture: Mapping[str, Json] | None = None
    from_here: bool = False
    cancelled: threading.Event = field(default_factory=threading.Event)


@dataclass(frozen=True, slots=True)
class SignInOrder:
    """One press of the button that signs in.

    Attributes:
        draft: the task whose credentials are asked for, and its workflow.
        emit: is given ``{"type": "invitation", "url", "code"}``: what is to be done.
        listen: receives the redirect that has a ``state``.
        cancelled: set when the user gives up.
    """

    draft: Draft
    emit: Emit
    listen: Listen
    cancelled: threading.Event


class Services(Protocol):
    """The back end of the editor. Methods block; the server calls them in threads."""

    def session(self) -> Mapping[str, Json]:
        """Return what the page shows at its start: version, secrets' names, allowed hosts."""

    def search(
        self, query: str, *, api: str, method: str, limit: int
    ) -> Sequence[Mapping[str, Json]]:
        """Return operations, best first."""

    def operation(self, operation_id: str) -> Mapping[str, Json]:
        """Return the documentation of an operation.

        Raises:
            CatalogError: there is no such operation.
        """

    def prepare(self, operation_id: str, choices: Mapping[str, Json]) -> Mapping[str, Json]:
        """Return the task prepared for an operation.

        Raises:
            CatalogError: there is no such operation, or a choice it does not offer.
        """

    def check(self, draft: Draft) -> Checked:
        """Check the task where it stands."""

    def rename(self, workflow: Mapping[str, Json], old: str, new: str) -> Mapping[str, Json]:
        """Return ``{workflow, left}``: the definition in which a task has another reference.

        ``left`` are JSON Pointers of scripts that still have the name.

        Raises:
            DefinitionError: there is no such task, or the name cannot be used.
        """

    def import_text(self, text: str) -> Mapping[str, Json]:
        """Return ``{tasks, inputs, reasons}``: HTTP tasks of requests in another format.

        Raises:
            DefinitionError: the text holds no requests of a known format.
        """

    @property
    def secrets(self) -> SessionSecrets:
        """Return the secrets of this session."""

    @property
    def inputs(self) -> RememberedInputs:
        """Return what tests were given."""

    def complete(self, draft: Draft, text: str) -> Sequence[Mapping[str, Json]]:
        """Return ``{label, text, detail, value, more}`` that may follow ``${`` and this text."""

    def values(self, draft: Draft, words: str) -> Sequence[Mapping[str, Json]]:
        """Return ``{step, label, text, detail, value}`` of what the task may read, by words."""

    def test(self, order: TestOrder) -> Mapping[str, Json]:
        """Run the task by the production pipeline and return its trace, redacted."""

    def sign_in(self, order: SignInOrder) -> None:
        """Sign in for the credentials of a task, and keep the token on this machine.

        Raises:
            HttpTaskError: there is no token.
        """

    def tests(self, workflow: str) -> Sequence[Mapping[str, Json]]:
        """Return ``{id, workflow, reference, startedAt, status}`` of kept tests, newest first."""

    def kept_trace(self, test_id: str) -> bytes | None:
        """Return the trace of a kept test as JSON text, or None."""

    @property
    def files(self) -> StoredFiles:
        """Return the files of this session."""
