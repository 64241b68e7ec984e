"""The command line: one command per file in ``commands``."""

from __future__ import annotations

import gc
import io
import os
import sys


def main() -> None:
    """Run the command line and exit: 0 done, 1 failed, 2 the definition or the call is wrong."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    gc.disable()  # start-up: while modules load there is nothing to collect
    try:
        from httptask.cli.app import run  # start-up: importing httptask.cli costs nothing

        gc.enable()
        code = run(sys.argv[1:])
    except KeyboardInterrupt:
        code = 130
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(code)
