"""Inputs and results for any definition, by one general rule: places, scripts and names.

What a reference is used for says which type its value has: the list of a loop, the tasks of a
dynamic fork, a duration, an address, the case of a SWITCH; then how a script uses it; then its
name. There is no data for any one definition. A definition may need other values than the first
ones, so there are variants, in a fixed order.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

VARIANTS = range(4)
_PLACES = {
    "uri": "http://127.0.0.1:9/x",
    "url": "http://127.0.0.1:9/x",
    "method": "GET",
    "terminationStatus": "COMPLETED",
}
REFERENCE = re.compile(r"\$\{\s*([^${}]+?)\s*\}")
_PART = re.compile(r"\.?([^.\[\]'\"]+)|\[['\"]([^'\"]+)['\"]\]|\[(\d+|\*)\]")
_LISTS = re.compile(
    r"(list|items|array|ids|rows|records|users|orders|tasks|files|results|urls|names|values|"
    r"products|data_?set|entries|pages|batch(es)?|events|messages|tags|recipients)$",
    re.IGNORECASE,
)
_NUMBERS = re.compile(
    r"(count|num|number|size|limit|max|min|total|amount|price|iterations?|retries|attempts?|"
    r"seconds|timeout|age|score|index|page|offset|quantity|threshold|version|code|value|length)$",
    re.IGNORECASE,
)
_TRUTHS = re.compile(r"^(is|has|should|needs?|can)[A-Z_]|enabled|approved|valid|success|flag|found")
_ADDRESSES = re.compile(r"(url|uri|endpoint|host|link|webhook)$", re.IGNORECASE)
_COMPARED = r"\s*(?:===?|!==?)\s*['\"]([^'\"]*)['\"]"
_LIST_METHODS = "map|filter|forEach|reduce|length|some|every|find|slice|join|push|size|get"
_USED_AS_LIST = rf"\s*(?:\[\d|\.(?:{_LIST_METHODS})\b)"
_TEXT_METHODS = "split|toLowerCase|toUpperCase|trim|replace|startsWith|substring|match"
_LIST_FILTERS = "map|length|group_by|sort|add|join|first|last"
_TEXT_FILTERS = "test|match|split|explode|ascii_downcase|ascii_upcase|ltrimstr|gsub|sub|capture"
_NOOP = {"name": "n", "taskReferenceName": "n", "type": "NOOP"}
_STARTED = {"name": "a_workflow", "version": 1}
_SMALL = {"type": "INLINE", "inputParameters": {"expression": "1", "evaluatorType": "javascript"}}


@dataclass
class Wanted:
    """The values that a definition refers to.

    Attributes:
        variant: which values are chosen where there is a choice.
        roots: by root (``input``, or a task's reference), the tree of what is read below it.
    """

    variant: int
    roots: dict[str, dict[str, Any]] = field(default_factory=dict)

    def add(self, text: str, hint: Any) -> None:
        """Note a reference, and what its value is used for."""
        parts = _parts(text)
        if parts[:2] == ["workflow", "input"]:
            root, path = "input", parts[2:]
        elif len(parts) > 1 and parts[1] == "output":
            root, path = parts[0], parts[2:]
        else:
            return
        tree = self.roots.setdefault(root, {})
        if not path:
            if isinstance(hint, dict):
                _merge(tree, hint)
            return
        for part in path[:-1]:
            below = tree.get(part)
            tree[part] = tree = below if isinstance(below, dict) else {}
        old = tree.get(path[-1])
        if old is None or (hint is not None and not isinstance(old, dict)):
            tree[path[-1]] = hint
        elif isinstance(old, dict) and isinstance(hint, dict):
            _merge(old, hint)

    def value(self, root: str) -> dict[str, Any]:
        """Return what is read below a root."""
        found = self._filled(self.roots.get(root, {}), root)
        return found if isinstance(found, dict) else {}

    def _filled(self, hint: Any, name: str) -> Any:
        if hint is None:
            return self.by_name(name)
        if isinstance(hint, dict):
            if hint and all(key == "*" or key.isdigit() for key in hint):
                one = self._filled(next(iter(hint.values())), name)
                return [one, one]
            return {key: self._filled(one, key) for key, one in hint.items()}
        return hint

    def by_name(self, name: str) -> Any:
        """Return the value of something that only its name tells about."""
        if _TRUTHS.search(name):
            return self.variant % 2 == 0
        if _LISTS.search(name):
            return [{"id": 1, "name": "a"}, {"id": 2, "name": "b"}]
        if _NUMBERS.search(name):
            return 2 if self.variant < 2 else 200
        if _ADDRESSES.search(name):
            return "http://127.0.0.1:9/x"
        return f"{name}-1"


def _merge(tree: dict[str, Any], more: Mapping[str, Any]) -> None:
    for key, value in more.items():
        if isinstance(tree.get(key), dict) and isinstance(value, dict):
            _merge(tree[key], value)
        elif tree.get(key) is None:
            tree[key] = value


def _parts(text: str) -> list[str]:
    return ["".join(match) for match in _PART.findall(text)]


def wanted(definition: Mapping[str, Any], variant: int) -> Wanted:
    """Return the values that a definition, and those in it, refers to."""
    found = Wanted(variant)
    for place, text, task in _texts(definition, (), {}):
        for match in REFERENCE.finditer(text):
            whole = match[0] == text.strip()
            found.add(match[1], _hint(place, task, variant) if whole else None)
    for task in tasks_of(definition):
        if task.get("type") == "DO_WHILE":
            _of_condition(found, task)
        if task.get("type") == "HTTP_POLL":
            _of_polling(found, task)
    return found


def tasks_of(value: Any) -> Iterator[dict[str, Any]]:
    """Yield all tasks in a document."""
    if isinstance(value, Mapping):
        if "taskReferenceName" in value:
            yield value
        for one in value.values():
            yield from tasks_of(one)
    elif isinstance(value, list):
        for one in value:
            yield from tasks_of(one)


def _texts(
    value: Any, place: tuple[str, ...], task: Mapping[str, Any]
) -> Iterator[tuple[tuple[str, ...], str, Mapping[str, Any]]]:
    if isinstance(value, str):
        yield place, value, task
    elif isinstance(value, Mapping):
        inside = value if "taskReferenceName" in value else task
        for key, one in value.items():
            yield from _texts(one, () if inside is one else (*place, str(key)), inside)
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one, (*place, "*"), task)


def _hint(place: tuple[str, ...], task: Mapping[str, Any], variant: int) -> Any:
    """Return what the value at a place of a task is: a value, or None where only names tell."""
    key, kind = place[-1], task.get("type", "SIMPLE")
    if key in ("items", "_items", "forkTaskInputs") and kind in ("DO_WHILE", "FORK_JOIN_DYNAMIC"):
        return [{"id": 1, "expression": "1"}, {"id": 2, "expression": "1"}]
    if kind == "FORK_JOIN_DYNAMIC":
        return _of_dynamic_fork(key, task)
    if kind == "WAIT":
        return {"duration": "0 seconds", "until": "2020-01-01 00:00"}.get(key)
    if kind == "DYNAMIC" and key == task.get("dynamicTaskNameParam"):
        return "a_function"
    if kind == "SUB_WORKFLOW" and "subWorkflowParam" in place:
        given = {"name": "given", "tasks": [_NOOP]}
        return {**_STARTED, "workflowDefinition": given, "workflowDef": given}.get(key)
    if kind == "START_WORKFLOW":
        return {**_STARTED, "startWorkflow": _STARTED}.get(key)
    if key == task.get("expression" if kind == "SWITCH" else "caseValueParam"):
        cases = list(task.get("decisionCases") or {"x": []})
        return cases[variant % len(cases)]
    return _PLACES.get(key) or _of_script(key, task, variant)


def _of_dynamic_fork(key: str, task: Mapping[str, Any]) -> Any:
    if key == task.get("dynamicForkTasksParam"):
        return [{"name": "dyn_a", "taskReferenceName": "dyn_a", **_SMALL}]
    if key == task.get("dynamicForkTasksInputParamName"):
        return {"dyn_a": {}}
    if key == task.get("dynamicForkJoinTasksParam"):
        one = {"taskName": "dyn_a", "referenceName": "dyn_a", "type": "NOOP", "input": {}}
        return {"dynamicTasks": [one]}
    return {"forkTaskName": "a_function", "forkTaskType": "SIMPLE"}.get(key)


def scripts_of(task: Mapping[str, Any]) -> str:
    """Return the scripts and queries of a task."""
    inputs = task.get("inputParameters") or {}
    owners = ((task, ("expression", "caseExpression", "loopCondition")),
              (inputs, ("expression", "scriptExpression", "queryExpression")))  # fmt: skip
    return "\n".join(str(owner.get(name) or "") for owner, names in owners for name in names)


def _of_script(key: str, task: Mapping[str, Any], variant: int) -> Any:
    """Return a value of the type that a script uses an input as."""
    text = scripts_of(task)
    name = rf"\$(?:\.{re.escape(key)}|\[['\"]{re.escape(key)}['\"]\])"
    if not re.search(name, text):
        return _of_query(key, text)
    if compared := re.findall(name + _COMPARED, text):
        return compared[variant % len(compared)]
    if re.search(rf"JSON\.parse\({name}\)", text):
        return "{}"
    if re.search(rf"{name}\.({_TEXT_METHODS})", text):
        return f"{key}-1,b"
    if re.search(name + _USED_AS_LIST, text) or re.search(rf"of {name}|\.\.\.{name}", text):
        return [{"id": 1}, {"id": 2}]
    if re.search(name + r"\s*[<>+*/%-]", text) or re.search(rf"[+<>-]\s*{name}", text):
        return 2 if variant < 2 else 200
    members = re.findall(name + r"(?:\.(\w+)|\[['\"](\w+)['\"]\])", text)
    return {one or other: None for one, other in members} or None


def _of_query(key: str, text: str) -> Any:
    """Return a value of the type that a jq query uses an input as."""
    name = rf"(?<![\w\])\"])\.{re.escape(key)}\b"
    if re.search(name + rf"(\[\]|\s*\|\s*({_LIST_FILTERS}|\.\[))", text) or (
        re.search(name + r"\s*\|.*\|\s*\.\[\]", text)
    ):
        return _rows(text)
    if re.search(name + rf"\s*\|\s*({_TEXT_FILTERS})", text):
        return f"{key}-1"
    found: dict[str, Any] = {}
    for path, rest in re.findall(name + r"((?:\.\w+)+)(\s*//|\[\])?", text):
        _put(found, path.split(".")[1:], text, rest)
    return found or None


def _put(tree: dict[str, Any], path: list[str], text: str, rest: str) -> None:
    """Put what a path reads into a tree; what has a default of its own is left out."""
    for part in path[:-1]:
        below = tree.get(part)
        tree[part] = tree = below if isinstance(below, dict) else {}
    if "//" not in rest:
        tree.setdefault(path[-1], _rows(text) if rest else None)


def _rows(text: str) -> list[dict[str, Any]]:
    """Return rows that have whatever a query reads of something."""
    names = set(re.findall(r"\.(\w+)", text))
    return [
        {"id": one, "name": one, **{name: f"{name}-1" for name in sorted(names)}} for one in "ab"
    ]


def _of_condition(found: Wanted, task: Mapping[str, Any]) -> None:
    """Let what a loop's condition reads of the tasks in the loop end it sooner or later."""
    text = str(task.get("loopCondition") or "")
    inner = {str(one.get("taskReferenceName")) for one in tasks_of(task.get("loopOver") or [])}
    for match in re.finditer(r"\$((?:\.\w+|\[['\"][\w.-]+['\"]\])+)(" + _COMPARED + r")?", text):
        parts = _parts(match[1])
        if parts and parts[0] in inner and len(parts) > 1:
            compared = match[3]
            value: Any = compared if compared is not None else None
            path = "".join(f"['{part}']" for part in parts[1:])
            ended = {0: value, 1: False, 2: "done", 3: 0}[found.variant]
            found.add(f"{parts[0]}.output{path}", ended)


def _of_polling(found: Wanted, task: Mapping[str, Any]) -> None:
    """Let the response of a polled task have what its condition compares it with."""
    inputs = task.get("inputParameters") or {}
    request = inputs.get("http_request") or inputs
    text = str(request.get("terminationCondition") or "")
    ref = task["taskReferenceName"]
    for name, path in re.findall(r"var (\w+) = \$\.output((?:\.\w+)+)", text):
        for value in re.findall(rf"\b{name}{_COMPARED}", text)[:1]:
            found.add(f"{ref}.output{path}", value)
    if ".body.length" in text:
        found.add(f"{ref}.output.response.body", "a body of some length")
