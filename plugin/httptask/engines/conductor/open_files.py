"""How many files a process may have open: each call under way has a connection or two."""

from __future__ import annotations

import logging
import sys

_log = logging.getLogger("httptask.worker")


def allow_open_files(number: int) -> None:
    """Raise this process' own limit to so many; say so where the system allows fewer."""
    if sys.platform == "win32":  # which has no such limit for sockets
        return
    import resource  # noqa: PLC0415 - not on Windows

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= number:
        return
    allowed = number if hard == resource.RLIM_INFINITY else min(number, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
    if allowed < number:
        _log.warning(
            "the system allows %d open files, and so many threads may need %d: raise the hard "
            "limit (ulimit -Hn), or lower --threads",
            allowed,
            number,
        )
