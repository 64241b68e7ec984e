"""How fast descriptions become searchable: ``python benchmarks/catalog_import.py FILE_OR_FOLDER``.

Prints seconds, operations per second, peak memory and the sizes of file and index, as JSON.
"""

from __future__ import annotations

import json
import resource
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from httptask.catalog import Catalog


def size(path: Path) -> int:
    """Return the bytes of a file or folder."""
    return sum(each.stat().st_size for each in [path, *path.rglob("*")] if each.is_file())


def main(sources: list[str]) -> None:
    """Import into a new catalogue and print the figures."""
    with tempfile.TemporaryDirectory() as folder, Catalog.open(folder) as catalog:
        start = time.perf_counter()
        changes = catalog.add(*sources)
        seconds = time.perf_counter() - start
        totals = catalog.report()["totals"]
        figures = {
            "seconds": round(seconds, 2),
            "operations_per_second": round(totals["operations"] / seconds),
            "peak_memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
            "file_mb": round(size(Path(folder) / "catalog.sqlite3") / 1e6, 1),
            "index_mb": round(size(Path(folder) / "index") / 1e6, 1),
            "documents": dict(Counter(change.change for change in changes)),
            "totals": totals,
            "reasons": dict(
                Counter(
                    reason["kind"]
                    for document in catalog.report()["documents"]
                    for reason in document["reasons"]
                )
            ),
        }
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main(sys.argv[1:])
