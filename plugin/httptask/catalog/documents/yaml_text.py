"""YAML text to JSON values: yaml-rs first, PyYAML for what only it forgives.

Imported only when a YAML document is met: both readers are of the ``catalog`` extra.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
import yaml
import yaml_rs

from httptask.errors import CatalogError

Json = Any

_LIMITS = yaml_rs.AliasLimits(
    max_total_replayed_events=1_000_000,
    max_replay_stack_depth=64,
    max_alias_expansions_per_anchor=100_000,
)


_NOT_READ = ("tag:yaml.org,2002:timestamp", "tag:yaml.org,2002:merge")


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """PyYAML that leaves dates and merge keys the texts they are."""


_Loader.yaml_implicit_resolvers = {
    first: [rule for rule in rules if rule[0] not in _NOT_READ]
    for first, rules in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def parse(text: str, name: str = "") -> Json:
    """Read one YAML document.

    Raises:
        CatalogError: ``document_unreadable``; alias bombs, tags and duplicate keys included.
    """
    try:
        return plain(yaml_rs.loads(text, parse_datetime=False, alias_limits=_LIMITS))
    except (yaml_rs.YAMLDecodeError, ValueError, RecursionError) as error:
        return _forgiving(text, name, str(error))


def _forgiving(text: str, name: str, cause: str) -> Json:
    """Read what breaks YAML's indentation rules only; never a document with aliases."""
    problem = CatalogError(
        " ".join(cause.split())[:300],
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


def plain(value: Json) -> Json:
    """Return the value with string keys only, as JSON has them."""
    try:
        return msgspec.json.decode(msgspec.json.encode(value))
    except (TypeError, ValueError, OverflowError):
        return _plain(value)


def _plain(value: Json) -> Json:
    """Do it for what JSON cannot hold: keys that are no texts, integers of any size."""
    if isinstance(value, Mapping):
        return {_key(key): _plain(child) for key, child in value.items()}
    if isinstance(value, list):
        return [_plain(child) for child in value]
    if isinstance(value, float) and value != value:
        return None
    return value if isinstance(value, (str, int, float, type(None))) else str(value)


def _key(key: object) -> str:
    if isinstance(key, bool) or key is None:
        return {True: "true", False: "false", None: "null"}[key]
    return str(key)
