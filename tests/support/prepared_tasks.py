"""Generated inputs for prepared tasks, and where a built request differs from its description."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import jsonschema_rs
from hypothesis import Phase, find, settings, strategies
from hypothesis.errors import InvalidArgument, NoSuchExample, Unsatisfiable

from httptask.builtin.build.plugin import BuildRequest
from httptask.builtin.resolve import ResolveInputs
from httptask.catalog import Choices, Operation
from httptask.catalog.prepare.body import family, is_file
from httptask.catalog.prepare.schemas import closure, one_sided
from httptask.catalog.prepare.skeleton import PreparedInput, Skeleton
from httptask.catalog.prepare.task import PreparedTask as Prepared
from httptask.catalog.prepare.task import prepare_task
from httptask.catalog.values import MISSING
from httptask.check import check_task
from httptask.core.egress import EgressPolicy
from httptask.core.execution import Execution
from httptask.core.message import HttpRequest
from httptask.core.sensitive import Redactor
from httptask.definition.loader import load_task
from httptask.errors import HttpTaskError
from httptask.expressions import Context
from httptask.hooks.task import CompiledTask
from httptask.hooks.views import TaskCall

Json = Any
SAFE = "/:@!$&'()*+,;=~%-._"
WORDS = (
    "a", "abc", "1", "12", "100", "2024-01-31", "2024-01-31T12:00:00Z", "12:00", "a@example.com",
    "https://example.com/a", "00000000-0000-4000-8000-000000000000", "a" * 8, "A" * 16,
    "a1b2c3d4" * 4,
    "USD", "en", "en-US", "DE",
    "+14155550100", "0" * 24, "192.0.2.1", "#aabbcc",
)  # fmt: skip
SET_ELSEWHERE = frozenset(
    {"accept", "content-type", "authorization", "content-length", "transfer-encoding"}
)
"""Headers that are set by other means than a parameter."""


class Values:
    """Generates values that a schema of an operation accepts in a request."""

    def __init__(self, operation: Operation, seed: int = 0) -> None:
        self._skeleton = Skeleton(operation.definitions)
        self._definitions = operation.definitions
        self._random = random.Random(seed)

    def of(self, schema: Json, depth: int = 0) -> Json:
        """Return a value, valid or not: ask `fits`."""
        flat = self._skeleton.flattened(schema)
        known = [self._skeleton.literal(schema), *flat.get("examples", ())[:1]]
        for value in known:
            if value is not MISSING and self.fits(schema, value):
                return value
        if "const" in flat:
            return flat["const"]
        if "enum" in flat:
            return self._random.choice(flat["enum"])
        kind = flat.get("type") or ("object" if "properties" in flat else "string")
        return getattr(self, f"_{kind}", self._string)(schema, flat, depth)

    def members(self, schema: Json) -> Json:
        """Return an object with all its properties: an empty one is nothing in a path."""
        found = self._skeleton.flattened(schema).get("properties", {})
        return {name: self.of(each, 1) for name, each in found.items()}

    def fits(self, schema: Json, value: Json) -> bool:
        """Tell whether the schema accepts the value."""
        return bool(self._validator(schema).is_valid(value))

    def broken(self, each: PreparedInput, value: Json) -> list[str]:
        """Return the rules that the value of an input breaks, as ``pattern in query id``."""
        validator = self._validator(each.schema)
        return [f"{error.kind.name} in {each.target}" for error in validator.iter_errors(value)]

    def _validator(self, schema: Json) -> jsonschema_rs.Draft202012Validator:
        used = closure(schema, self._definitions)
        sides = {name: one_sided(each, "readOnly", used) for name, each in used.items()}
        root = {"allOf": [one_sided(schema, "readOnly", used)], "$defs": sides}
        return jsonschema_rs.Draft202012Validator(root, offline=True)

    def _object(self, _schema: Json, flat: Json, depth: int) -> Json:
        if depth > 8:
            return {}
        members = flat.get("properties", {})
        found = {n: self.of(members.get(n, True), depth + 1) for n in flat.get("required", ())}
        return {**found, **flat.get("discriminated", {})}

    def _array(self, _schema: Json, flat: Json, depth: int) -> Json:
        count = max(1, int(flat.get("minItems", 0))) if depth < 8 else 0
        found = [self.of(flat.get("items", True), depth + 1) for _ in range(min(count, 5))]
        return self._distinct(found, flat["items"]) if flat.get("uniqueItems") else found

    def _distinct(self, values: list[Json], schema: Json) -> list[Json]:
        """Return other items for equal ones, where the schema takes them."""
        options = [
            *values[:1],
            *self._skeleton.flattened(schema).get("enum", ()),
            *range(9),
            *WORDS,
        ]
        fitting = [value for value in options if self.fits(schema, value)]
        unique = {json.dumps(value): value for value in fitting}
        return list(unique.values())[: len(values)]

    def _integer(self, _schema: Json, flat: Json, _depth: int) -> Json:
        low = flat.get("minimum", flat.get("exclusiveMinimum", 0) + 1)
        high = flat.get("maximum", flat.get("exclusiveMaximum", low + 2) - 1)
        step = flat.get("multipleOf", 1)
        return int(-(-min(low, high) // step) * step)

    def _number(self, schema: Json, flat: Json, depth: int) -> Json:
        return self._integer(schema, flat, depth)

    def _boolean(self, _schema: Json, _flat: Json, _depth: int) -> Json:
        return self._random.random() < 0.5

    def _null(self, _schema: Json, _flat: Json, _depth: int) -> Json:
        return None

    def _string(self, schema: Json, flat: Json, _depth: int) -> Json:
        wanted = int(flat.get("minLength", 1))
        for word in (*WORDS, "a" * wanted, "0" * wanted, ""):
            if self.fits(schema, word):
                return word
        return (
            matching(flat["pattern"], wanted, flat.get("maxLength")) if "pattern" in flat else "a"
        )


@lru_cache(maxsize=10_000)
def matching(pattern: str, shortest: int, longest: int | None) -> str:
    """Return a printable text that matches a pattern and has a length; ``a`` for want of one."""
    printable = strategies.characters(min_codepoint=32, max_codepoint=126)
    try:
        texts = strategies.from_regex(pattern, alphabet=printable)
        return find(
            texts,
            lambda text: "\n" not in text and shortest <= len(text) <= (longest or len(text)),
            settings=settings(
                database=None, derandomize=True, max_examples=200, phases=[Phase.generate]
            ),
        )
    except (re.error, NoSuchExample, Unsatisfiable, InvalidArgument):
        return "a"


def checked(operation: Operation, **choices: Any) -> tuple[Json, Json, Prepared]:
    """Return request and options of a prepared task that the check accepts, and the task."""
    made = prepare_task(operation, Choices(**choices))
    findings = check_task(load_task(made.task))
    assert [each for each in findings if each.severity == "error"] == []
    inputs = made.task["inputParameters"]
    return inputs["http_request"], inputs["httptask"], made


def generated_inputs(prepared: Prepared, made: Values) -> tuple[dict[str, Json], list[str]]:
    """Return a value for each input, and which are not valid: the rule that they break."""
    inputs = {each.name: _input(each, made) for each in prepared.inputs}
    broken = [rule for each in prepared.inputs for rule in made.broken(each, inputs[each.name])]
    return inputs, broken


def _input(each: PreparedInput, made: Values) -> Json:
    """Return a value; a body that may be anything is an object, for a text is sent as it is."""
    value = made.of(each.schema)
    if value == {} and each.target.startswith("path "):
        value = made.members(each.schema)
    anything = each.target == "body" and isinstance(value, str) and made.fits(each.schema, {})
    return {} if anything else value


def build(prepared: Prepared, inputs: dict[str, Json], folder: Path) -> HttpRequest:
    """Resolve and build a prepared task's request as a run does, without sending it."""
    (folder / "upload.bin").write_bytes(b"content")
    written = json.dumps(prepared.task)
    for each in prepared.inputs:
        expression = f'"file": "${{workflow.input.{each.name}}}"'
        written = written.replace(expression, '"file": "upload.bin"')
        if each.target == "server":
            inputs[each.name] = "https://server.example.com"
    task = CompiledTask.of(json.loads(written)["inputParameters"], base_dir=folder)
    call = TaskCall(
        task,
        Context.build(input=inputs),
        Execution("workflow", "task", 0, "id", 1),
        EgressPolicy(),
        Redactor(),
        folder,
        folder,
        secrets=lambda name: f"secret-{name}",
    )
    resolved = ResolveInputs().httptask_resolve_inputs(call)
    return BuildRequest().httptask_build_request(call, resolved)


