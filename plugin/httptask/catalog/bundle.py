"""The descriptions inside the package: always there, without any catalogue file."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files

import msgspec

from httptask.catalog.documents.resources import Resources
from httptask.catalog.openapi.description import Entry, OpenApiDescription
from httptask.catalog.values import Json
from httptask.errors import CatalogError

BUNDLED = ("digitalocean-inference",)
"""Slugs of the bundled APIs; each is a file of that name."""


def _no_references(uri: str) -> Json:
    raise CatalogError(f"{uri} is not bundled", code="ref_unresolved")


@lru_cache(maxsize=len(BUNDLED))
def bundled(api: str) -> OpenApiDescription:
    """Return a bundled description."""
    data = files(__package__).joinpath("bundled", f"{api}.json").read_bytes()
    document = msgspec.json.decode(data)
    return OpenApiDescription(document, Resources(document, _no_references), bundled_source(api))


def bundled_source(api: str) -> str:
    """Return what stands in `source` for a bundled description."""
    return f"bundled:{api}"


def bundled_entries(api: str) -> tuple[Entry, ...]:
    """Return the operations of a bundled description."""
    return tuple(bundled(api).entries())
