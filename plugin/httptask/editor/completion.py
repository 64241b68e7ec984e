"""What may follow ``${`` in a field: inputs, variables, secrets' names, upstream outputs."""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from httptask.definition.paged_schema import body_schema, is_paged
from httptask.definition.reading import steps
from httptask.editor.services import Draft
from httptask.editor.upstream import tasks_before
from httptask.expressions import HeaderMap

_WORKFLOW_FIELDS = ("input", "variables", "secrets", "env", "workflowId", "status", "correlationId")
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*\Z")
_STEP = re.compile(r"\[(\d+)\]|\['((?:[^'\\]|\\.)*)'\]|([^.\[\]]+)")
_VALUE_LENGTH = 60
_DEPTH = 12
_MOST_OF_STEP = 60
_MOST_FOUND = 200
_MOST_LOOKED_AT = 5_000


@dataclass(frozen=True, slots=True)
class Known:
    """What completion may draw on.

    Attributes:
        samples: outputs of the last tests, by task reference name.
        secrets: names of the secrets that are configured.
        environment: names of readable environment variables.
    """

    samples: Mapping[str, Mapping[str, Any]]
    secrets: Sequence[str] = ()
    environment: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class _Node:
    """A place in the data: what its schema says, and what the last test had there."""

    schema: Any = None
    sample: Any = None
    root: Any = None
    named: dict[str, _Node] | None = None

    def children(self) -> dict[str, _Node]:
        """Return the steps below, in the order of schema, then sample."""
        if self.named is not None:
            return self.named
        schema = _resolved(self.schema, self.root)
        found = {name: _Node(sub, None, self.root) for name, sub in _properties(schema).items()}
        if isinstance(self.sample, Mapping):
            for name, value in self.sample.items():
                found[str(name)] = _Node(_properties(schema).get(name), value, self.root)
        items = schema.get("items") if isinstance(schema, Mapping) else None
        if isinstance(self.sample, list):
            found |= {f"[{i}]": _Node(items, v, self.root) for i, v in enumerate(self.sample[:20])}
        elif items is not None:
            found["[0]"] = _Node(items, None, self.root)
        return found

    def detail(self) -> str:
        """Return the type in a word."""
        if self.named is not None:
            return "object"
        schema = _resolved(self.schema, self.root)
        kind = schema.get("type") if isinstance(schema, Mapping) else None
        if kind:
            return "|".join(kind) if isinstance(kind, list) else str(kind)
        return _kind(self.sample) if self.sample is not None else ""

    def preview(self) -> str:
        """Return the last value, shortened, when it is a scalar."""
        if self.sample is None or isinstance(self.sample, (Mapping, list)):
            return ""
        if isinstance(self.sample, str) and len(self.sample) > _VALUE_LENGTH:
            return f"{self.sample[:_VALUE_LENGTH]}…"
        return json.dumps(self.sample, ensure_ascii=False)


def complete(draft: Draft, text: str, known: Known) -> list[dict[str, Any]]:
    """Return ``{label, text, detail, value, more}`` for what stands after ``${``.

    Args:
        draft: the task in work and its workflow.
        text: the expression up to the cursor, without ``${``.
        known: samples and names from outside the draft.
    """
    base, prefix = _split(text)
    node = _root(draft, known)
    for step in _steps(base):
        below = node.children().get(step)
        if below is None:
            return []
        node = below
    wanted = prefix.lower().lstrip("[").strip("'")
    return [
        _item(base, name, child)
        for name, child in node.children().items()
        if wanted in name.lower()
    ][:100]


def find(draft: Draft, words: str, known: Known) -> list[dict[str, Any]]:
    """Return what a task may read, by words of its path or its last value.

    ``{step, label, text, detail, value}`` each: nearest steps first, shallow places first, and
    what is about a response behind its body.
    """
    wanted = words.lower().split()
    roots = _root(draft, known).children()
    names = [*(name for name in roots if name != "workflow"), "workflow"]
    found = [
        {"step": name, "label": label, **item}
        for name in names
        for label, item in sorted(
            islice(_below(name, roots[name], wanted), _MOST_OF_STEP),
            key=lambda each: each[0].startswith("response.") and "body" not in each[0],
        )
    ]
    return found[:_MOST_FOUND]


