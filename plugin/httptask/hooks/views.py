"""What hooks are given, and what they give back."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

import msgspec

from httptask.core.body import FileRef
from httptask.core.clock import Clock, SystemClock
from httptask.core.egress import EgressPolicy
from httptask.core.execution import Execution
from httptask.core.message import HttpRequest, HttpResponse, Origin
from httptask.core.permissions import SecretOrigins
from httptask.core.sensitive import Redactor
from httptask.core.vault import Vault
from httptask.core.verdict import Verdict
from httptask.definition.http_task import HttpRequestSpec
from httptask.definition.options import HttpTaskOptions, option_of
from httptask.errors import DeadlineError, DecodeError, RequestError
from httptask.expressions import Context
from httptask.hooks.claim import Claim as Claim  # noqa: PLC0414 - it is exported
from httptask.hooks.progress import Paused, Progress
from httptask.hooks.recording import ExchangeRecorder, Probe
from httptask.hooks.task import CompiledTask

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
        data: folder in which plugins keep what outlives an execution.
        inputs: inputs that an engine has resolved already, secrets included; None otherwise.
        given_secrets: names of the secrets that are in ``inputs``.
        mode: "run" or "trial"; for the trace only, no stage behaves differently.
        secrets: looks a secret up by name; the value is registered with the redactor.
        secret_origins: origins configured for a secret, besides or instead of literal ones.
        tls_folders: folders below which certificates may be named; None: anywhere.
        options_model: model of ``httptask`` that knows the plugins' options.
        vault: keeps secrets of the response for later tasks; None where there are none.
        cancelled: set when the caller gives up.
        transport: kind of the transport that sends, as the operator chose it; "": the manager's.
        poll_floor: the least seconds between two polls where no Retry-After says otherwise.
    """

    task: CompiledTask
    context: Context
    execution: Execution
    policy: EgressPolicy
    redactor: Redactor
    files: Path
    data: Path
    inputs: Mapping[str, Any] | None = None
    given_secrets: frozenset[str] = frozenset()
    mode: str = "run"
    secrets: SecretLookup = no_secrets
    secret_origins: Mapping[str, SecretOrigins] = msgspec.field(default_factory=dict)
    tls_folders: tuple[Path, ...] | None = ()
    clock: Clock = msgspec.field(default_factory=SystemClock)
    cancelled: threading.Event | None = None
    options_model: type[HttpTaskOptions] = HttpTaskOptions
    vault: Vault | None = None
    transport: str = ""
    poll_floor: float = 0.0

    def within(self, secrets: SecretLookup, options_model: type[HttpTaskOptions]) -> TaskCall:
        """Return this call as a pipeline with these plugins sees it."""
        return msgspec.structs.replace(self, secrets=secrets, options_model=options_model)


class Warned(msgspec.Struct, frozen=True):
    """A warning of the trace: something that fails nothing.

    Attributes:
        code: stable code.
        message: what is so, and what to do.
        pointer: JSON Pointer in the author's file.
    """

    code: str
    message: str
    pointer: str


class ResolvedRequest(msgspec.Struct, frozen=True):
    """The task's inputs after expressions, secrets put in, checked against its schemas.

    Attributes:
        spec: Conductor's own fields.
        options: the fields under ``httptask``.
        secrets: names of the secrets that were put in.
        bound: of these, the ones that an earlier response gave: the only origin each may go to.
        warnings: what the author should know, for the trace.
    """

    spec: HttpRequestSpec
    options: HttpTaskOptions
    secrets: frozenset[str] = frozenset()
    bound: Mapping[str, str] = msgspec.field(default_factory=dict)
    warnings: tuple[Warned, ...] = ()


