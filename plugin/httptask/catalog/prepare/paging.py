"""Propose ``httptask.paging`` from what a description says: parameters, headers, the response."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from httptask.catalog.prepare.outputs import WRAPPERS, output_name
from httptask.catalog.prepare.skeleton import Skeleton
from httptask.catalog.values import MISSING, Json, Operation, Parameter
from httptask.core.json_text import pretty


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_CURSORS: Final = _words(
    "cursor pagetoken nexttoken nextpagetoken continuationtoken continuation pagecursor nextcursor "
    "startcursor startingtoken marker bookmark scrollid after startingafter pageafter nextpage "
    "startkey exclusivestartkey paginationtoken nextpagecursor iterator"
)
_TOKENS: Final = _words(
    "cursor nextcursor nextpagetoken nexttoken continuationtoken continuation nextmarker marker "
    "bookmark scrollid endcursor after nextpagecursor nextpage paginationtoken lastevaluatedkey "
    "cursornext nextpaginationtoken iterator"
)
_URLS: Final = _words(
    "next nextlink odatanextlink nextpageurl nexturl nextpageuri nexturi nexthref nextpagelink "
    "nextpage"
)
_LAST_ITEMS: Final = frozenset({"startingafter", "afterid", "lastid", "lastitemid"})
_PAGES: Final = _words(
    "page pagenumber pageno pageindex pagenum currentpage pageid paginatepage pnumber"
)
_OFFSETS: Final = _words("offset skip start startindex startat startrow pageoffset firstresult")
_SIZES: Final = _words(
    "limit perpage pagesize size maxresults maxrows count top pagelimit itemsperpage"
)
_TOTALS: Final = _words(
    "total totalcount totalitems totalresults totalrecords totalresultscount totalelements"
)
_PAGE_COUNTS: Final = _words(
    "totalpages pagecount pagescount pages lastpage numpages numberofpages"
)
_MORE: Final = _words("hasmore more hasnext hasnextpage hasmoreitems hasmoreresults")
_DONE: Final = _words("done islast islastpage finished")
_SPRING: Final = {"pageable", "numberofelements", "totalpages"}
"""Fields of Spring's pages, whose first is 0."""
_TOLD: Final = frozenset({"cursor", "next_url", "link"})
"""Kinds whose next page is named by the response."""
_END: Final = re.compile(r"end|until|to|finish")
_FROM_ZERO: Final = re.compile(
    r"(?:default(?:s|ed)?(?: value)?(?: is| to|:|=)?|start(?:s|ing)?(?: at| from| with| by| is)?|"
    r"first page(?: is| =|:)?|from)[ `'\"*]*0(?!\d|\.\d)|\b(?:zero|0)[ -](?:based|indexed)"
)
_FROM_ONE: Final = re.compile(
    r"(?:start(?:s|ing)?(?: at| from| with)?|first page(?: is| =|:)?)[ `'\"*]*1(?!\d|\.\d)|"
    r"\b(?:one|1)[ -](?:based|indexed)"
)
_PAGE_NUMBER: Final = re.compile(r"\bpage (?:number|index)\b|\bnumber of (?:the )?page\b")
_SIZE: Final = re.compile(
    r"\b(?:number|amount|count) of (?:\w+ ){1,3}(?:to|per) "
    r"(?:return|retrieve|fetch|get|show|display|include|page)"
)
_OPAQUE: Final = re.compile(r"opaque|cursor|token|continuation|returned by (?:the|a) previous")
_NEXT: Final = re.compile(
    r"\b(?:next|previous|following) (?:page|search|call|request|response|result)"
)
_OF_PAGE: Final = re.compile(
    r"\b(?:in|on|of|for) (?:the|this|a|each|current) (?:current )?(?:page|response)\b|\breturned\b"
)
_ADDRESS: Final = re.compile(r"\b(?:url|uri|link|href|address|path)\b")
_BODY: Final = "$.response.body"
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
MAX_PAGES: Final = 10
"""Pages that a prepared task asks for, so that a list of unknown length surprises nobody."""
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
        return _BODY + "".join(steps)


@dataclass(frozen=True, slots=True)
class PreparedPaging:
    """What a task says of paging.

    Attributes:
        options: fields for ``httptask``.
        notes: what the task's author should know.
    """

    options: Mapping[str, Json]
    notes: tuple[str, ...] = ()


def prepared_paging(operation: Operation, schema: Json, asked: bool | None) -> PreparedPaging:
    """Return what the task of an operation says of paging.

    Args:
        operation: the operation.
        schema: JSON Schema of its response.
        asked: whether all pages are asked for; None: where the description says how the list goes
            on, or where it ends.
    """
    rule = proposed_paging(operation, schema)
    if rule is None:
        return PreparedPaging({})
    is_certain = rule["kind"] in _TOLD or "stop" in rule
    if asked is False or not (asked or is_certain):
        text = pretty(rule, 0)
        note = f'it gives a list in pages; for all of them (--paging) in httptask: "paging": {text}'
        return PreparedPaging({}, (note,))
    note = (
        f"it gives a list in pages: the task asks for {MAX_PAGES} at most (paging.maxPages), with "
        "--no-paging for one; test it, for the description may be wrong"
    )
    paging = {**rule, "maxPages": MAX_PAGES}
    return PreparedPaging({"paging": paging, "output": {_list_name(rule): _BODY}}, (note,))


def _list_name(rule: Mapping[str, Json]) -> str:
    """Return a name for the list that a rule gives: the last name of its place."""
    *_, last = re.findall(r"\w+", str(rule.get("items", "items")))
    return output_name(last)


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
    if len(lists) > 1:
        lists = [each for each in lists if each.path and each.path[-1].lower() in WRAPPERS]
    if len(lists) != 1:
        return None
    items = {} if not lists[0].path else {"items": lists[0].text}
    rule = _rule(operation, fields)
    return None if rule is None else {**rule, **items}


