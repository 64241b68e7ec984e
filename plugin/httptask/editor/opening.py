"""Open the link in the user's browser; the token stays out of the list of processes."""

from __future__ import annotations

import tempfile
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from pathlib import Path

_PAGE = """<!doctype html>
<meta charset="utf-8">
<meta name="referrer" content="no-referrer">
<meta http-equiv="refresh" content="0; url={link}">
<title>httptask</title>
<a href="{link}">Open the editor</a>
"""


@contextmanager
def opened(link: str) -> Iterator[None]:
    """Open a link by way of a file that only its owner can read, and keep the file meanwhile.

    Every user of the machine can read the command line that a browser is started with.
    """
    with tempfile.TemporaryDirectory(prefix="httptask-") as folder:
        file = Path(folder) / "open.html"
        file.touch(mode=0o600)
        file.write_text(_PAGE.format(link=escape(link)), encoding="utf-8")
        webbrowser.open(file.as_uri())
        yield
