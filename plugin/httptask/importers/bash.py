"""Commands of a POSIX shell as bash reads them: words and their quotes; nothing is run."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from httptask.errors import DefinitionError
from httptask.importers.drafts import Loss
from httptask.importers.holes import variable

MOST_PUT_IN: Final = 4_000_000
"""Characters that the variables of a script may put in."""

_NAME: Final = re.compile(r"[A-Za-z_]\w*")
_ASSIGNMENT: Final = re.compile(r"([A-Za-z_]\w*)=", re.ASCII)
_ANSI: Final = re.compile(
    r"\\(?:x([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{1,4})|U([0-9a-fA-F]{1,8})|([0-7]{1,3})|c(.)|(.))",
    re.DOTALL,
)
_ANSI_CHARACTERS: Final = {
    "a": "\a", "b": "\b", "e": "\x1b", "E": "\x1b", "f": "\f", "n": "\n", "r": "\r", "t": "\t",
    "v": "\v",
}  # fmt: skip
_REDIRECT: Final = re.compile(r"(\d*|&)(<<<|<<-?|>>|>&|<&|>\||>|<)")
_DEFAULT: Final = re.compile(r"([A-Za-z_]\w*)(?::?[-=]([^{}$`]*)|:?\?.*)?", re.DOTALL)
_IN_COMMAND: Final = re.compile(r"'[^']*'|\\.|[()]", re.DOTALL)
_SPECIAL: Final = "@*#?$!-0123456789"


@dataclass(slots=True)
class Command:
    """A simple command.

    Attributes:
        words: its words, unquoted.
        at: offset of its first word.
        stdin: text that a here-document or here-string gives it, or None.
        redirects: its output redirections, as written.
        after: the operator before it: "|", "&&", ";" and so on.
        written: its text.
    """

    at: int
    words: list[str] = field(default_factory=list)
    stdin: str | None = None
    redirects: list[str] = field(default_factory=list)
    after: str = ""
    written: str = ""


@dataclass(slots=True)
class Lexer:
    """Reads a script into commands, in time proportional to its length.

    Attributes:
        text: the script.
        losses: what is not run.
        defaults: values of variables that the script names with one.
    """

    text: str
    losses: list[Loss] = field(default_factory=list)
    defaults: dict[str, str] = field(default_factory=dict)
    _at: int = 0
    _set: dict[str, str] = field(default_factory=dict)
    _grown: int = 0
    _heredocs: list[tuple[Command, str, bool, bool]] = field(default_factory=list)

    def commands(self) -> list[Command]:
        """Return the commands.

        Raises:
            DefinitionError: ``shell_syntax``.
        """
        found: list[Command] = []
        command = Command(0)
        while self._at < len(self.text):
            operator = self._blanks_or_operator()
            if operator:
                if operator == "\n":
                    self._read_heredocs()
                self._end(command, found)
                command = Command(self._at, after=operator)
            elif self._at < len(self.text) and not self._redirect(command):
                start = self._at
                word = self._word(assigns=not command.words)
                if not command.words:
                    command.at = start
                if word is not None:
                    command.words.append(word)
        self._read_heredocs()
        self._end(command, found)
        return found

    def _end(self, command: Command, found: list[Command]) -> None:
        if command.words:
            command.written = self.text[command.at : self._at].rstrip(" \t\r\n;|&")
            found.append(command)

    def _blanks_or_operator(self) -> str:
        text = self.text
        while self._at < len(text):
            char = text[self._at]
            if char in " \t\r":
                self._at += 1
            elif text.startswith(("\\\n", "\\\r\n"), self._at):
                self._at = text.index("\n", self._at) + 1
            elif char == "#":
                end = text.find("\n", self._at)
                self._at = len(text) if end < 0 else end
            elif char in "\n;|&()" and not text.startswith("&>", self._at):
                for operator in ("&&", "||", "|&", ";;", char):
                    if text.startswith(operator, self._at):
                        self._at += len(operator)
                        return operator
            else:
                return ""
        return ""

    def _redirect(self, command: Command) -> bool:
        found = _REDIRECT.match(self.text, self._at)
        if found is None:
            return False
        start, self._at = self._at, found.end()
        if found[2] in ("<<", "<<-"):
            self._skip_blanks()
            begin = self._at
            end = self._word(assigns=False) or ""
            quoted = any(c in "'\"\\" for c in self.text[begin : self._at])
            self._heredocs.append((command, end, quoted, found[2] == "<<-"))
            return True
        self._skip_blanks()
        target = self._word(assigns=False) or ""
        if found[2] == "<<<":
            command.stdin = f"{target}\n"
        elif found[2] == "<":
            self._lose(start, "stdin", "input from a file is not read")
        elif found[1] != "2":
            command.redirects.append(self.text[start : self._at])
        return True

    def _skip_blanks(self) -> None:
        while self.text[self._at : self._at + 1] in (" ", "\t"):
            self._at += 1

    def _read_heredocs(self) -> None:
        for command, end, quoted, tabs in self._heredocs:
            lines = []
            while self._at < len(self.text):
                stop = self.text.find("\n", self._at)
                stop = len(self.text) if stop < 0 else stop
                line = self.text[self._at : stop]
                self._at = min(stop + 1, len(self.text))
                line = line.lstrip("\t") if tabs else line
                if line.rstrip("\r") == end:
                    break
                lines.append(f"{line}\n")
            body = "".join(lines)
            command.stdin = body if quoted else self._inside(body)
        self._heredocs.clear()

    def _inside(self, body: str) -> str:
        """Expand a here-document, which reads as a double-quoted text but for the quote itself."""
        inner = Lexer(body, self.losses, self.defaults, _set=self._set)
        return inner._expanded("")

    def _word(self, *, assigns: bool) -> str | None:
        """Read a word; None if it was an assignment."""
        start = self._at
        name = _ASSIGNMENT.match(self.text, start) if assigns else None
        if name:
            self._at = name.end()
        made: list[str] = []
        while self._at < len(self.text) and self.text[self._at] not in " \t\r\n;|&()<>":
            made.append(self._piece())
        if self._at == start:  # a stray < or >
            raise self._refusal(start, "an operator stands where a word should")
        if name:
            self._set[name[1]] = "".join(made)
            return None
        return "".join(made)

    def _piece(self) -> str:
        text, at = self.text, self._at
        char = text[at]
        if char == "'":
            return self._until("'", at + 1)
        if char == '"':
            self._at = at + 1
            return self._expanded('"')
        if text.startswith("$'", at):
            return self._ansi(at)
        if text.startswith('$"', at):
            self._at = at + 2
            return self._expanded('"')
        if char in "$`":
            return self._expansion()
        if char == "\\":
            newline = text[at + 1 : at + 2] == "\n"
            self._at = at + 2
            return "" if newline else text[at + 1 : at + 2]
        self._at = at + 1
        return char

    def _until(self, quote: str, start: int) -> str:
        end = self.text.find(quote, start)
        if end < 0:
            raise self._refusal(start - 1, "a quote is not closed")
        self._at = end + 1
        return self.text[start:end]

    def _ansi(self, start: int) -> str:
        at = start + 2
        made: list[str] = []
        while True:
            if at >= len(self.text):
                raise self._refusal(start, "a quote is not closed")
            char = self.text[at]
            if char == "'":
                self._at = at + 1
                return _as_utf8("".join(made))
            found = _ANSI.match(self.text, at) if char == "\\" else None
            made.append(_ansi_character(found) if found else char)
            at = found.end() if found else at + 1

    def _expanded(self, quote: str) -> str:
        """Read up to a closing double quote, or to the end of the text."""
        start = self._at
        made: list[str] = []
        while self._at < len(self.text):
            char = self.text[self._at]
            following = self.text[self._at + 1 : self._at + 2]
            if char == quote:
                self._at += 1
                return "".join(made)
            if char == "\\" and following and following in f"$`\\\n{quote}":
                made.append("" if following == "\n" else following)
                self._at += 2
            elif char in "$`":
                made.append(self._expansion())
            else:
                made.append(char)
                self._at += 1
        if quote:
            raise self._refusal(start - 1, "a quote is not closed")
        return "".join(made)

    def _expansion(self) -> str:
        text, start = self.text, self._at
        if text[start] == "`":
            return self._not_run(start, self._until("`", start + 1))
        if text.startswith("$(", start):
            return self._not_run(start, text[start + 2 : self._closing(start + 2) - 1])
        if text.startswith("${", start):
            return self._parameter(start, self._until("}", start + 2))
        found = _NAME.match(text, start + 1)
        if found:
            self._at = found.end()
            return self._value(found[0])
        if text[start + 1 : start + 2] and text[start + 1] in _SPECIAL:
            self._at = start + 2
            return variable(f"argument_{text[start + 1]}")
        self._at = start + 1
        return "$"

    def _parameter(self, start: int, inside: str) -> str:
        found = _DEFAULT.fullmatch(inside)
        if found is None:
            name = _NAME.search(inside)
            self._lose(
                start, "shell_not_run", "the expansion is not made: an input takes the place"
            )
            return variable(name[0] if name else "value")
        if found[2] is not None and found[1] not in self._set:
            self.defaults.setdefault(found[1], found[2])
        return self._value(found[1])

    def _value(self, name: str) -> str:
        if name not in self._set:
            return variable(name)
        self._grown += len(self._set[name])
        if self._grown > MOST_PUT_IN:
            message = f"variables stand for more than {MOST_PUT_IN:,} characters"
            raise DefinitionError(message, code="document_too_large", pointer=f"${name[:60]}")
        return self._set[name]

    def _closing(self, at: int) -> int:
        """Go behind the bracket that closes a command substitution."""
        depth, start = 1, at - 2
        for found in _IN_COMMAND.finditer(self.text, at):
            depth += (found[0] == "(") - (found[0] == ")")
            if not depth:
                self._at = found.end()
                return self._at
        raise self._refusal(start, "a bracket is not closed")

    def _not_run(self, start: int, command: str) -> str:
        self._lose(
            start, "shell_not_run", "commands are not run: an input or secret takes the place"
        )
        return variable("_".join(re.findall(r"\w+", command)[:4]) or "value")

    def _lose(self, start: int, kind: str, message: str) -> None:
        self.losses.append(Loss(self.text[start : self._at][:200], kind, message))

    def _refusal(self, at: int, message: str) -> DefinitionError:
        return DefinitionError(message, code="shell_syntax", pointer=f"offset {at}")


def _ansi_character(found: re.Match[str]) -> str:
    one_byte, short, long, octal, control, other = found.groups()
    if one_byte or octal:
        code = int(one_byte, 16) if one_byte else int(octal, 8) & 0xFF
        return chr(code) if code < 0x80 else chr(0xDC00 + code)
    if short or long:
        code = int(short or long, 16)
        return chr(code) if code < 0x110000 and not 0xD800 <= code < 0xE000 else "\ufffd"
    if control:
        return chr(ord(control.upper()) & 0x1F)
    if other in _ANSI_CHARACTERS:
        return _ANSI_CHARACTERS[other]
    return other if other in "\\'\"?" else f"\\{other}"


def _as_utf8(text: str) -> str:
    """Return a text whose bytes above 0x7F were written one by one."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
