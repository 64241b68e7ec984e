"""What a reference reads: the schema of the task, the input or the variable that it names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from httptask.check.forked_names import ForkedNames
from httptask.check.jq_query import Queried
from httptask.check.shape import Shape
from httptask.check.started import Named, none_known, output_names, started
from httptask.check.wildcards import several
from httptask.core.first_use import cached_property
from httptask.definition.paged_schema import body_schema
from httptask.definition.reading import escape
from httptask.definition.workflow import WorkflowDef, WorkflowTask
from httptask.definition.workflow_inputs import declared_inputs
from httptask.definition.written import written_options, written_request
from httptask.errors import HttpTaskError
from httptask.expressions import Reference, compile_path, compile_template

JQ: Final = "JSON_JQ_TRANSFORM"
QUERY: Final = "queryExpression"
_DEPTH: Final = 8
_NESTED: Final = 4
_RESPONSE: Final = Shape.of(
    {
        "type": "object",
        "required": ["statusCode", "headers"],
        "properties": {
            "statusCode": {"type": "integer"},
            "reasonPhrase": {"type": "string"},
            "headers": {"type": "object", "additionalProperties": True},
            "body": True,
            "pages": {"type": "integer"},
        },
    }
)
_TEXTS: Final = frozenset({"status", "taskType", "referenceTaskName", "taskId", "taskDefName"})
_TEXT: Final = Shape.of({"type": "string"})

OUTPUTS: Final[Mapping[str, Sequence[str]]] = {
    "INLINE": ("result",),
    "LAMBDA": ("result",),
    JQ: ("result", "resultList", "error"),
    "SWITCH": ("evaluationResult", "selectedCase"),
    "DECISION": ("caseOutput",),
}
"""Names in the output of types of tasks that always have the same."""

Path = Sequence[str | int]


@dataclass(frozen=True)
class Producers:
    """Finds what references read in one workflow.

    Attributes:
        workflow: the definition.
        open_outputs: whether a plugin makes the outputs of HTTP tasks, of whatever names.
        named: finds other definitions.
        level: how many workflows have started this one.
    """

    workflow: WorkflowDef
    open_outputs: bool = False
    named: Named = none_known
    level: int = 0
    _shapes: dict[str, Shape | None] = field(default_factory=dict, init=False, repr=False)
    _bodies: dict[str, Shape | None] = field(default_factory=dict, init=False, repr=False)
    _queried: dict[str, Queried | None] = field(default_factory=dict, init=False, repr=False)
    _started: dict[str, Producers | None] = field(default_factory=dict, init=False, repr=False)

    @cached_property
    def tasks(self) -> Mapping[str, WorkflowTask]:
        """Return the tasks by reference name."""
        return {task.task_reference_name: task for _, task in self.workflow.walk()}

    @cached_property
    def forked(self) -> ForkedNames:
        """Return the names of the tasks that dynamic forks make."""
        return ForkedNames.of(self.tasks.values())

    @cached_property
    def declared(self) -> frozenset[str]:
        """Return the inputs that the workflow declares; empty if it does not say which it takes."""
        workflow = self.workflow
        schema = workflow.input_schema
        found = declared_inputs(
            {
                "inputParameters": workflow.input_parameters,
                "inputSchema": {"data": schema.data} if schema else None,
            }
        )
        return found.union(workflow.input_template) if found else found

    @cached_property
    def variables(self) -> Mapping[str, tuple[Any, ...]]:
        """Return the values that each variable is given, as written."""
        found: dict[str, tuple[Any, ...]] = {
            name: (value,) for name, value in self.workflow.variables.items()
        }
        for task in self.tasks.values():
            if task.type == "SET_VARIABLE":
                for name, value in task.input_parameters.items():
                    found[name] = (*found.get(name, ()), value)
        return found

    @cached_property
    def setters(self) -> Mapping[str, list[str]]:
        """Return the references of the tasks that set each variable."""
        found: dict[str, list[str]] = {}
        for ref, task in self.tasks.items():
            for name in task.input_parameters if task.type == "SET_VARIABLE" else ():
                found.setdefault(name, []).append(ref)
        return found

    def text(self, written: Any, depth: int = _DEPTH) -> Shape | None:
        """Return the shape of a value as written; None if nothing is known of it."""
        if not isinstance(written, str) or "${" not in written:
            return _literal(written)
        if written not in self._shapes:
            self._shapes[written] = self._text(written, depth)
        return self._shapes[written]

    def reference(self, reference: Reference, depth: int = _DEPTH) -> Shape | None:
        """Return the shape of what a reference reads; None if nothing is known of it."""
        if not depth:
            return None
        if reference.path is not None:
            return self.at(reference, reference.path, depth)
        start = self.at(reference, reference.prefix, depth)
        return None if start is None else several(reference, start).shape

    def at(self, reference: Reference, path: Path, depth: int = _DEPTH) -> Shape | None:
        """Return the shape of a place below the root of a reference."""
        match reference.root:
            case "task":
                return self._task(self.tasks.get(reference.task_ref or ""), path)
            case "workflow.input":
                return self._input(path)
            case "workflow.variables" if path:
                return self._variable(path, depth)
        return None

    def output(self, task: WorkflowTask, path: Path) -> Shape | None:
        """Return the shape of a place in a task's output."""
        holder, below = self.within(task, path)
        if holder is not task:
            return None if holder is None else self.output(holder, below)
        if not path:
            return None
        name, *inner = path
        if (child := self.started(task)) is not None:
            names = child.workflow.output_parameters if output_names(child.workflow) else {}
            return child.value(names.get(str(name)), inner)
        if task.type == JQ and name == "result":
            queried = self.queried(task)
            return followed(queried.shape, inner) if queried else None
        if task.type != "HTTP" or self._is_opaque(task):
            return None
        if name == "response":
            return self._response(task, inner)
        mapped = options_of(task).get("output")
        if not isinstance(mapped, Mapping) or name not in mapped:
            return None
        return followed(self.mapped(task, mapped[name]), inner)

    def within(
        self, task: WorkflowTask, path: Sequence[Any]
    ) -> tuple[WorkflowTask | None, Sequence[Any]]:
        """Return the task whose output holds a place in that of a JOIN or a loop, and where."""
        if task.type == "JOIN" and path and path[0] in task.join_on:
            return self.tasks.get(str(path[0])), path[1:]
        if task.type == "DO_WHILE" and len(path) > 1 and str(path[0]).isdecimal():
            inside = {inner.task_reference_name: inner for below, inner in task.walk() if below}
            return (inside[path[1]], path[2:]) if path[1] in inside else (task, path)
        return task, path

    def output_names(self, task: WorkflowTask) -> list[str] | None:
        """Return the names in a task's output, or None if they are not known."""
        if task.type in OUTPUTS:
            return list(OUTPUTS[task.type])
        if task.type == "JOIN":
            return list(task.join_on) or None
        if (child := self.started(task)) is not None:
            return output_names(child.workflow)
        if task.type != "HTTP" or self._is_opaque(task):
            return None
        mapped = options_of(task).get("output")
        return ["response", *(mapped if isinstance(mapped, Mapping) else ())]

    def queried(self, task: WorkflowTask) -> Queried | None:
        """Return what is known of the query of a jq task; None for one that is not followed."""
        ref, query = task.task_reference_name, task.input_parameters.get(QUERY)
        if ref not in self._queried:
            self._queried[ref] = None  # while it is followed: a task may read itself
            if isinstance(query, str) and "${" not in query:
                self._queried[ref] = Queried.of(query, _Inputs(task, self))
        return self._queried[ref]

    def started(self, task: WorkflowTask) -> Producers | None:
        """Return what finds references in the workflow that a task starts, if that is known."""
        ref = task.task_reference_name
        if ref not in self._started:
            child = started(task, self.named) if self.level < _NESTED else None
            inside = replace(self, workflow=child, level=self.level + 1) if child else None
            self._started[ref] = inside
        return self._started[ref]

    def is_replaced(self, task: WorkflowTask) -> bool:
        """Tell whether ``outputFilter`` or a plugin chooses a task's output."""
        return self.open_outputs or bool(request_of(task).get("outputFilter"))

    def _is_opaque(self, task: WorkflowTask) -> bool:
        """Tell whether a task's output is not what its response is."""
        return self.is_replaced(task) or task.async_complete

    def mapped(self, task: WorkflowTask, written: Any) -> Shape | None:
        """Return the shape of a mapped output."""
        given = written if isinstance(written, Mapping) else {"path": written}
        if given.get("as") == "file" or given.get("all"):
            return None
        try:
            segments = compile_path(given.get("path", "")).segments
        except (HttpTaskError, TypeError, AttributeError):
            return None
        if not segments or segments[0] != "response":
            return None
        found = self._response(task, segments[1:])
        if found is None or "default" not in given:
            return found
        default = given["default"]
        kinds = found.types()
        if kinds is None or default is None:
            return None
        if found.values() is None and not kinds - {"null"} <= (_literal(default).types() or set()):
            return None
        return Shape(found.root, (*found.places, {"const": default}), settled=True)

    def _text(self, written: str, depth: int) -> Shape | None:
        try:
            template = compile_template(written)
        except HttpTaskError:
            return None
        references = template.references
        if len(references) != 1 or references[0].text != written:
            return _TEXT
        return self.reference(references[0], depth)

    def _task(self, task: WorkflowTask | None, path: Path) -> Shape | None:
        if task is None or not path:
            return None
        if path[0] in _TEXTS and len(path) == 1:
            return _TEXT
        return self.output(task, path[1:]) if path[0] == "output" else None

    def _response(self, task: WorkflowTask, path: Path) -> Shape | None:
        if not path or path[0] != "body":
            return followed(_RESPONSE, path)
        ref = task.task_reference_name
        if ref not in self._bodies:
            self._bodies[ref] = self._body(task)
        return followed(self._bodies[ref], path[1:])

    def _body(self, task: WorkflowTask) -> Shape | None:
        """Return the shape of the body of a task's response, or None."""
        options = options_of(task)
        schema, response = body_schema(options), options.get("response")
        if not isinstance(schema, Mapping) or self._is_opaque(task):
            return None
        kinds = (None, "json", "xml", "csv")
        if isinstance(response, Mapping) and response.get("format") not in kinds:
            return None
        return Shape.of(schema)

    def _input(self, path: Path) -> Shape | None:
        schema = self.workflow.input_schema
        if schema is None or schema.type != "JSON" or not schema.data:
            return None
        return followed(Shape.of(schema.data), path)

    def _variable(self, path: Path, depth: int) -> Shape | None:
        name, *inner = path
        found = [self.value(value, inner, depth) for value in self.variables.get(str(name), ())]
        first = found[0] if found else None
        same = first and all(each and each.types() == first.types() for each in found)
        return first if same else None

    def value(self, value: Any, inner: Path, depth: int = _DEPTH) -> Shape | None:
        """Return the shape of a place in a value of references, as written."""
        for at, part in enumerate(inner):
            if isinstance(value, str):
                return followed(self.text(value, depth - 1), inner[at:])
            if isinstance(value, Mapping) and part in value:
                value = value[part]
            else:
                return None
        return self.text(value, depth - 1) if isinstance(value, str) else None


