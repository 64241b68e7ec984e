"""The rule of paging that a description tells: parameters, headers, the response, their words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from httptask.catalog.prepare.listing import Field, Listing, plain
from httptask.catalog.prepare.paging_places import Place, is_about_pages, places
from httptask.catalog.values import Json, Operation
from httptask.core.words import words as words_of


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_CURSORS: Final = _names(
    "cursor pagetoken nexttoken nextpagetoken continuationtoken continuation pagecursor nextcursor "
    "startcursor startingtoken marker bookmark scrollid after startingafter pageafter nextpage "
    "startkey exclusivestartkey paginationtoken nextpagecursor iterator skiptoken aftercursor"
)
_TOKENS: Final = re.compile(
    "cursor|nextcursor|nextpagetoken|nexttoken|continuationtoken|continuation|nextmarker|marker|"
    "bookmark|scrollid|endcursor|after|nextpagecursor|nextpage|paginationtoken|lastevaluatedkey|"
    "cursornext|nextpaginationtoken|iterator|nextcontinuationtoken|nextexclusivestartkey|"
    "nextskiptoken"
)
_LAST_ITEMS: Final = frozenset({"startingafter", "afterid", "lastid", "lastitemid"})
_SINCE: Final = re.compile(r"\bafter\b")
PAGES: Final = _names(
    "page pagenumber pageno pageindex pagenum currentpage pageid paginatepage pnumber"
)
_OFFSETS: Final = _names(
    "offset skip start startindex startat startrow pageoffset firstresult skiptoken"
)
_SIZES: Final = _names(
    "limit perpage pagesize size maxresults maxrows count top take pagelimit itemsperpage maxitems "
    "pagelength resultsperpage pagecount length rows max num maxreturn nmaxrows resultlimit"
)
_UNCLEAR: Final = frozenset({"pageoffset", "pageid", "pnumber"})
"""Names that may count pages or items, or name something else."""
_FIRST: Final = re.compile(r"(?:start|first|from|begin)(?:num|no|pos|item|row|record|result|$)")
_SPRING: Final = {"pageable", "numberofelements", "totalpages"}
"""Fields of Spring's pages, whose first is 0."""
_END: Final = re.compile(r"end|until|to|finish")
_FROM_ZERO: Final = re.compile(
    r"(?:default(?:s|ed)?(?: value)?(?: is| to|:|=)?|start(?:s|ing)?(?: at| from| with| by| is)?|"
    r"first page(?: is| =|:)?|from)[ `'\"*]*(?:0(?!\d|\.\d)|zero\b)|"
    r"\b(?:zero|0)[ -](?:based|indexed)"
)
_FROM_ONE: Final = re.compile(
    r"(?:start(?:s|ing)?(?: at| from| with)?|first page(?: is| =|:)?|begins? (?:at|with)(?: page)?|"
    r"default(?:s|ed)?(?: value)?(?: is| to|:|=)?)[ =`'\"*]*1(?!\d|\.\d)|"
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
_ADDRESS: Final = re.compile(r"\b(?:url|uri|link|href|address|path)\b")
_OF_TIME: Final = re.compile(
    r"time ?zone|\butc\b|\bgmt\b|\b(?:milli)?seconds\b|\bminutes\b|\bhours\b"
)
_OF_LAST: Final = re.compile(
    r"\b(?:id|identifier|uuid|key)\b(?: \w+){0,4} last\b|\blast\b(?: \w+){0,3} (?:id|identifier)\b|"
    r"\bobject id that defines your place\b"
)
_GIVEN: Final = re.compile(r"\b(?:in|from|of|by) (?:the|a|each|your) (?:\w+ )?response\b|previous")
_COMPOUND: Final = re.compile(r"[a-z]+(?:[A-Z_][A-Za-z]*)+")
"""A name that no text has by chance."""
_IN_HEADER: Final = re.compile(r"\bheaders?\b[^.;]*")
_HEADER: Final = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:-[A-Za-z0-9]+)+")
_IN_LINK: Final = re.compile(r"\blink\b[`'\"*]* (?:response )?header", re.IGNORECASE)
_USUAL: Final = re.compile(
    r"\b(?:default|by default|defaults? to)(?: value| page size)?(?: is| to|:|=)?[ :=`'\"*(]*"
    r"(\d{1,4})\b"
)


@dataclass(frozen=True, slots=True)
class ToldRule:
    """A rule of paging.

    Attributes:
        options: ``httptask.paging``.
        is_certain: whether the description leaves no doubt that the list goes on like that.
        size_of: name of the query parameter that says how many items a page has, or ``""``.
        doubts: what the description leaves open.
    """

    options: Mapping[str, Json]
    is_certain: bool
    size_of: str = ""
    doubts: tuple[str, ...] = field(default=())


