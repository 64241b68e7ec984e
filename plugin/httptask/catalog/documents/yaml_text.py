"""YAML to JSON values: yaml-rs first, PyYAML for what only it forgives.

Imported only when a YAML document is met: the readers are of the ``catalog`` extra.
"""

from __future__ import annotations

from typing import Any

import yaml_rs

from httptask.catalog.documents import lenient_yaml
from httptask.catalog.documents.plain import plain

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
        return lenient_yaml.parse(data, name, str(error))
