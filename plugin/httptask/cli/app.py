"""The group of all commands; each is imported only when it is used."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from keyword import iskeyword
from typing import Any

import click

from httptask import __version__
from httptask.cli.groups import SuggestingGroup

SECTIONS: dict[str, dict[str, str]] = {
    "Find and prepare": {
        "search": "Search the catalogue for an operation.",
        "show": "Show the documentation of an operation.",
        "new": "Write an HTTP task for an operation.",
        "add": "Add an operation to a workflow definition as an HTTP task.",
        "import": "Make HTTP tasks of curl commands, HAR and collections.",
        "catalog": "Add, list, update and remove API descriptions.",
    },
    "Try and check": {
        "test": "Test one request, as production would send it.",
        "check": "Check definitions before anything runs.",
        "rename": "Give a task another reference, wherever it is referred to.",
        "verify": "Run tests of workflows, without a network.",
        "fixtures": "Turn a HAR into fixtures, and fixtures into a HAR.",
        "eval": "Evaluate ${...} expressions.",
        "auth": "Add, list and show connections, sign in and out.",
    },
    "Run": {
        "run": "Run a workflow definition durably.",
        "runs": "List, show, pause, end, complete, serve and prune runs.",
        "resume": "Continue a run that was interrupted, or failed.",
        "deploy": "Register a workflow on a Conductor server.",
        "start": "Start a registered workflow on a Conductor server.",
        "worker": "Execute HTTP tasks for a Conductor server.",
    },
    "Embed and extend": {
        "serve": "Open the editor panel.",
        "plugins": "Show which plugin implements what.",
        "schema": "Print the JSON Schemas of definitions and results.",
        "completion": "Print a shell completion script.",
        "demo": "Search, add, test and run the documented operation.",
    },
}

EPILOG = """\b
Start here:
  httptask demo                               the whole way, on this machine
  httptask search "generate an image"
  httptask add flow.json digitalocean-inference/post-v1-images-generations --ref image
  httptask test flow.json --task image -i prompt="a red kite" -i n=1 -i model=NAME
  httptask run flow.json -i prompt="a red kite" -i n=1 -i model=NAME
"""


class Commands(SuggestingGroup):
    """A group that knows its commands' names and help without importing them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names, in the order of the help."""
        del ctx
        return [name for section in SECTIONS.values() for name in section]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one command."""
        if cmd_name not in self.list_commands(ctx):
            return None
        name = f"{cmd_name}_" if iskeyword(cmd_name) else cmd_name
        module = importlib.import_module(f"httptask.cli.commands.{name}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands in their sections."""
        del ctx
        for title, commands in SECTIONS.items():
            with formatter.section(title):
                formatter.write_dl(list(commands.items()))


@click.group(
    cls=Commands,
    epilog=EPILOG,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="httptask")
def cli() -> None:
    """The HTTP step for workflow engines: search an API, test the request, map its outputs, run it.

    Every command takes --json: one JSON document on standard output, all else on standard error.
    Exit codes: 0 done, 1 the task or workflow failed, 2 the definition or the call is wrong.
    """


def run(arguments: Sequence[str]) -> int:
    """Run the command line and return the exit code."""
    try:
        code: Any = cli.main(list(arguments), prog_name="httptask", standalone_mode=False)
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - each has its own end
        from httptask.cli.failures import report  # start-up: only for a failure

        return report(error, as_json="--json" in arguments)
    return code if isinstance(code, int) else 0