def told_rule(operation: Operation, listing: Listing) -> ToldRule | None:
    """Return the rule of paging of an operation, or None.

    Kinds that the response itself names come first; a number is a page or an offset only if it
    counts.

    Args:
        operation: the operation.
        listing: what its response says.
    """
    found = list(places(operation))
    near = [each for each in found if not each.in_header]
    read = (_cursor, _address, _link, _last_item, _number)
    rules = (one(operation, near, listing) for one in read)
    rule = next(filter(None, rules), None) or _cursor(operation, found, listing)
    if rule is None:
        return None
    if listing.items is None:
        is_counted = rule.options["kind"] in ("page", "offset") and listing.may_be_list
        is_likely = rule.is_certain and operation.method == "GET"
        is_likely = is_likely and (listing.is_open or is_counted)
        return ToldRule(rule.options, is_certain=False) if is_likely else None
    path = {"items": listing.items.text} if listing.items.path else {}
    certain = rule.is_certain and not (listing.is_of_one and "token" not in rule.options)
    return ToldRule({**rule.options, **path}, certain, rule.size_of, rule.doubts)


def _cursor(_: Operation, asked: list[Place], listing: Listing) -> ToldRule | None:
    """Return the rule of a text, or number, that the response gives for the next request."""
    texts = {each.name: each for each in listing.fields if each.path and "string" in each.kinds}
    place = next((each for each in asked if _is_cursor(each, texts)), None)
    if place is None:
        number = listing.number()
        place = next((each for each in asked if number and _takes(each, number)), None)
        if number is None or place is None:
            return None
        return _told("cursor", place, number.text, listing.flag())
    token, url = listing.token(_TOKENS), listing.address()
    if token is None and url is not None and not _is_address(url):
        token = url
    if token is None and url is None:
        token = _named_field(place, texts) or texts.get(place.key) or texts.get("lastid")
    if token is not None:
        return _told("cursor", place, token.text, listing.flag())
    header = _told_header(place) or listing.header(_TOKENS)
    if header is None or url is not None:
        return None
    return _told("cursor", place, f"$.response.headers['{header}']", listing.flag())


def _address(operation: Operation, _: list[Place], listing: Listing) -> ToldRule | None:
    url = listing.address()
    if url is None or operation.method != "GET":
        return None
    return ToldRule({"kind": "next_url", "token": url.text}, is_certain=True)


def _link(operation: Operation, asked: list[Place], listing: Listing) -> ToldRule | None:
    described = any(name.lower() == "link" for name in listing.headers)
    told = any(_IN_LINK.search(each.description) for each in asked if each.is_paged)
    about = operation.description
    told = told or bool(_IN_LINK.search(about) and is_about_pages(about))
    if not (described or told) or operation.method != "GET":
        return None
    return ToldRule({"kind": "link"}, is_certain=True)


def _last_item(_: Operation, asked: list[Place], listing: Listing) -> ToldRule | None:
    """Return the rule of a parameter that takes the id of the last item."""
    for place in asked:
        is_since = place.key == "sinceid" and _SINCE.search(place.said) is not None
        by_name = place.key in _LAST_ITEMS or is_since
        by_words = place.kind in ("string", None) and _OF_LAST.search(place.said)
        if by_name or (by_words and (place.is_paged or "after" in words_of(place.name))):
            token = listing.id_of_last()
            flag = listing.flag()
            options = {"kind": "last_item", "parameter": place.written, **flag}
            if token:
                options["token"] = token
            return ToldRule(options, is_certain=bool(flag) or token is not None)
    return None


def _number(_: Operation, asked: list[Place], listing: Listing) -> ToldRule | None:
    """Return the rule of a parameter that counts pages, or items."""
    sizes = [each for each in asked if each.key in _SIZES and each.may_be_number]
    named = {each.key for each in asked}
    for is_page in (True, False):
        place = next((each for each in asked if _may_count(each, is_page=is_page)), None)
        if place is not None and _counts(place, named, sizes):
            # Some take a page and its size, or a number of items and a limit.
            ranked = sorted(sizes, key=lambda each: ("page" in each.key) != is_page)
            return _numbered(place, is_page, ranked, listing)
    return None


def _may_count(place: Place, *, is_page: bool) -> bool:
    """Tell whether a place counts pages, or items, by its name, or by name and words."""
    if is_page:
        return place.key in PAGES
    is_first = place.is_paged and _FIRST.match(place.key) is not None
    return place.key in _OFFSETS or is_first or _is_offset(place)


