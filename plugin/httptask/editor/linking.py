"""Modules of the panel as one: a browser fetches it at once, instead of sixty files level by level.

Nothing is built: the server links them when it starts. It reads the plain style that they are
written in (imports and exports with names, no cycles); the libraries in ``vendor`` stay apart.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from posixpath import dirname, normpath
from typing import Final

Read = Callable[[str], str]
"""Returns the text of a module, by its path below the folder of the assets."""

_IMPORT: Final = re.compile(
    r"^(?:import|(?P<again>export)) (?:(?P<names>\{[^}]*\}|\* as \w+) from )?"
    r'"(?P<path>[^"]+)";$',
    re.MULTILINE,
)
_EXPORT: Final = re.compile(r"^export ((?:async )?(?:function|class|const) (\w+))", re.MULTILINE)
_LATER: Final = re.compile(r'\bimport\("([^"]+)"\)')
_HERE: Final = "import.meta.url"


def linked(entry: str, read: Read) -> str:
    """Return the module at a path, with all of ours that it imports.

    Raises:
        ValueError: modules import each other.
    """
    linking = _Linking(read)
    linking.add(entry, ())
    return "\n".join([*linking.vendored.values(), *linking.parts, linking.exports(entry)])


class _Linking:
    """The modules so far, each a function that returns what the module exports."""

    def __init__(self, read: Read) -> None:
        self._read = read
        self._exports: dict[str, list[str]] = {}
        self.vendored: dict[str, str] = {}
        self.parts: list[str] = []

    def add(self, path: str, above: tuple[str, ...]) -> None:
        """Add a module behind those that it imports."""
        if path in above:
            raise ValueError(" -> ".join([*above, path]))
        if path in self._exports:
            return
        text = self._read(path)
        imported = list(_IMPORT.finditer(text))
        for each in imported:
            target = _target(path, each["path"])
            if not target.startswith("vendor/"):
                self.add(target, (*above, path))
            elif target not in self.vendored:
                name = _name(target)
                self.vendored[target] = f'import * as {name} from "./{target}";'
        self._exports[path] = [*_again(imported), *(name for _, name in _EXPORT.findall(text))]
        returned = ", ".join(self._exports[path])
        body = self._body(path, text)
        self.parts.append(
            f"const {_name(path)} = (() => {{\n{body}\nreturn {{ {returned} }};\n}})();"
        )

    def exports(self, path: str) -> str:
        """Return what the whole module exports."""
        names = ", ".join(self._exports[path])
        return f"export const {{ {names} }} = {_name(path)};" if names else ""

    def _body(self, path: str, text: str) -> str:
        def bound(found: re.Match[str]) -> str:
            names = found["names"]
            if names is None:
                return ""
            name = names.removeprefix("* as ") if names[0] == "*" else names.replace(" as ", ": ")
            return f"const {name} = {_name(_target(path, found['path']))};"

        plain = _EXPORT.sub(r"\1", _IMPORT.sub(bound, text))
        lazy = _LATER.sub(lambda found: f'import("./{_target(path, found[1])}")', plain)
        return lazy.replace(_HERE, f'new URL("./{path}", {_HERE}).href')


def _target(path: str, written: str) -> str:
    return normpath(f"{dirname(path)}/{written}").lstrip("/")


def _name(path: str) -> str:
    return "$" + re.sub(r"\W", "_", path)


def _again(imported: list[re.Match[str]]) -> Iterator[str]:
    for each in imported:
        if each["again"]:
            yield from re.findall(r"(\w+)\s*[,}]", each["names"])
