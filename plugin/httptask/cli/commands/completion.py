"""``httptask completion``: shell completion."""

from __future__ import annotations

import click

from httptask.cli.options import documented
from httptask.cli.output import print_json, say


@documented(
    "completion",
    """
    eval "$(httptask completion bash)"
    eval "$(httptask completion zsh)"
    httptask completion fish > ~/.config/fish/completions/httptask.fish
    """,
)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def command(shell: str, as_json: bool) -> None:
    """Print the completion script of a shell.

    It completes commands, options and files; operation ids, APIs, run ids and connections; the
    references of tasks and, behind -i, the inputs of the definition or run that stands before.
    """
    from httptask.cli.shells import script_of

    script = script_of(shell)
    if as_json:
        print_json({"shell": shell, "script": script})
    else:
        say(script)
