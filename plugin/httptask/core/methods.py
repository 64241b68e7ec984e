"""What is known of HTTP methods: IANA's registry, and the ones that common servers add."""

from __future__ import annotations

from typing import Final

CONDUCTOR: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")
"""The methods of Conductor's own HTTP task."""

SAFE: Final = frozenset(
    {"GET", "HEAD", "OPTIONS", "TRACE", "PROPFIND", "QUERY", "REPORT", "SEARCH"}
)
"""Methods that ask for no change: RFC 9110, RFC 4918, RFC 3253, RFC 5323, RFC 10008."""

IDEMPOTENT: Final = SAFE.union(
    ("ACL", "BASELINE-CONTROL", "BIND", "CHECKIN", "CHECKOUT", "COPY", "DELETE", "LABEL", "LINK"),
    ("MERGE", "MKACTIVITY", "MKCALENDAR", "MKCOL", "MKREDIRECTREF", "MKWORKSPACE", "MOVE"),
    ("ORDERPATCH", "PROPPATCH", "PUT", "REBIND", "UNBIND", "UNCHECKOUT", "UNLINK", "UNLOCK"),
    ("UPDATE", "UPDATEREDIRECTREF", "VERSION-CONTROL"),
)
"""Methods of which a second request changes nothing more, as IANA's registry has them."""

WITH_CONTENT: Final = frozenset(
    {"POST", "PUT", "PATCH", "PROPFIND", "PROPPATCH", "QUERY", "REPORT", "SEARCH"}
)
"""Methods that expect content, so that its absence is said (``Content-Length: 0``)."""

NEVER_SENT: Final = {
    "CONNECT": "asks a proxy for a tunnel: name the proxy in httptask.proxy",
    "PRI": "is how HTTP/2 begins, and is never sent",
}
"""Methods that a task cannot use, and why."""

KNOWN: Final = (
    IDEMPOTENT
    | WITH_CONTENT
    | NEVER_SENT.keys()
    | {"LOCK", "LIST", "PURGE", "NOTIFY", "SUBSCRIBE", "UNSUBSCRIBE", "M-SEARCH"}
)
"""Methods whose names are not misspelt."""


def as_sent(method: str) -> str:
    """Return a method as it is sent: a known one in capitals, any other as it is written."""
    return method.upper() if method.upper() in KNOWN else method
