"""The hooks, in the order they run.

Stage hooks are ``firstresult``: a plugin answers, or declines with None and the next one is asked;
httptask's own defaults are asked last. To act before and after a stage, mark an implementation
``@hookimpl(wrapper=True)``. A plugin may take any subset of the arguments.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from httptask.hooks import hookspec

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from httptask.core.message import HttpRequest, HttpResponse
    from httptask.core.verdict import Verdict
    from httptask.hooks.views import (
        Attempt,
        Claim,
        Credentials,
        DecodedBody,
        ResolvedRequest,
        SignedRequest,
        TaskCall,
        TaskOutput,
    )

STAGES = (
    "resolve_inputs",
    "build_request",
    "resolve_credentials",
    "authenticate_request",
    "send_request",
    "decode_response",
    "check_response",
    "map_outputs",
)


@hookspec
def httptask_claims() -> Sequence[Claim]:  # type: ignore[empty-body]
    """Say which kinds this plugin answers for.

    Runs: when the plugin manager is built. Times: once. Available: nothing. May change: nothing.
    If it raises: loading stops with a PluginError that names the plugin. A plugin that implements
    a stage hook must claim at least one kind for that stage.
    """


@hookspec
def httptask_importers() -> Sequence[Any]:  # type: ignore[empty-body]
    """Contribute importers of API descriptions to the catalogue.

    Runs: when a catalogue is opened for adding. Times: once. Available: nothing. May change:
    nothing. If it raises: the catalogue is not opened.
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


@hookspec(firstresult=True)
def httptask_resolve_credentials(attempt: Attempt) -> Credentials | None:
    """Get what the request is to be signed with; a token call goes through ``attempt.call_out``.

    Runs: at the start of an attempt. Times: once per attempt; cache what is costly, and renew it
    when ``attempt.refresh`` is set. Available: the attempt. May change: nothing. If it raises:
    the task fails with that error.
    """


@hookspec(firstresult=True)
def httptask_authenticate_request(
    attempt: Attempt, request: HttpRequest, credentials: Credentials
) -> SignedRequest | None:
    """Sign the request; its bytes are final afterwards.

    Runs: before every send to the task's own origin. Times: once per attempt and same-origin
    redirect. Available: the attempt, the request, the credentials. May change: the request.
    If it raises: nothing is sent in this attempt.
    """


@hookspec(firstresult=True)
def httptask_send_request(attempt: Attempt, request: HttpRequest) -> HttpResponse | None:
    """Send exactly this request, and return the answer with its body still to be read.

    Runs: for every hop, re-send and token call. Times: any. Available: the attempt with its
    ``policy``, ``deadline`` and ``probe`` (to be filled in). May change: nothing. If it raises: a
    RequestError with ``retryable`` set decides on repetition.
    """


@hookspec(firstresult=True)
def httptask_decode_response(
    attempt: Attempt, request: HttpRequest, response: HttpResponse
) -> DecodedBody | None:
    """Read the body and turn it into a JSON value; ``attempt.emit`` shows events as they arrive.

    Runs: after the last hop of an attempt. Times: once per attempt. Available: the attempt, the
    request as sent, the answer. May change: nothing. If it raises: a DecodeError fails the
    attempt, a RequestError counts as a failed send.
    """


@hookspec(firstresult=True)
def httptask_check_response(
    attempt: Attempt, response: HttpResponse, body: DecodedBody
) -> Verdict | None:
    """Judge the answer: success, retry, refresh and retry, or failure.

    Runs: after decode_response. Times: once per attempt. Available: the attempt, the answer, the
    decoded body. May change: nothing. If it raises: the task fails with that error.
    """


@hookspec(firstresult=True)
def httptask_map_outputs(
    call: TaskCall, resolved: ResolvedRequest, response: HttpResponse, body: DecodedBody
) -> TaskOutput | None:
    """Make the task's output from the answer that counts.

    Runs: last, on failures with an answer as well. Times: once per execution. Available: the
    call, the resolved values, the answer, the decoded body. May change: the output. If it raises:
    a MappingError fails the task; ``response`` is kept in the output.
    """


@hookspec
def httptask_stage_finished(task_ref: str, record: Mapping[str, Any]) -> None:
    """See a stage that has ended; every value is redacted.

    Runs: after each stage. Times: once per stage. Available: the stage's trace record. May
    change: nothing. If it raises: the error is logged and forgotten.
    """


@hookspec
def httptask_attempt_finished(task_ref: str, record: Mapping[str, Any]) -> None:
    """See an attempt that has ended; every value is redacted.

    Runs: after each attempt. Times: once per attempt. Available: the attempt's trace record. May
    change: nothing. If it raises: the error is logged and forgotten.
    """
