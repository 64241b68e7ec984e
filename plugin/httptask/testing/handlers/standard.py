"""The paths under which the standard server offers every handler of the catalogue."""

from __future__ import annotations

from httptask.testing.handlers import (
    auth,
    basic,
    broken,
    content,
    paging,
    redirects,
    streams,
)
from httptask.testing.replies import Handler

USERNAME = "alice"
PASSWORD = "s3cret-pässword"  # noqa: S105 - the credentials that the standard server wants
TOKEN = "tok-0123456789abcdef"  # noqa: S105


def standard_routes() -> dict[str, Handler]:
    """Return new routes for a `LoopbackServer`; see each handler for its query arguments."""
    return {
        "/echo/": basic.echo,
        "/status/": basic.status,
        "/slow": basic.slow,
        "/drip": basic.drip,
        "/flaky/": basic.Flaky(),
        "/broken/": broken.broken,
        "/redirect/": redirects.redirect,
        "/redirect/chain/": redirects.redirect_chain,
        "/redirect/loop": redirects.redirect_loop,
        "/redirect/relative": redirects.redirect_relative,
        "/redirect/nowhere": redirects.redirect_nowhere,
        "/paging/number": paging.page_number,
        "/paging/offset": paging.page_offset,
        "/paging/cursor": paging.page_cursor,
        "/paging/link": paging.page_link,
        "/paging/after": paging.page_after,
        "/paging/url": paging.page_url,
        "/paging/endless": paging.page_endless,
        "/stream/events": streams.events,
        "/stream/ndjson": streams.ndjson,
        "/big": streams.big,
        "/bomb": streams.bomb,
        "/compressed/": streams.compressed,
        "/content/": content.content,
        "/download": content.download,
        "/cookies": content.cookies,
        **_auth_routes(),
    }


def _auth_routes() -> dict[str, Handler]:
    return {
        "/auth/basic": auth.basic_auth(USERNAME, PASSWORD),
        "/auth/bearer": auth.bearer_auth(TOKEN),
        "/auth/key/header": auth.api_key_auth("X-Api-Key", TOKEN),
        "/auth/key/query": auth.api_key_auth("api_key", TOKEN, "query"),
        "/auth/key/cookie": auth.api_key_auth("session", TOKEN, "cookie"),
        "/auth/digest": auth.digest_auth(USERNAME, PASSWORD),
        "/auth/digest/sha256": auth.digest_auth(USERNAME, PASSWORD, "SHA-256"),
    }
