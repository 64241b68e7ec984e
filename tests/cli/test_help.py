"""Help: every command has examples, and the examples parse."""

from __future__ import annotations

import itertools
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest

from httptask.cli.app import SECTIONS, cli


def commands() -> Iterator[tuple[tuple[str, ...], click.Command]]:
    context = click.Context(cli)
    for name in cli.list_commands(context):
        found = cli.get_command(context, name)
        assert found is not None
        yield (name,), found
        if isinstance(found, click.Group):
            for inner, each in found.commands.items():
                yield (name, inner), each


PLAIN = {"limit", "threads", "processes"}  # the default says it all
COMMANDS = dict(commands())


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_help_has_examples_that_parse(invoke: Any, path: tuple[str, ...]) -> None:
    Path("flows").mkdir()
    ran = invoke(*path, "--help")
    assert ran.code == 0
    assert ran.err == ""
    _, _, text = ran.out.partition("\nExamples:\n")
    examples = [line.strip() for line in text.splitlines() if line.strip()]
    assert examples, "no examples"
    for example in examples:
        _parse(example, path)


def _parse(example: str, path: tuple[str, ...]) -> None:
    inner = re.search(r"\$\((httptask [^)]*)\)", example)
    words = shlex.split(inner[1] if inner else re.split(r" [>|] ", example)[0])
    words = list(itertools.dropwhile(lambda word: re.match(r"[A-Z_]+=", word), words))
    assert words[0] == "httptask"
    context = click.Context(cli, info_name="httptask")
    found: click.Command | None = cli
    rest, names = words[1:], []
    while isinstance(found, click.Group):
        name, found, rest = found.resolve_command(context, rest)
        names.append(name)
    assert tuple(names[: len(path)]) == path
    assert found is not None
    found.make_context(names[-1], rest, parent=context)


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_help_fits_a_narrow_terminal(
    invoke: Any, path: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    text, _, _ = invoke(*path, "--help").out.partition("\nExamples:\n")
    assert text
    assert [line for line in text.splitlines() if len(line) > 80] == []


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_every_command_takes_json_and_documents_its_options(path: tuple[str, ...]) -> None:
    found = COMMANDS[path]
    if isinstance(found, click.Group):
        return
    options = [each for each in found.params if isinstance(each, click.Option)]
    assert "--json" in {name for each in options for name in each.opts}
    assert [each.name for each in options if not each.help and each.name not in PLAIN] == []


def test_the_list_of_commands_says_what_each_does(invoke: Any) -> None:
    ran = invoke("--help")
    for name, what in (item for section in SECTIONS.values() for item in section.items()):
        assert re.search(rf"^  {name} +{re.escape(what[:40])}", ran.out, re.MULTILINE)


def test_no_arguments_show_the_help(invoke: Any) -> None:
    ran = invoke()
    assert ran.code == 2
    assert ran.out == ""
    assert "Start here:" in ran.err


def test_version(invoke: Any) -> None:
    ran = invoke("--version")
    assert ran.code == 0
    assert re.fullmatch(r"httptask, version \d+\.\d+\.\d+\S*\n", ran.out)


@pytest.mark.parametrize(
    ("arguments", "meant"),
    [
        (["tset"], "test"),
        (["catlog"], "catalog"),
        (["runs", "prun"], "prune"),
        (["catalog", "lst"], "list"),
        (["schema", "workflw"], "workflow"),
        (["test", "task.json", "--jso"], "--json"),
    ],
)
def test_did_you_mean(invoke: Any, arguments: list[str], meant: str) -> None:
    ran = invoke(*arguments)
    assert ran.code == 2
    assert f"Did you mean '{meant}'?" in ran.err
