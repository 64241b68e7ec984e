"""The charset that an XML or HTML document says it is written in."""

from __future__ import annotations

import re

LOOKED_AT = 1024
"""Bytes of a document that are searched, as HTML has it."""

_XML = re.compile(rb"""<\?xml\s[^>]*?\sencoding\s*=\s*["']([A-Za-z][A-Za-z0-9._-]*)["']""")
_COMMENT = re.compile(rb"<!--.*?(?:-->|\Z)", re.DOTALL)
_META = re.compile(rb"<meta[\s/]([^>]*)>", re.IGNORECASE)
_ATTRIBUTE = re.compile(rb"""([^\s/=>"']+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""")
_CHARSET = re.compile(rb"""charset\s*=\s*["']?([^\s;"']+)""", re.IGNORECASE)


def declared_charset(data: bytes, media_type: str) -> str:
    """Return the name of the charset that a document declares, or "".

    An XML declaration counts whatever the media type is, ``<meta>`` in HTML only. A declaration of
    UTF-16 or UTF-32 does not count: it could not have been read.

    Args:
        data: the document, without byte-order mark.
        media_type: its ``type/subtype``.
    """
    head = data[:LOOKED_AT].lstrip()
    found = _XML.match(head)
    name = found[1].decode() if found else ""
    if not name and media_type in {"text/html", "application/xhtml+xml"}:
        name = _of_meta(_COMMENT.sub(b"", head))
    return "" if name.lower().startswith(("utf-16", "utf-32", "ucs-")) else name


def _of_meta(head: bytes) -> str:
    for tag in _META.finditer(head):
        attributes = {
            name.lower(): quoted or single or bare
            for name, quoted, single, bare in reversed(_ATTRIBUTE.findall(tag[1]))
        }
        name = attributes.get(b"charset", b"")
        if not name and attributes.get(b"http-equiv", b"").lower() == b"content-type":
            found = _CHARSET.search(attributes.get(b"content", b""))
            name = found[1] if found else b""
        if name:
            return str(name, "latin-1").strip()
    return ""
