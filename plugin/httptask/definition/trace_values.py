"""The trace and error documents; models only because their JSON Schemas are made of them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from httptask.definition.field_types import Model
from httptask.definition.scalars import Count, Flag

Milliseconds = Annotated[float, Field(ge=0)]


class ErrorValue(Model):
    """An error, wherever it is shown."""

    code: str = Field(description="Stable code.", examples=["egress_refused"])
    message: str = Field(description="What is wrong.", examples=["the body has no prompt"])
    pointer: str = Field(description="JSON Pointer in the author's file.", examples=["/tasks/0"])
    source: str = Field(description="That file.", examples=["flow.json"])
    hint: str = Field(description="What to do.", examples=["did you mean 'prompt'?"])
    stage: str = Field(description="Stage that raised it.", examples=["send_request"])
    retryable: Flag | None = Field(default=None, description="Whether another attempt may help.")
    retry_after: Milliseconds | None = Field(default=None, description="Seconds to wait.")


class ShownBody(Model):
    """The start of a body, redacted."""

    media_type: str = Field(description="Content-Type.", examples=["application/json"])
    size: Count = Field(description="Bytes in all.", examples=[34])
    truncated: Flag = Field(description="Whether there is more.", examples=[False])
    text: str | None = Field(default=None, description="As text.", examples=['{"id": 7}'])
    base64: str | None = Field(default=None, description="As base64, when it is not text.")


class SentRequest(Model):
    """A request as it was sent, redacted."""

    method: str = Field(description="Method.", examples=["POST"])
    url: str = Field(description="URL.", examples=["https://api.example.com/v1/images"])
    http_version: str = Field(description="Version.", examples=["1.1"])
    headers: list[list[str]] = Field(description="Header lines.", examples=[[["Accept", "*/*"]]])
    body: ShownBody | None = Field(default=None, description="Body.")


class ReceivedResponse(Model):
    """A response as it came, redacted."""

    status: Count = Field(description="Status code.", examples=[200])
    reason: str = Field(description="Reason phrase.", examples=["OK"])
    http_version: str = Field(description="Version.", examples=["1.1"])
    headers: list[list[str]] = Field(description="Header lines.", examples=[[["Server", "x"]]])
    body: ShownBody | None = Field(default=None, description="Body.")


class TimingsValue(Model):
    """Phases of an exchange in milliseconds; null where a phase did not take place."""

    dns: Milliseconds | None = Field(default=None, description="Name resolution.")
    connect: Milliseconds | None = Field(default=None, description="TCP connection.")
    tls: Milliseconds | None = Field(default=None, description="TLS handshake.")
    send: Milliseconds | None = Field(default=None, description="Sending the request.")
    wait: Milliseconds | None = Field(default=None, description="Until the first bytes.")
    receive: Milliseconds | None = Field(default=None, description="Reading the response.")
    total: Milliseconds = Field(description="All of it.", examples=[12.5])


class ExchangeValue(Model):
    """One request on the wire."""

    id: Count = Field(description="Number in the trace.", examples=[0])
    purpose: str = Field(description="task, redirect, challenge or token.", examples=["task"])
    attempt: Count = Field(description="Attempt it belongs to.", examples=[1])
    started_ms: float = Field(description="Milliseconds since the start.", examples=[0.8])
    request: SentRequest = Field(description="What was sent.")
    response: ReceivedResponse | None = Field(default=None, description="What came back.")
    error: ErrorValue | None = Field(default=None, description="Why nothing came back.")
    timings: TimingsValue = Field(description="Where the time went.")
    remote_address: str = Field(description="Peer.", examples=["93.184.216.34:443"])
    curl: str = Field(
        description="The same request by curl; empty outside tests and for a layer's own.",
        examples=["curl -X GET ..."],
    )


class VerdictValue(Model):
    """What a response means for the task."""

    action: Literal["success", "retry", "fail", "fail_terminally"] = Field(
        description="What is done next.", examples=["success"]
    )
    reason: str = Field(description="Why.", examples=[""])
    retry_after: Milliseconds | None = Field(default=None, description="Seconds to wait.")


class AttemptValue(Model):
    """One attempt."""

    number: Count = Field(description="1 for the first.", examples=[1])
    verdict: VerdictValue = Field(description="Its verdict.")
    exchanges: list[Count] = Field(description="Its exchanges, by id.", examples=[[0]])


class StageValue(Model):
    """One stage that ran."""

    name: str = Field(description="Stage.", examples=["build_request"])
    plugin: str = Field(description="The plugin that ran it.", examples=["httptask.build"])
    attempt: Count = Field(description="0 before the first attempt.", examples=[0])
    started_ms: float = Field(description="Milliseconds since the start.", examples=[0.4])
    duration_ms: Milliseconds = Field(description="Milliseconds it took.", examples=[0.2])
    value: Any = Field(default=None, description="Its value, redacted and shortened.")
    error: ErrorValue | None = Field(default=None, description="What it raised.")


class LayerValue(Model):
    """One layer around a call that ran."""

    slot: str = Field(description="Slot of the layer.", examples=["authorize"])
    kind: str = Field(description="Kind of the layer.", examples=["bearer"])
    plugin: str = Field(description="The plugin that ran it.", examples=["httptask.auth"])
    attempt: Count = Field(description="0 before the first attempt.", examples=[1])
    started_ms: float = Field(description="Milliseconds since the start.", examples=[0.5])
    duration_ms: Milliseconds = Field(
        description="Milliseconds it took, inner layers included.", examples=[101.7]
    )
    inward: Count = Field(
        description="How often it called the next layer: 0 means that it responded by itself.",
        examples=[1],
    )
    error: ErrorValue | None = Field(default=None, description="What it raised.")


class NoteValue(Model):
    """What the task did that took time, a wait for example."""

    started_ms: float = Field(description="Milliseconds since the start.", examples=[0.8])
    text: str = Field(
        description="What it did.", examples=["waits 12 s for the budget of api.example.com"]
    )


class WarningValue(Model):
    """Something worth knowing that failed nothing."""

    code: str = Field(description="Stable code.", examples=["mapping_missing"])
    message: str = Field(description="What was found.", examples=["output 'id' finds nothing"])
    pointer: str = Field(description="JSON Pointer.", examples=["/inputParameters/httptask"])


class ReaderValue(Model):
    """Where an output is read."""

    pointer: str = Field(description="JSON Pointer.", examples=["/tasks/1/inputParameters/x"])
    reference: str = Field(description="As written.", examples=["${generate.output.image}"])


class InputValue(Model):
    """A text with references."""

    pointer: str = Field(description="JSON Pointer.", examples=["/tasks/0/inputParameters/x"])
    template: Any = Field(description="As written.", examples=["${workflow.input.prompt}"])
    value: Any = Field(default=None, description="What it became, redacted.", examples=["a kite"])


class OutputValue(Model):
    """One output of a task."""

    name: str = Field(description="Its name.", examples=["image"])
    mapped: Any = Field(description="How it is mapped.", examples=["$.response.body.image"])
    read_by: list[ReaderValue] = Field(description="Where the workflow reads it.")


class WiringValue(Model):
    """How the task hangs together with its workflow."""

    inputs: list[InputValue] = Field(description="What it reads.")
    outputs: list[OutputValue] = Field(description="What it gives.")


class TraceValue(Model):
    """Everything recorded of one task execution, redacted."""

    task: str = Field(description="Task reference name.", examples=["generate"])
    mode: Literal["run", "trial"] = Field(description="Production or test.", examples=["trial"])
    level: Literal["info", "debug", "trace"] = Field(description="Detail.", examples=["debug"])
    started_at: str = Field(description="ISO 8601.", examples=["2026-01-31T12:00:00+00:00"])
    duration_ms: Milliseconds = Field(description="Milliseconds in all.", examples=[113.2])
    status: Literal[
        "completed", "failed", "failed_terminal", "retriable", "stopped", "in_progress"
    ] = Field(description="What the engine would do next.", examples=["completed"])
    next_step: str = Field(description="The same in words.", examples=["the workflow goes on"])
    stopped_after: str | None = Field(default=None, description="Last stage of a dry run.")
    stages: list[StageValue] = Field(description="Stages in order.")
    layers: list[LayerValue] = Field(description="Layers in the order they started.")
    attempts: list[AttemptValue] = Field(description="Attempts in order.")
    exchanges: list[ExchangeValue] = Field(description="Requests in order.")
    notes: list[NoteValue] = Field(description="What took time besides, in order.")
    would_send: SentRequest | None = Field(
        default=None, description="The request that a dry run stopped before."
    )
    wiring: WiringValue | None = Field(
        default=None, description="Of a dry run: what the task reads, and who reads what it gives."
    )
    output: dict[str, Any] = Field(description="The task's output.")
    error: ErrorValue | None = Field(default=None, description="Why it failed.")
    curl: str = Field(description="The same request by curl.", examples=["curl -X GET ..."])
    suggestions: list[str] = Field(description="Suggestions.", examples=[["raise readTimeOut"]])
    warnings: list[WarningValue] = Field(description="Warnings.")
    redacted: Flag = Field(description="Whether a secret in the output was replaced.")
