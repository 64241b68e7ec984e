"""Lists in pages, in the usual ways of saying where the next page is.

Every style pages through ``?total=`` (10) items ``{"id": 1}``, ``{"id": 2}``, ...
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from httptask.testing.replies import Reply, json_reply
from httptask.testing.wire import ReceivedRequest


def page_number(request: ReceivedRequest) -> Reply:
    """``?page=1&size=3`` gives ``{items, page, pages, total}``."""
    total, size = _total(request), int(request.argument("size", "3"))
    page = int(request.argument("page", "1"))
    items = _items(total, (page - 1) * size, size)
    pages = -(-total // size)
    return json_reply({"items": items, "page": page, "pages": pages, "total": total})


def page_offset(request: ReceivedRequest) -> Reply:
    """``?offset=0&limit=3`` gives ``{items, offset, total}``."""
    total, limit = _total(request), int(request.argument("limit", "3"))
    offset = int(request.argument("offset", "0"))
    return json_reply({"items": _items(total, offset, limit), "offset": offset, "total": total})


def page_cursor(request: ReceivedRequest) -> Reply:
    """``?cursor=`` gives ``{items, next}``; ``next`` is null at the end."""
    total, size = _total(request), int(request.argument("size", "3"))
    start = int(request.argument("cursor", "c0").removeprefix("c"))
    following = start + size
    cursor = f"c{following}" if following < total else None
    return json_reply({"items": _items(total, start, size), "next": cursor})


def page_link(request: ReceivedRequest) -> Reply:
    """``?page=1&size=3`` gives a bare list and an RFC 8288 ``Link`` header to the next page."""
    total, size = _total(request), int(request.argument("size", "3"))
    page = int(request.argument("page", "1"))
    reply = json_reply(_items(total, (page - 1) * size, size))
    if page * size >= total:
        return reply
    url = f"{request.path}?page={page + 1}&size={size}&total={total}"
    link = ("Link", f'<{url}>; rel="next", <{request.path}>; rel="first"')
    return replace(reply, headers=(*reply.headers, link))


def page_after(request: ReceivedRequest) -> Reply:
    """``?after=3&size=3``, the id of the last item, gives ``{items, more}``."""
    total, size = _total(request), int(request.argument("size", "3"))
    start = int(request.argument("after", "0"))
    return json_reply({"items": _items(total, start, size), "more": start + size < total})


def page_url(request: ReceivedRequest) -> Reply:
    """``?from=0&size=3`` gives ``{items, links: {next}}``; ``next`` is a relative address."""
    total, size = _total(request), int(request.argument("size", "3"))
    start = int(request.argument("from", "0"))
    more = f"?from={start + size}&size={size}&total={total}" if start + size < total else None
    return json_reply({"items": _items(total, start, size), "links": {"next": more}})


def page_endless(request: ReceivedRequest) -> Reply:
    """Always the same page that points at itself: ``{items, next}``."""
    return json_reply({"items": _items(1, 0, 1), "next": "c0"})


def _total(request: ReceivedRequest) -> int:
    return int(request.argument("total", "10"))


def _items(total: int, start: int, size: int) -> list[dict[str, Any]]:
    return [{"id": number + 1} for number in range(start, min(start + size, total))]
