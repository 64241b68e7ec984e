"""Untrusted bytes to JSON values, with caps on everything that could explode."""

from __future__ import annotations

from typing import Any

import msgspec

from httptask.core.depth import MAX_DEPTH, too_deep
from httptask.errors import CatalogError, MissingExtraError

Json = Any
MAX_BYTES = 64 * 1024 * 1024


def parse(data: bytes, name: str = "") -> Json:
    """Read JSON or YAML.

    JSON is tried first; what is not JSON is read as YAML 1.2 without dates, merge keys or tags.

    Args:
        data: the bytes of one document.
        name: where they came from, for messages.

    Raises:
        CatalogError: ``document_too_large``, ``document_too_deep`` or ``document_unreadable``.
        MissingExtraError: the document is YAML and the YAML reader is not installed.
    """
    if len(data) > MAX_BYTES:
        raise CatalogError(
            f"{len(data):,} bytes are more than {MAX_BYTES:,}",
            code="document_too_large",
            source=name,
        )
    try:
        value = msgspec.json.decode(data)
    except (msgspec.DecodeError, RecursionError):
        value = _parse_text(decode(data, name), name)
    if too_deep(value):
        raise CatalogError(
            f"nested deeper than {MAX_DEPTH} levels", code="document_too_deep", source=name
        )
    return value


def decode(data: bytes, name: str = "") -> str:
    """Return the text of UTF-8 or UTF-16 bytes, byte order mark removed.

    Raises:
        CatalogError: ``document_unreadable``.
    """
    marked = data[:2] in (b"\xff\xfe", b"\xfe\xff")
    encoding = "utf-16" if marked else "utf-8-sig"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise CatalogError(
            f"not text in {encoding}: {error.reason} at byte {error.start}",
            code="document_unreadable",
            source=name,
        ) from None


def _parse_text(text: str, name: str) -> Json:
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError) as error:
        cause = str(error)
    if text.lstrip()[:1] in ("{", "["):
        return _parse_lenient_json(text, name, cause)
    return _parse_yaml(text, name)


def _parse_lenient_json(text: str, name: str, cause: str) -> Json:
    """Read JSON with trailing commas, which is YAML flow style; report it as JSON if it fails."""
    try:
        return _parse_yaml(text, name)
    except (CatalogError, MissingExtraError):
        raise CatalogError(cause, code="document_unreadable", source=name) from None


def _parse_yaml(text: str, name: str) -> Json:
    try:
        from httptask.catalog.documents import yaml_text  # noqa: PLC0415 - optional extra: loaded when met
    except ImportError:
        raise MissingExtraError(
            "reading YAML needs the catalog extra",
            source=name,
            hint="pip install 'httptask[catalog]'",
        ) from None
    return yaml_text.parse(text, name)
