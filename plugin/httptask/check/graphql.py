"""Check a GraphQL request: its method, and its variables against those of the document."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from httptask.core.methods import as_sent
from httptask.definition.findings import Finding
from httptask.definition.messages import did_you_mean
from httptask.definition.reading import escape
from httptask.hooks.task import CompiledTask

_IGNORED: Final = re.compile(r'"""(?:[^\\]|\\.)*?"""|"(?:[^"\\\n]|\\.)*"|#[^\n]*', re.DOTALL)
_DECLARED: Final = re.compile(r"\$(\w+)\s*:\s*([\w\[\]!\s]+?)\s*(?=([=,)$@]))")


def check_graphql(task: CompiledTask) -> Iterator[Finding]:
    """Yield what is wrong with the literal parts of a GraphQL request."""
    graphql = task.options.get("graphql")
    if not isinstance(graphql, Mapping):
        return
    method = task.request.get("method")
    if isinstance(method, str) and "${" not in method and as_sent(method) != "POST":
        text, pointer = "a GraphQL request is sent by POST", f"{task.request_pointer}/method"
        yield Finding("graphql_method", "error", text, pointer, "write POST", task.source)
    query, below = graphql.get("query"), f"{task.pointer}/httptask/graphql"
    if not isinstance(query, str):
        return
    if "${" in query:
        if query.strip()[:2] != "${":
            text = "a value goes into the document as it is, and can change what it asks for"
            hint = "declare a variable ($name) and give its value in variables"
            yield Finding(
                "graphql_query_value", "warning", text, f"{below}/query", hint, task.source
            )
        return
    yield from _variables(task, query, graphql.get("variables") or {}, below)


def _variables(task: CompiledTask, query: str, given: Any, below: str) -> Iterator[Finding]:
    """Yield variables that are given and not declared, or needed and not given."""
    if not isinstance(given, Mapping):
        return
    declared = {
        name: (kind, mark) for name, kind, mark in _DECLARED.findall(_IGNORED.sub("", query))
    }
    for name in given:
        if name not in declared:
            yield Finding(
                "graphql_variable_unknown",
                "warning",
                f"the document declares no variable ${name}",
                f"{below}/variables/{escape(str(name))}",
                did_you_mean(str(name), declared),
                task.source,
            )
    for name, (kind, mark) in declared.items():
        if kind.endswith("!") and mark != "=" and name not in given:
            yield Finding(
                "graphql_variable_missing",
                "warning",
                f"the document needs the variable ${name}, of type {kind}",
                f"{below}/variables",
                "",
                task.source,
            )
