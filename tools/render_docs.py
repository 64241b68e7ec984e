"""Write the generated blocks of ``docs/*.md``: what the code knows is not written twice.

    python tools/render_docs.py            write
    python tools/render_docs.py --check    exit 1 if a page is not as it would be written

A block stands between ``<!-- generated: WHAT -->`` and ``<!-- /generated -->``; WHAT is

- ``fields MODEL``: the keys of a model of the definition, from its JSON Schema;
- ``ignored``: the keys of other dialects, with their effect;
- ``unused``: the keys of workflow, task and task definition that the embedded engine leaves alone;
- ``causes``: the kinds of reasons of ``httptask catalog report``;
- ``limits``: the limits that are constants of the source;
- ``help COMMAND``: what ``httptask COMMAND --help`` prints.
"""

# ruff: noqa: INP001 - a script, not a package

from __future__ import annotations

import importlib
import json
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from httptask.catalog.causes import CAUSES
from httptask.check.unused_fields import UNUSED_FIELDS
from httptask.cli.app import cli
from httptask.definition.authoring import IGNORED_FIELDS, IGNORED_INPUTS
from httptask.definition.field_types import EXPRESSION_PATTERN
from httptask.definition.http_task import REFUSED_FIELDS
from httptask.definition.schema import build_schema

PAGES = Path(__file__).resolve().parents[1] / "docs"
WIDTH = 96
_BLOCK = re.compile(
    r"(?P<head><!-- generated: (?P<what>[\w -]+) -->\n).*?(?P<tail><!-- /generated -->)", re.DOTALL
)
_EXPRESSION = {"pattern": EXPRESSION_PATTERN, "type": "string"}
_JSON = {"boolean": "true or false", "array": "list", "string": "text", "integer": "whole number"}
_LIMITS = (
    ("Definition file", "definition.reading:MAX_BYTES", "bytes"),
    ("Nesting of a definition", "definition.reading:MAX_DEPTH", ""),
    ("Body read into memory (JSON, text, events)", "builtin.codecs.limits:MEMORY_LIMIT", "bytes"),
    ("Values of a JSON body, events included", "builtin.codecs.limits:MAX_VALUES", ""),
    ("Lists and objects of a JSON body", "builtin.codecs.limits:MAX_CONTAINERS", ""),
    ("Lines of a server-sent event stream", "builtin.codecs.limits:MAX_EVENT_LINES", ""),
    ("Lines of a body of JSON lines", "builtin.codecs.limits:MAX_LINES", ""),
    ("XML document", "builtin.codecs.xml_document:XML_LIMIT", "bytes"),
    ("Tags of an XML document, and `=` in it", "builtin.codecs.xml_document:MAX_TAGS", ""),
    ("Elements of XML inside each other", "builtin.codecs.xml_document:MAX_ELEMENTS_DEEP", ""),
    ("Records of CSV", "builtin.codecs.csv_text:MAX_RECORDS", ""),
    ("Body stored as a file", "builtin.codecs.limits:FILE_LIMIT", "bytes"),
    ("A task's output; beyond it parts become files", "builtin.output_limit:OUTPUT_LIMIT", "bytes"),
    ("One server-sent event", "builtin.codecs.events:MAX_EVENT_BYTES", "bytes"),
    ("One JSON line", "builtin.codecs.lines:MAX_LINE_BYTES", "bytes"),
    ("Pages of a list, unless `maxPages` is set", "definition.paging_options:MAX_PAGES", ""),
    ("Items of a list, unless `maxItems` is set", "definition.paging_options:MAX_ITEMS", ""),
    (
        "A list of pages, unless `maxBytes` is set",
        "definition.paging_options:MAX_LIST_BYTES",
        "bytes",
    ),
    ("The same with `to: ndjson`", "definition.paging_options:MAX_FILE_BYTES", "bytes"),
    ("Empty pages in a row that end a list", "builtin.paging.plugin:EMPTY_PAGES", ""),
    ("All stored responses", "builtin.cache.store:MAX_SIZE", "bytes"),
    ("One stored response", "builtin.cache.store:MAX_RESPONSE", "bytes"),
    ("Closed budget of a host", "builtin.limits.budget:LONGEST", "seconds"),
    ("Retry-After that is honoured", "builtin.check_response:MAX_RETRY_AFTER", "seconds"),
    ("`${...}` path", "expressions.lookup:MAX_PATH", "characters"),
    ("`$.` path (RFC 9535)", "expressions.rfc9535:MAX_PATH", "characters"),
    (
        "Values visited by a `$.` path with filters, slices or `..`",
        "expressions.rfc9535_library:MAX_MATCHES",
        "",
    ),
    ("Values found by any other `$.` path", "expressions.rfc9535:MAX_FOUND", ""),
    ("Schemas that an attached schema stands for", "definition.schema_size:LARGEST", ""),
    ("Secret that is masked by value: at least", "core.sensitive:MIN_LENGTH", "characters"),
    ("API description", "catalog.documents.parsing:MAX_BYTES", "bytes"),
    ("Schema attached to a prepared task", "catalog.prepare.schemas:MAX_SCHEMA_BYTES", "bytes"),
)


def rendered(page: str) -> str:
    """Return a page with its blocks written anew."""
    return _BLOCK.sub(
        lambda block: f"{block['head']}{_block(*block['what'].split())}\n{block['tail']}", page
    )