class Task(msgspec.Struct, frozen=True):
    """One task execution whose inputs are resolved: what every layer is given, directly or not.

    Attributes:
        call: the task and everything around it.
        resolved: what is to be requested.
        deadline: monotonic time at which the task's total time is over, or None.
        recorder: is told of each exchange.
        emit: shows one event of a streamed response to whoever watches.
        progress: what layers keep for a later part of the execution.
        place: names of the layers around the one that is given this view, and its own.
    """

    call: TaskCall
    resolved: ResolvedRequest
    deadline: float | None
    recorder: ExchangeRecorder
    emit: Callable[[Any], None]
    progress: Progress = msgspec.field(default_factory=Progress)
    place: tuple[str, ...] = ()

    @property
    def options(self) -> HttpTaskOptions:
        """Return the fields under ``httptask``."""
        return self.resolved.options

    @property
    def spec(self) -> HttpRequestSpec:
        """Return Conductor's own fields of the request."""
        return self.resolved.spec

    @property
    def redactor(self) -> Redactor:
        """Return what hides this execution's secrets; register what a layer obtains."""
        return self.call.redactor

    @property
    def resume(self) -> Any:
        """Return the JSON value that this layer kept last in this execution, or None."""
        return self.progress.of(self.place)

    def keep(self, state: Any, *, may_repeat: bool = True) -> None:
        """Keep a JSON value for a later part of the execution; it is stored if it holds no secret.

        ``may_repeat``: whether what is sent next may be sent again if it is interrupted.
        """
        kept = self.progress.put(self.place, state, may_repeat=may_repeat)
        if not self.hides(kept):
            self.progress.store(kept)

    def pause(self, seconds: float, state: Any, *, may_repeat: bool = True) -> Paused:
        """Return what ends this part of the execution if it is raised.

        The layer is called again in so many seconds, with the value in ``resume`` and a deadline
        that begins anew. Nothing is held open meanwhile where an engine goes on by itself.
        """
        return Paused(seconds, self.progress.put(self.place, state, may_repeat=may_repeat))

    def hides(self, value: Any) -> bool:
        """Tell whether a JSON value holds a secret."""
        return self.redactor.armed and self.redactor.value(value) != value

    def warn(self, code: str, message: str, pointer: str = "") -> None:
        """Warn the author; ``pointer`` is below ``inputParameters``."""
        self.recorder.warn(code, message, self.call.task.pointer + pointer)

    def option(self, name: str) -> Any:
        """Return what the task says under ``httptask.NAME``, or None."""
        return option_of(self.resolved.options, name)

    def time_left(self) -> float | None:
        """Return the seconds until the deadline, or None."""
        return None if self.deadline is None else self.deadline - self.call.clock.monotonic()

    def wait(self, seconds: float) -> None:
        """Wait.

        Raises:
            RequestError: the caller cancelled meanwhile.
            DeadlineError: the wait would outlast the deadline.
        """
        left = self.time_left()
        if left is not None and seconds >= left:
            raise deadline_error(f"a wait of {seconds:g} s would outlast the deadline")
        if self.call.clock.wait(seconds, self.call.cancelled):
            raise RequestError("cancelled while waiting", code="cancelled", retryable=False)

    def check_time(self) -> None:
        """Do nothing while there is time.

        Raises:
            RequestError: the caller cancelled.
            DeadlineError: the deadline is over.
        """
        cancelled, left = self.call.cancelled, self.time_left()
        if cancelled is not None and cancelled.is_set():
            raise RequestError("cancelled", code="cancelled", retryable=False)
        if left is not None and left <= 0:
            raise deadline_error("the deadline is over")


def deadline_error(message: str) -> DeadlineError:
    """Return the error that there is no time left."""
    hint = "httptask.deadlineMs, or a time limit of the task definition, sets the total time"
    return DeadlineError(message, retryable=False, hint=hint)


class Attempt(msgspec.Struct, frozen=True):
    """One attempt of a task execution.

    Attributes:
        task: the task execution it belongs to.
        number: 1 for the first.
    """

    task: Task
    number: int

    def emit(self, event: Any) -> None:
        """Show one event of a streamed response to whoever watches."""
        self.task.emit(event)


