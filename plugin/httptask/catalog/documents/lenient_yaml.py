"""YAML that breaks the indentation rules only, as PyYAML forgives it."""

from __future__ import annotations

from typing import Any

import yaml

from httptask.catalog.documents.plain import plain
from httptask.catalog.documents.text import decode
from httptask.errors import CatalogError

Json = Any

_NOT_READ = ("tag:yaml.org,2002:timestamp", "tag:yaml.org,2002:merge")


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """PyYAML that leaves dates and merge keys the texts they are."""


_Loader.yaml_implicit_resolvers = {
    first: [rule for rule in rules if rule[0] not in _NOT_READ]
    for first, rules in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def parse(data: bytes, name: str, cause: str) -> Json:
    """Read one YAML document in UTF-8 that has no aliases.

    Args:
        data: the document.
        name: where it came from, for messages.
        cause: why a strict reader refuses it; said if this one refuses it too.

    Raises:
        CatalogError: ``document_unreadable``.
    """
    text = decode(data, name)
    problem = CatalogError(
        _in_one_line(cause)[:300],
        code="document_unreadable",
        source=name,
        hint="check the file with a YAML linter",
    )
    try:
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, _Loader)):
            raise problem
        return plain(yaml.load(text, _Loader))  # noqa: S506 - a SafeLoader
    except (yaml.YAMLError, ValueError, RecursionError):
        raise problem from None


def _in_one_line(cause: str) -> str:
    """Leave out the picture that yaml-rs draws between where and what."""
    lines = cause.strip().splitlines()
    return f"{lines[0]}: {lines[-1]}" if len(lines) > 1 else cause
