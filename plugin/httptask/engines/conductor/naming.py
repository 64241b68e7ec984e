"""Names of queues and marks on definitions."""

from __future__ import annotations

import re
from typing import Final

from httptask.errors import DefinitionError

DEFAULT_NAMESPACE: Final = "httptask"
OWNER: Final = "httptask"
"""``ownerApp`` of the task definitions that deploy made."""

_NAMESPACE: Final = re.compile(r"[A-Za-z0-9_.]{1,100}")


def checked_namespace(namespace: str) -> str:
    """Return a namespace that can be part of a queue's name.

    Raises:
        DefinitionError: it has other characters than letters, digits, ``_`` and ``.``.
    """
    if not _NAMESPACE.fullmatch(namespace):
        raise DefinitionError(
            f"{namespace!r} is not a namespace",
            code="namespace_invalid",
            hint="letters, digits, _ and . only",
        )
    return namespace


POLL_QUEUE: Final = "HTTP_POLL"
"""Queue of HTTP_POLL tasks: OSS has no such task of its own, and gives it no namespace."""


def queue_name(namespace: str | None) -> str:
    """Return the queue of HTTP tasks: the server's own one when there is no namespace."""
    return f"HTTP@{checked_namespace(namespace)}" if namespace else "HTTP"