class Exchange(msgspec.Struct, frozen=True):
    """One request and its response, on their way through the layers.

    Attributes:
        attempt: the attempt it belongs to.
        purpose: task, redirect, or what a layer says that asks: token, challenge, page.
        trusted: whether the task's credentials may go where this request goes.
        policy: judges the address that is connected to.
        proxy: address of the proxy it goes through, or "".
        origins: origins that stand literally in the definition for requests of this purpose.
        probe: what the transport notes down.
        layers: the layers that this exchange goes through.
        layer: the one that holds this view.
        calls: sends what ``ask`` asks for.
        dry: whether it stops before anything is sent.
    """

    attempt: Attempt
    purpose: str
    trusted: bool
    policy: EgressPolicy
    proxy: str
    origins: frozenset[Origin]
    probe: Probe
    layers: tuple[Any, ...]
    layer: Any
    calls: Calls
    dry: bool = False

    @property
    def task(self) -> Task:
        """Return the task execution it belongs to."""
        return self.attempt.task

    def ask(self, request: HttpRequest, purpose: str) -> HttpResponse:
        """Send a request of the layer's own: through every layer but this one, judged and recorded.

        Where it may go is decided by where its address stands: one that is literal under
        ``httptask.auth``, or in the plugin's own options, has the rights of a literal ``uri``.

        Args:
            request: what to send, unsigned.
            purpose: what the trace calls the exchange, for example ``token``.

        Returns:
            The response; ``response.read()`` gives a short body.

        Raises:
            RequestError: it was refused or got no response, or nothing is to be sent.
        """
        return self.calls.ask(self, request, purpose)

    def drop(self, response: HttpResponse) -> None:
        """Give back the connection of a response that is not handed on."""
        self.calls.drop(response)


class Calls(Protocol):
    """What stands behind ``Exchange.ask`` and ``Exchange.drop``."""

    def ask(self, exchange: Exchange, request: HttpRequest, purpose: str) -> HttpResponse:
        """Send a layer's own request."""

    def drop(self, response: HttpResponse) -> None:
        """Give back a connection."""


class SignedRequest(msgspec.Struct, frozen=True):
    """A request as it is to be sent.

    Attributes:
        request: what is sent.
        fields: names of headers, query parameters, form fields or cookies that hold credentials.
        connection: identity that the connection belongs to, where the scheme authenticates
            connections; "" for shared ones.
    """

    request: HttpRequest
    fields: tuple[str, ...] = ()
    connection: str = ""


Send = Callable[[HttpRequest], HttpResponse]
SendSigned = Callable[[SignedRequest], HttpResponse]


class DecodedBody(msgspec.Struct, frozen=True):
    """The response's body as a JSON value.

    Attributes:
        value: JSON value; ``{path, sha256, size, mediaType}`` for a stored file.
        kind: json, text, file, events or none.
        size: bytes after content encodings are undone.
        file: the stored file, if it is one.
        error: why the body is not what it says it is; ``value`` is then its text.
        text: the text that ``value`` was read from, kept of responses that are not a success.
        pages: how many pages it was made of; None for one response.
    """

    value: Any
    kind: str = "json"
    size: int = 0
    file: FileRef | None = None
    error: DecodeError | None = None
    text: str | None = None
    pages: int | None = None


class Outcome(msgspec.Struct, frozen=True):
    """How an attempt, or all of them, ended.

    Attributes:
        verdict: what it means for the task.
        response: the response, its body read; None when there was none.
        body: its decoded body.
    """

    verdict: Verdict
    response: HttpResponse | None = None
    body: DecodedBody | None = None


Ask = Callable[[HttpRequest], Outcome]


def response_output(
    response: HttpResponse | None = None, body: DecodedBody | None = None
) -> dict[str, Any]:
    """Return the ``response`` part of a task's output; the same shape for every outcome.

    Without a response ``statusCode`` is null. A list of pages has their number beside it.
    """
    output = {
        "statusCode": response.status if response else None,
        "reasonPhrase": response.reason if response else "",
        "headers": response.headers.to_map() if response else {},
        "body": body.value if body else None,
    }
    if body is not None and body.pages is not None:
        output["pages"] = body.pages
    return output


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
