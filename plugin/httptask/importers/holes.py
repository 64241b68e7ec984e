"""Texts with holes: the places where a source has a variable and not a value.

A hole stands in its text as a mark that no source can write: it holds a number drawn at random by
this process. So a text can be split, decoded and parsed as JSON with its holes in it.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from typing import Final

_NONCE: Final = secrets.token_hex(8)
_OPEN: Final = f"\ufdd0{_NONCE}"
_CLOSE: Final = "\ufdd1"
HOLE: Final = re.compile(rf"{_OPEN}([vsex])([^{_CLOSE}]*){_CLOSE}")
"""A hole: its kind (variable, secret, e for an earlier output, x for an expression), its name."""
OUTPUT_PATH: Final = re.compile(r"[A-Za-z_][\w-]*(?:\.[\w-]+|\[\d{1,9}\])*", re.ASCII)
"""A path in an output that an expression of ours can hold."""


def variable(name: str) -> str:
    """Return a hole for a variable: an input, or a secret if its place or its name says so."""
    return f"{_OPEN}v{_clean(name)}{_CLOSE}"


def secret(name: str) -> str:
    """Return a hole for a variable that the source calls a secret."""
    return f"{_OPEN}s{_clean(name)}{_CLOSE}"


def output_of(index: int, path: str) -> str:
    """Return a hole for what the request at an index gave.

    Args:
        index: of the request, among all of the source.
        path: in its output, such as ``response.body.token``: names, and numbers in brackets.
    """
    kept = path if OUTPUT_PATH.fullmatch(path) else "response.body"
    return f"{_OPEN}e{index}.{kept}{_CLOSE}"


def expression(inside: str) -> str:
    """Return a hole for an expression of ours, by what stands between its braces."""
    return f"{_OPEN}x{_clean(inside)}{_CLOSE}"


def has_hole(text: str) -> bool:
    """Tell whether a text has a hole."""
    return HOLE.search(text) is not None


def only_hole(text: str) -> re.Match[str] | None:
    """Return the hole that a text is, or None if it is or has anything else."""
    return HOLE.fullmatch(text)


def fill(text: str, literal: Callable[[str], str], hole: Callable[[str, str], str]) -> str:
    """Return a text with its literal pieces and its holes replaced."""
    made, at = [], 0
    for found in HOLE.finditer(text):
        made += [literal(text[at : found.start()]), hole(found[1], found[2])]
        at = found.end()
    return "".join([*made, literal(text[at:])])


def around(text: str, literal: Callable[[str], str]) -> str:
    """Return a text with its literal pieces replaced; its holes stay."""
    made, at = [], 0
    for found in HOLE.finditer(text):
        made += [literal(text[at : found.start()]), found[0]]
        at = found.end()
    return "".join([*made, literal(text[at:])])


def _clean(name: str) -> str:
    return name.replace(_CLOSE, "")
