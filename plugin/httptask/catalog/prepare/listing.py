"""The list that a response gives, and what else it says of its pages."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from httptask.catalog.prepare.body import is_json
from httptask.catalog.prepare.outputs import WRAPPERS, subject_of
from httptask.catalog.prepare.responses import success_media
from httptask.catalog.prepare.skeleton import Skeleton
from httptask.catalog.search.words import stem
from httptask.catalog.values import MISSING, Json, Operation
from httptask.core.words import words

_ENVELOPES: Final = 2
"""Objects around the list, and around what names the next page, that are looked into."""
_BODY: Final = "$.response.body"
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_META: Final = frozenset({"errors", "warnings", "links", "included", "facets", "aggregations"})
_INNER: Final = (["next"], ["cursors"], ["cursor"])
_SCALARS: Final = {"string", "integer", "number"}
_BESIDE: Final = frozenset(
    {"problem", "error", "errors", "meta", "metadata", "pagination", "paging", "links", "facets"}
)
"""Objects beside a list that hold none."""
_IDS: Final = frozenset({"id", "uuid", "guid"})
_URLS: Final = re.compile(r"(?:odata)?next(?:page)?(?:link|url|uri|href)?")
_NUMBERS: Final = re.compile(r"next(?:page(?:number|num|no|index)?|offset|start|skip)")
_MORE: Final = re.compile(
    r"(?:has|are|is)?(?:there)?more(?:items|results|data|records|pages|rows)?"
    r"(?:incollection|available)?|hasnext(?:page)?|istruncated"
)
_DONE: Final = re.compile(r"done|islast(?:page)?|finished|lastpage")
_THINGS: Final = (
    "items?|results?|records?|elements?|entries|rows?|hits|objects|matches|num(?:ber)?|size|found|"
    "available"
)
_TOTAL: Final = re.compile(
    rf"(?:total|all)(?:{_THINGS})?(?:count|available|number)?|(?:{_THINGS}|documents)?totalcount|"
    r"(?:results|items|records)available|odatacount|numfound"
)
_HEADER_TOTAL: Final = re.compile(rf"{_TOTAL.pattern}|itemcount|totalitemcount")
_PAGES: Final = re.compile(
    r"totalpages?(?:count|number)?|pages?count|pages|pagestotal|lastpage|maxpages?|"
    r"num(?:ber)?(?:of)?pages"
)
_OF_ALL: Final = re.compile(
    r"\b(?:total|overall) (?:number|count|amount) of\b|\bnumber of all\b|"
    r"\btotal \w+ (?:found|available)"
)
_OF_PAGE: Final = re.compile(
    r"\b(?:in|on|of|for) (?:the|this|a|each|current) (?:current )?(?:page|response)\b|\breturned\b"
)
_NOT_NAMING: Final = frozenset({"x", "wp", "pagination", "paging", "paginate"})
"""Words of a header's name that do not tell what it says."""


@dataclass(frozen=True, slots=True)
class Field:
    """A field of the response: its names from the body on, and its schema."""

    path: tuple[str, ...]
    schema: Mapping[str, Json]

    @property
    def kinds(self) -> tuple[str, ...]:
        """JSON types that it may have."""
        kind = self.schema.get("type", ())
        return (kind,) if isinstance(kind, str) else tuple(kind)

    @property
    def text(self) -> str:
        """The field as a path of the response."""
        return _BODY + "".join(_member(name) for name in self.path)

    @property
    def name(self) -> str:
        """Its last name, as names are compared."""
        return plain(self.path[-1]) if self.path else ""

    @property
    def said(self) -> str:
        """What is said of it, lower case."""
        return str(self.schema.get("description", "")).lower()


