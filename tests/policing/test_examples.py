"""The examples of the README and of the pages in ``docs`` run.

The blocks of a page run in order in one empty folder:

- ``python`` blocks, each as a script;
- ``console`` blocks: the lines ``$ httptask ...`` (a backslash continues a line), other commands
  are for the reader; the exit code is 0 or what ``<!-- exit: 2 -->`` above the block says. Each
  line that is shown below a command is part of what it prints; ``...`` stands for anything;
- any block under ``<!-- file: NAME -->`` is written to that file;
- a block under ``<!-- not run: REASON -->`` is left alone.
"""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from contextlib import chdir
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from httptask.cli.app import run as run_command_line

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
SECONDS = 100
_BLOCK = re.compile(
    r"^(?:<!-- (?P<mark>not run|file|exit): (?P<value>.+?) -->\n+)?"
    r"```(?P<language>\w+)\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True)
class Script:
    """One command: its words, and what a page shows of its output."""

    words: list[str]
    shown: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Block:
    """One fenced block of a page, with the mark above it."""

    language: str
    text: str
    mark: str = ""
    value: str = ""

    @property
    def commands(self) -> list[Script]:
        """The command lines of a console block that are ours, split as a shell would."""
        parts = re.split(r"^\$ ", self.text.replace("\\\n", " "), flags=re.MULTILINE)[1:]
        found = []
        for line, _, output in (part.partition("\n") for part in parts):
            words = shlex.split(line, comments=True)
            shown = [piece.strip() for piece in re.split(r"\n|\.\.\.", output) if piece.strip()]
            found.append(Script(words, shown))
        return [each for each in found if each.words[:1] == ["httptask"]]

    def scripts(self) -> list[Script]:
        """The commands of this block."""
        if self.mark in ("not run", "file"):
            return []
        if self.language == "python":
            return [Script([sys.executable, "-W", "error", "-c", self.text])]
        if self.language == "console":
            return self.commands
        return []


def blocks(page: str) -> list[Block]:
    """Read the fenced blocks of a page."""
    return [
        Block(found["language"], found["text"], found["mark"] or "", found["value"] or "")
        for found in _BLOCK.finditer(page)
    ]


Play = Callable[[str, Path], int]


@pytest.fixture
def play(capsys: pytest.CaptureFixture[str]) -> Play:
    """Run the blocks of a page in a folder; return how many commands that took.

    Our own commands run in this process, which has imported what each would import again.
    """

    def run(words: list[str], folder: Path) -> tuple[int, str]:
        if words[0] == "httptask":
            with chdir(folder):
                code = run_command_line(words[1:])
            return code, "\n".join(capsys.readouterr())
        done = subprocess.run(words, cwd=folder, capture_output=True, text=True, timeout=SECONDS)
        return done.returncode, f"{done.stdout}\n{done.stderr}"

    def play_page(page: str, folder: Path) -> int:
        count = 0
        for block in blocks(page):
            if block.mark == "file":
                (folder / block.value).write_text(block.text, "utf-8")
            for script in block.scripts():
                count += 1
                code, printed = run(script.words, folder)
                expected = int(block.value) if block.mark == "exit" else 0
                assert code == expected, f"{block.text}\n{printed}"
                assert [each for each in script.shown if each not in printed] == [], printed
        return count

    return play_page


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_examples_of_a_page_run(page: Path, play: Play, tmp_path: Path) -> None:
    text = page.read_text("utf-8")
    if not any(block.scripts() for block in blocks(text)):
        pytest.skip(f"{page.name} has no example to run")
    assert play(text, tmp_path / "work") > 0


def test_blocks_run_in_order_in_one_folder(play: Play, tmp_path: Path) -> None:
    page = (
        "<!-- file: a.txt -->\n```text\nfrom the page\n```\n"
        "```python\nfrom pathlib import Path\n"
        "Path('b.txt').write_text(Path('a.txt').read_text())\n```\n"
        "<!-- exit: 3 -->\n```python\nraise SystemExit(3)\n```\n"
        "<!-- not run: it fails -->\n```python\nraise SystemExit(1)\n```\n"
    )
    assert play(page, tmp_path) == 2
    assert (tmp_path / "b.txt").read_text() == "from the page\n"


def test_an_example_that_fails_is_found(play: Play, tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="no way"):
        play("```python\nraise SystemExit('no way')\n```\n", tmp_path)


def test_only_our_commands_are_run() -> None:
    page = (
        "```console\n$ pip install httptask\n$ httptask run \\\n  'a b.json'  # why\noutput\n```\n"
    )
    (block,) = blocks(page)
    assert block.commands == [Script(["httptask", "run", "a b.json"], ["output"])]


def test_output_that_is_not_printed_is_found(play: Play, tmp_path: Path) -> None:
    page = "```console\n$ httptask eval '${{workflow.input.n}}' --input n=3\n{}\n```\n"
    assert play(page.format("...\n3"), tmp_path) == 1
    with pytest.raises(AssertionError, match="4"):
        play(page.format("4"), tmp_path)
