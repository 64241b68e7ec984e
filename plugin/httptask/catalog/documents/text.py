"""Bytes to text."""

from __future__ import annotations

import codecs

from httptask.errors import CatalogError


def unmarked(data: bytes, name: str = "") -> bytes:
    """Return UTF-8 or UTF-16 bytes as UTF-8 without a byte order mark.

    Raises:
        CatalogError: ``document_unreadable``.
    """
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return decode(data, name, "utf-16").encode()
    return data.removeprefix(codecs.BOM_UTF8)


def decode(data: bytes, name: str = "", encoding: str = "utf-8") -> str:
    """Return the text of bytes.

    Raises:
        CatalogError: ``document_unreadable``.
    """
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise CatalogError(
            f"not text in {encoding}: {error.reason} at byte {error.start}",
            code="document_unreadable",
            source=name,
        ) from None
