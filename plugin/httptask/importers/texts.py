"""Texts with holes as texts of a definition: literal pieces escaped, secrets and inputs named."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from httptask.core.secret_names import is_random, is_secret_name, is_secret_value
from httptask.core.words import words
from httptask.importers.drafts import Draft
from httptask.importers.holes import fill, has_hole, only_hole
from httptask.importers.secret_names import SecretNames

_SESSION: Final = re.compile(r"sess|sid$|^sid|auth|token|csrf|xsrf|jwt|remember", re.IGNORECASE)


@dataclass(slots=True)
class Texts:
    """Writes the texts of one request.

    Attributes:
        draft: the request.
        names: names of the secrets, those of other requests included.
        references: task reference names of all requests.
        inputs: names of the inputs that the texts need.
        secrets: names of the secrets that they need.
        follows: the requests whose output they use.
    """

    draft: Draft
    names: SecretNames
    references: Sequence[str]
    inputs: dict[str, None] = field(default_factory=dict)
    secrets: dict[str, None] = field(default_factory=dict)
    follows: set[int] = field(default_factory=set)

    def plain(self, text: str) -> str:
        """Return a text that is not a secret; a variable in it may be one by its own name."""
        return fill(self._without_dollar(text), _escaped, self._hole)

    def secret(self, text: str, place: str) -> str:
        """Return a text that is a secret as a whole."""
        if not text:
            return ""
        if only_hole(text):
            return fill(text, str, self._secret_hole)
        if has_hole(text):
            return fill(self._without_dollar(text), _escaped, self._secret_hole)
        return self._reference(self.names.of_value(text, place, self.draft.url))

    def at(self, place: str, text: str) -> str:
        """Return a text of a parameter, a form field or a member of a JSON body."""
        if is_secret_name(place) or is_secret_value(text):
            return self.secret(text, place)
        return self.plain(text)

    def member(self, place: str, text: str) -> str:
        """Return a text of a JSON body, where a ``key`` is most often not a secret."""
        if words(place) == ["key"] and not is_random(text):
            return self.plain(text)
        return self.at(place, text)

    def header(self, name: str, text: str) -> str:
        """Return the value of a header."""
        lowered = name.lower()
        if lowered == "cookie":
            return "; ".join(self._cookie(pair) for pair in text.split(";"))
        scheme, blank, rest = text.partition(" ")
        if lowered in ("authorization", "proxy-authorization") and blank and rest:
            return f"{self.plain(scheme)} {self.secret(rest.strip(), _credential(name))}"
        if lowered in ("authorization", "proxy-authorization") or is_random(text):
            return self.secret(text, _credential(name))
        return self.at(name, text)

    def _cookie(self, pair: str) -> str:
        name, equals, value = pair.strip().partition("=")
        if _SESSION.search(name) or is_secret_name(name) or is_random(value):
            return f"{self.plain(name)}{equals}{self.secret(value, f'{name} cookie')}"
        return self.plain(f"{name}{equals}{value}")

    def _hole(self, kind: str, name: str) -> str:
        if kind in "ex":
            return self._known(kind, name)
        if kind == "s" or is_secret_name(name):
            return self._reference(self.names.of_variable(name))
        made = identifier(name)
        self.inputs[made] = None
        return f"${{workflow.input.{made}}}"

    def _secret_hole(self, kind: str, name: str) -> str:
        if kind in "ex":
            return self._known(kind, name)
        return self._reference(self.names.of_variable(name))

    def _known(self, kind: str, name: str) -> str:
        """Return an earlier output, or an expression as it is written."""
        if kind == "x":
            return f"${{{name}}}"
        index, _, path = name.partition(".")
        self.follows.add(int(index))
        return f"${{{self.references[int(index)]}.output.{path}}}"

    def _reference(self, name: str) -> str:
        self.secrets[name] = None
        return f"${{workflow.secrets.{name}}}"

    def _without_dollar(self, text: str) -> str:
        """Leave out a ``$`` before a hole: with the hole's own it would read as an escape."""
        if "$\ufdd0" not in text:
            return text
        message = "a $ before a variable cannot be written: it is left out"
        self.draft.lose(self.draft.pointer, "expression_unsupported", message)
        return re.sub(r"\$+\ufdd0", "\ufdd0", text)


def identifier(name: str) -> str:
    """Return a name that an expression can hold."""
    made = re.sub(r"\W+", "_", name, flags=re.ASCII).strip("_") or "value"
    return f"_{made}" if made[0].isdigit() else made


def _escaped(text: str) -> str:
    return text.replace("${", "$${")


def _credential(name: str) -> str:
    return "token" if name.lower() == "authorization" else name