@dataclass(frozen=True, slots=True)
class _Inputs:
    """The inputs of a task, as a query sees them."""

    task: WorkflowTask
    producers: Producers

    def at(self, part: str | int) -> Shape | None:
        inputs = self.task.input_parameters
        if part not in inputs:
            return None
        return self.producers.text(inputs[str(part)]) or Shape.of(True)

    def names(self) -> list[str]:
        return [name for name in self.task.input_parameters if name != QUERY]


def followed(shape: Shape | None, path: Path) -> Shape | None:
    """Return the shape below a shape; None if nothing is known of it."""
    for part in path:
        shape = None if shape is None else shape.at(part)
    return shape


def options_of(task: WorkflowTask) -> Mapping[str, Any]:
    """Return ``httptask`` of a task, as written."""
    return written_options(task.input_parameters)


def request_of(task: WorkflowTask) -> Mapping[str, Any]:
    """Return the request of a task, as written."""
    return written_request(task.input_parameters)


def texts_of(value: Any, pointer: str = "") -> Iterator[tuple[str, str]]:
    """Yield every text in a value with its pointer."""
    if isinstance(value, str):
        yield pointer, value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from texts_of(item, f"{pointer}/{escape(str(key))}")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from texts_of(item, f"{pointer}/{index}")


def _literal(value: Any) -> Shape:
    if isinstance(value, Mapping):
        return Shape.of({"type": "object"})
    return Shape.of({"type": "array"} if isinstance(value, list) else {"const": value})
