"""``httptask.base``: what an address that a response gave is resolved against, and bound to."""

from __future__ import annotations

import re
from urllib.parse import urljoin

from httptask.builtin.build.url import URI, build_url
from httptask.core.message import Origin
from httptask.errors import InputError

_BASE = "/base"
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def resolved(base: str, uri: str) -> str:
    """Return a ``uri``, absolute or relative, as an absolute one (RFC 3986, section 5).

    Raises:
        InputError: it cannot be read as an address.
    """
    if _CONTROL.search(uri):
        return uri  # which is refused, while joining would drop some of them
    try:
        return urljoin(base.strip(" "), uri.strip(" "))
    except ValueError:
        raise InputError("The URI cannot be read as an address", pointer=URI) from None


def check_origin(base: str, url: str) -> None:
    """Check that a built address has the origin of the base.

    Raises:
        InputError: it has another one, or the base is not an address.
    """
    try:
        home = Origin.of(build_url(base))
    except InputError as error:
        error.message = f"httptask.base: {error.message}"
        error.pointer = _BASE
        raise
    origin = Origin.of(url)
    if origin != home:
        raise InputError(
            f"The address leads to {origin}, but httptask.base to {home}",
            code="base_left",
            pointer=URI,
            hint=f'if the request may go there, write "base": "{origin}/"',
        )
