"""The words of a curl command as options, as curl reads them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from httptask.errors import DefinitionError
from httptask.importers.curl_options import FLAGS, SHORT, WITH_VALUE
from httptask.importers.drafts import Drafts


@dataclass(frozen=True, slots=True)
class Option:
    """An option, or an address: then its name is ``url``.

    Attributes:
        name: the long name.
        value: its value, or "".
        written: the option as it is written.
        on: False for ``--no-NAME``.
    """

    name: str
    value: str
    written: str
    on: bool = True


def options(words: list[str], found: Drafts) -> list[Option]:
    """Return the options of a command in their order.

    Raises:
        DefinitionError: ``option_unknown``, as curl refuses it.
    """
    made: list[Option] = []
    rest = iter(words)
    only_urls = False
    for word in rest:
        if only_urls or not word.startswith("-") or word == "-":
            made.append(Option("url", word, word))
        elif word == "--":
            only_urls = True
        elif word.startswith("--"):
            name, on = _long(word, found)
            value = _following(rest, word) if name in WITH_VALUE else ""
            made.append(Option(name, value, word, on))
        else:
            made += _short(word, rest)
    return made


def _short(word: str, rest: Iterator[str]) -> list[Option]:
    made: list[Option] = []
    for at, letter in enumerate(word[1:], 1):
        name = SHORT.get(letter)
        if name is None:
            raise _unknown(f"-{letter}", "curl has no such option")
        if name in WITH_VALUE:
            value = word[at + 1 :] or _following(rest, f"-{letter}")
            return [*made, Option(name, value, f"-{letter}")]
        made.append(Option(name, "", f"-{letter}"))
    return made


def _following(rest: Iterator[str], written: str) -> str:
    value = next(rest, None)
    if value is None:
        raise _unknown(written, "the option has no value")
    return value


def _long(word: str, found: Drafts) -> tuple[str, bool]:
    name = word[2:]
    known = WITH_VALUE | FLAGS
    if name in known:
        return name, not name.startswith("no-")
    if name.startswith("no-") and name[3:] in FLAGS:
        return name[3:], False
    if f"no-{name}" in FLAGS:
        return f"no-{name}", False
    if "=" in name:
        raise _unknown(word, "curl takes no = after a long option")
    fitting = [each for each in known if each.startswith(name)] if len(name) > 1 else []
    if len(fitting) != 1:
        raise _unknown(word, "curl has no such option")
    found.lose(word, "option_abbreviated", f"read as --{fitting[0]}")
    return fitting[0], True


def _unknown(written: str, message: str) -> DefinitionError:
    return DefinitionError(message, code="option_unknown", pointer=written[:100])