def _numbered(place: Place, is_page: bool, sizes: list[Place], listing: Listing) -> ToldRule:
    is_page = is_page or _PAGE_NUMBER.search(place.said) is not None
    options: dict[str, Json] = {"kind": "page" if is_page else "offset", "parameter": place.written}
    tops = {plain(each.path[0]) for each in listing.fields if each.path}
    start = 0 if is_page and tops >= _SPRING else _start(place, is_page=is_page)
    if start is not None and start != is_page and not place.required:
        options["start"] = start
    end = listing.end(by_pages=is_page)
    size = next((each for each in sizes if each is not place), None)
    usual = _usual(size) if size is not None else None
    if usual and not end:
        options["size"] = usual
    doubts = []
    is_plain = is_page or place.key not in ("offset", "skip")
    if start is None and not place.required and is_plain:
        doubts.append(
            f"the description does not say where {place.name} begins: at {int(is_page)} unless "
            "paging.start says otherwise"
        )
    is_clear = place.key not in _UNCLEAR
    certain = bool(end) or place.is_paged or (size is not None and is_clear)
    needed = size.name if size is not None and size.required and not end else ""
    return ToldRule({**options, **end}, certain, needed, tuple(doubts))


def _told(kind: str, place: Place, token: str, stop: Mapping[str, Json]) -> ToldRule:
    options = {"kind": kind, "parameter": place.written, "token": token, **stop}
    return ToldRule(options, is_certain=True)


def _is_cursor(place: Place, texts: Mapping[str, Field]) -> bool:
    """Tell whether a place takes what a response gave, maybe in a field of the same name."""
    name, said = place.key, place.said
    if _is_offset(place):
        return False
    if name in _CURSORS:
        return place.kind in ("string", None) or name not in _OFFSETS
    given = texts.get(name)
    if _named_field(place, texts) is not None:
        return True
    if given is not None and _NEXT.search(f"{said} {given.said}"):
        return True
    if _told_header(place) is not None and _OPAQUE.search(said):
        return True
    return name in _OFFSETS | PAGES and place.kind == "string" and bool(_OPAQUE.search(said))


def _named_field(place: Place, texts: Mapping[str, Field]) -> Field | None:
    """Return the field of the response whose value a place is said to take, by its name."""
    if place.kind not in ("string", None) or not _GIVEN.search(place.said):
        return None
    named = (each for each in texts.values() if _COMPOUND.fullmatch(each.path[-1]))
    return next((e for e in named if re.search(rf"\b{e.path[-1]}\b", place.description)), None)


def _is_offset(place: Place) -> bool:
    """Tell whether a place that is called like a cursor counts items."""
    is_number = place.kind in ("integer", "number")
    return place.key in _CURSORS and is_number and re.search(r"\boffset\b", place.said) is not None


def _takes(place: Place, number: Field) -> bool:
    """Tell whether a place counts what a number of the response counts."""
    names = PAGES if "page" in number.name else _OFFSETS
    return place.key in names and place.may_be_number


def _told_header(place: Place) -> str | None:
    """Return the response header whose value a place is said to take."""
    for found in _IN_HEADER.finditer(place.description):
        names: list[str] = _HEADER.findall(found[0])
        named = [each for each in names if "next" in each.lower()] or names
        if len(named) == 1 and "respon" in place.said:
            return named[0]
    return None


def _is_address(found: Field) -> bool:
    """Tell whether a field holds an address by what is said of it."""
    form = str(found.schema.get("format", ""))
    said = form.startswith(("ur", "link")) or _ADDRESS.search(found.said)
    return bool(said) or found.name not in ("next", "nextpage")


def _counts(place: Place, named: set[str], sizes: list[Place]) -> bool:
    """Tell whether a place is a number that counts: no date, no size, and no end beside it."""
    if not place.may_be_number or _OF_TIME.search(place.said):
        return False
    is_told = any(word in place.said for word in ("page", "offset", "skip", "number of"))
    if place.kind == "string" and not is_told and not place.is_number_as_text:
        return False
    name = place.key
    if name in _CURSORS and place.kind == "string":
        return False
    if name in _OFFSETS and _SIZE.search(place.said) and "skip" not in place.said:
        return False
    ends = {other for other in named if other != name and _END.match(other)}
    return not (name.startswith("start") and ends) or (place.is_paged and bool(sizes))


def _start(place: Place, *, is_page: bool) -> int | None:
    """Return the first value of a number that counts, as far as something says 0 or 1."""
    if "skip" in place.key and not is_page:
        return 0
    zero, one = _FROM_ZERO.search(place.said), _FROM_ONE.search(place.said)
    said: Iterator[Json] = iter(
        (
            place.schema.get("default"),
            0 if zero and not one else 1 if one and not zero else None,
            1
            if is_page and place.schema.get("minimum") == 1
            else None,  # 0 may be a bound of any number
            next((0 for each in place.examples if str(each) == "0"), None),
        )
    )
    return next((int(str(each)) for each in said if str(each) in ("0", "1")), None)


def _usual(size: Place) -> int | None:
    """Return how many items a page has unasked, if nothing contradicts it."""
    told = {int(each) for each in _USUAL.findall(size.said)}
    if str(size.schema.get("default", "")).isdigit():
        told.add(int(str(size.schema["default"])))
    return next(iter(told)) or None if len(told) == 1 else None
