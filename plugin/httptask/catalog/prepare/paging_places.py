"""Where a request may name a page: query parameters, headers, members of a JSON body."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from httptask.catalog.prepare.body import choose_media, is_json
from httptask.catalog.prepare.skeleton import Skeleton
from httptask.catalog.values import MISSING, Json, Operation, Parameter
from httptask.core.words import words

_READING: Final = frozenset(
    words("search query list find filter lookup get fetch read browse poll retrieve report")
)
_WRITING: Final = frozenset(
    words(
        "create add update delete remove send upload import insert save post set log run start "
        "register submit book edit cancel apply generate validate verify sign batch bulk"
    )
)
_PAGED: Final = re.compile(
    r"paginat|\bpaging\b|\bskip|\b(?:next|previous) page\b|\bper page\b|\bresults? page\b|"
    r"\bpages? (?:number )?of (?:the )?(?:results?|items|records|entries|data|list)\b|"
    r"\b(?:index|position|number) of the first \w+ to (?:return|retrieve|show)"
)


@dataclass(frozen=True, slots=True)
class Place:
    """Something of a request that may name a page, or say how large it is.

    Attributes:
        name: its own name.
        written: how ``paging.parameter`` names it.
        schema: its JSON Schema, without references.
        description: what is said of it.
        examples: its examples.
        required: whether each request has it.
    """

    name: str
    written: Json
    schema: Mapping[str, Json]
    description: str
    examples: tuple[Json, ...]
    required: bool

    @property
    def kind(self) -> Json:
        """Its JSON type, or None."""
        return self.schema.get("type")

    @property
    def key(self) -> str:
        """Its name, as names are compared."""
        return "".join(each for each in words(self.name) if each != "x")

    @property
    def said(self) -> str:
        """What is said of it, lower case."""
        return self.description.lower()

    @property
    def in_header(self) -> bool:
        """True for a header."""
        return isinstance(self.written, dict) and self.written["in"] == "header"

    @property
    def is_paged(self) -> bool:
        """True if what is said of it speaks of pages."""
        return is_about_pages(self.description)

    @property
    def may_be_number(self) -> bool:
        """True unless its type or format is that of something else."""
        form = str(self.schema.get("format", ""))
        return self.kind in ("integer", "number", "string", None) and not form.startswith(
            ("date", "time", "uuid")
        )

    @property
    def is_number_as_text(self) -> bool:
        """True if its default or an example is a number."""
        return any(str(each).isdigit() for each in (self.schema.get("default"), *self.examples))


def is_about_pages(text: str) -> bool:
    """Tell whether a description speaks of pages of a list."""
    return _PAGED.search(text.lower()) is not None


def places(operation: Operation) -> Iterator[Place]:
    """Yield the places of a request: the query, headers, the body of a search.

    What is not a GET has none unless it is a POST that reads.

    Args:
        operation: the operation.
    """
    if operation.method != "GET" and not _is_search(operation):
        return
    skeleton = Skeleton(operation.definitions)
    for parameter in operation.parameters:
        if parameter.location == "query":
            yield _of_parameter(parameter, parameter.name, skeleton)
    media = choose_media(operation.body, None) if operation.body is not None else None
    if operation.method != "GET" and media is not None and is_json(media.content_type):
        yield from _members(skeleton, media.schema, ())
    for parameter in operation.parameters:
        if parameter.location == "header":
            yield _of_parameter(parameter, {"in": "header", "name": parameter.name}, skeleton)


def _of_parameter(parameter: Parameter, written: Json, skeleton: Skeleton) -> Place:
    schema = skeleton.flattened(parameter.schema)
    listed = schema.get("examples")
    examples = [*listed] if isinstance(listed, list) else []
    if parameter.example is not MISSING:
        examples.append(parameter.example)
    said = parameter.description or str(schema.get("description", ""))
    return Place(parameter.name, written, schema, said, tuple(examples), parameter.required)


def _members(skeleton: Skeleton, schema: Json, above: tuple[str, ...]) -> Iterator[Place]:
    """Yield the members of a body, then those of the objects in it."""
    flat = skeleton.flattened(schema)
    required = flat.get("required", ())
    inner = []
    for name, each in flat.get("properties", {}).items():
        detail = skeleton.flattened(each)
        path = (*above, name)
        pointer = "".join(f"/{step.replace('~', '~0').replace('/', '~1')}" for step in path)
        written = {"in": "body", "name": pointer}
        examples = detail.get("examples")
        said = str(detail.get("description", ""))
        listed = tuple(examples) if isinstance(examples, list) else ()
        yield Place(name, written, detail, said, listed, not above and name in required)
        inner += [(each, path)] if detail.get("properties") and not above else []
    for each, path in inner:
        yield from _members(skeleton, each, path)


def _is_search(operation: Operation) -> bool:
    """Tell whether a POST reads: by what it is called."""
    said = words(f"{operation.operation_id} {operation.summary} {operation.path}")
    reads = operation.method == "POST" and bool(_READING.intersection(said))
    return reads and not _WRITING.intersection(said)
