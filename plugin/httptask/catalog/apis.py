"""The names that people call APIs by: slug, source, or the beginning of a slug."""

from __future__ import annotations

import difflib
import os.path
from collections.abc import Collection, Iterable, Sequence

from httptask.catalog.bundle import BUNDLED
from httptask.catalog.store import DocumentRow, Store
from httptask.errors import CatalogError


def find_slug(name: str, store: Store | None) -> str:
    """Return the slug of the API that is meant: to read it, a unique beginning is enough.

    Raises:
        CatalogError: ``api_unknown``.
    """
    if name in BUNDLED:
        return name
    for each in _spellings(name) if store else ():
        if store and (row := store.document_named(each)) and row.api:
            return row.api
    slugs: list[str] = [*BUNDLED, *(store.slugs() if store else ())]
    begun = [slug for slug in slugs if name and slug.startswith(name)]
    if len(begun) != 1:
        raise _unknown(name, slugs)
    return begun[0]


def find_rows(names: Collection[str], rows: Sequence[DocumentRow]) -> list[DocumentRow]:
    """Return the documents of APIs that are given exactly: to change or remove them.

    Raises:
        CatalogError: ``api_unknown``.
    """
    found: dict[int, DocumentRow] = {}
    for name in names:
        spelled = _spellings(name)
        meant = [row for row in rows if row.api in spelled or row.source in spelled]
        if not meant:
            raise _unknown(name, [row.api for row in rows if row.api])
        found.update((row.id, row) for row in meant)
    return list(found.values())


def _spellings(name: str) -> tuple[str, str]:
    """Return a name, with a note if it is a path."""
    return name, os.path.abspath(os.path.expanduser(name))  # noqa: PTH100, PTH111 - any text will do


def _unknown(name: str, slugs: Iterable[str]) -> CatalogError:
    wanted = name.lower()
    near = [slug for slug in slugs if wanted and wanted in slug]
    near = near or difflib.get_close_matches(wanted, list(slugs))
    hint = f"did you mean {', '.join(near[:5])}?" if near else "httptask catalog list shows them"
    if name in BUNDLED:
        hint = "it is part of httptask: always there, with nothing to update or remove"
    return CatalogError(f"there is no API {name!r} in the catalogue", code="api_unknown", hint=hint)
