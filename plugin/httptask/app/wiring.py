"""How a task hangs together with its workflow: what it reads, what it maps, and who reads that."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from httptask.app.test import ChosenTask
from httptask.core.tracing import Trace
from httptask.definition.reading import steps
from httptask.definition.structure import raw_tasks
from httptask.definition.written import request_place, written_options
from httptask.errors import HttpTaskError
from httptask.expressions import Reference, Template, compile_template


@dataclass(frozen=True, slots=True)
class Wiring:
    """What goes into a task and comes out of it.

    Attributes:
        inputs: per text with references its JSON Pointer, ``template`` and, if it was resolved,
            ``value``, redacted.
        outputs: per output its ``name``, how it is ``mapped``, and JSON Pointers of what reads it;
            ``response`` is always one.
    """

    inputs: tuple[dict[str, Any], ...]
    outputs: tuple[dict[str, Any], ...]

    def to_json(self) -> dict[str, Any]:
        """Return it as it stands in the trace of a dry run."""
        return {"inputs": list(self.inputs), "outputs": list(self.outputs)}


def wiring(chosen: ChosenTask, trace: Trace) -> Wiring:
    """Return what a tested task reads and gives.

    Args:
        chosen: the task, and the definition that it stands in.
        trace: what was recorded of it; its stages have the resolved values.
    """
    resolved = next((each.value for each in trace.stages if each.name == "resolve_inputs"), None)
    return Wiring(tuple(_inputs(chosen, resolved)), tuple(_outputs(chosen)))


def _inputs(chosen: ChosenTask, resolved: Any) -> Iterator[dict[str, Any]]:
    task = chosen.prepared
    for pointer in dict.fromkeys(each.pointer for each in task.template.references):
        flat = not request_place(task.written) and not pointer.startswith("/httptask")
        _, value = _at(resolved, f"/http_request{pointer}" if flat else pointer)
        found, template = _at(task.written, pointer)
        if found:
            shown = {} if resolved is None else {"value": value}
            yield {"pointer": task.pointer + pointer, "template": template, **shown}


def _outputs(chosen: ChosenTask) -> Iterator[dict[str, Any]]:
    written = written_options(chosen.prepared.written).get("output")
    mapped = {**(written if isinstance(written, Mapping) else {}), "response": "$.response"}
    readers = list(_readers(chosen.definition, chosen.task.task_reference_name))
    for name, path in mapped.items():
        yield {
            "name": name,
            "mapped": path,
            "readBy": [
                {"pointer": pointer, "reference": each.text}
                for pointer, each in readers
                if each.prefix[:2] == ("output", name)
            ],
        }


def _readers(definition: Any, ref: str) -> Iterator[tuple[str, Reference]]:
    """Yield each reference to a task in its workflow, and where it stands."""
    if not isinstance(definition, dict):
        return
    places = [("/outputParameters", definition.get("outputParameters"))]
    places += [
        (f"{pointer}/inputParameters", task.get("inputParameters"))
        for pointer, task in raw_tasks(definition)
    ]
    for pointer, value in places:
        for each in _template(value, pointer).references:
            if each.root == "task" and each.task_ref == ref:
                yield each.pointer, each


def _template(value: Any, pointer: str) -> Template:
    try:
        return compile_template(value, pointer)
    except HttpTaskError:
        return compile_template(None)


def _at(value: Any, pointer: str) -> tuple[bool, Any]:
    """Return whether there is a value at a pointer, and the value."""
    for step in steps(pointer):
        if isinstance(value, Mapping) and step in value:
            value = value[step]
        elif isinstance(value, list) and step.isdecimal() and int(step) < len(value):
            value = value[int(step)]
        else:
            return False, None
    return True, value
