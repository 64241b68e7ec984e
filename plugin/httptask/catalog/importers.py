"""Formats that the catalogue reads."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from httptask.catalog.openapi.description import dialect_of
from httptask.catalog.values import Reason
from httptask.definition.other_formats import API, OtherFormat, other_format
from httptask.errors import CatalogError

Json = Any
_UNKNOWN = "not an API description in a known format"


@dataclass(frozen=True, slots=True)
class Converted:
    """A document of another format as an OpenAPI description.

    Attributes:
        document: an OpenAPI 3.1 document.
        rejected: operations of the original that the document lacks, one reason each; they are
            counted as rejected.
    """

    document: Json
    rejected: tuple[Reason, ...] = ()


class Importer(Protocol):
    """Reads one format. A plugin adds one; the first that claims a document reads it.

    Attributes:
        name: shown in reports, such as ``openapi``.
    """

    name: str

    def claims(self, document: Json) -> bool:
        """Tell whether a parsed JSON or YAML document is of this format; cheap, never raises."""
        ...

    def convert(self, document: Json) -> Converted:
        """Return the document as an OpenAPI 3.1 description.

        Raises:
            CatalogError: the document cannot be read at all.
        """
        ...


class OpenApiImporter:
    """OpenAPI 2.0, 3.0, 3.1 and 3.2 as they are."""

    name = "openapi"

    def claims(self, document: Json) -> bool:
        """Tell whether it says which OpenAPI it is and has paths."""
        return bool(dialect_of(document))

    def convert(self, document: Json) -> Converted:
        """Return the document unchanged."""
        return Converted(document)


def importer_for(document: Json, importers: Iterable[Importer], source: str) -> Importer:
    """Return the first importer that claims a document.

    Raises:
        CatalogError: ``format_unknown``.
    """
    for importer in importers:
        if importer.claims(document):
            return importer
    raise unknown_format(document, source)


def unknown_format(value: Json, source: str) -> CatalogError:
    """Return the error for a document, or a text, that no importer claims."""
    known = "OpenAPI 2.0 to 3.2 and Google Discovery are known; plugins can add importers"
    found = foreign_format(value)
    return CatalogError(
        f"this is {found.name}, not an API description" if found else _UNKNOWN,
        code="format_unknown",
        source=source,
        hint=(found and found.hint) or known,
    )


def foreign_format(value: Json) -> OtherFormat | None:
    """Return what a document or text is, if it is meant as anything but a description."""
    found = other_format(value)
    return None if found is API else found
