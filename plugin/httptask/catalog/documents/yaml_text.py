"""YAML to JSON values: yaml-rs first, PyYAML for what only it forgives.

Imported only when a YAML document is met: the readers are of the ``catalog`` extra.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
import yaml_rs

Json = Any

_LIMITS = yaml_rs.AliasLimits(
    max_total_replayed_events=1_000_000,
    max_replay_stack_depth=64,
    max_alias_expansions_per_anchor=100_000,
)


def parse(data: bytes, name: str = "") -> Json:
    """Read one YAML document in UTF-8.

    Raises:
        CatalogError: ``document_unreadable``; alias bombs, tags and duplicate keys included.
    """
    try:
        return plain(
            yaml_rs.load(data, parse_datetime=False, encoder_errors="strict", alias_limits=_LIMITS)
        )
    except (yaml_rs.YAMLDecodeError, ValueError, RecursionError) as error:
        from httptask.catalog.documents import lenient_yaml  # noqa: PLC0415 - a second reader, rarely needed

        return lenient_yaml.parse(data, name, str(error))


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
