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
        reference: value of a header; characters outside ASCII are percent-encoded as UTF-8.

    Raises:
        ValueError: the reference cannot be read as a URL.
    """
    joined = urldefrag(urljoin(base, reference.strip(" \t"))).url
    return _STRAY_PERCENT.sub("%25", quote(joined, safe=_KEPT))
