"""Schemas as a prepared task carries them: for one direction, pruned, and not too large."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from httptask.catalog.openapi.keywords import SCHEMA_MAPS
from httptask.catalog.openapi.walking import PREFIX, encoded, lean, references
from httptask.catalog.values import Json

MAX_SCHEMA_BYTES = 32 * 1024
_NEGATIVE = frozenset({"not", "if", "then", "else", "maxContains"})
_INHERITED = 8
"""How far inheritance is followed."""
_OVERHEAD = 64
"""Bytes allowed for what surrounds the definitions."""


def closure(schema: Json, definitions: Mapping[str, Json]) -> dict[str, Json]:
    """Return the definitions that a schema leads to, nearest first."""
    found: dict[str, Json] = {}
    level: Iterable[str] = references(schema)
    while fresh := [name for name in dict.fromkeys(level) if name not in found]:
        found.update((name, definitions[name]) for name in fresh)
        level = [name for parent in fresh for name in references(found[parent])]
    return found


def weight(name: str, size: int) -> int:
    """Return how many bytes a definition adds."""
    return len(name.encode()) + 4 + size


def attached(schema: Json, definitions: Mapping[str, Json], drop: str) -> tuple[Json, str]:
    """Return a schema that stands alone, and the first definition that had no room, or ``""``.

    Args:
        schema: a schema of an operation.
        definitions: the operation's definitions.
        drop: ``readOnly`` for a request, ``writeOnly`` for a response: properties so marked are
            not required.
    """
    used = closure(schema, definitions)
    root = one_sided(schema, drop, used)
    sizes = ((name, len(encoded(lean(each)))) for name, each in used.items())
    missing = first_without_room(len(encoded(lean(schema))), sizes)
    if missing:
        nearest = ((name, lean(one_sided(each, drop, used))) for name, each in used.items())
        return _pruned(lean(root), nearest, missing)
    sides = {name: one_sided(each, drop, used) for name, each in used.items()}
    full = _joined(strip(root), {name: strip(each) for name, each in sides.items()})
    if len(encoded(full)) > MAX_SCHEMA_BYTES:
        full = _joined(lean(root), {name: lean(each) for name, each in sides.items()})
    return full, ""


def first_without_room(root_size: int, definitions: Iterable[tuple[str, int]]) -> str:
    """Return the first definition that does not fit, ``#`` for the root itself, or ``""``.

    Args:
        root_size: bytes of the schema without annotations.
        definitions: names and sizes without annotations, nearest first.
    """
    size = root_size + _OVERHEAD
    if size > MAX_SCHEMA_BYTES:
        return "#"
    for name, own in definitions:
        size += weight(name, own)
        if size > MAX_SCHEMA_BYTES:
            return name
    return ""


def _joined(root: Json, definitions: Mapping[str, Json]) -> Json:
    return {**root, "$defs": dict(definitions)} if definitions else root


def _pruned(root: Json, nearest: Iterable[tuple[str, Json]], missing: str) -> tuple[Json, str]:
    """Keep the nearest definitions that fit; any value passes in place of the others."""
    root = _loosened(root)
    if missing == "#":
        root = _shallow(root)
    size = len(encoded(root)) + _OVERHEAD
    kept: dict[str, Json] = {}
    for name, written in nearest:
        definition = _loosened(written)
        size += weight(name, len(encoded(definition)))
        if size > MAX_SCHEMA_BYTES:
            break
        kept[name] = definition
    root = _without(root, kept)
    kept = {name: _without(each, kept) for name, each in kept.items()}
    return _joined(root, {name: kept[name] for name in closure(root, kept)}), missing


def _loosened(schema: Json) -> Json:
    """Drop what no longer holds where a part of a schema is gone: that a value fits one branch."""
    if isinstance(schema, list):
        return [_loosened(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {key: child for key, child in schema.items() if key not in _NEGATIVE}
    if "oneOf" in kept and "anyOf" not in kept:
        kept["anyOf"] = kept["oneOf"]
    kept.pop("oneOf", None)
    return _mapped(kept, _loosened)


def _shallow(root: Json) -> Json:
    """Cut a schema that is too large by itself at the depth that fits."""
    for depth in (8, 6, 4, 3, 2, 1):
        cut = _cut(root, depth)
        if len(encoded(cut)) + _OVERHEAD <= MAX_SCHEMA_BYTES:
            return cut
    return {key: root[key] for key in ("type",) if key in root}


def _cut(schema: Json, depth: int) -> Json:
    if isinstance(schema, list):
        return [_cut(item, depth) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if depth <= 0:
        return {key: schema[key] for key in ("type", "format") if key in schema}
    return _mapped(schema, lambda child: _cut(child, depth - 1))


def _without(schema: Json, kept: Mapping[str, Json]) -> Json:
    """Let anything pass where a definition is gone."""
    if isinstance(schema, list):
        return [_without(item, kept) for item in schema]
    if not isinstance(schema, dict):
        return schema
    target = schema.get("$ref")
    if isinstance(target, str) and target.removeprefix(PREFIX) not in kept:
        return _without({key: child for key, child in schema.items() if key != "$ref"}, kept)
    return _mapped(schema, lambda child: _without(child, kept))


def strip(schema: Json) -> Json:
    """Return a schema without what only helps to build a request."""
    if isinstance(schema, list):
        return [strip(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {key: child for key, child in schema.items() if key != "discriminator"}
    return _mapped(kept, strip)


def one_sided(schema: Json, drop: str, definitions: Mapping[str, Json]) -> Json:
    """Return a schema in which properties of the other direction are not required."""
    if isinstance(schema, list):
        return [one_sided(item, drop, definitions) for item in schema]
    if not isinstance(schema, dict):
        return schema
    result = _mapped(schema, lambda child: one_sided(child, drop, definitions))
    if required := result.get("required"):
        members = _members(schema, definitions)
        result["required"] = [n for n in required if not _marked(members.get(n), drop, definitions)]
    return result


def _members(schema: Json, definitions: Mapping[str, Json], depth: int = 0) -> dict[str, Json]:
    """Return the properties of an object, those it inherits included."""
    if not isinstance(schema, dict) or depth > _INHERITED:
        return {}
    parent = definitions.get(str(schema.get("$ref", "")).removeprefix(PREFIX))
    found: dict[str, Json] = {}
    for part in (parent, *schema.get("allOf", ())):
        found.update(_members(part, definitions, depth + 1))
    return {**found, **schema.get("properties", {})}


def _marked(schema: Json, mark: str, definitions: Mapping[str, Json]) -> bool:
    for _ in range(8):
        if not isinstance(schema, dict):
            return False
        if schema.get(mark) is True:
            return True
        schema = definitions.get(str(schema.get("$ref", "")).removeprefix(PREFIX))
    return False


def _mapped(schema: Mapping[str, Json], change: Callable[[Json], Json]) -> dict[str, Json]:
    """Apply a change to every schema inside a schema, and to nothing else."""
    result: dict[str, Json] = {}
    for key, child in schema.items():
        if key in SCHEMA_MAPS:
            result[key] = {name: change(each) for name, each in child.items()}
        elif isinstance(child, (dict, list)) and key not in _LITERAL:
            result[key] = change(child)
        else:
            result[key] = child
    return result


_LITERAL = frozenset(
    {"const", "enum", "default", "examples", "required", "type", "discriminator",
     "dependentRequired", "$defs"}
)  # fmt: skip
