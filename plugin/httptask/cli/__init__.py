"""The command line: one command per file in ``commands``."""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Run the command line and exit: 0 done, 1 failed, 2 the definition or the call is wrong."""
    from httptask.cli.app import run  # start-up: importing httptask.cli costs nothing

    code = run(sys.argv[1:])
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(code)
