"""Words of a POSIX shell."""

from __future__ import annotations

import os
import re
import shlex

from httptask.builtin.secret_providers import VARIABLE_PREFIXES
from httptask.core.sensitive import MASK

_IDENTIFIER = re.compile("[A-Za-z0-9_]+")


def quoted(text: str) -> str:
    """Return a text as a part of a word, or nothing."""
    return shlex.quote(text) if text else ""


def quoted_bytes(text: str) -> str:
    """Return a text as a part of a word that has its bytes in Latin-1."""
    if text.isascii():
        return quoted(text)
    octal = "".join(
        chr(byte) if 0x20 <= byte < 0x7F and byte not in b"\\%" else f"\\{byte:03o}"
        for byte in text.encode("latin-1", "replace")
    )
    return f'"$(printf {shlex.quote(octal)})"'


def variable(name: str) -> str:
    """Return the variable of a secret: the one that is set here, else ours.

    What no shell expands is masked.
    """
    variables = [prefix + name for prefix in VARIABLE_PREFIXES]
    found = next((each for each in variables if each in os.environ), variables[0])
    return f'"${found}"' if _IDENTIFIER.fullmatch(name) else shlex.quote(MASK)
