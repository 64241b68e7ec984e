"""Show what is proposed as ``paging`` beside what the description says, to be judged by somebody.

``python tests/replay/paged.py SOURCE [--sample N] [--seed S]``: SOURCE is descriptions (a file,
folder or archive), or the folder of a catalogue. Prints GETs that give a list, of as many
providers; below each the rule that is proposed, or null.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from prepared import opened

from httptask.catalog import Catalog, Operation
from httptask.catalog.prepare.paging import proposed_paging
from httptask.catalog.prepare.responses import response_schema
from httptask.catalog.prepare.skeleton import Skeleton

LOOKED_AT = 40
"""Operations of a provider that are looked at."""
DEPTH, WIDTH, TEXT = 3, 14, 200


def sampled(catalog: Catalog, number: int, seed: int) -> Iterator[Operation]:
    """Yield operations, one of a provider; which ones does not depend on what is proposed."""
    chance = random.Random(seed)
    providers: dict[str, list[str]] = {}
    for api in catalog.apis():
        providers.setdefault(Path(api.source).parent.name, []).append(api.api)
    for provider in chance.sample(sorted(providers), len(providers)):
        names = [name for api in providers[provider] for name in catalog.operations(api)]
        operations = map(catalog.get, chance.sample(names, min(LOOKED_AT, len(names))))
        found = next(filter(gives_list, operations), None)
        if found is not None:
            yield found
            number -= 1
        if not number:
            return


def gives_list(operation: Operation) -> bool:
    """Tell whether an operation is a GET of more than one thing, by its path and response."""
    if operation.method != "GET" or operation.path.endswith("}"):
        return False
    return any("[] of" in line for line in outline(operation))


def outline(operation: Operation) -> list[str]:
    """Return the fields of a response, indented, without those of items."""
    skeleton = Skeleton(operation.definitions)
    lines: list[str] = []

    def add(name: str, schema: Any, depth: int) -> None:
        flat = skeleton.flattened(schema)
        kind, form = flat.get("type"), flat.get("format", "")
        about = str(flat.get("description", ""))[:TEXT]
        items = flat.get("items")
        if kind == "array":
            inner = skeleton.flattened(items if items is not None else True)
            kind = f"[] of {inner.get('type')} {sorted(inner.get('properties', {}))[:WIDTH]}"
        lines.append(f"{'  ' * depth}{name}: {kind} {form} {about!r}")
        properties = flat.get("properties")
        if depth < DEPTH and isinstance(properties, Mapping):
            for each, value in list(properties.items())[: WIDTH * 2]:
                add(each, value, depth + 1)

    add("body", response_schema(operation), 0)
    return lines


def shown(number: int, operation: Operation) -> str:
    """Return an operation and what is proposed, to be read."""
    lines = [
        f"=== {number} {operation.id}",
        f"GET {operation.path}  {operation.title}: {operation.description[:300]!r}",
    ]
    for each in operation.parameters:
        if each.location in ("query", "header"):
            said = f"{json.dumps(each.schema)[:TEXT]} {each.description[:TEXT]!r}"
            lines.append(f"  {each.location} {each.name}: {said}")
    lines.extend(
        f"  {response.status} headers {sorted(response.headers)}"
        for response in operation.responses
        if response.successful and response.headers
    )
    lines += [f"  {line}" for line in outline(operation)]
    rule = proposed_paging(operation, response_schema(operation))
    lines.append(f"--- {json.dumps(rule)}")
    return "\n".join(lines) + "\n\n"


def main(arguments: list[str]) -> int:
    """Run it; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("source", type=Path)
    parser.add_argument("--sample", type=int, default=100, help="so many operations")
    parser.add_argument("--seed", type=int, default=1, help="of the sample")
    given = parser.parse_args(arguments)
    with (
        tempfile.TemporaryDirectory() as folder,
        opened(given.source, Path(folder, "catalog")) as catalog,
    ):
        found = enumerate(sampled(catalog, given.sample, given.seed), 1)
        sys.stdout.writelines(shown(number, each) for number, each in found)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
