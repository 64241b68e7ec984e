"""The completion scripts of shells: click's, and what sets no blank behind a word that goes on.

Such words are ``prompt=`` after ``-i``, and the name of an API with its slash.
"""

from __future__ import annotations

from typing import Final

from click.shell_completion import get_completion_class

from httptask.cli.app import cli
from httptask.cli.completing import PART

_BASH: Final = f"""        elif [[ $type == '{PART}' ]]; then
            COMPREPLY+=($value)
            compopt -o nospace
"""
_ZSH: Final = f"""        elif [[ "$type" == "{PART}" ]]; then
            compadd -S '' -- "$key"
"""
_FISH: Final = f"""        else if test $metadata[1] = "{PART}";
            echo $metadata[2];
"""
_ADDED: Final = {
    "bash": ("        elif [[ $type == 'plain' ]]; then\n", _BASH),
    "zsh": ('        elif [[ "$type" == "dir" ]]; then\n', _ZSH),
    "fish": ('        else if test $metadata[1] = "plain";\n', _FISH),
}


def script_of(shell: str) -> str:
    """Return the script of bash, zsh or fish."""
    kind = get_completion_class(shell)
    assert kind is not None  # noqa: S101 - click knows these shells
    before, added = _ADDED[shell]
    return kind(cli, {}, "httptask", "_HTTPTASK_COMPLETE").source().replace(before, added + before)
