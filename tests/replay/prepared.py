"""Prepare the task of every operation, and hold each request against its own description.

``python tests/replay/prepared.py SOURCE [--every N] [--sample N --seed S] [--json]``: SOURCE is
descriptions (a file, folder or archive), or the folder of a catalogue. Each task is checked and
built with generated inputs, without sending it; then it must be what its operation describes.
Prints what became of the tasks, and the shares of those that have authentication, outputs, https
and the like; exits 1 when a task is refused. ``--sample N`` prints the tasks of N operations of as
many providers instead, to be read by somebody.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

from prepared_tasks import judge

from httptask.catalog import Catalog, Operation, PreparedTask
from httptask.catalog.catalog import FILE
from httptask.catalog.prepare.responses import success_media
from httptask.catalog.prepare.task import prepare_task
from httptask.catalog.values import MISSING
from httptask.errors import HttpTaskError

MAX_TOLD = 12
UNTOLD = {"connectionTimeOut", "readTimeOut", "operation"}
"""Parts of a task that are not told when it is to be read."""


def opened(source: Path, folder: Path) -> Catalog:
    """Return a catalogue of descriptions, or the one that is there."""
    if (source / FILE).exists():
        return Catalog.open(source, read_only=True)
    catalog = Catalog.open(folder)
    catalog.add(source)
    return catalog


def facts(operation: Operation, prepared: PreparedTask) -> Iterator[str]:
    """Yield what a task has, by the names that are counted."""
    inputs = prepared.task["inputParameters"]
    request, options = inputs["http_request"], inputs["httptask"]
    auth = options.get("auth")
    yield f"auth {auth['type']}" if auth else "auth none"
    if not auth and any(operation.auth) and () not in operation.auth:
        yield "auth described, not prepared"
    if prepared.secrets:
        yield "secrets"
    scheme = request["uri"].partition("://")[0]
    yield f"address {scheme}" if scheme in ("https", "http") else "address by input"
    listed = [urlsplit(each.url).scheme for each in operation.servers if each.public]
    if scheme == "http" and "https" in listed:
        yield "address http, https listed"
    for key in ("paging", "poll", "idempotencyKey", "multipart", "form", "file", "responseSchema"):
        if key in options:
            yield key
    if "body" in request:
        yield "body"
    if "output" in options or options.get("response"):
        yield "outputs"
    yield from sorted({f"note {reason.kind}" for reason in prepared.reasons})


def sweep(catalog: Catalog, ids: list[str], folder: Path) -> tuple[Counter[str], list[str]]:
    """Return how many tasks there are of each kind, and which are refused."""
    counts: Counter[str] = Counter()
    refused = []
    for number, name in enumerate(ids):
        operation = catalog.get(name)
        try:
            counts.update(facts(operation, prepare_task(operation)))
            verdict = judge(operation, number, folder)
            outcome, detail = verdict.outcome, f"{verdict.cause}: {verdict.detail}"
        except HttpTaskError as error:
            outcome, detail = "refused", str(error)
        counts[f"outcome {outcome}"] += 1
        if outcome == "refused":
            refused.append(f"{name} {detail}")
    return counts, refused


def sampled(catalog: Catalog, number: int, seed: int) -> Iterator[str]:
    """Yield an operation each of so many providers, as described and as prepared."""
    chance = random.Random(seed)
    providers: dict[str, list[str]] = {}
    for api in catalog.apis():
        if api.operations:
            providers.setdefault(Path(api.source).parent.name, []).append(api.api)
    for provider in chance.sample(sorted(providers), min(number, len(providers))):
        name = chance.choice(catalog.operations(chance.choice(sorted(providers[provider]))))
        yield shown(catalog.get(name))


def shown(operation: Operation) -> str:
    """Return an operation and its task, to be read."""
    prepared = prepare_task(operation)
    inputs = prepared.task["inputParameters"]
    optional = prepared.optional
    schemas = {key for key in inputs["httptask"] if key.endswith("Schema")}
    lines = [
        f"=== {operation.id}  ({operation.source} {operation.pointer})",
        f"{operation.title}: {operation.description[:300]!r}",
        f"servers {[each.url for each in operation.servers]}  auth {operation.auth_label}",
    ]
    for each in operation.parameters:
        if each.required:
            about = f"{json.dumps(each.schema)[:160]} {each.description[:120]!r}"
            lines.append(f"  {each.location} {each.name}: {about}")
    lines += [
        f"  optional {each.label}: {json.dumps(each.schema)[:80]}" for each in optional[:MAX_TOLD]
    ]
    if operation.body:
        for media in operation.body.media:
            need = "required" if operation.body.required else "optional"
            lines.append(f"  {need} body {media.content_type}: {json.dumps(media.schema)[:400]}")
            if media.example is not MISSING:
                lines.append(f"    example {json.dumps(media.example)[:160]}")
    for media in success_media(operation)[:1]:
        lines.append(f"  response {media.content_type}: {json.dumps(media.schema)[:200]}")
    parts = {**inputs["http_request"], **inputs["httptask"]}
    lines += [
        "--- task",
        *(
            f"{key} {json.dumps(each, ensure_ascii=False)}"
            for key, each in parts.items()
            if key not in schemas | UNTOLD
        ),
        f"schemas {sorted(schemas)}",
        f"inputs {[(each.name, each.target) for each in prepared.inputs]}",
        f"secrets {list(prepared.secrets)}",
        f"notes {[each.message for each in prepared.reasons]} {list(prepared.notes)}",
    ]
    return "\n".join(lines) + "\n\n"


def told(counts: Counter[str], refused: list[str], total: int) -> str:
    """Return the table of a sweep."""
    lines = [f"{total} tasks"]
    lines += [f"{name:36} {counts[name]:6} {counts[name] / total:7.1%}" for name in sorted(counts)]
    return "\n".join([*lines, *(f"REFUSED {each[:300]}" for each in refused[:MAX_TOLD])])


def main(arguments: list[str]) -> int:
    """Run it; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("source", type=Path)
    parser.add_argument("--every", type=int, default=1, help="only each Nth operation")
    parser.add_argument("--sample", type=int, default=0, help="print so many tasks")
    parser.add_argument("--seed", type=int, default=1, help="of the sample")
    parser.add_argument("--json", action="store_true", help="one document")
    given = parser.parse_args(arguments)
    with (
        tempfile.TemporaryDirectory() as folder,
        opened(given.source, Path(folder, "catalog")) as catalog,
    ):
        if given.sample:
            sys.stdout.writelines(sampled(catalog, given.sample, given.seed))
            return 0
        ids = [name for api in catalog.apis() for name in catalog.operations(api.api)]
        ids = ids[:: given.every]
        counts, refused = sweep(catalog, ids, Path(folder))
    if given.json:
        document = {"tasks": len(ids), "counts": dict(counts), "refused": refused}
        sys.stdout.write(json.dumps(document, indent=1) + "\n")
    else:
        sys.stdout.write(told(counts, refused, len(ids)) + "\n")
    return 1 if refused else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
