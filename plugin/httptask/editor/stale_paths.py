"""Places that a task reads and that the last response does not have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from httptask.builtin.response_document import is_derived
from httptask.definition.findings import Finding
from httptask.definition.reading import escape
from httptask.errors import HttpTaskError
from httptask.expressions import Path, compile_path, compile_template, readable

_HINT = "click the value in the response to take its path"
_MISSING = object()


def unmatched_outputs(
    task: Mapping[str, Any], sample: Mapping[str, Any] | None
) -> Iterator[Finding]:
    """Yield a warning for each output whose path finds nothing.

    Args:
        task: the task definition.
        sample: its last output; without one, nothing is known beyond what the check says.
    """
    mapped = _options(task).get("output")
    for name, written in mapped.items() if isinstance(mapped, Mapping) else ():
        text = written.get("path") if isinstance(written, Mapping) else written
        path = _compiled(text)
        if path is None or sample is None or is_derived(path.text) or _finds(path, sample):
            continue
        pointer = f"/inputParameters/httptask/output/{escape(str(name))}"
        message = f"the last response has nothing at {path.text}"
        hint = _in_events(path, sample) or _HINT
        yield Finding("output_unmatched", "warning", message, pointer, hint)


def _in_events(path: Path, sample: Mapping[str, Any]) -> str:
    """Return where a stream's last event has what the path names, or ``""``."""
    response = sample.get("response")
    body = response.get("body") if isinstance(response, Mapping) else None
    last = body[-1] if isinstance(body, list) and body else None
    data = last.get("data") if isinstance(last, Mapping) and "event" in last else None
    named = [step for step in path.segments or () if isinstance(step, str)]
    if not isinstance(body, list) or not isinstance(data, Mapping) or not named:
        return ""
    place = f"$.response.body[-1].data.{named[-1]}"
    found = f"; the last one has it at {place}" if named[-1] in data else ""
    return f"the response was a stream of {len(body)} events{found}"


def unmatched_references(
    task: Mapping[str, Any], samples: Mapping[str, Mapping[str, Any]]
) -> Iterator[Finding]:
    """Yield a warning for each ``${REF.output...}`` that the last test of REF did not give."""
    inputs = {key: value for key, value in _inputs(task).items() if key != "httptask"}
    options = {key: value for key, value in _options(task).items() if not key.endswith("Schema")}
    for reference in compile_template({**inputs, "httptask": options}).references:
        sample = samples.get(reference.task_ref or "")
        if sample is None or reference.path is None or reference.path[:1] != ("output",):
            continue
        if _at(readable(sample), reference.path[1:]) is _MISSING:
            text = f"the last test of {reference.task_ref} gave nothing for {reference.text}"
            pointer = f"/inputParameters{reference.pointer}"
            yield Finding("reference_unmatched", "warning", text, pointer, _HINT)


def _inputs(task: Mapping[str, Any]) -> Mapping[str, Any]:
    inputs = task.get("inputParameters")
    return inputs if isinstance(inputs, Mapping) else {}


def _options(task: Mapping[str, Any]) -> Mapping[str, Any]:
    options = _inputs(task).get("httptask")
    return options if isinstance(options, Mapping) else {}


def _compiled(text: Any) -> Path | None:
    try:
        return compile_path(text) if isinstance(text, str) else None
    except HttpTaskError:
        return None


def _finds(path: Path, sample: Mapping[str, Any]) -> bool:
    try:
        return bool(path.find(readable(sample)))
    except HttpTaskError:
        return True


def _at(value: Any, path: Sequence[str | int]) -> Any:
    for step in path:
        held = value if isinstance(value, Mapping) else {}
        if isinstance(value, list):
            held = dict(enumerate(value))
        if step not in held:
            return _MISSING
        value = held[step]
    return value
