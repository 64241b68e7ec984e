"""How long the check of a workflow of 200 tasks takes.

``python benchmarks/check.py [FILE]`` prints JSON: milliseconds of processor time of the first check
in a process, which compiles the schemas, and of the fastest of nine. Without FILE it checks a chain
of 200 prepared tasks, each of which reads what the one before it gives.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

from httptask.app.check import check
from httptask.app.load import Surroundings
from httptask.definition.reading import read_document

TASKS = 200
FIELDS = {f"field_{number}": {"type": "string", "maxLength": 99} for number in range(30)}
ITEM = {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}, **FIELDS}}


def chain() -> dict[str, Any]:
    """Return the workflow."""
    tasks = [task(number) for number in range(TASKS)]
    return {"name": "chain", "version": 1, "inputParameters": ["id"], "tasks": tasks}


def task(number: int) -> dict[str, Any]:
    """Return one of its tasks; each is of an operation of its own."""
    before = f"${{step_{number - 1}.output.response.body.id}}" if number else "${workflow.input.id}"
    uri = f"https://api.example.com/v1/kind_{number}/{{id}}"
    title = {"title": f"item {number}"}
    options = {
        "operation": {"id": f"shop/post-kind-{number}-id", "method": "POST"},
        "auth": {"type": "bearer", "token": "${workflow.secrets.SHOP_TOKEN}"},
        "path": {"id": before},
        "requestSchema": {**ITEM, **title},
        "parametersSchema": {"properties": {"path": {"properties": {"id": {"type": "string"}}}}},
        "responseSchema": {"$ref": "#/$defs/Item", "$defs": {"Item": {**ITEM, **title}}},
    }
    body = {"id": before, "field_1": f"of {before}", "field_2": "x"}
    request = {"uri": uri, "method": "POST", "body": body}
    name = f"step_{number}"
    inputs = {"http_request": request, "httptask": options}
    return {"name": name, "taskReferenceName": name, "type": "HTTP", "inputParameters": inputs}


def main(path: str | None = None) -> None:
    """Check it, and print."""
    document = read_document(path).value if path else chain()
    spent = []
    for _ in range(9):
        started = time.process_time()
        found = check(document, Surroundings(), "httptask").findings
        spent.append(round(1000 * (time.process_time() - started)))
    print(json.dumps({"first": spent[0], "fastest": min(spent), "findings": len(found)}))


if __name__ == "__main__":
    main(*sys.argv[1:])
