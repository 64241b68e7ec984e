"""What a prepared task could send as well, and what of it its author wants sent."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from httptask.catalog.prepare.skeleton import Skeleton
from httptask.catalog.values import Json, Media, Operation, Parameter
from httptask.errors import DefinitionError

BODY = "body"
"""As a choice, the whole body."""


@dataclass(frozen=True, slots=True)
class OptionalField:
    """Something that could be sent and is not: ``query limit``, ``body quality``, ``body``.

    Attributes:
        location: ``path``, ``query``, ``header``, ``cookie`` or ``body``.
        name: its name; ``""`` for a body that is not an object.
        description: what it is, untrusted text.
        schema: JSON Schema of its value.
    """

    location: str
    name: str
    description: str
    schema: Json

    @property
    def label(self) -> str:
        """Location and name, which choose it."""
        return f"{self.location} {self.name}".strip()


def optional_fields(
    operation: Operation,
    media: Media | None,
    skeleton: Skeleton,
    left_out: Callable[[Parameter], bool],
) -> Iterator[OptionalField]:
    """Yield what an operation takes and does not need.

    Args:
        operation: the operation.
        media: what its body is sent as, or None.
        skeleton: knows the operation's schemas.
        left_out: tells of a parameter whether something else of the task sends it.
    """
    for each in operation.parameters:
        if not each.required and not left_out(each):
            yield OptionalField(each.location, each.name, each.description, each.schema)
    if media is None or operation.body is None:
        return
    flat = skeleton.flattened(media.schema)
    if not flat.get("properties") and not operation.body.required:
        yield OptionalField(BODY, "", operation.body.description, media.schema)
    for name, schema in flat.get("properties", {}).items():
        detail = skeleton.resolved(schema)
        if name not in flat.get("required", ()) and detail.get("readOnly") is not True:
            yield OptionalField(BODY, name, str(detail.get("description", "")), schema)


def chosen(wanted: Iterable[str], fields: Iterable[OptionalField]) -> frozenset[str]:
    """Return the labels of the fields that are wanted.

    Args:
        wanted: names, labels, or ``body`` for all of the body.
        fields: what there is.

    Raises:
        DefinitionError: ``choice_unknown``.
    """
    known = list(fields)
    found: set[str] = set()
    for text in wanted:
        labels = {each.label for each in known if text in (each.label, each.name, each.location)}
        if not labels:
            raise DefinitionError(
                f"there is no optional field {text!r}",
                code="choice_unknown",
                hint="one of " + ", ".join(each.label for each in known) if known else "",
            )
        found |= labels
    return frozenset(found)
