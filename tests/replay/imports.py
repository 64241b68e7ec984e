"""Import requests of other formats, and compare the tasks with the requests expected of them.

``python tests/replay/imports.py FILE [--json]``: FILE is a document of cases. Prints what is the
same, what is different by a named rule, and what is different; exits 1 when anything is different.
JSON bodies are compared by value and forms by their pairs; names of secrets and inputs are free,
and a secret that stands nowhere in the expected requests does not count.

Rules:

    later       a format of a later round: it is refused by an error
    better      an authentication that no task had when the case was written is prepared, or a
                number keeps the digits that the case expects to be lost
    codings     Accept-Encoding is left out where it asks for codings that are not decoded
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tempfile
import traceback
from pathlib import Path
from typing import Any
from urllib.parse import unquote_plus

from report import Judged, judged, report
from requests_of import request_of

from httptask.app.import_ import read_requests
from httptask.errors import HttpTaskError
from httptask.plugins import build_manager

LATER = ("arazzo", "n8n", "stepfunctions", "httpie", "requests", "openapi-callback")
BUILT_IN = ("oauth2", "aws-sigv4", "digest", "jwt", "hmac")
FORM = "application/x-www-form-urlencoded"
FREE = re.compile(r"\$\{workflow\.(secrets|input)\.[^}]*\}")


def imported(case: dict[str, Any], manager: Any) -> dict[str, Any]:
    """Return what an import gives, in the form of the cases' expectations."""
    given = case["input"]
    content = given if isinstance(given, str) else json.dumps(given)
    files = dict(case.get("files") or {})
    environment = re.search(r"--environment (\S+)", case.get("note", ""))
    with tempfile.TemporaryDirectory() as folder:
        for name, text in files.items():
            path = Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text if isinstance(text, str) else json.dumps(text), "utf-8")
        name = environment[1].rstrip(";,.") if environment else case.get("environment", "")
        try:
            found = read_requests(content.encode(), manager, environment=name, folder=Path(folder))
        except HttpTaskError as error:
            return {"outcome": "rejected", "requests": [], "lost": [error.code], "chain": []}
    order = {task.reference: at for at, task in enumerate(found.tasks)}
    lost = [reason.kind for reason in found.reasons]
    return {
        "outcome": "rejected" if not found.tasks else "degraded" if lost else "imported",
        "requests": [request_of(task.task) for task in found.tasks],
        "secrets": len({name for task in found.tasks for name in task.secrets}),
        "inputs": len({name for task in found.tasks for name in task.inputs}),
        "lost": sorted(set(lost)),
        "chain": [
            [order[one], order[task.reference]] for task in found.tasks for one in task.follows
        ],
        "inputDefaults": found.defaults,
    }


def expected(case: dict[str, Any]) -> dict[str, Any]:
    """Return a case's expectation, in the same form."""
    wanted = case["expect"]
    chain = wanted.get("chain") or []
    names = list(dict.fromkeys(name for pair in chain for name in pair))
    written = json.dumps(wanted["requests"])
    return {
        "outcome": wanted["outcome"],
        "requests": wanted["requests"],
        "secrets": len({name for name in wanted["secrets"] if f"secrets.{name}}}" in written}),
        "inputs": len(set(wanted["inputs"])),
        "lost": sorted({each["kind"] for each in wanted["lost"]}),
        "chain": [[names.index(one), names.index(other)] for one, other in chain],
    }


def differences(case: dict[str, Any], got: dict[str, Any]) -> list[tuple[str, Any, Any]]:
    """Return where an import differs: path, expected, got."""
    wanted = expected(case)
    found = []
    if len(wanted["requests"]) != len(got["requests"]):
        return [("/requests", len(wanted["requests"]), [len(got["requests"]), got["lost"]])]
    for at, (one, other) in enumerate(zip(wanted["requests"], got["requests"], strict=True)):
        found += [(f"/requests/{at}{path}", *values) for path, *values in compare(one, other)]
        for name, value in (one.get("inputDefaults") or {}).items():
            if got["inputDefaults"].get(name) != value:
                found.append((f"/inputDefaults/{name}", value, got["inputDefaults"].get(name)))
    for key in ("lost", "outcome", "secrets", "inputs", "chain"):
        if key in got and wanted[key] != got[key]:
            found.append((f"/{key}", wanted[key], got[key]))
    return found


