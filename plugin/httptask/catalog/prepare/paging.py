"""What a prepared task says of paging."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from httptask.catalog.prepare.listing import Listing
from httptask.catalog.prepare.outputs import output_name
from httptask.catalog.prepare.paging_rules import PAGES, ToldRule, told_rule
from httptask.catalog.values import Json, Operation
from httptask.core.json_text import pretty
from httptask.core.words import words

MAX_PAGES: Final = 10
"""Pages that a prepared task asks for, so that a list of unknown length surprises nobody."""
_BODY: Final = "$.response.body"


@dataclass(frozen=True, slots=True)
class PreparedPaging:
    """What a task says of paging.

    Attributes:
        options: fields for ``httptask``.
        notes: what the task's author should know.
        size_of: name of the query parameter whose value is the size of a page, or ``""``.
    """

    options: Mapping[str, Json]
    notes: tuple[str, ...] = ()
    size_of: str = ""

    def beside(self, query: Mapping[str, Json]) -> Mapping[str, Json]:
        """Return the fields for ``httptask`` of a task that has a query."""
        size = str(query.get(self.size_of, ""))
        if not self.options or not (size.startswith("${") or (size.isdecimal() and int(size) > 0)):
            return self.options
        written = int(size) if size.isdecimal() else size
        return {**self.options, "paging": {**self.options["paging"], "size": written}}


def proposed_paging(operation: Operation, schema: Json) -> dict[str, Json] | None:
    """Return ``httptask.paging`` for an operation that gives a list in pages, or None.

    Args:
        operation: the operation.
        schema: JSON Schema of its response.
    """
    rule = told_rule(operation, Listing(operation, schema))
    return None if rule is None else dict(rule.options)


def prepared_paging(operation: Operation, schema: Json, asked: bool | None) -> PreparedPaging:
    """Return what the task of an operation says of paging.

    Args:
        operation: the operation.
        schema: JSON Schema of its response.
        asked: whether all pages are asked for; None: where the description leaves no doubt how the
            list goes on.
    """
    listing = Listing(operation, schema)
    rule = told_rule(operation, listing)
    if rule is None:
        return PreparedPaging({}, tuple(_of_path(operation, listing)))
    if asked is False or not (asked or rule.is_certain):
        text = pretty(rule.options, 0)
        gives = "it gives" if listing.items is not None else "it may give"
        note = f'{gives} a list in pages; for all of them (--paging) in httptask: "paging": {text}'
        return PreparedPaging({}, (note, *rule.doubts))
    note = (
        f"it gives a list in pages: the task asks for {MAX_PAGES} at most (paging.maxPages), with "
        "--no-paging for one; test it, for the description may be wrong"
    )
    paging = {**rule.options, "maxPages": MAX_PAGES}
    options = {"paging": paging, "output": {_list_name(rule): _BODY}}
    return PreparedPaging(options, (note, *rule.doubts), rule.size_of)


def _list_name(rule: ToldRule) -> str:
    """Return a name for the list that a rule gives: the last name of its place."""
    *_, last = re.findall(r"\w+", str(rule.options.get("items", "items")))
    return output_name(last)


def _of_path(operation: Operation, listing: Listing) -> list[str]:
    """Return the note on a list whose path has the number of the page."""
    numbers = [
        each.name
        for each in operation.parameters
        if each.location == "path" and "".join(words(each.name)) in PAGES - {"pageid"}
    ]
    if not numbers or listing.items is None or operation.method != "GET":
        return []
    return [f"it gives a list in pages, and {numbers[0]} in its path names one: it reads that page"]
