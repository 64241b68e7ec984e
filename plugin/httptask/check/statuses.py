"""The statuses that a task accepts, as written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from httptask.definition.written import request_place, written_options, written_request

_KEY: Final = "acceptedStatusCodes"


def accepted_statuses(inputs: Mapping[str, Any]) -> tuple[list[str], str]:
    """Return the statuses and patterns that ``inputParameters`` accept, and where they stand.

    Nothing is accepted in particular where none are written, or where they are computed.
    """
    own, place = written_options(inputs).get(_KEY), f"/httptask/{_KEY}"
    if own is None:
        own, place = written_request(inputs).get(_KEY), f"{request_place(inputs)}/{_KEY}"
    statuses = [str(each) for each in own] if isinstance(own, list) else []
    return ([], place) if any("${" in each for each in statuses) else (statuses, place)
