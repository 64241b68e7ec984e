"""Untrusted bytes to JSON values, with caps on everything that could explode."""

from __future__ import annotations

import json
from typing import Any

import msgspec

from httptask.catalog.documents.text import unmarked
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
    data = unmarked(data, name)
    try:
        value = msgspec.json.decode(data)
    except (msgspec.DecodeError, RecursionError) as error:
        value = _parse_other(data, name, str(error))
    if too_deep(value):
        raise CatalogError(
            f"nested deeper than {MAX_DEPTH} levels", code="document_too_deep", source=name
        )
    return value


def _parse_other(data: bytes, name: str, cause: str) -> Json:
    """Read what is not JSON; with trailing commas it is YAML flow style, and reported as JSON."""
    try:
        return _parse_yaml(data, name)
    except (CatalogError, MissingExtraError):
        if data[:4096].lstrip()[:1] not in (b"{", b"["):
            raise
        raise CatalogError(_placed(data, cause), code="document_unreadable", source=name) from None


def _placed(data: bytes, cause: str) -> str:
    """Return why a text is not JSON with line and column, where the standard reader sees it too."""
    try:
        json.loads(data)
    except json.JSONDecodeError as error:
        return f"not JSON at line {error.lineno}, column {error.colno}: {error.msg}"
    except (ValueError, RecursionError):
        return cause
    return cause


def _parse_yaml(data: bytes, name: str) -> Json:
    try:
        from httptask.catalog.documents import yaml_text  # noqa: PLC0415 - optional extra: loaded when met
    except ImportError:
        raise MissingExtraError(
            "reading YAML needs the catalog extra",
            source=name,
            hint="pip install 'httptask[catalog]'",
        ) from None
    return yaml_text.parse(data, name)