def _below(root: str, node: _Node, wanted: Sequence[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the places below a step that hold all words, level by level."""
    queue = deque((root, name, child) for name, child in node.children().items())
    for _ in range(_MOST_LOOKED_AT):
        if not queue:
            return
        base, name, child = queue.popleft()
        item = _item(base, name, child)
        text = item["text"]
        label = text.removeprefix(f"{root}.").removeprefix("output.")
        below = child.children() if text.count(".") + text.count("[") < _DEPTH else {}
        queue.extend((text, each, nested) for each, nested in below.items())
        is_area = not below and not item["detail"] and not item["value"]
        if label != "output" and not is_area and _holds(wanted, text, item["value"]):
            yield label, {key: item[key] for key in ("text", "detail", "value")}


def _holds(wanted: Sequence[str], *texts: str) -> bool:
    whole = " ".join(texts).lower()
    return all(word in whole for word in wanted)


def describer(draft: Draft, known: Known) -> Callable[[str], dict[str, str]]:
    """Return what tells ``{type, value}`` of an expression: of its schema, and of the last test."""
    root = _root(draft, known)

    def about(text: str) -> dict[str, str]:
        node = root
        for step in _steps(text):
            below = node.children().get(step)
            if below is None:
                return {"type": "", "value": ""}
            node = below
        return {"type": node.detail(), "value": node.preview()}

    return about


def _item(base: str, name: str, node: _Node) -> dict[str, Any]:
    return {
        "label": name,
        "text": base + step_text(name, first=not base),
        "detail": node.detail(),
        "value": node.preview(),
        "more": bool(node.children()),
    }


def step_text(name: str, *, first: bool = False) -> str:
    """Return a step as it is written in an expression: ``.name``, ``[0]`` or ``['a b']``."""
    if name.startswith("[") and name[1:-1].isdigit():
        return name
    if _PLAIN.match(name):
        return name if first else f".{name}"
    escaped = name.replace("\\", "\\\\").replace("'", "\\'")
    return f"['{escaped}']"


def _split(text: str) -> tuple[str, str]:
    """Return the finished steps and the one in work."""
    cut = max(text.rfind("."), text.rfind("["))
    if cut < 0:
        return "", text
    return text[:cut], text[cut + 1 :]


def _steps(text: str) -> Iterable[str]:
    for match in _STEP.finditer(text):
        number, quoted, plain = match.groups()
        yield f"[{number}]" if number else plain or re.sub(r"\\(.)", r"\1", quoted or "")


def _root(draft: Draft, known: Known) -> _Node:
    roots = {"workflow": _workflow(draft, known)}
    for task in tasks_before(draft):
        ref = str(task.get("taskReferenceName", ""))
        if ref:
            roots[ref] = _task(task, known.samples.get(ref))
    return _Node(named=roots)


def _workflow(draft: Draft, known: Known) -> _Node:
    flow = draft.workflow or {}
    declared = flow.get("inputParameters")
    names = [str(name) for name in declared] if isinstance(declared, list) else []
    schema = flow.get("inputSchema")
    data = schema.get("data") if isinstance(schema, Mapping) else None
    inputs = {name: _Node({}) for name in names}
    inputs |= {name: _Node(sub, None, data) for name, sub in _properties(data).items()}
    inputs |= _plain_nodes(flow.get("inputTemplate"))
    variables = _plain_nodes(flow.get("variables"))
    for task in tasks_before(draft):
        if task.get("type") == "SET_VARIABLE":
            variables |= _plain_nodes(task.get("inputParameters"))
    below = {
        "input": _Node(named=inputs),
        "variables": _Node(named=variables),
        "secrets": _Node(named={name: _Node({"type": "secret"}) for name in known.secrets}),
        "env": _Node(named={name: _Node({"type": "string"}) for name in known.environment}),
    }
    return _Node(
        named={name: below.get(name, _Node({"type": "string"})) for name in _WORKFLOW_FIELDS}
    )


def _plain_nodes(values: Any) -> dict[str, _Node]:
    if not isinstance(values, Mapping):
        return {}
    return {str(name): _Node(None, value) for name, value in values.items()}


def _task(task: Mapping[str, Any], sample: Mapping[str, Any] | None) -> _Node:
    if task.get("type") != "HTTP":
        return _Node(named={"output": _Node(None, sample), "input": _Node()})
    inputs = task.get("inputParameters")
    options = inputs.get("httptask") if isinstance(inputs, Mapping) else None
    options = options if isinstance(options, Mapping) else {}
    schema = body_schema(options)
    response = (sample or {}).get("response") or {}
    fields = {
        "statusCode": _Node({"type": "integer"}, response.get("statusCode")),
        "reasonPhrase": _Node({"type": "string"}, response.get("reasonPhrase")),
        "headers": _Node(named=HeaderMap(_plain_nodes(response.get("headers")))),
        "body": _Node(schema, response.get("body"), schema),
    }
    if is_paged(options):
        fields["pages"] = _Node({"type": "integer"}, response.get("pages"))
    written = options.get("output")
    mapped = written if isinstance(written, Mapping) else {}
    names = {str(name): _Node(None, (sample or {}).get(name)) for name in mapped}
    return _Node(named={"output": _Node(named={"response": _Node(named=fields), **names})})


def _properties(schema: Any) -> dict[str, Any]:
    found = schema.get("properties") if isinstance(schema, Mapping) else None
    return {str(name): sub for name, sub in found.items()} if isinstance(found, Mapping) else {}


def _resolved(schema: Any, root: Any) -> Any:
    """Follow local references, and take the first of several shapes."""
    for _ in range(_DEPTH):
        if not isinstance(schema, Mapping):
            return {}
        ref = schema.get("$ref")
        if isinstance(ref, str):
            schema = _local(root, ref)
            continue
        branch = next((schema[key] for key in ("allOf", "oneOf", "anyOf") if schema.get(key)), None)
        if not branch or "properties" in schema:
            return schema
        schema = branch[0] if isinstance(branch, list) else {}
    return {}


def _local(root: Any, ref: str) -> Any:
    if not ref.startswith("#/"):
        return {}
    node = root
    for name in steps(ref):
        node = node.get(name) if isinstance(node, Mapping) else None
    return node


def _kind(value: Any) -> str:
    if isinstance(value, float):
        return "number"
    names = {bool: "boolean", int: "integer", str: "string", list: "array"}
    return names.get(type(value), "object")
