"""What a reference points at, for static checks."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from httptask.errors import ExpressionError
from httptask.expressions.jayway import compile_jayway

Segments = tuple[str | int, ...]

SECRETS = "workflow.secrets."
ENV = "workflow.env."
_AREAS = ("input", "variables")
_SPLIT = re.compile(r"[.\[]")
_MAX_CUTS = 64


class Problem(NamedTuple):
    """Something that the author should know: the reference has no value, or stays text.

    Attributes:
        pointer: JSON Pointer of the text in the template.
        text: the reference as written.
        why: what is wrong, one sentence.
    """

    pointer: str
    text: str
    why: str


@dataclass(frozen=True, slots=True)
class Reference:
    """One ``${...}`` of a template.

    Attributes:
        text: as written, braces included.
        pointer: JSON Pointer of the text it stands in.
        root: ``workflow.input``, ``workflow.variables``, ``workflow.secrets``, ``workflow.env``,
            ``workflow`` (its other fields), ``task``, ``system`` (``CPEWF_TASK_ID``...),
            ``context`` (everything), ``dynamic`` (computed from its start), ``empty`` (``${}``) or
            ``invalid`` (see Template.problems).
        task_ref: the task reference name when root is ``task``.
        path: names and indexes below the root, all of them; None when the path is computed or has
            wildcards, filters, slices or functions.
        prefix: the names and indexes below the root that are certain; equals path when that is
            not None.
    """

    text: str
    pointer: str
    root: str
    task_ref: str | None = None
    path: Segments | None = None
    prefix: Segments = ()


def describe(text: str, segments: Sequence[str | int], *, whole: bool) -> Reference:
    """Return the reference for a path's certain segments.

    Args:
        text: the reference as written.
        segments: names and indexes from the document's root.
        whole: whether they are the whole path.
    """
    root, task_ref, rest = _rooted(tuple(segments), whole=whole)
    return Reference(text, "", root, task_ref, rest if whole else None, rest)


def _rooted(segments: Segments, *, whole: bool) -> tuple[str, str | None, Segments]:
    match segments:
        case ("workflow", str(area), *_) if area in _AREAS:
            return f"workflow.{area}", None, segments[2:]
        case ("workflow", *_):
            return "workflow", None, segments[1:]
        case (str(ref), *_):
            return "task", ref, segments[1:]
    return ("context" if whole else "dynamic"), None, ()


def describe_computed(text: str, head: str) -> Reference:
    """Return the reference for a path that other references complete.

    Args:
        text: the reference as written.
        head: the literal text before the first inner reference.
    """
    for start in (SECRETS, ENV):
        if head.startswith(start):
            return Reference(text, "", start.rstrip("."))
    cuts = [found.start() for found in _SPLIT.finditer(head)]
    for cut in cuts[: -_MAX_CUTS - 1 : -1]:
        try:
            path = compile_jayway(head[:cut])
        except ExpressionError:
            continue
        return describe(text, path.prefix, whole=False)
    return Reference(text, "", "dynamic")


def placed(reference: Reference, pointer: str) -> Reference:
    """Return the reference with its place in the template."""
    text, root, path, prefix = reference.text, reference.root, reference.path, reference.prefix
    return Reference(text, pointer, root, reference.task_ref, path, prefix)
