"""CSV and TSV (RFC 4180) as a list of objects."""

from __future__ import annotations

import csv
import io
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

from httptask.builtin.codecs.limits import MAX_VALUES, too_large
from httptask.builtin.codecs.typed import typed
from httptask.definition.described import Described
from httptask.errors import DecodeError

MAX_RECORDS: Final = 500_000
_DELIMITERS: Final = ",;\t|"
_LIMIT: Final = threading.Lock()


def decode_csv(
    text: str, delimiter: str | None = None, schema: Any = True, *, header: bool = True
) -> list[Any]:
    """Return the records of a table: objects by column name, or lists where it has no header.

    Blank lines are left out. A record may have fewer cells than the header: the rest is null.

    Args:
        text: the table.
        delimiter: what divides cells; found in the first line when absent.
        schema: JSON Schema of the list; it says which columns are numbers, truth values, or null.
        header: whether the first record names the columns.

    Raises:
        DecodeError: a quote is not closed, a record has more cells than the header, or the table
            has too many records or cells. The message never repeats the data.
    """
    described = Described(schema).of(0)
    with _long_cells(len(text)):
        rows = _rows(text, delimiter or _likely(text))
        if header:
            return _objects(rows, described)
        return [[typed(cell, described.of(at)) for at, cell in enumerate(row)] for _, row in rows]


@contextmanager
def _long_cells(longest: int) -> Iterator[None]:
    """Let the csv module read cells of a length; its limit is one for the whole process."""
    with _LIMIT:
        before = csv.field_size_limit()
        csv.field_size_limit(max(before, longest))
        try:
            yield
        finally:
            csv.field_size_limit(before)


def _objects(rows: Iterator[tuple[int, list[str]]], described: Described) -> list[Any]:
    names = _names(next(rows, (1, []))[1])
    columns = [described.of(name) for name in names]
    found = []
    for number, (line, row) in enumerate(rows, 1):
        if number * len(names) > MAX_VALUES:
            raise too_large(f"{MAX_VALUES:,} cells", "")
        if len(row) > len(names):
            raise _invalid(
                f"the record that ends in line {line} has {len(row)} cells, and the "
                f"header {len(names)}"
            )
        values: list[Any] = [typed(cell, each) for cell, each in zip(row, columns, strict=False)]
        values += [None] * (len(names) - len(row))
        found.append(dict(zip(names, values, strict=True)))
    return found


def _rows(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Yield each record with the number of its last line."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    cells = records = 0
    try:
        for row in reader:
            cells, records = cells + len(row), records + 1
            if cells > MAX_VALUES:
                raise too_large(f"{MAX_VALUES:,} cells", "")
            if records > MAX_RECORDS:
                raise too_large(f"{MAX_RECORDS:,} records", "")
            if row:
                yield reader.line_num, row
    except csv.Error as error:
        raise _invalid(f"line {reader.line_num}: {error}") from None


def _likely(text: str) -> str:
    """Return the delimiter that stands in the first line most often; of equals, the first here."""
    end = min((at for at in (text.find("\n"), text.find("\r")) if at >= 0), default=len(text))
    return max(_DELIMITERS, key=lambda each: text.count(each, 0, end))


def _names(row: Sequence[str]) -> list[str]:
    """Return the names of columns: one that is empty or there already gets a number."""
    names: dict[str, None] = {}
    for at, cell in enumerate(row, 1):
        name = cell.strip() or f"column_{at}"
        while name in names:
            name += f"_{at}"
        names[name] = None
    return list(names)


def _invalid(why: str) -> DecodeError:
    return DecodeError(f"The text cannot be read as CSV: {why}", code="csv_invalid")