def _block(kind: str, *names: str) -> str:
    match kind:
        case "fields":
            return "\n".join(_fields(*names))
        case "ignored":
            return "\n".join(_ignored())
        case "unused":
            return "\n".join(_unused())
        case "causes":
            rows = [f"| `{kind}` | {_cell(meaning)} |" for kind, meaning in CAUSES.items()]
            return "\n".join(["| kind | meaning |", "|---|---|", *rows])
        case "limits":
            return "\n".join(_limits())
        case "help":
            return f"```text\n{_help(*names)}\n```"
    raise ValueError(f"there is no generated block {kind!r}")


def _fields(model: str) -> Iterator[str]:
    schema = build_schema("task")["$defs"][model]
    required = schema.get("required", ())
    yield "| key | type | default | `${}` | meaning |"
    yield "|---|---|---|---|---|"
    for name, field in schema["properties"].items():
        if "x-ignored" in field:
            continue
        default = "**required**" if name in required else _default(field)
        secret = " Secret: never shown." if field.get("x-secret") else ""
        takes = "yes" if field.get("x-expression") else ""
        text = f"{field.get('description', '')}{secret}"
        yield f"| `{name}` | {_kind(field)} | {default} | {takes} | {_cell(text)} |"


def _default(field: Mapping[str, Any]) -> str:
    value = field.get("default")
    if value in (None, {}) or (isinstance(value, dict) and "$ref" in json.dumps(field)):
        return ""
    return f"`{json.dumps(value)}`"


def _kind(schema: Any) -> str:
    """Return the type of a value in words; expressions and null go without saying."""
    if not isinstance(schema, Mapping):
        return "any JSON"
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if "const" in schema:
        return f"`{json.dumps(schema['const'])}`"
    if "enum" in schema:
        return ", ".join(f"`{json.dumps(each)}`" for each in schema["enum"])
    for key in ("anyOf", "oneOf"):
        if key in schema:
            kinds = [_kind(each) for each in schema[key] if not _understood(each)]
            return " or ".join(dict.fromkeys(kinds))
    return _plain_kind(schema)


def _plain_kind(schema: Mapping[str, Any]) -> str:
    kinds = schema.get("type", [])
    kinds = [kind for kind in ([kinds] if isinstance(kinds, str) else kinds) if kind != "null"]
    if kinds == ["object"] and isinstance(schema.get("additionalProperties"), Mapping):
        return f"object of {_kind(schema['additionalProperties'])}"
    if kinds == ["array"] and "items" in schema:
        return f"list of {_kind(schema['items'])}"
    words = [_JSON.get(kind, kind) for kind in kinds]
    limits = [f"{schema[key]:,}" for key in ("minimum", "maximum") if key in schema]
    if len(limits) == 2:
        return f"{' or '.join(words)}, {limits[0]} to {limits[1]}"
    if set(kinds) >= {"string", "number", "boolean"}:
        return "any JSON" if {"array", "object"} <= set(kinds) else "scalar"
    return " or ".join(words) or "any JSON"


def _understood(schema: Any) -> bool:
    return schema in (_EXPRESSION, {"type": "null"})


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _ignored() -> Iterator[str]:
    yield "| key | what happens | why |"
    yield "|---|---|---|"
    for name, effect in {**IGNORED_FIELDS, **IGNORED_INPUTS}.items():
        yield f"| `{name}` | warning `field_ignored` | {_cell(effect)} |"
    for name, instead in REFUSED_FIELDS.items():
        yield f"| `{name}` | error `field_refused` | {_cell(instead)} |"


def _unused() -> Iterator[str]:
    yield "| in the | keys |"
    yield "|---|---|"
    for where, (model, names) in UNUSED_FIELDS.items():
        aliases = [model.model_fields[name].alias or name for name in names]
        yield f"| {where} | {', '.join(f'`{alias}`' for alias in aliases)} |"


def _limits() -> Iterator[str]:
    yield "| what | limit |"
    yield "|---|---|"
    for words, place, unit in _LIMITS:
        module, _, name = place.partition(":")
        value = getattr(importlib.import_module(f"httptask.{module}"), name)
        yield f"| {words} | {_amount(value, unit)} |"


def _amount(value: float, unit: str) -> str:
    if unit == "bytes":
        for name, size in (("GiB", 2**30), ("MiB", 2**20), ("KiB", 2**10)):
            if value >= size:
                return f"{value / size:.3g} {name}"
    return f"{value:,.0f} {unit}".strip()


def _help(*names: str) -> str:
    command: Any = cli
    context = click.Context(cli, info_name="httptask", **cli.context_settings)
    for name in names:
        command = command.get_command(context, name)
        context = click.Context(
            command, context, name, terminal_width=WIDTH, max_content_width=WIDTH
        )
    lines = command.get_help(context).splitlines()
    return "\n".join(line.rstrip() for line in lines)


def main(arguments: list[str]) -> int:
    """Write the pages, or check them."""
    stale = 0
    for page in sorted(PAGES.glob("*.md")):
        text = page.read_text("utf-8")
        fresh = rendered(text)
        if fresh != text:
            stale += 1
            print(f"{page.name} {'is stale' if '--check' in arguments else 'written'}")  # noqa: T201
            if "--check" not in arguments:
                page.write_text(fresh, "utf-8")
    return 1 if stale and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
