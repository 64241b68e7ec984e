"""curl commands of bash and cmd.exe."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from httptask.errors import DefinitionError
from httptask.importers import windows
from httptask.importers.bash import Command, Lexer
from httptask.importers.curl_request import MAX_URLS, RequestOf
from httptask.importers.curl_words import Option, options
from httptask.importers.drafts import Drafts, Source
from httptask.importers.powershell import is_powershell

_CURL: Final = re.compile(
    r"^\s*(?:[$>#]\s+)?(?:.*[|;&(]\s*)?(?:\S*/)?curl(?:\.exe)?\s", re.MULTILINE
)
_PROMPT: Final = re.compile(r"^[ \t]*[$>][ \t]+(?=\S*curl)", re.MULTILINE)
_QUIET: Final = frozenset({"set", "export", "cd", "sudo", "then", "do", "done", "fi", "else"})
_PREFIXES: Final = frozenset({"sudo", "time", "exec", "command", "env", "then", "do", "else"})


class CurlImporter:
    """curl commands, as a documentation, a browser or a script has them."""

    name = "curl"

    def claims(self, source: Source) -> bool:
        """Tell whether a line calls curl."""
        if source.document is not None or is_powershell(source.text):
            return False
        start = source.text[:65536] + " "
        return _CURL.search(start) is not None and "\n###" not in f"\n{start}"

    def read(self, source: Source) -> Drafts:
        """Return the requests of all curl commands."""
        found = Drafts()
        text = _PROMPT.sub("", source.text)
        if windows.is_cmd(text):
            commands = windows.commands(text)
        else:
            lexer = Lexer(text)
            try:
                commands = lexer.commands()
            except DefinitionError as error:
                found.reject(error.pointer, error.code, error.message)
                return found
            found.losses += lexer.losses
            found.defaults |= lexer.defaults
        for command, following in zip(commands, [*commands[1:], None], strict=True):
            text_of_pipe = _piped(command, following)
            if text_of_pipe is not None and following:
                following.stdin = text_of_pipe
            else:
                _read(command, source, found)
        return found


def _piped(command: Command, following: Command | None) -> str | None:
    """Return the literal text that ``echo``, ``printf`` or ``cat`` gives to a curl command."""
    if following is None or following.after != "|" or not _is_curl(following.words[0]):
        return None
    words = command.words
    if words == ["cat"]:
        return command.stdin
    plain = len(words) > 1 and not words[1].startswith("-") and "\\" not in "".join(words)
    if words[0] == "echo" and plain:
        return " ".join(words[1:]) + "\n"
    return (
        words[1]
        if words[0] == "printf" and plain and words[1:] == words[-1:] and "%" not in words[1]
        else None
    )


def _read(command: Command, source: Source, found: Drafts) -> None:
    words = command.words
    while words and words[0] in _PREFIXES:
        words = words[1:]
    if not words or not _is_curl(words[0]):
        if command.words[0] not in _QUIET:
            kind = "pipe_dropped" if command.after.startswith("|") else "shell_dropped"
            found.lose(command.written[:200], kind, "only curl commands are read")
        return
    for redirect in command.redirects:
        found.lose(redirect[:200], "output_option", "the response is the task's output")
    try:
        groups = list(_groups(options(words[1:], found)))
    except DefinitionError as error:
        found.reject(error.pointer, error.code, error.message)
        return
    for group in groups:
        _requests(group, command, source, found)


def _groups(all_options: list[Option]) -> Iterator[list[Option]]:
    """Yield the options of each request: ``--next`` begins anew."""
    group: list[Option] = []
    for option in all_options:
        if option.name == "next":
            yield group
            group = []
        else:
            group.append(option)
    yield group


def _requests(group: list[Option], command: Command, source: Source, found: Drafts) -> None:
    urls = [option.value for option in group if option.name == "url"]
    if not urls:
        found.reject("curl", "address_missing", "the command has no address")
        return
    for url in urls[:MAX_URLS]:
        try:
            found.requests += RequestOf(group, source, command.stdin).drafts(url)
        except DefinitionError as error:
            found.reject(error.pointer, error.code, error.message)
    if len(urls) > MAX_URLS:
        found.reject("curl", "request_repeated", f"more than {MAX_URLS} addresses in one command")


def _is_curl(word: str) -> bool:
    return re.split(r"[/\\]", word)[-1].lower() in ("curl", "curl.exe")
