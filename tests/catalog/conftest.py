"""Small descriptions, a catalogue in a temporary folder, and generated values."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from httptask.catalog import Catalog, Operation
from httptask.catalog.prepare.schemas import closure, one_sided
from httptask.catalog.prepare.skeleton import Skeleton

Json = Any
WORDS = (
    "a", "abc", "1", "12", "100", "2024-01-31", "2024-01-31T12:00:00Z", "12:00", "a@example.com",
    "https://example.com/a", "00000000-0000-4000-8000-000000000000", "a" * 8, "A" * 16,
    "a1b2c3d4" * 4,
    "USD", "en", "en-US", "DE",
    "+14155550100", "0" * 24, "192.0.2.1", "#aabbcc",
)  # fmt: skip


def describe(paths: Json, **more: Json) -> Json:
    """Return an OpenAPI 3.0 document with these paths."""
    return {
        "openapi": "3.0.3",
        "info": {"title": "Pets", "version": "1"},
        "servers": [{"url": "https://pets.example.com/v1"}],
        "paths": paths,
        **more,
    }


@pytest.fixture(name="describe", scope="session")
def describe_fixture() -> Callable[..., Json]:
    """`describe`, for modules that cannot import this one."""
    return describe


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    """An empty catalogue."""
    with Catalog.open(tmp_path / "catalog") as opened:
        yield opened


@pytest.fixture
def read(catalog: Catalog, tmp_path: Path) -> Callable[..., Operation]:
    """Add a document and return its first operation, or the one of that id."""

    def reading(document: Json, operation_id: str = "") -> Operation:
        path = tmp_path / "description.json"
        path.write_text(json.dumps(document), "utf-8")
        change = catalog.add(path)[0]
        return catalog.get(operation_id or catalog.operations(change.api)[0])

    return reading


class Values:
    """Generates values that a schema of an operation accepts in a request."""

    def __init__(self, operation: Operation, seed: int = 0) -> None:
        self._skeleton = Skeleton(operation.definitions)
        self._definitions = operation.definitions
        self._random = random.Random(seed)

    def of(self, schema: Json, depth: int = 0) -> Json:
        """Return a value, valid or not: ask `fits`."""
        literal = self._skeleton.literal(schema)
        flat = self._skeleton.flattened(schema)
        if literal is not self._skeleton.literal(False):
            return literal
        if "enum" in flat:
            return self._random.choice(flat["enum"])
        kind = flat.get("type") or ("object" if "properties" in flat else "string")
        return getattr(self, f"_{kind}", self._string)(schema, flat, depth)

    def fits(self, schema: Json, value: Json) -> bool:
        """Tell whether the schema accepts the value."""
        used = closure(schema, self._definitions)
        sides = {name: one_sided(each, "readOnly", used) for name, each in used.items()}
        root = {"allOf": [one_sided(schema, "readOnly", used)], "$defs": sides}
        return bool(jsonschema_rs.Draft202012Validator(root, offline=True).is_valid(value))

    def _object(self, _schema: Json, flat: Json, depth: int) -> Json:
        if depth > 8:
            return {}
        members = flat.get("properties", {})
        found = {n: self.of(members.get(n, True), depth + 1) for n in flat.get("required", ())}
        return {**found, **flat.get("discriminated", {})}

    def _array(self, _schema: Json, flat: Json, depth: int) -> Json:
        count = max(1, int(flat.get("minItems", 0))) if depth < 8 else 0
        return [self.of(flat.get("items", True), depth + 1) for _ in range(min(count, 5))]

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
        for word in (*WORDS, "a" * wanted, "0" * wanted):
            if self.fits(schema, word):
                return word
        return "a"


@pytest.fixture(scope="session")
def values() -> type[Values]:
    """`Values`, for modules that cannot import this one."""
    return Values
