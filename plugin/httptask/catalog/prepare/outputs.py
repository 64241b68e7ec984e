"""Output mappings that a response schema suggests."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from httptask.catalog.prepare.naming import identifier
from httptask.catalog.prepare.skeleton import Skeleton
from httptask.catalog.values import Json

MAX_OUTPUTS = 6
_UNTOLD = 50
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_TELLING = ("id", "url", "uri", "href", "name", "status", "state", "key", "token", "number")
_SCALARS = frozenset({"string", "integer", "number", "boolean"})
WRAPPERS = frozenset(
    {"data", "result", "results", "items", "value", "values", "records", "entries"}
)


def suggest(schema: Json, skeleton: Skeleton) -> dict[str, Json]:
    """Return output name to mapping: files, else ids and the like and lists, else what there is."""
    found: dict[str, Json] = {}
    for name, mapping in _files(schema, skeleton):
        found.setdefault(name, mapping)
    flat = skeleton.flattened(schema)
    if flat.get("type") == "array" and not found:
        return {"items": "$.response.body"}
    if not found:
        found.update(_telling(flat, skeleton))
    if not found and flat.get("type") == "object":
        return {"result": "$.response.body"}
    return dict(list(found.items())[:MAX_OUTPUTS])


def _files(
    schema: Json, skeleton: Skeleton, path: str = "$.response.body", depth: int = 0
) -> Iterator[tuple[str, Json]]:
    flat = skeleton.flattened(schema)
    if depth > 4:
        return
    if flat.get("contentEncoding") == "base64" or flat.get("format") == "byte":
        media = str(flat.get("contentMediaType", "") or "application/octet-stream")
        kind, _, _ = media.partition("/")
        name = kind if kind in ("image", "audio", "video") else _last(path)
        yield name, {"path": path, "as": "file", "encoding": "base64", "mediaType": media}
    elif flat.get("type") == "array" and "items" in flat:
        yield from _files(flat["items"], skeleton, f"{path}[0]", depth + 1)
    else:
        for name, child in flat.get("properties", {}).items():
            if "${" in name:
                continue
            yield from _files(child, skeleton, _member(path, name), depth + 1)


def _telling(flat: Mapping[str, Json], skeleton: Skeleton) -> Iterator[tuple[str, Json]]:
    properties: Mapping[str, Json] = flat.get("properties", {})
    kinds = {name: skeleton.flattened(child) for name, child in properties.items()}
    required = set(flat.get("required", ()))
    others = []
    for name in sorted(kinds, key=lambda each: _rank(each, each in required)):
        if "${" in name:
            continue
        path = _member("$.response.body", name)
        kind = kinds[name].get("type")
        telling = kind in _SCALARS and _rank(name, name in required) < _UNTOLD
        if telling or kind == "array" or (kind == "object" and name.lower() in WRAPPERS):
            yield output_name(name), path
        else:
            others.append((output_name(name), path))
    yield from others


def output_name(name: str) -> str:
    """Return a name that an output may have; the whole response has one already."""
    found = identifier(name)
    return "response_field" if found == "response" else found


def _rank(name: str, required: bool) -> int:
    lower = name.lower()
    if lower in _TELLING:
        return _TELLING.index(lower)
    if lower in WRAPPERS:
        return 20
    telling = next((i for i, word in enumerate(_TELLING) if lower.endswith(f"_{word}")), None)
    if telling is not None:
        return 30 + telling
    return _UNTOLD - 1 if required else _UNTOLD


def _member(path: str, name: str) -> str:
    if _PLAIN.match(name):
        return f"{path}.{name}"
    escaped = name.replace("\\", "\\\\").replace("'", "\\'")
    return f"{path}['{escaped}']"


def _last(path: str) -> str:
    return output_name(re.sub(r"\[\d+\]$", "", path).rpartition(".")[2].strip("]'") or "file")
