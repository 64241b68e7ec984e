"""What each stage costs at its limits, in time and memory, with the worst shapes known.

    python benchmarks/limits.py [--runs 3]

Each shape runs in a process of its own; the best of some runs counts. The goal is one second.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from httptask.builtin.codecs.events import EventStreamParser, structured_data
from httptask.builtin.codecs.jsontext import decode_json, encode_json
from httptask.builtin.codecs.limits import (
    MAX_CONTAINERS,
    MAX_EVENT_LINES,
    MAX_LINES,
    MAX_VALUES,
    MEMORY_LIMIT,
    Count,
)
from httptask.builtin.codecs.lines import JsonLinesParser
from httptask.builtin.codecs.text import decode_text
from httptask.builtin.output_limit import fitted
from httptask.core.depth import too_deep
from httptask.definition.json_schema import JsonSchema
from httptask.errors import HttpTaskError
from httptask.expressions import compile_path

GOAL = 1.0
CHUNK = 64 * 1024
ITEMS = 300_000
RECORD = b'{"id":1,"name":"a name","email":"a@example.com","tags":["a","b"],"price":12.5}'

Shape = tuple[str, str, Callable[[], Any]]


def listed(item: bytes, count: int) -> bytes:
    """Return a JSON list of equal items, within the limit in memory."""
    count = min(count, MEMORY_LIMIT // (len(item) + 1) - 1)
    return b"[" + b",".join([item] * count) + b"]"


def read_json(data: bytes) -> Callable[[], Any]:
    """Return what decodes a JSON body as the codec does."""

    def read() -> Any:
        Count().add(data)
        return decode_json(data)

    return read


def read_parts(data: bytes, kind: str) -> Callable[[], Any]:
    """Return what reads an event stream or JSON lines as the codec does."""

    def read() -> list[Any]:
        events, lines, found = EventStreamParser(), JsonLinesParser(), []
        count = Count(max_lines=MAX_EVENT_LINES if kind == "events" else MAX_LINES)
        for at in range(0, len(data), CHUNK):
            chunk = data[at : at + CHUNK]
            count.add(chunk)
            if kind == "events":
                found += [
                    event.to_json() | {"data": structured_data(event.data)}
                    for event in events.feed(chunk)
                ]
            else:
                found += lines.feed(chunk)
        return found

    return read


def decoding() -> Iterator[Shape]:
    """Yield the bodies that take longest to decode."""
    half = MAX_VALUES // 2 - 1
    for name, data in {
        "records": listed(RECORD, ITEMS),
        "empty objects": listed(b"{}", MAX_CONTAINERS - 1),
        "empty lists": listed(b"[]", MAX_CONTAINERS - 1),
        "deep lists": listed(b"[" * 150 + b"]" * 150, MAX_CONTAINERS // 150 - 1),
        "objects of one": listed(b'{"a":1}', MAX_CONTAINERS - 1),
        "objects of four": listed(b'{"a":1,"b":2,"c":3}', MAX_CONTAINERS - 1),
        "short texts": listed(b'"ab"', MAX_VALUES - 2),
        "distinct keys": b"{" + b",".join(b'"%07d":1' % at for at in range(half)) + b"}",
        "long integers": listed(b"1" * 4000, MAX_VALUES),
        "floats": listed(b"1.2345678901", MAX_VALUES - 2),
        "one text": b'"' + b"a" * (MEMORY_LIMIT - 2) + b'"',
        "escapes": b'"' + b"\\u00e9" * (MEMORY_LIMIT // 6 - 1) + b'"',
        "too many values": listed(b"{}", MEMORY_LIMIT),
    }.items():
        yield "decode json", name, read_json(data)
    yield "decode text", "not UTF-8", lambda: decode_text(b"\xff" * MEMORY_LIMIT)
    for charset in ("utf-8", "utf-16", "gb18030", "cp1253"):
        wrong, kind = b"\xff\xd8" * (MEMORY_LIMIT // 2), f"text/plain; charset={charset}"
        yield "decode text", f"wrong {charset}", partial(decode_text, wrong, kind)
    event, pairs = b'data:{"a":1}\n\n', MAX_EVENT_LINES // 2
    yield "decode events", "objects", read_parts(event * pairs, "events")
    yield "decode events", "data lines", read_parts(b"data\n" * MAX_EVENT_LINES, "events")
    yield "decode events", "comments", read_parts(b":\n" * MAX_EVENT_LINES, "events")
    yield "decode events", "one of 60 MB", read_parts(b"data:" + b"a" * 60_000_000, "events")
    yield "decode lines", "objects", read_parts(b'{"a":1}\n' * MAX_CONTAINERS, "lines")
    yield "decode lines", "blank", read_parts(b"\n" * MAX_LINES, "lines")


def judging() -> Iterator[Shape]:
    """Yield schema checks: of values with many items, and of schemas with branches."""
    items = [{"id": at, "tags": ["a", "b"]} for at in range(ITEMS)]
    record = {"type": "object", "properties": {"id": {"type": "integer"}}, "required": ["id"]}
    one_of = {"oneOf": [{**record, "required": [name]} for name in ("id", "key", "name")]}
    yield "check schema", "right", lambda: JsonSchema({"items": record}).problems(items)
    yield "check schema", "oneOf, right", lambda: JsonSchema({"items": one_of}).problems(items)
    bad = [*items, {"id": "x"}]
    yield "check schema", "last is wrong", lambda: JsonSchema({"items": record}).problems(bad)
    wrong = {"items": {"required": ["no"]}}
    yield "check schema", "all are wrong", lambda: JsonSchema(wrong).problems(items)
    names = {str(at): at for at in range(ITEMS)}
    closed = {"additionalProperties": False}
    yield "check schema", "names not known", lambda: JsonSchema(closed).problems(names)
    inner = {"type": "array", "items": {"$ref": "#/$defs/a"}}
    tree = {"$defs": {"a": {"anyOf": [inner, inner, {"type": "string"}]}}, "$ref": "#/$defs/a"}
    deep = json.loads("[" * 190 + "1" + "]" * 190)
    yield "check schema", "two branches, 190 deep", lambda: JsonSchema(tree).problems(deep)
    broken = {"properties": {str(at): {"type": 5} for at in range(100_000)}}
    yield "check schema", "broken in 100,000 places", JsonSchema(broken).check


def mapping(files: Path) -> Iterator[Shape]:
    """Yield paths over many items, and outputs that are too large."""
    items = [{"id": at, "name": f"n{at}", "tags": ["a", "b"]} for at in range(ITEMS)]
    value = {"items": items}
    for path in (
        "$.items[*].id",
        "$.items[*].tags[*]",
        "$.items[0:300000:2]",
        "$..id",
        "$.items[?@.id==299999].name",
        "$.items[?match(@.name, 'n1.*')]",
    ):
        yield "map", path, partial(compile_path(path).find, value)
    yield "encode", "records", lambda: encode_json(value)
    output = {"response": {"body": value}, "a": value, "b": value, "c": items}
    yield "fit an output", "four times the body", lambda: fitted(output, files)
    deep = decode_json(listed(b"[" * 150 + b"]" * 150, MAX_CONTAINERS // 150 - 1))
    yield "depth", "deep lists", lambda: too_deep(deep)


def measured(run: Callable[[], Any]) -> tuple[float, float, str]:
    """Return seconds of processor time, MiB of memory and the outcome of one run."""
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        before, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
        try:
            outcome = "done" if run() is not None else "none"
        except HttpTaskError as error:
            outcome = error.code
        seconds = time.process_time() - began
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
        os.write(writer, json.dumps([seconds, grown, outcome]).encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        seconds, grown, outcome = json.loads(pipe.read() or b'[Infinity, 0, "ended"]')
    os.waitpid(child, 0)
    return seconds, grown, outcome


def main() -> int:
    """Print a line for each shape; exit 1 if one takes longer than the goal."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--runs", type=int, default=3)
    runs = parser.parse_args().runs
    over = 0
    print(f"{'stage':14} {'shape':34} {'seconds':>8} {'MiB':>7}  outcome")
    with TemporaryDirectory() as folder:
        for shapes in (decoding(), judging(), mapping(Path(folder))):
            for stage, name, run in shapes:
                tries = [measured(run) for _ in range(runs)]
                seconds, grown, outcome = min(tries)
                over += seconds > GOAL
                mark = "  more than the goal" if seconds > GOAL else ""
                print(
                    f"{stage:14} {name:34} {seconds:8.2f} {grown:7.0f}  {outcome}{mark}", flush=True
                )
    return 1 if over else 0


if __name__ == "__main__":
    raise SystemExit(main())
