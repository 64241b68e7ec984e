"""Ctrl-C while something goes on that can be continued."""

from __future__ import annotations

from typing import ClassVar

from httptask.errors import HttpTaskError


class InterruptedRunError(HttpTaskError):
    """The one at the keyboard stopped it; the hint says how to go on."""

    default_code: ClassVar[str] = "interrupted"
    exit_code: ClassVar[int] = 130
