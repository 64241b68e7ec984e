"""Variables of the environment that look like ours and are none: a slip would go unnoticed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from typing import Final

VARIABLES: Final = (
    "HTTPTASK_DATA",
    "HTTPTASK_CATALOG",
    "HTTPTASK_ALLOW_HOSTS",
    "HTTPTASK_ENV_FILE",
    "HTTPTASK_SECRETS_DIR",
    "HTTPTASK_LOAD_PLUGINS",
    "HTTPTASK_TLS_FOLDERS",
    "HTTPTASK_CONNECTIONS",
    "HTTPTASK_DEBUG",
)
_SECRET: Final = "SECRET"  # noqa: S105 - a part of the variables' names


def misspelt(environment: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield each variable that seems to be misspelt, with what was probably meant."""
    for name in sorted(environment):
        start, _, rest = name.partition("_")
        kind, _, secret = rest.partition("_")
        if start != "HTTPTASK" or name in VARIABLES or kind == _SECRET:
            continue
        if close := get_close_matches(name, VARIABLES, n=1, cutoff=0.85):
            yield name, close[0]
        elif secret and get_close_matches(kind, [_SECRET], cutoff=0.7):
            yield name, f"HTTPTASK_{_SECRET}_{secret}"
