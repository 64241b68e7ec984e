"""Parameters as a task has them: their places, styles and schemas."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from httptask.catalog.prepare.address import Address
from httptask.catalog.prepare.body import concrete
from httptask.catalog.prepare.skeleton import Skeleton
from httptask.catalog.values import Json, Operation, Parameter

SET_ELSEWHERE: Final = frozenset({"accept", "content-type", "content-length", "transfer-encoding"})
"""Headers that the request has by other fields."""
PLACES: Final = {"path": "path", "query": "query", "header": "headers", "cookie": "cookies"}
AS_TEXT: Final = ("parameter_not_structured", "a structured header or cookie is given as text")
TEXT: Final[Json] = {"type": "string"}


def sent_as_text(parameter: Parameter, skeleton: Skeleton) -> bool:
    """Tell whether a task cannot hold the parameter's structure, so that its text is given."""
    if parameter.location not in ("header", "cookie"):
        return False
    kind = skeleton.flattened(parameter.schema).get("type")
    if parameter.location == "header":
        return kind == "object" or bool(parameter.content_type)
    return kind in ("object", "array")


def parameters_schema(
    operation: Operation, parameters: Iterable[Parameter], where: Address | None = None
) -> Json | None:
    """Return the JSON Schema of parameters by place, or None without any."""
    names = where.names if where else {}
    places: dict[str, dict[str, Json]] = {}
    for each in parameters:
        if each.location == "header" and each.name.lower() in SET_ELSEWHERE:
            continue
        key = names.get(each.name, each.name) if each.location == "path" else each.name
        place = places.setdefault(PLACES[each.location], {"type": "object", "properties": {}})
        as_text = sent_as_text(each, Skeleton(operation.definitions))
        place["properties"][key] = TEXT if as_text else each.schema
        if each.required:
            place.setdefault("required", []).append(key)
    return {"type": "object", "properties": places} if places else None


_DEFAULTS: Final = {"path": ("simple", False), "query": ("form", True), "header": ("simple", False),
                    "cookie": ("form", True)}  # fmt: skip


def style_of(parameter: Parameter, skeleton: Skeleton) -> dict[str, Json]:
    """Return a parameter's entry of ``parameterStyles``; empty if it is sent in the usual way."""
    style: dict[str, Json] = {}
    if parameter.content_type:
        return {"contentType": concrete(parameter.content_type)}
    usual, explode = _DEFAULTS[parameter.location]
    kinds = skeleton.flattened(parameter.schema).get("type")
    if parameter.style != usual:
        style["style"] = parameter.style
    if kinds in ("array", "object", None) and (style or parameter.explode != explode):
        style["explode"] = parameter.explode
    if parameter.allow_reserved:
        style["allowReserved"] = True
    return style
