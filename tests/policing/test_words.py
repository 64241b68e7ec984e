"""One word for one thing, and English as it is written: what must not come back."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

WRONG = re.compile(
    r"\banswer"  # what a server sends is a response
    r"|(?<!there )\b(?:is|are) no (?!longer\b)"  # "is not a number", not "is no number"
    r"|\bfor ever\b",
    re.IGNORECASE,
)
TEXTS = ("plugin/**/*.py", "plugin/**/*.js", "docs/*.md", "*.md", "schemas/*.json")
EXCEPT = {"CHANGELOG.md"}
"""History."""


def wrong_words(text: str) -> list[str]:
    """Return the lines with a wrong word."""
    return [line.strip() for line in text.splitlines() if WRONG.search(line)]


def test_the_words_are_the_fields(root: Path) -> None:
    files = (
        file
        for pattern in TEXTS
        for file in sorted(root.glob(pattern))
        if "vendor" not in file.parts and file.relative_to(root).as_posix() not in EXCEPT
    )
    found = {str(file.relative_to(root)): wrong_words(file.read_text("utf-8")) for file in files}
    assert len(found) > 300
    assert {name: lines for name, lines in found.items() if lines} == {}


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("An answer came.", True),
        ("the server answered 404", True),
        ("x is no number", True),
        ("these are no texts", True),
        ("it waits for ever", True),
        ("there is no task", False),
        ("it is no longer there", False),
        ("what is not a number", False),
    ],
)
def test_wrong_words_are_found(text: str, wrong: bool) -> None:
    assert bool(wrong_words(text)) is wrong
