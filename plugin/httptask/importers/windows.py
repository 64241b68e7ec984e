"""Commands as cmd.exe and a program of Windows read them."""

from __future__ import annotations

import re
from typing import Final

from httptask.importers.bash import Command
from httptask.importers.holes import variable

_VARIABLE: Final = re.compile(r"%([A-Za-z_]\w{2,})%|!([A-Za-z_]\w+)!")
_SIGN: Final = re.compile(r'\s\^"|\^\r?\n|"[{\[]\s*""|"[^"\n]*%[A-Za-z_]\w{2,}%[^"\n]*"')
_OF_BASH: Final = re.compile(r"\s\$?'")
_BACKSLASHES: Final = re.compile(r'(\\*)(")?')


def is_cmd(text: str) -> bool:
    """Tell whether a text is quoted for cmd.exe."""
    sign, other = _SIGN.search(text), _OF_BASH.search(text)
    return sign is not None and (other is None or sign.start() < other.start())


def commands(text: str) -> list[Command]:
    """Return the commands of a text."""
    found = []
    for line in _lines(_VARIABLE.sub(lambda each: variable(each[1] or each[2]), text)):
        words = _arguments(line)
        if words:
            found.append(Command(0, words, written=line.strip()))
    return found


def _lines(text: str) -> list[str]:
    """Take the carets away, as cmd.exe does, and split where it ends a command."""
    made: list[str] = []
    current: list[str] = []
    quoted, at = False, 0
    while at < len(text):
        char = text[at]
        if char == "^" and not quoted:
            at += 1
            if text.startswith(("\n", "\r\n"), at):
                at = text.index("\n", at) + 1
                at += text[at : at + 1] == "\r"
                if text[at : at + 1] != "\n":
                    continue
            current.append(text[at : at + 1])
        elif (char in "&|" and not quoted) or char == "\n":
            made.append("".join(current))
            current, quoted = [], False
        elif char != "\r":
            quoted ^= char == '"'
            current.append(char)
        at += 1
    return [*made, "".join(current)]


def _arguments(line: str) -> list[str]:
    """Split a command line as the C runtime of Windows does."""
    words: list[str] = []
    current: list[str] | None = None
    quoted, at = False, 0
    while at < len(line):
        char = line[at]
        if char in '\\"':
            current = [] if current is None else current
            found = _BACKSLASHES.match(line, at)
            if found is None:  # it matches anything
                break
            slashes, quote = found[1], found[2]
            at = found.end()
            if not quote:
                current.append(slashes)
                continue
            current.append("\\" * (len(slashes) // 2))
            if len(slashes) % 2:
                current.append('"')
            elif quoted and line[at : at + 1] == '"':
                current.append('"')
                at += 1
            else:
                quoted = not quoted
            continue
        if char in " \t" and not quoted:
            if current is not None:
                words.append("".join(current))
            current = None
        else:
            current = [] if current is None else current
            current.append(char)
        at += 1
    return words if current is None else [*words, "".join(current)]
