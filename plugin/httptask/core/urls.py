"""Resolve a reference that a server sent, such as a Location header."""

from __future__ import annotations

import re
from urllib.parse import quote, urldefrag, urljoin

_STRAY_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_KEPT = "!#$%&'()*+,/:;=?@[]~"


def resolve_reference(base: str, reference: str) -> str:
    """Return the absolute, percent-encoded URL of a reference, without its fragment.

    Args:
        base: the absolute URL that the reference stands in.
        reference: text of a header line, one character for each byte; bytes outside ASCII are
            percent-encoded as they are, in whatever charset.

    Raises:
        ValueError: the reference cannot be read as a URL.
    """
    joined = urldefrag(urljoin(base, reference.strip(" \t"))).url
    return _STRAY_PERCENT.sub("%25", quote(joined, safe=_KEPT, encoding="latin-1"))
