"""Untrusted CommonMark to harmless CommonMark: no HTML, no escapes, no images, no odd links."""

from __future__ import annotations

import re
import unicodedata

_TAG = re.compile(r"<!--.*?-->|</?[A-Za-z][^<>]*>|<[!?][^<>]*>", re.DOTALL)
_IMAGE = re.compile(r"!\[([^\]\n]*)\]")
_LINK = re.compile(r"\]\(\s*<?([^)\s>]*)[^)\n]*\)")
_DEFINITION = re.compile(r"^ {0,3}\[[^\]\n]+\]:.*$", re.MULTILINE)
_SAFE_LINK = re.compile(r"(https?://|mailto:)[^\s<>]*\Z", re.IGNORECASE)
_HEADING = re.compile(r"^ {0,3}#{1,6}\s+(.*?)\s*#*\s*$", re.MULTILINE)
MAX_TEXT = 20_000


def plain(text: str) -> str:
    """Return a text without control and direction characters; line breaks and tabs stay."""
    return "".join(char for char in text if char in "\n\t" or _printable(char))


def _printable(char: str) -> bool:
    return unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


def block(text: str) -> str:
    """Return untrusted CommonMark as blocks that can stand in a document of ours.

    HTML is taken out, images become their texts, links keep http, https and mailto only, and
    headings become bold lines, so that the document's own outline stays.
    """
    text = plain(text[:MAX_TEXT].replace("\r\n", "\n").replace("\r", "\n"))
    text = _DEFINITION.sub("", _IMAGE.sub(r"[\1]", _without_tags(text)))
    text = _LINK.sub(_link, text)
    return _HEADING.sub(r"**\1**", text).replace("<", "\\<").strip()


def _without_tags(text: str) -> str:
    """Take tags out until none is left: removing one may make another."""
    for _ in range(8):
        shorter = _TAG.sub("", text)
        if shorter == text:
            return text
        text = shorter
    return text.replace("<", "")


def _link(match: re.Match[str]) -> str:
    return (
        f"](<{match[1]}>)".replace("<", "").replace(">", "") if _SAFE_LINK.match(match[1]) else "]"
    )


def line(text: str) -> str:
    """Return untrusted CommonMark as one line that can stand in a table."""
    return " ".join(block(text).split()).replace("|", "\\|")


def code(text: object) -> str:
    """Return a value as a code span that can stand in a table."""
    shown = " ".join(plain(str(text)).split())[:200].replace("|", "\\|")
    if not shown:
        return "`` ``"
    fence = "`" * (1 + max((len(run) for run in re.findall(r"`+", shown)), default=0))
    pad = " " if shown[0] == "`" or shown[-1] == "`" else ""
    return f"{fence}{pad}{shown}{pad}{fence}"