def added(prepared: Prepared, operation: Operation) -> set[str]:
    """Return what sending adds to a built request: ``query key``, ``header x-key``."""
    options = prepared.task["inputParameters"]["httptask"]
    auth, key = options.get("auth") or {}, options.get("idempotencyKey")
    found = set()
    if auth.get("type") == "apiKey":
        found.add(f"{auth['in']} {auth['name'].lower()}")
    if key:
        found.add(f"header {'idempotency-key' if key is True else key['header'].lower()}")
    if auth.get("type") == "aws-sigv4":
        names = (each.name.lower() for each in operation.parameters)
        found |= {f"{place} {n}" for n in names if "amz" in n for place in ("header", "query")}
    return found


def differences(
    operation: Operation, request: HttpRequest, made: Values, more: set[str]
) -> Iterator[str]:
    """Yield where a request is not what the description says: ``method``, ``path`` and so on.

    Args:
        operation: the operation.
        request: as it was built.
        made: the values that it was built of.
        more: what `added` returns.
    """
    if request.method != operation.method:
        yield f"method {request.method}"
    yield from _path_differences(operation, request)
    yield from _query_differences(operation, request, more)
    yield from _header_differences(operation, request, more)
    yield from _body_differences(operation, request, made)


def _path_differences(operation: Operation, request: HttpRequest) -> Iterator[str]:
    path = operation.path.partition("?")[0].partition("#")[0]
    pieces = [quote(piece, safe=SAFE) for piece in re.split(r"\{[^{}]*\}", path)]
    pattern = "[^?]*".join(re.escape(piece) for piece in pieces)
    if not re.search(rf"{pattern}\Z", request.url.partition("?")[0]):
        yield f"path {request.url} is not {path}"