def compare(wanted: dict[str, Any], got: dict[str, Any]) -> list[tuple[str, Any, Any]]:
    """Return where a request differs from the expected one."""
    found = []
    url = freed(wanted["url"])
    if url != freed(got["url"]):
        found.append(("/url", wanted["url"], got["url"]))
    if wanted["method"] != got["method"]:
        found.append(("/method", wanted["method"], got["method"]))
    one, other = headers_of(wanted), headers_of(got)
    if one != other:
        found.append(("/headers", one, other))
    auths = [auth_of(wanted, url), auth_of(got, url)]
    if auths[0] != auths[1]:
        found.append(("/auth", *auths))
    bodies = [freed(body_of(each)) for each in (wanted, got)]
    if bodies[0] != bodies[1]:
        found.append(("/body", *bodies))
    for name, value in (wanted.get("settings") or {}).items():
        if got["settings"].get(name) != value:
            found.append((f"/settings/{name}", value, got["settings"].get(name)))
    if (wanted.get("output") or {}) != got["output"]:
        found.append(("/output", wanted.get("output"), got["output"]))
    return found


def freed(value: Any) -> Any:
    """Return a value in which all secrets have one name, and all inputs."""
    text = FREE.sub(r"${workflow.\1.*}", json.dumps(value))
    return json.loads(text.replace("%7B", "{").replace("%7D", "}"))


def headers_of(request: dict[str, Any]) -> list[Any]:
    """Return the headers: the content type of a file or parts is implied, its place is free."""
    implied = request["body"]["kind"] in ("file", "multipart", "bytes")
    lines, first = [], []
    for name, value in request["headers"]:
        lowered = name.lower()
        if lowered == "content-type":
            first += [] if implied else [[lowered, freed(value)]]
        elif lowered == "accept":
            first += [] if value == "*/*" else [[lowered, freed(value)]]
        else:
            lines.append([name, freed(value)])
    return sorted(first) + lines


def auth_of(request: dict[str, Any], url: str) -> Any:
    """Return the authentication; a key in its place in the address or a header is none."""
    auth = request.get("auth") or {}
    if auth.get("type") in ("header", "ntlm") or (auth.get("in") == "query" and "secrets" in url):
        return {}
    return freed({name: value for name, value in auth.items() if name != "note"})


def body_of(request: dict[str, Any]) -> Any:
    """Return a body such that equal ones are equal."""
    body = request["body"]
    kind = body["kind"]
    if kind == "text" and ["Content-Type", FORM] in request["headers"]:
        kind = "form-text"
    if kind == "json":
        return ["json", body["value"]]
    if kind in ("form", "form-text", "text"):
        text = body.get("text")
        if kind == "form":
            return ["form", [list(pair) for pair in body["fields"]]]
        pairs = [piece.partition("=") for piece in text.split("&")]
        if kind == "form-text":
            return ["form", [[unquote_plus(name), unquote_plus(value)] for name, _, value in pairs]]
        return ["text", text]
    if kind == "file":
        return ["file", body["file"].removeprefix("./")]
    if kind == "bytes":
        return ["file", "body.bin"]
    if kind == "multipart":
        return ["multipart", [part_of(part) for part in body["parts"]]]
    return [kind]


def part_of(part: dict[str, Any]) -> Any:
    """Return a part; a file that was read and one that is named are the same."""
    return {
        name: value
        for name, value in part.items()
        if value and not (name in ("text", "file") and "filename" in part)
    }


def judge(case: dict[str, Any], manager: Any) -> Judged:
    """Import one case; a bug of ours is a difference like any other."""
    name, group = case["id"], case["format"]
    if group in LATER:
        return Judged(name, group, "named", "later")
    try:
        got = imported(case, manager)
        found = differences(case, got)
    except Exception:  # noqa: BLE001 - told as the case's outcome
        return judged(name, group, [("/", "tasks", traceback.format_exc())], [None])
    return judged(name, group, found, [rule_of(case, got, *each) for each in found])


def rule_of(case: dict[str, Any], got: dict[str, Any], path: str, one: Any, other: Any) -> str:
    """Return the rule by which a difference is meant, or ""."""
    lost = {each["kind"] for each in case["expect"]["lost"]}
    prepared = any((each.get("auth") or {}).get("type") in BUILT_IN for each in got["requests"])
    better = lost & {"number_spelling"} | (lost & {"security_unsupported"} if prepared else set())
    if better and path in ("/lost", "/outcome", "/secrets", "/inputs"):
        missing = set(one) - set(other) - better if path == "/lost" else set()
        further = set(other) - set(one) if path == "/lost" else set()
        return "" if missing or further else "better"
    if better and path.endswith("/auth") and other.get("type") in BUILT_IN:
        return "better"
    if path.endswith("/headers"):
        kept = [each for each in one if each[0].lower() != "accept-encoding"]
        return "codings" if kept == other else ""
    return ""


def main() -> int:
    """Import all cases of a file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--case", action="append", help="only the cases of this name")
    given = parser.parse_args()
    cases = json.loads(given.file.read_text(encoding="utf-8"))["cases"]
    if given.case:
        cases = [case for case in cases if case["id"] in given.case]
    manager = build_manager(installed=False)
    return report([judge(case, manager) for case in cases], as_json=given.json)


if __name__ == "__main__":
    sys.exit(main())
