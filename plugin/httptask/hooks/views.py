"""What hooks are given, and what they give back."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from httptask.core.body import FileRef
from httptask.core.clock import Clock, SystemClock
from httptask.core.egress import EgressPolicy
from httptask.core.execution import Execution
from httptask.core.message import HttpRequest, HttpResponse
from httptask.core.sensitive import Redactor
from httptask.core.vault import Vault
from httptask.definition.http_task import HttpRequestSpec
from httptask.definition.options import AuthOptions, HttpTaskOptions
from httptask.errors import DecodeError
from httptask.expressions import Context
from httptask.hooks.task import PreparedTask

SecretLookup = Callable[[str], str | None]


def no_secrets(name: str) -> str | None:
    """Know no secret."""
    del name
    return None


class TaskCall(msgspec.Struct, frozen=True):
    """One task execution: everything a stage may know before the first attempt.

    Attributes:
        task: the task as written, compiled.
        context: values that the task's expressions refer to.
        execution: which execution of which workflow this is.
        policy: where requests may go.
        redactor: secrets register here when they are used.
        files: folder of the content-addressed file store.
        inputs: inputs that an engine has resolved already, secrets included; None otherwise.
        given_secrets: names of the secrets that are in ``inputs``.
        mode: "run" or "trial"; for the trace only, no stage behaves differently.
        secrets: looks a secret up by name; the value is registered with the redactor.
        secret_origins: origins configured for a secret, besides those literal in the task.
        options_model: model of ``httptask`` that knows the plugins' authentication kinds.
        vault: keeps secrets of the response for later tasks; None where there are none.
        cancelled: set when the caller gives up.
    """

    task: PreparedTask
    context: Context
    execution: Execution
    policy: EgressPolicy
    redactor: Redactor
    files: Path
    inputs: Mapping[str, Any] | None = None
    given_secrets: frozenset[str] = frozenset()
    mode: str = "run"
    secrets: SecretLookup = no_secrets
    secret_origins: Mapping[str, frozenset[str]] = msgspec.field(default_factory=dict)
    clock: Clock = msgspec.field(default_factory=SystemClock)
    cancelled: threading.Event | None = None
    options_model: type[HttpTaskOptions] = HttpTaskOptions
    vault: Vault | None = None

    def within(self, secrets: SecretLookup, options_model: type[HttpTaskOptions]) -> TaskCall:
        """Return this call as a pipeline with these plugins sees it."""
        return msgspec.structs.replace(self, secrets=secrets, options_model=options_model)


class ResolvedRequest(msgspec.Struct, frozen=True):
    """The task's inputs after expressions, secrets put in, checked against its schemas.

    Attributes:
        spec: Conductor's own fields.
        options: the fields under ``httptask``.
        secrets: names of the secrets that were put in.
        bound: of these, the ones that an earlier response gave: the only origin each may go to.
    """

    spec: HttpRequestSpec
    options: HttpTaskOptions
    secrets: frozenset[str] = frozenset()
    bound: Mapping[str, str] = msgspec.field(default_factory=dict)


class Attempt(msgspec.Struct, frozen=True):
    """One attempt of a task execution.

    Attributes:
        call: the task execution it belongs to.
        resolved: what is to be requested.
        number: 1 for the first.
        deadline: monotonic time at which the task's total time is over, or None.
        refresh: True after a REFRESH_AND_RETRY verdict: cached credentials are to be renewed.
        policy: where this attempt's next request may go.
        send_out: what ``call_out`` calls.
        emit: shows one event of a streamed answer to whoever watches.
    """

    call: TaskCall
    resolved: ResolvedRequest
    number: int
    deadline: float | None
    refresh: bool
    policy: EgressPolicy
    send_out: Callable[[Attempt, HttpRequest, str], HttpResponse]
    emit: Callable[[Any], None]
    probe: Probe

    def call_out(self, request: HttpRequest, purpose: str) -> HttpResponse:
        """Send a plugin's own request (a token call) under the same policy, recorded.

        Args:
            request: what to send.
            purpose: what the trace calls the exchange, for example ``token``.

        Returns:
            The answer, its body in memory.

        Raises:
            RequestError: it was refused or not answered, or nothing is to be sent.
            DecodeError: the answer has more than 4 MiB.
        """
        return self.send_out(self, request, purpose)

    def using(self, *, policy: EgressPolicy | None = None, probe: Probe | None = None) -> Attempt:
        """Return this attempt with another policy or probe."""
        return msgspec.structs.replace(
            self, policy=policy or self.policy, probe=probe or self.probe
        )


class Probe(msgspec.Struct):
    """What the transport notes down while it sends; monotonic seconds, None if it did not happen.

    The pipeline makes one per exchange and reads it afterwards.
    """

    started: float = 0.0
    dns: float | None = None
    connect: float | None = None
    tls: float | None = None
    send: float | None = None
    wait: float | None = None
    remote_address: str = ""


class Credentials(msgspec.Struct, frozen=True):
    """What a request is signed with.

    Attributes:
        values: by name, whatever the authentication kind needs.
        refreshable: True when a 401 is worth one more attempt with renewed credentials.
    """

    values: Mapping[str, Any] = msgspec.field(default_factory=dict)
    refreshable: bool = False


Exchange = Callable[[HttpRequest], HttpResponse]


class SignedRequest(msgspec.Struct, frozen=True):
    """A request with its final bytes.

    Attributes:
        request: what is sent.
        on_response: continues a challenge-response scheme: it is given the answer and a function
            that sends one more judged and recorded request, and returns the answer that counts.
        fields: names of headers, query parameters or cookies that hold credentials.
    """

    request: HttpRequest
    on_response: Callable[[HttpResponse, Exchange], HttpResponse] | None = None
    fields: tuple[str, ...] = ()


class DecodedBody(msgspec.Struct, frozen=True):
    """The answer's body as a JSON value.

    Attributes:
        value: JSON value; ``{path, sha256, size, mediaType}`` for a stored file.
        kind: json, text, file, events or none.
        size: bytes after content encodings are undone.
        file: the stored file, if it is one.
        error: why the body is not what it says it is; ``value`` is then its text.
        text: the text that ``value`` was read from, kept of answers that are no success.
    """

    value: Any
    kind: str = "json"
    size: int = 0
    file: FileRef | None = None
    error: DecodeError | None = None
    text: str | None = None


def response_output(
    response: HttpResponse | None = None, body: DecodedBody | None = None
) -> dict[str, Any]:
    """Return the ``response`` part of a task's output; the same shape for every outcome.

    Without an answer ``statusCode`` is null.
    """
    return {
        "statusCode": response.status if response else None,
        "reasonPhrase": response.reason if response else "",
        "headers": response.headers.to_map() if response else {},
        "body": body.value if body else None,
    }


class TaskOutput(msgspec.Struct, frozen=True):
    """The task's output.

    Attributes:
        values: ``{"response": {...}, NAME: mapped value}``.
        warnings: messages about mapped paths that found nothing.
        notices: messages about parts that were too large and became files.
    """

    values: Mapping[str, Any]
    warnings: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()


class Claim(msgspec.Struct, frozen=True):
    """A kind that a plugin answers for; two plugins with one claim are refused.

    Attributes:
        stage: the stage hook, without the ``httptask_`` prefix.
        kind: what is claimed, for example an authentication kind or a media type.
        summary: one line for people.
        model: for authentication kinds, the model of ``httptask.auth`` with a literal
            ``type`` field equal to ``kind``.
    """

    stage: str
    kind: str
    summary: str = ""
    model: type[AuthOptions] | None = None
