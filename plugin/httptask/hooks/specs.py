"""The hooks: stages, layers, and those who watch.

**Stages** turn one value into the next. They are ``firstresult``: a plugin gives a value, or
declines with None and the next one is asked; httptask's own defaults are asked last. To act before
and after a stage, mark an implementation ``@hookimpl(wrapper=True)``.

**Layers** stand around a call. Each is given the next one, and may call it once, never or often.
There is a hook for each slot; the slots of a scope are listed from the outermost to the innermost.
A layer takes part in a task if its claim says so: see ``Claim``.

A plugin may take any subset of the arguments.
"""

# mypy: disable-error-code="empty-body"

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from httptask.hooks import hookspec

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from httptask.core.execution import Execution
    from httptask.core.message import HttpRequest, HttpResponse
    from httptask.core.verdict import Verdict
    from httptask.hooks.views import (
        Ask,
        Attempt,
        Claim,
        DecodedBody,
        Exchange,
        Outcome,
        ResolvedRequest,
        Send,
        SendSigned,
        SignedRequest,
        Task,
        TaskCall,
        TaskOutput,
    )

STAGES = ("resolve_inputs", "build_request", "decode_response", "check_response", "map_outputs")
TASK_SLOTS = ("pinned", "page", "poll")
ATTEMPT_SLOTS = ("repeat", "breaker")
UNSIGNED_SLOTS = ("redirect", "replay", "cache", "hedge", "authorize")
SIGNED_SLOTS = ("guard", "observe", "send_request")
SLOTS = (*TASK_SLOTS, *ATTEMPT_SLOTS, *UNSIGNED_SLOTS, *SIGNED_SLOTS)


@hookspec
def httptask_claims() -> Sequence[Claim]:
    """Say which kinds this plugin handles.

    Runs: when the plugin manager is built. Times: once. Available: nothing. May change: nothing.
    If it raises: loading stops with a PluginError that names the plugin. A plugin that implements
    a stage or a layer must claim at least one kind of it.
    """


@hookspec
def httptask_importers() -> Sequence[Any]:
    """Contribute importers of API descriptions to the catalogue.

    Runs: when a catalogue is opened for adding. Times: once. Available: nothing. May change:
    nothing. If it raises: the catalogue is not opened.
    """


@hookspec
def httptask_request_importers() -> Sequence[Any]:
    """Contribute importers of requests that people already have, for ``httptask import``.

    Runs: when something is imported. Times: once. Available: nothing. May change: nothing; an
    importer of a name that exists takes its place. If it raises: nothing is imported.
    """


@hookspec(firstresult=True)
def httptask_get_secret(name: str, call: TaskCall) -> str | None:
    """Return the value of ``${workflow.secrets.NAME}``, or None if this provider lacks it.

    Runs: while inputs are resolved. Times: once per secret and execution. Available: the name and
    the call (its context has no secrets). May change: nothing; the value is registered for
    redaction by the caller. If it raises: the task fails with a CredentialsError.
    """


@hookspec(firstresult=True)
def httptask_resolve_inputs(call: TaskCall) -> ResolvedRequest | None:
    """Turn the task as written into values: expressions, secrets, schema checks.

    Runs: first. Times: once per execution. Available: the call. May change: nothing before it.
    If it raises: nothing is sent; an InputError ends the task terminally.
    """


@hookspec(firstresult=True)
def httptask_build_request(call: TaskCall, resolved: ResolvedRequest) -> HttpRequest | None:
    """Serialize the resolved values into an unsigned request.

    Runs: after resolve_inputs. Times: once per execution. Available: the call, the resolved
    values. May change: every part of the request. If it raises: nothing is sent.
    """


@hookspec
def httptask_pinned(task: Task, request: HttpRequest, ask: Ask) -> Outcome:
    """Stand in for the whole conversation with an outcome that was pinned down before.

    Runs: outermost around the task's requests. Times: once per execution. Available: the task, the
    unsigned request. May change: the request, the outcome. If it raises: the task fails with that
    error.
    """


@hookspec
def httptask_page(task: Task, request: HttpRequest, ask: Ask) -> Outcome:
    """Ask for one page after the other, and give one outcome for all.

    Runs: inside pinned. Times: once per execution; each ``ask`` has its own attempts. Available:
    the task; ``task.keep`` stores how far it came. May change: the requests, the outcome. If it
    raises: the task fails with that error.
    """


@hookspec
def httptask_poll(task: Task, request: HttpRequest, ask: Ask) -> Outcome:
    """Ask again until a long-running operation has ended.

    Runs: inside page. Times: once per page, and again after each pause. Available: the task;
    ``task.wait`` waits, ``raise task.pause(...)`` lets an engine go on later. May change: the
    requests, the outcome. If it raises: the task fails with that error.
    """


@hookspec
def httptask_repeat(attempt: Attempt, request: HttpRequest, attempt_once: Ask) -> Outcome:
    """Make attempts until one counts.

    Runs: once per page or poll. Times: any; each ``attempt_once`` is a new attempt. Available: the
    first attempt. May change: the request, the outcome. If it raises: the task fails with that
    error.
    """


@hookspec
def httptask_breaker(attempt: Attempt, request: HttpRequest, attempt_once: Ask) -> Outcome:
    """Refuse an attempt that would fail, as those before it did.

    Runs: inside repeat. Times: once per attempt. Available: the attempt. May change: the outcome.
    If it raises: the task fails with that error.
    """


