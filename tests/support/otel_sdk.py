"""An SDK of OpenTelemetry that keeps what it is told."""

from __future__ import annotations

import json
from typing import Any

from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from httptask.builtin.telemetry import OpenTelemetry


class Sdk:
    """An SDK that keeps everything in memory."""

    def __init__(self) -> None:
        self.exporter, self.reader = InMemorySpanExporter(), InMemoryMetricReader()
        self.tracers = TracerProvider()
        self.tracers.add_span_processor(SimpleSpanProcessor(self.exporter))
        self.meters = MeterProvider([self.reader])
        self.plugin = OpenTelemetry(self.tracers, self.meters)

    @property
    def plugins(self) -> dict[str, object]:
        return {"httptask.opentelemetry": self.plugin}

    def spans(self) -> list[ReadableSpan]:
        return list(self.exporter.get_finished_spans())

    def named(self, name: str) -> list[ReadableSpan]:
        return [span for span in self.spans() if span.name == name]

    def points(self) -> dict[str, list[Any]]:
        found = json.loads(self.reader.get_metrics_data().to_json())
        scopes = [scope for each in found["resource_metrics"] for scope in each["scope_metrics"]]
        metrics = [metric for scope in scopes for metric in scope["metrics"]]
        return {metric["name"]: metric["data"]["data_points"] for metric in metrics}

    def everything(self) -> str:
        return "".join(span.to_json() for span in self.spans()) + json.dumps(self.points())


def ids(span: ReadableSpan) -> tuple[str, str]:
    context = span.get_span_context()
    assert context is not None
    return f"{context.trace_id:032x}", f"{context.span_id:016x}"


def parent(span: ReadableSpan) -> str:
    return f"{span.parent.span_id:016x}" if span.parent else ""