def _rule(operation: Operation, fields: list[_Field]) -> dict[str, Json] | None:
    query = [each for each in operation.parameters if each.location == "query"]
    named = {_plain(each.name): each for each in query}
    texts = {_plain(each.path[-1]): each for each in fields if each.path and "string" in each.kinds}
    cursor = next((each for name, each in named.items() if _is_cursor(name, each, texts)), None)
    token, url = _first(fields, _TOKENS, "string"), _first(fields, _URLS, "string")
    if token is None and cursor is not None and url is not None and not _is_address(url):
        token = url
    if cursor is not None and token is None and url is None:
        token = texts.get(_plain(cursor.name))
    if cursor is not None and token is not None:
        rule = {"kind": "cursor", "parameter": cursor.name, "token": token.text}
        return {**rule, **_stop(fields, numbered=False)}
    if url is not None:
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
    for names in (_PAGES, _OFFSETS):
        found = next((each for name, each in named.items() if name in names), None)
        if found is not None and _counts(found, named):
            return _numbered(found, names is _PAGES, fields)
    return None


def _numbered(parameter: Parameter, is_page: bool, fields: list[_Field]) -> dict[str, Json]:
    """Return the rule for a parameter that counts pages, or items."""
    is_page = is_page or _PAGE_NUMBER.search(parameter.description.lower()) is not None
    rule: dict[str, Json] = {"kind": "page" if is_page else "offset", "parameter": parameter.name}
    is_spring = is_page and {_plain(each.path[0]) for each in fields if each.path} >= _SPRING
    start = 0 if is_spring else _start(parameter)
    if start is not None and start != is_page:
        rule["start"] = start
    return {**rule, **_stop(fields, numbered=True, by_pages=is_page)}


def _is_cursor(name: str, parameter: Parameter, texts: Mapping[str, _Field]) -> bool:
    """Tell whether a parameter takes what a response gave, maybe in a field of the same name."""
    if name in _CURSORS:
        return True
    said = parameter.description.lower()
    given = texts.get(name)
    if given is not None and _NEXT.search(f"{said} {given.schema.get('description', '')}".lower()):
        return True
    return (
        name in _OFFSETS | _PAGES
        and _said(parameter, "type") == "string"
        and bool(_OPAQUE.search(said))
    )


def _is_address(field: _Field) -> bool:
    """Tell whether a field holds an address by what is said of it."""
    form, said = str(field.schema.get("format", "")), str(field.schema.get("description", ""))
    name = _plain(field.path[-1])
    return bool(form.startswith(("ur", "link")) or _ADDRESS.search(said.lower())) or name not in (
        "next",
        "nextpage",
    )


def _counts(parameter: Parameter, named: Mapping[str, Parameter]) -> bool:
    """Tell whether a parameter is a number that counts: no date, no size, and no end beside it."""
    kind, form = _said(parameter, "type"), str(_said(parameter, "format"))
    words = parameter.description.lower()
    if kind in ("boolean", "array", "object") or form.startswith(("date", "time")):
        return False
    is_told = any(word in words for word in ("page", "offset", "skip", "number of"))
    if kind == "string" and not is_told and not _is_number_as_text(parameter):
        return False
    name = _plain(parameter.name)
    if name in _OFFSETS and _SIZE.search(words) and "skip" not in words:
        return False
    ends = {other for other in named if other != name and _END.match(other)}
    return not (name.startswith("start") and ends and not _SIZES & named.keys())


def _is_number_as_text(parameter: Parameter) -> bool:
    return any(str(each).isdigit() for each in (_said(parameter, "default"), *_examples(parameter)))


def _start(parameter: Parameter) -> int | None:
    """Return the first value of a number that counts, as far as something says 0 or 1."""
    words = parameter.description.lower()
    zero, one = _FROM_ZERO.search(words), _FROM_ONE.search(words)
    said = (
        _said(parameter, "default"),
        0 if zero and not one else 1 if one and not zero else None,
        1 if _said(parameter, "minimum") == 1 else None,  # 0 may be a bound of any number
        next((0 for each in _examples(parameter) if str(each) == "0"), None),
    )
    return next((int(str(each)) for each in said if str(each) in ("0", "1")), None)


def _said(parameter: Parameter, key: str) -> Json:
    return parameter.schema.get(key) if isinstance(parameter.schema, Mapping) else None


def _examples(parameter: Parameter) -> list[Json]:
    listed = _said(parameter, "examples")
    found = list(listed) if isinstance(listed, list) else []
    return found if parameter.example is MISSING else [*found, parameter.example]


def _stop(fields: list[_Field], *, numbered: bool, by_pages: bool = False) -> dict[str, Json]:
    more = _first(fields, _MORE, "boolean")
    if more is not None:
        return {"stop": more.text}
    done = _first(fields, _DONE, "boolean")
    if done is not None:
        return {"stop": {"path": done.text, "in": [True]}}
    if not numbered:
        return {}
    pages = _first(fields, _PAGE_COUNTS, "integer", "number")
    total = _first(fields, _TOTALS, "integer", "number")
    if total is not None and _OF_PAGE.search(str(total.schema.get("description", "")).lower()):
        total = None
    if pages is not None and (by_pages or total is None):
        return {"stop": {"path": pages.text, "counts": "pages"}}
    return {} if total is None else {"stop": total.text}


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
        *("errors", "warnings", "links", "messages"),
        *("included", "facets", "aggregations"),
    )


def _holds_objects(skeleton: Skeleton, field: _Field) -> bool:
    return "properties" in skeleton.flattened(field.schema.get("items", True))


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())
