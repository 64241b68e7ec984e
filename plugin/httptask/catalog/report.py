"""What became of every operation of every document, as JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from httptask.catalog.store import DocumentRow
from httptask.catalog.values import Json

_COUNTED = ("operations", "imported", "degraded", "rejected")


def report(rows: Sequence[DocumentRow]) -> dict[str, Json]:
    """Return totals, operations by cause (most first), and each document with its reasons."""
    causes: Counter[str] = Counter()
    for row in rows:
        causes.update(row.causes)
    totals = {
        "documents": len(rows),
        "failed": sum(not row.api for row in rows),
        **{key: sum(getattr(row, key) for row in rows) for key in _COUNTED},
    }
    ranked = sorted(causes.items(), key=lambda each: (-each[1], each[0]))
    return {"totals": totals, "causes": dict(ranked), "documents": [_document(row) for row in rows]}


def _document(row: DocumentRow) -> dict[str, Json]:
    return {
        "source": row.source,
        "api": row.api,
        "version": row.version,
        **{key: getattr(row, key) for key in _COUNTED},
        "reasons": [reason.to_json() for reason in row.reasons],
    }
