"""The one pattern of scripts that is read: a variable set to a value of the JSON response."""

from __future__ import annotations

import re
from typing import Final

_JSON: Final = re.compile(
    r"(?:pm\.response\.json\(\)|JSON\.parse\(responseBody\)|res\.getBody\(\)|res\.body"
    r"|response\.body|insomnia\.response\.json\(\))"
)
_NAMED: Final = re.compile(rf"(?:const|let|var)\s+(\w+)\s*=\s*{_JSON.pattern}\s*;?\s*\Z")
_SET: Final = re.compile(
    r"(?:pm\.(?:environment|collectionVariables|globals|variables)|postman|client\.global"
    r"|bru|insomnia\.environment)\.set(?:EnvironmentVariable|GlobalVariable|EnvVar|GlobalEnvVar|Var)?"
    r"\(\s*([\"'])([\w.-]{1,100})\1\s*,\s*(.+?)\s*\)\s*;?\s*\Z",
    re.DOTALL,
)
_PATH: Final = re.compile(r"((?:\??\.[A-Za-z_]\w*|\[\d{1,9}\]|\[[\"'][\w-]+[\"']\])*)")


def variables_set(script: str) -> dict[str, str] | None:
    """Return the paths in the response's body that a script puts into variables, by their names.

    Returns:
        Paths such as ``.access.token``; None if the script does anything else.
    """
    names: set[str] = set()
    found: dict[str, str] = {}
    for line in script[:65536].split("\n"):
        statement = line.strip()
        if not statement or statement.startswith("//"):
            continue
        if named := _NAMED.match(statement):
            names.add(named[1])
        elif (given := _SET.match(statement)) and (path := _path(given[3], names)) is not None:
            found[given[2]] = path
        else:
            return None
    return found


def _path(value: str, names: set[str]) -> str | None:
    begin = _JSON.match(value)
    end = begin.end() if begin else 0
    if begin is None:
        word = re.match(r"\w+", value)
        if word is None or word[0] not in names:
            return None
        end = word.end()
    path = _PATH.fullmatch(value, end)
    return (
        None
        if path is None
        else re.sub(r"\[[\"']([\w-]+)[\"']\]", r".\1", path[1]).replace("?", "")
    )
