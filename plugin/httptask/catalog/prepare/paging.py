"""Propose ``httptask.paging`` from what a description says: parameters, headers, the response."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from httptask.catalog.prepare.skeleton import Skeleton
from httptask.catalog.values import MISSING, Json, Operation, Parameter


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_CURSORS: Final = _words(
    "cursor pagetoken nexttoken nextpagetoken continuationtoken continuation pagecursor nextcursor "
    "startcursor startingtoken marker bookmark scrollid after startingafter pageafter nextpage "
    "startkey exclusivestartkey paginationtoken nextpagecursor"
)
_TOKENS: Final = _words(
    "cursor nextcursor nextpagetoken nexttoken continuationtoken continuation nextmarker marker "
    "bookmark scrollid endcursor after nextpagecursor nextpage paginationtoken lastevaluatedkey "
    "cursornext nextpaginationtoken"
)
_URLS: Final = _words(
    "next nextlink odatanextlink nextpageurl nexturl nextpageuri nexturi nexthref nextpagelink "
    "nextpage"
)
_LAST_ITEMS: Final = frozenset({"startingafter", "afterid", "lastid", "lastitemid"})
_PAGES: Final = _words(
    "page pagenumber pageno pageindex pagenum currentpage pageid paginatepage pnumber"
)
_OFFSETS: Final = _words("offset skip start startindex startat pageoffset firstresult")
_SIZES: Final = _words("limit perpage pagesize size maxresults count top pagelimit itemsperpage")
_TOTALS: Final = _words("total totalcount totalitems totalresults totalrecords")
_PAGE_COUNTS: Final = _words("totalpages pagecount pages lastpage numpages")
_MORE: Final = _words("hasmore more hasnext hasnextpage hasmoreitems hasmoreresults")
_END: Final = re.compile(r"end|until|to|finish")
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_ENVELOPES: Final = 2
"""Objects around the list, and around what names the next page, that are looked into."""


@dataclass(frozen=True, slots=True)
class _Field:
    """A field of the response: its names from the body on, and its schema."""

    path: tuple[str, ...]
    schema: Mapping[str, Json]

    @property
    def kinds(self) -> tuple[str, ...]:
        kind = self.schema.get("type", ())
        return (kind,) if isinstance(kind, str) else tuple(kind)

    @property
    def text(self) -> str:
        """Return the field as a path of the response."""
        steps = (f".{name}" if _NAME.fullmatch(name) else f"['{name}']" for name in self.path)
        return "$.response.body" + "".join(steps)


def proposed_paging(operation: Operation, schema: Json) -> dict[str, Json] | None:
    """Return ``httptask.paging`` for an operation that gives a list in pages, or None.

    A proposal: descriptions often leave out how a list ends. Kinds that the response itself names
    come first; a number is a page or an offset only if it counts.

    Args:
        operation: the operation.
        schema: JSON Schema of its response.
    """
    if operation.method != "GET" or schema is MISSING:
        return None
    skeleton = Skeleton(operation.definitions)
    fields = list(_fields(skeleton, schema, ()))
    lists = [field for field in fields if "array" in field.kinds and not _is_meta(field)]
    if len(lists) > 1:
        lists = [each for each in lists if _holds_objects(skeleton, each)]
    if len(lists) != 1:
        return None
    items = {} if not lists[0].path else {"items": lists[0].text}
    rule = _rule(operation, fields)
    return None if rule is None else {**rule, **items}


def _rule(operation: Operation, fields: list[_Field]) -> dict[str, Json] | None:
    query = [each for each in operation.parameters if each.location == "query"]
    named = {_plain(each.name): each for each in query}
    cursor = next((each for name, each in named.items() if name in _CURSORS), None)
    token = _first(fields, _TOKENS, "string")
    url = _first(fields, _URLS, "string")
    if cursor is not None and token is not None:
        return {"kind": "cursor", "parameter": cursor.name, "token": token.text}
    if url is not None and (cursor is None or token is None):
        return {"kind": "next_url", "token": url.text}
    if any(
        name.lower() == "link" and response.successful
        for response in operation.responses
        for name in response.headers
    ):
        return {"kind": "link"}
    last = next((each for name, each in named.items() if name in _LAST_ITEMS), None)
    if last is not None:
        return {"kind": "last_item", "parameter": last.name, **_stop(fields, numbered=False)}
    for kind, names in (("page", _PAGES), ("offset", _OFFSETS)):
        found = next((each for name, each in named.items() if name in names), None)
        if found is not None and _counts(found, named):
            start = _default(found)
            begins = {"start": start} if start in (0, 1) and start != (kind == "page") else {}
            return {"kind": kind, "parameter": found.name, **begins, **_stop(fields, numbered=True)}
    return None


def _counts(parameter: Parameter, named: Mapping[str, Parameter]) -> bool:
    """Tell whether a parameter is a number that counts: no date, and no end beside it."""
    schema = parameter.schema if isinstance(parameter.schema, Mapping) else {}
    kind, form = schema.get("type"), str(schema.get("format", ""))
    if kind in ("boolean", "array", "object") or form.startswith(("date", "time")):
        return False
    if kind == "string" and not str(schema.get("default", "")).isdigit():
        words = parameter.description.lower()
        if not any(word in words for word in ("page", "offset", "skip", "number of")):
            return False
    name = _plain(parameter.name)
    ends = {other for other in named if other != name and _END.match(other)}
    return not (name.startswith("start") and ends and not _SIZES & named.keys())


def _stop(fields: list[_Field], *, numbered: bool) -> dict[str, Json]:
    more = _first(fields, _MORE, "boolean")
    if more is not None:
        return {"stop": more.text}
    if not numbered:
        return {}
    pages = _first(fields, _PAGE_COUNTS, "integer", "number")
    if pages is not None:
        return {"stop": {"path": pages.text, "counts": "pages"}}
    total = _first(fields, _TOTALS, "integer", "number")
    return {} if total is None else {"stop": total.text}


def _default(parameter: Parameter) -> Json:
    schema = parameter.schema if isinstance(parameter.schema, Mapping) else {}
    return schema.get("default", schema.get("minimum"))


def _first(fields: list[_Field], names: frozenset[str], *kinds: str) -> _Field | None:
    """Return the outermost field of one of these names, or of a name in ``next``."""
    for field in fields:
        if not field.path or not set(kinds) & set(field.kinds):
            continue
        last, *above = (_plain(name) for name in reversed(field.path))
        inner = last in ("href", "url", "cursor", "after") and above[:1] in (["next"], ["cursors"])
        if last in names or inner:
            return field
    return None


def _fields(
    skeleton: Skeleton, schema: Json, path: tuple[str, ...], depth: int = 0
) -> Iterator[_Field]:
    """Yield the fields of a response, the outermost first; not those of items."""
    flat = skeleton.flattened(schema)
    yield _Field(path, flat)
    properties = flat.get("properties")
    if depth <= _ENVELOPES and isinstance(properties, Mapping):
        inner = [
            list(_fields(skeleton, each, (*path, name), depth + 1))
            for name, each in properties.items()
        ]
        yield from (each[0] for each in inner)
        yield from (field for each in inner for field in each[1:])


def _is_meta(field: _Field) -> bool:
    return bool(field.path) and _plain(field.path[-1]) in (
        "errors",
        "warnings",
        "links",
        "messages",
    )


def _holds_objects(skeleton: Skeleton, field: _Field) -> bool:
    return "properties" in skeleton.flattened(field.schema.get("items", True))


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())