def _query_differences(operation: Operation, request: HttpRequest, more: set[str]) -> Iterator[str]:
    described = [each for each in operation.parameters if each.location == "query"]
    sent = {
        unquote(pair.partition("=")[0]).replace("+", " ")
        for pair in urlsplit(request.url).query.split("&")
        if pair
    }
    for each in described:
        plain = each.style == "form" and not _structured(each.schema, operation)
        named = each.name in sent or f"query {each.name.lower()}" in more
        if each.required and plain and not named:
            yield f"query {each.name} is missing in {request.url}"
    names = {each.name for each in described}
    names |= {pair.partition("=")[0] for pair in operation.path.partition("?")[2].split("&")}
    names |= {scheme.parameter for option in operation.auth for scheme in option}
    if any(_structured(each.schema, operation) for each in described):
        return
    for name in sent - names:
        yield f"query {name} is not described"


def _structured(schema: Json, operation: Operation) -> bool:
    kind = Skeleton(operation.definitions).flattened(schema).get("type")
    return kind not in ("string", "integer", "number", "boolean")


def _header_differences(
    operation: Operation, request: HttpRequest, more: set[str]
) -> Iterator[str]:
    for each in operation.parameters:
        name = each.name.lower()
        special = name in SET_ELSEWHERE or f"header {name}" in more
        needed = each.location == "header" and each.required and not special
        if needed and request.headers.get(each.name) is None:
            yield f"header {each.name} is missing"


def _body_differences(operation: Operation, request: HttpRequest, made: Values) -> Iterator[str]:
    if operation.body is None:
        return
    if request.body is None:
        if operation.body.required:
            yield "body is missing"
        return
    kind = request.body.media_type.partition(";")[0].lower()
    media = [m for m in operation.body.media if _same(m.content_type, kind)]
    if not media:
        yield f"body {kind} is not among {[m.content_type for m in operation.body.media]}"
    elif family(kind) == "json" and not _is_file(media[0].schema, operation):
        text = b"".join(request.body.chunks()).decode()
        try:
            value = json.loads(text)
        except ValueError:
            yield f"body is not JSON: {text:.100}"
            return
        if not made.fits(media[0].schema, value):
            yield f"body does not fit: {value!r:.300}"


def _is_file(schema: Json, operation: Operation) -> bool:
    return is_file(Skeleton(operation.definitions).resolved(schema), "")


def _same(described: str, sent: str) -> bool:
    """Tell whether a type is the described one; what is not a media type cannot be sent."""
    kind = described.partition(";")[0].strip().lower()
    main = kind.partition("/")[0]
    ranged = "*" in kind and (main in ("*", "") or sent.startswith(f"{main}/"))
    return kind in (sent, "") or ranged or "{" in kind or "/" not in kind


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one operation's prepared task.

    Attributes:
        outcome: ``accepted``, ``untested`` (no valid input was found) or ``refused``.
        cause: why, in few words; ``""`` if accepted.
        detail: the same with names and values.
    """

    outcome: str
    cause: str = ""
    detail: str = ""


def judge(operation: Operation, seed: int, folder: Path) -> Verdict:
    """Prepare, check and build a task, and hold its request against the description."""
    prepared = prepare_task(operation)
    for finding in check_task(load_task(prepared.task)):
        if finding.severity == "error":
            return Verdict("refused", f"check {finding.code}", finding.message)
    made = Values(operation, seed)
    inputs, broken = generated_inputs(prepared, made)
    if broken:
        return Verdict("untested", broken[0].partition(" in ")[0], "; ".join(broken))
    try:
        request = build(prepared, inputs, folder)
    except HttpTaskError as error:
        return Verdict("refused", error.code, str(error))
    for text in differences(operation, request, made, added(prepared, operation)):
        return Verdict("refused", f"{text.partition(' ')[0]} not as described", text)
    return Verdict("accepted")