def plain(name: str) -> str:
    """Return a name as names are compared: letters and digits, lower case."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _member(name: str) -> str:
    return f".{name}" if _NAME.fullmatch(name) else f"['{name}']"


class Listing:
    """What the response of an operation says of a list.

    Attributes:
        fields: the fields of the response, the outermost first; not those of items.
        items: the list, or None.
        is_open: whether nothing says what its JSON holds.
        may_be_list: whether it has no list, although its path may be that of many things.
        headers: names of the described headers.
    """

    def __init__(self, operation: Operation, schema: Json) -> None:
        self._skeleton = Skeleton(operation.definitions)
        self._operation = operation
        known = schema is not MISSING
        self.fields = list(_fields(self._skeleton, schema, ())) if known else []
        whole = self.fields[0] if self.fields else Field((), {})
        media = success_media(operation)
        is_json_or_unknown = not media or is_json(media[0].content_type)
        is_described = bool(whole.schema.get("properties")) or "array" in whole.kinds
        self.is_open = is_json_or_unknown and not is_described
        is_of_many = is_json_or_unknown and not operation.path.endswith("}")
        self.may_be_list = is_of_many and not any("array" in each.kinds for each in self.fields)
        self.items = self._list()
        self.headers = tuple(
            name
            for response in operation.responses
            if response.successful
            for name in response.headers
        )

    def _list(self) -> Field | None:
        """Return the one list, or that of several which is called so."""
        subject = subject_of(self._operation)

        def is_subject(field: Field) -> bool:
            return {*map(stem, words("".join(field.path[-1:])))} <= subject

        def is_no_message(field: Field) -> bool:
            return field.name != "messages" or is_subject(field)

        def is_wrapper(field: Field) -> bool:
            return field.name in WRAPPERS

        def is_likely(field: Field) -> bool:
            return self._holds_objects(field) or is_wrapper(field)

        found = [field for field in self.fields if "array" in field.kinds]
        lists = [
            each
            for each in found
            if (each.name not in _META or is_subject(each))
            and not _BESIDE.intersection(map(plain, each.path[:-1]))
        ]
        for is_it in (is_no_message, is_likely, is_wrapper, is_subject):
            if len(lists) > 1:
                lists = [each for each in lists if is_it(each)] or lists
        return lists[0] if len(lists) == 1 else None

    def _holds_objects(self, field: Field) -> bool:
        return "properties" in self._skeleton.flattened(field.schema.get("items", True))

    @property
    def is_of_one(self) -> bool:
        """True if the list is a part of one thing, although the path is that of many things."""
        if self.items is None or not self.items.path or self._operation.path.endswith("}"):
            return False
        above = self.items.path[:-1]
        beside = {each.name for each in self.fields if each.path[:-1] == above and each.path}
        return bool(beside & _IDS)

    def id_of_last(self) -> str | None:
        """Return the path of the last item's id, maybe in an object around it; None without it.

        An id at the item itself is found without a path: ``""``.
        """
        if self.items is None:
            return None
        item = self._skeleton.flattened(self.items.schema.get("items", True))
        members = item.get("properties", {})
        if "id" in members:
            return ""
        inner = [
            name
            for name, each in members.items()
            if "id" in self._skeleton.flattened(each).get("properties", {})
        ]
        return f"{self.items.text}[-1]{_member(inner[0])}.id" if len(inner) == 1 else None

    def first(self, names: re.Pattern[str], *kinds: str) -> Field | None:
        """Return the outermost field of such a name and type."""
        found = (each for each in self.fields if names.fullmatch(each.name))
        return next((each for each in found if set(kinds) & set(each.kinds)), None)

    def token(self, names: re.Pattern[str]) -> Field | None:
        """Return the outermost text of such a name, or one that stands in ``next``."""
        for field in self.fields:
            last, *above = (plain(name) for name in reversed(("", *field.path)))
            inner = last in ("cursor", "after") and above[:1] in _INNER
            kinds = _SCALARS if inner else {"string"}
            if kinds.intersection(field.kinds) and (names.fullmatch(last) or inner):
                return field
        return None

    def address(self) -> Field | None:
        """Return the outermost text that may be the address of the next page."""
        for field in self.fields:
            last, *above = (plain(name) for name in reversed(("", *field.path)))
            inner = last in ("href", "url") and above[:1] == ["next"]
            is_text = "string" in field.kinds or str(field.schema.get("format")).startswith("ur")
            if is_text and (_URLS.fullmatch(last) or inner):
                return field
        return None

    def number(self) -> Field | None:
        """Return the outermost number that names the next page."""
        return self.first(_NUMBERS, "integer", "number")

    def header(self, names: re.Pattern[str]) -> str | None:
        """Return the described header of such a name."""
        for name in self.headers:
            telling = "".join(each for each in words(name) if each not in _NOT_NAMING)
            if names.fullmatch(telling):
                return name
        return None

    def flag(self) -> dict[str, Json]:
        """Return the rule of what says whether there is more; empty without it."""
        if (more := self.first(_MORE, "boolean")) is not None:
            return {"stop": more.text}
        done = self.first(_DONE, "boolean")
        return {} if done is None else {"stop": {"path": done.text, "in": [True]}}

    def end(self, *, by_pages: bool) -> dict[str, Json]:
        """Return the rule of what says where a counted list ends; empty without it."""
        if flag := self.flag():
            return flag
        pages, total = self.first(_PAGES, "integer", "number"), self._total()
        of_pages = pages.text if pages is not None else _header(self.header(_PAGES))
        of_items = total.text if total is not None else _header(self.header(_HEADER_TOTAL))
        if of_pages and (by_pages or not of_items):
            return {"stop": {"path": of_pages, "counts": "pages"}}
        return {"stop": {"path": of_items, "counts": "items"}} if of_items else {}

    def _total(self) -> Field | None:
        """Return the outermost number of all items: by its name, or what is said of it."""
        own = plain(self.items.path[-1]) if self.items is not None and self.items.path else ""
        for field in self.fields:
            if not _SCALARS.intersection(field.kinds) or _OF_PAGE.search(field.said):
                continue
            is_own = bool(own) and field.name in (f"total{own}", f"{own}total", f"{own}totalcount")
            by_words = (
                "count" in field.name and "string" not in field.kinds and _OF_ALL.search(field.said)
            )
            if _TOTAL.fullmatch(field.name) or is_own or by_words:
                return field
        return None


def _header(name: str | None) -> str:
    return f"$.response.headers['{name}']" if name else ""


def _fields(
    skeleton: Skeleton, schema: Json, path: tuple[str, ...], depth: int = 0
) -> Iterator[Field]:
    """Yield the fields of a response, the outermost first; not those of items."""
    flat = skeleton.flattened(schema)
    yield Field(path, flat)
    properties = flat.get("properties")
    if depth <= _ENVELOPES and isinstance(properties, Mapping):
        inner = [
            list(_fields(skeleton, each, (*path, name), depth + 1))
            for name, each in properties.items()
        ]
        yield from (each[0] for each in inner)
        yield from (field for each in inner for field in each[1:])
