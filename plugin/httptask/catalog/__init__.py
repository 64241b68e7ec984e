"""API descriptions to searchable, ready-to-test HTTP tasks."""

from httptask.catalog.catalog import Api, Catalog, default_path
from httptask.catalog.changes import DocumentChange, Progress
from httptask.catalog.documentation import render_documentation
from httptask.catalog.importers import Converted, Importer
from httptask.catalog.prepare.optional import OptionalField
from httptask.catalog.prepare.task import Choices, PreparedTask
from httptask.catalog.values import Hit, Operation, Reason

__all__ = [
    "Api",
    "Catalog",
    "Choices",
    "Converted",
    "DocumentChange",
    "Hit",
    "Importer",
    "Operation",
    "OptionalField",
    "PreparedTask",
    "Progress",
    "Reason",
    "default_path",
    "render_documentation",
]