@hookspec
def httptask_redirect(exchange: Exchange, request: HttpRequest, send: Send) -> HttpResponse:
    """Follow redirects: each further hop is an ``exchange.ask``.

    Runs: outermost in an exchange. Times: once per exchange but for the hops. Available: the
    exchange, the unsigned request. May change: the request, the response. If it raises: a
    RequestError with ``retryable`` set decides on repetition.
    """


@hookspec
def httptask_replay(exchange: Exchange, request: HttpRequest, send: Send) -> HttpResponse:
    """Give a recorded response instead of sending.

    Runs: inside redirect. Times: once per exchange. Available: the exchange, the unsigned request,
    which has no credentials. May change: the request, the response. If it raises: as in redirect.
    """


@hookspec
def httptask_cache(exchange: Exchange, request: HttpRequest, send: Send) -> HttpResponse:
    """Give a stored response, or store the one that comes.

    Runs: inside replay. Times: once per exchange. Available: the exchange, the unsigned request.
    May change: the request (its conditions), the response. If it raises: as in redirect.
    """


@hookspec
def httptask_hedge(exchange: Exchange, request: HttpRequest, send: Send) -> HttpResponse:
    """Send twice when the first response is late, if ``request.may_repeat``.

    Runs: inside cache. Times: once per exchange. Available: the exchange, the unsigned request.
    May change: the response; it drops the other one. If it raises: as in redirect.
    """


@hookspec
def httptask_authorize(exchange: Exchange, request: HttpRequest, send: SendSigned) -> HttpResponse:
    """Sign the request and send it; respond to a challenge, renew what was refused.

    Runs: before every send to an origin that is ``trusted`` with the task's credentials. Times:
    once per exchange. Available: the exchange; ``exchange.ask`` makes a token call. May change: the
    request; a body that it changes is framed afterwards. If it raises: nothing is sent.
    """


@hookspec
def httptask_guard(exchange: Exchange, signed: SignedRequest, send: SendSigned) -> HttpResponse:
    """Let a request pass, delay it or refuse it.

    Runs: inside authorize; httptask's own guard, which holds the rules on secrets, is the
    innermost. Times: once per send. Available: the exchange, the signed request. May change: the
    signed request. If it raises: nothing is sent; a RequestError with ``retryable`` set decides on
    repetition.
    """


@hookspec
def httptask_observe(exchange: Exchange, signed: SignedRequest, send: SendSigned) -> HttpResponse:
    """See what is really sent, and what comes back.

    Runs: inside guard. Times: once per send. Available: the exchange, the signed request. May
    change: the signed request, the response's stream. If it raises: as in guard.
    """


@hookspec
def httptask_send_request(exchange: Exchange, signed: SignedRequest) -> HttpResponse:
    """Send exactly this request, and return the response with its body still to be read.

    Runs: innermost; the operator chooses one transport by its kind. Times: once per send.
    Available: the exchange with its ``policy``, ``proxy`` and ``probe`` (to be filled in). May
    change: nothing. If it raises: a RequestError with ``retryable`` set decides on repetition.
    """


@hookspec(firstresult=True)
def httptask_decode_response(
    attempt: Attempt, request: HttpRequest, response: HttpResponse
) -> DecodedBody | None:
    """Read the body and turn it into a JSON value; ``attempt.emit`` shows events as they arrive.

    Runs: after the exchange of an attempt. Times: once per attempt. Available: the attempt, the
    attempt's request, the response. May change: nothing. If it raises: a DecodeError fails the
    attempt, a RequestError counts as a failed send.
    """


@hookspec(firstresult=True)
def httptask_check_response(
    attempt: Attempt, request: HttpRequest, response: HttpResponse, body: DecodedBody
) -> Verdict | None:
    """Judge the response: success, retry, or failure.

    Runs: after decode_response. Times: once per attempt. Available: the attempt, its request (a
    page's or a poll's own), the response, the decoded body. May change: nothing. If it raises: the
    task fails with that error.
    """


@hookspec(firstresult=True)
def httptask_map_outputs(
    call: TaskCall, resolved: ResolvedRequest, response: HttpResponse, body: DecodedBody
) -> TaskOutput | None:
    """Make the task's output from the response that counts.

    Runs: last, on failures with a response as well. Times: once per execution. Available: the
    call, the resolved values, the response, the decoded body. May change: the output. If it raises:
    a MappingError fails the task; ``response`` is kept in the output.
    """


@hookspec
def httptask_started(execution: Execution, record: Mapping[str, Any]) -> None:
    """See that a task, an attempt, a stage or a layer has started.

    Runs: before it. Times: once for each. Available: the execution; the record's ``type``,
    ``name``, ``plugin`` and ``attempt``. May change: nothing. If it raises: the error is logged and
    forgotten.
    """


@hookspec
def httptask_finished(execution: Execution, record: Mapping[str, Any]) -> None:
    """See that a task, an attempt, a stage or a layer has finished; every value is redacted.

    Runs: after it. Times: once for each. Available: the execution; what ``httptask_started`` was
    given, and what the trace has of it. May change: nothing. If it raises: the error is logged and
    forgotten.
    """
