"""Variables of a source: ``{{name}}`` in its texts."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from httptask.importers.drafts import Draft
from httptask.importers.holes import output_of, secret, variable
from httptask.importers.texts import identifier

_PLACE: Final = re.compile(r"\{\{\s*([^{}]{1,300}?)\s*\}\}")
_BASE: Final = re.compile(r"https?://", re.IGNORECASE)
_IN_ORIGIN: Final = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.-]*://)?[^/?#]*")
_HOPS: Final = 5
MOST: Final = 2_000
"""Characters of a value that is put in literally, and of an address that it is put into."""


@dataclass(slots=True)
class Variables:
    """What the variables of a source stand for.

    Attributes:
        values: values by name.
        secrets: names of those that the source calls secret.
        outputs: holes for those that an earlier request's response gives.
        defaults: where the values of those that become inputs are noted.
    """

    values: dict[str, Any] = field(default_factory=dict)
    secrets: set[str] = field(default_factory=set)
    outputs: dict[str, str] = field(default_factory=dict)
    defaults: dict[str, Any] = field(default_factory=dict)

    def text(self, written: str, dynamic: Callable[[str], str] | None = None) -> str:
        """Return a text with a hole for each variable.

        Args:
            written: the text.
            dynamic: what stands for a name that begins with ``$``.
        """
        return _PLACE.sub(lambda found: self._one(found[1], dynamic), written)

    def url(self, written: str, dynamic: Callable[[str], str] | None = None) -> str:
        """Return an address: a variable of its origin, or that holds one, is put in literally."""
        text = written.strip()
        for _ in range(_HOPS):
            origin = _IN_ORIGIN.match(_PLACE.sub(lambda found: "x" * len(found[0]), text))
            end = origin.end() if origin else 0
            put = _PLACE.sub(self._literal, text[:end]) + text[end:]
            if put == text or len(put) > MOST:
                break
            text = put
        return self.text(text, dynamic)

    def set_by(self, draft: Draft, index: int, paths: Mapping[str, str]) -> None:
        """Make outputs of the variables that a request's script sets.

        Args:
            draft: the request.
            index: its index among all of the source.
            paths: paths in the response's body, by the variables' names.
        """
        for name, path in paths.items():
            output = identifier(name)
            draft.output[output] = f"$.response.body{path}"
            self.outputs[name] = output_of(index, output)

    def _literal(self, found: re.Match[str]) -> str:
        name = found[1]
        value = self.values.get(name)
        known = isinstance(value, str) and 0 < len(value) <= MOST and name not in self.secrets
        return str(value) if known and name not in self.outputs else found[0]

    def _one(self, name: str, dynamic: Callable[[str], str] | None) -> str:
        if name in self.outputs:
            return self.outputs[name]
        for prefix in ("process.env.", "$dotenv ", "$processEnv "):
            if name.startswith(prefix):
                return secret(name.removeprefix(prefix).strip())
        if name.startswith("$") and dynamic:
            return dynamic(name)
        value = self.values.get(name)
        if name in self.secrets:
            return secret(name)
        if _is_base(value):
            return str(value)
        if value not in (None, "") and not (isinstance(value, str) and "{{" in value):
            self.defaults.setdefault(name, value)
        return variable(name)


def _is_base(value: Any) -> bool:
    known = isinstance(value, str) and len(value) <= MOST and "{{" not in value
    return known and _BASE.match(value) is not None


def dynamic_in(draft: Draft, pointer: str) -> Callable[[str], str]:
    """Return what makes an input of a value that the source makes anew for each call."""

    def made(name: str) -> str:
        message = f"{{{{{name[:60]}}}}} is made anew for each call: an input takes the place"
        draft.lose(pointer, "dynamic_value", message)
        return variable(name.split(maxsplit=1)[0].lstrip("$"))

    return made


def graphql(query: str, variables: str) -> str:
    """Return the JSON body of a GraphQL request, holes in its variables included."""
    given = variables.strip()
    return f'{{"query": {json.dumps(query, ensure_ascii=False)}' + (
        f', "variables": {given}}}' if given else "}"
    )


def named_values(pairs: Mapping[str, Any]) -> dict[str, Any]:
    """Return nested values by their dotted names."""
    found: dict[str, Any] = {}
    stack: list[tuple[str, Any]] = [("", pairs)]
    while stack:
        prefix, value = stack.pop()
        if isinstance(value, Mapping):
            stack += [
                (f"{prefix}.{key}" if prefix else str(key), item) for key, item in value.items()
            ]
        else:
            found[prefix] = value
    return found
