"""Texts in XML: which media types are XML, and values escaped where they stand in it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

Escape = Callable[[str], str]

_TEXT: Final = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&apos;", "\r": "&#13;"}
)
_CDATA: Final = "<![CDATA["
_CDATA_END: Final = "]]>"


def is_xml(media_type: str) -> bool:
    """Tell whether a Content-Type is XML: ``application/xml``, ``text/xml``, ``*+xml``."""
    bare = media_type.partition(";")[0].strip().lower()
    return bare in {"application/xml", "text/xml"} or bare.endswith("+xml")


def escapes_after(literals: Iterable[str]) -> Iterator[Escape]:
    """Yield, for each part of a document, what escapes a value that stands behind it.

    Args:
        literals: the parts of the document between its values, in order.
    """
    in_cdata = False
    for literal in literals:
        opened, closed = literal.rfind(_CDATA), literal.rfind(_CDATA_END)
        in_cdata = opened > closed if max(opened, closed) >= 0 else in_cdata
        yield _in_cdata if in_cdata else escaped


def escaped(text: str) -> str:
    """Return a text as it stands between tags, or in quotes."""
    return text.translate(_TEXT)


def _in_cdata(text: str) -> str:
    return text.replace(_CDATA_END, f"]]{_CDATA_END}{_CDATA}>")


def escaped_between(literals: Sequence[str], text: str) -> str | None:
    """Return a text whose values are escaped, given the literal texts around them.

    The markup of the result is that of the literal texts, whatever the values are.

    Args:
        literals: what stands before, between and behind the values; one more than there are values.
        text: the whole, values put in.

    Returns:
        The text, or None if it is not made of these literal texts.
    """
    first, *between, last = literals
    end = len(text) - len(last)
    if not text.startswith(first) or not text.endswith(last) or end < len(first):
        return None
    done, at = [first], len(first)
    for escape, literal in zip(escapes_after(literals[:-1]), [*between, None], strict=True):
        until = end if literal is None else text.find(literal, at, end)
        if until < 0:
            return None
        done += [escape(text[at:until]), literal or ""]
        at = until + len(literal or "")
    return "".join((*done, last))
