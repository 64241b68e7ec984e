"""The command line: one command per file in ``commands``."""

from __future__ import annotations

import gc
import io
import os
import signal
import sys
from types import FrameType

_NEW_OBJECTS = 10_000
"""New objects after which garbage is looked for; 700 would look 130 times before a run begins."""

_INTERRUPTED = b"""{"error": {"code": "interrupted", "message": "interrupted", "pointer": "",
 "source": "", "hint": "", "stage": "", "retryable": null, "retryAfter": null}}
"""


def main() -> None:
    """Run the command line and exit: 0 done, 1 failed, 2 the definition or the call is wrong."""
    _open_streams()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _interrupt)
    gc.disable()  # start-up: while modules load there is nothing to collect
    try:
        from httptask.cli.app import run  # start-up: importing httptask.cli costs nothing

        gc.enable()
        gc.set_threshold(_NEW_OBJECTS)
        code = run(sys.argv[1:])
    except KeyboardInterrupt:
        code = 130
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:  # nobody reads it, or the disk is full
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    gc.freeze()  # the process ends: nothing is searched for garbage any more
    sys.exit(code)


def _open_streams() -> None:
    """Open what the caller has closed: no file of ours is to get the number of such a stream."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            while (handle := os.open(os.devnull, os.O_RDWR)) < number:
                pass  # it is one of the others
            if handle > number:
                os.close(handle)
            setattr(sys, name, open(number, "r+" if not number else "w", closefd=False))  # noqa: SIM115


def _interrupt(number: int, frame: FrameType | None) -> None:
    """Raise KeyboardInterrupt, but end at once while a module or a model is made.

    Half of a module is useless, and pydantic turns the interrupt into an error of a model's schema.
    """
    del number
    while frame is not None:
        if _is_making(frame):
            if "--json" in sys.argv:
                os.write(1, _INTERRUPTED)
            os.write(2, b"interrupted\n")
            os._exit(130)
        frame = frame.f_back
    raise KeyboardInterrupt


def _is_making(frame: FrameType) -> bool:
    loads = frame.f_code.co_filename.startswith("<frozen importlib")
    return loads or str(frame.f_globals.get("__name__")).startswith("pydantic._internal.")
