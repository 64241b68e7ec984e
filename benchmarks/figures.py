"""Run the benchmarks and write their figures into the rows of ``docs/figures.md``.

    python benchmarks/figures.py [--server URL] [--only WORD ...] [--page FILE]

A row of the page is ``what | figure | goal | met | measured | by``. What, goal and the command are
written by hand; this program runs each command once, in a process of its own, and writes the
figure, whether the goal is met, and when and where it was measured. A row keeps what it has if its
benchmark does not run: without ``--server`` those that need a Conductor server, those that
``--only`` leaves out, and those that fail, which is said. `READ` tells how a figure is read.
"""

from __future__ import annotations

import argparse
import operator
import os
import platform
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "figures.md"
MACHINES = "Machines:"
BUSY = 0.25

READ: dict[str, dict[str, str]] = {
    "benchmarks/task.py": {
        "whole task / bare `requests.Session.request`": r"Session\.request: (\S+);",
        "five plugin layers, traced, add": r"layers add: (\S+);",
        "ten plugins that the task does not use add": r"unused plugins add: (\S+);",
    },
    "benchmarks/layers.py": {
        "`limits` adds to a task": r"limits add: (\S+) us",
        "a stored response adds to a task": r"stored response adds: (\S+) us",
        "a revalidated response adds to a task": r"revalidated response adds: (\S+) us",
        "10 pages add to a task": r"pages add: (\S+) us",
    },
    "benchmarks/startup.py": {"`httptask --help` / `python -c pass`": r"-c pass: (\S+)"},
    "benchmarks/cold.py": {
        "cold `httptask run` / a script with `requests`": r"cold: .* = ([\d.]+)",
        "`run_workflow` / a run on an open engine": r"run_workflow: .* = ([\d.]+)",
    },
    "benchmarks/memory.py": {"memory that grows while 1 GiB is streamed": r"file +\+(\S+) MiB"},
    "benchmarks/check.py": {"first check of a workflow of 200 tasks": r'"first": (\d+)'},
    "benchmarks/durable.py": {"durable tasks / a bare `requests.Session` loop": r"loop = ([\d.]+)"},
    "benchmarks/durable.py --at-once 100": {
        "100 durable runs at once / 100 sessions in threads": r"loop = ([\d.]+)"
    },
    "benchmarks/many.py": {
        "memory of each of 1,000 calls of 5 s in flight": r"in flight: (\d+) KiB",
        "1,000 unfinished runs continued, to their end": r"continued: (\S+) s",
        "10,000 runs listed": r"listed: (\S+) s",
    },
    "benchmarks/long_loop.py": {
        "the last 1,000 of 100,000 steps / the first 1,000": r"first = ([\d.]+)"
    },
    "benchmarks/editor_panel.py": {
        "editor panel: open to usable": r"usableMs +(\d+)",
        "editor panel: an empty page to usable, beside it": r"emptyMs +(\d+)",
        "editor panel: first paint of a body of 5 MB": r"bodyPaintMs +(\d+)",
        "editor panel: a workflow of 200 steps painted": r"stepsMs +(\d+)",
        "editor panel: heap that grows over 200 tests": r"heapGrowthMB +(\S+)",
    },
    "benchmarks/editor_search.py": {
        "editor panel: letter to hits, of 62,000 operations": r"'typedP50Ms': ([\d.]+)"
    },
    "benchmarks/conductor_speed.py": {
        "worker / built-in task, 200 workflows of one": r'"worker / builtin, 200x1": \[([\d.]+)',
        "worker / built-in task, 30 workflows of ten": r'"worker / builtin, 30x10": \[([\d.]+)',
        "embedded engine / built-in task, 200 of one": r'"embedded / builtin, 200x1": \[([\d.]+)',
        "embedded engine / built-in task, 30 of ten": r'"embedded / builtin, 30x10": \[([\d.]+)',
    },
    "benchmarks/slow.py": {
        "worker / built-in task, calls of 5 s": r'"worker / builtin": ([\d.]+)',
        "calls of 5 s in flight in a worker": r'"most_under_way": (\d+)',
        "memory of each of them": r'"each_KiB": ([\d.]+)',
    },
}
"""By command, as it stands in a row: what each figure is called there, and where it is printed."""

ON_A_SERVER = ("benchmarks/conductor_speed.py", "benchmarks/slow.py")
_COMPARED = {"<=": operator.le, ">=": operator.ge}


@dataclass(frozen=True)
class Row:
    """One line of a table of the page."""

    what: str
    figure: str
    goal: str
    met: str
    measured: str
    by: str

    @classmethod
    def read(cls, line: str) -> Row | None:
        """Return the row that a line is, if it is one."""
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        is_row = line.startswith("|") and len(cells) == 6 and cells[0] not in ("what", "---")
        return cls(*cells) if is_row else None

    @property
    def command(self) -> str:
        """What is run for the figure."""
        return self.by.strip("`")

    def line(self) -> str:
        """Return the row as a line of the page."""
        cells = (self.what, self.figure, self.goal, self.met, self.measured, self.by)
        return f"| {' | '.join(cells)} |"

    def with_figure(self, figure: str, measured: str) -> Row:
        """Return the row with a new number before its unit."""
        met, unit = "", self.figure.split()[1:]
        if self.goal:
            sign, goal, *_ = self.goal.split()
            is_met = _COMPARED[sign](float(figure), float(goal))
            met = "yes" if is_met else "**no**"
        return replace(self, figure=" ".join([figure, *unit]), met=met, measured=measured)


def printed_by(command: str, server: str) -> str:
    """Run a benchmark; return what it prints. A missed goal may be its exit code."""
    words = [sys.executable, *command.split(), *(("--server", server) if server else ())]
    done = subprocess.run(words, check=False, cwd=ROOT, capture_output=True, text=True)
    if done.stderr:
        print(done.stderr[-2000:], file=sys.stderr)
    return done.stdout


def figures(command: str, output: str) -> Iterator[tuple[str, str]]:
    """Give what each figure of a benchmark's output is called, and the figure."""
    for what, pattern in READ[command].items():
        found = re.findall(pattern, output)
        if found:
            yield what, found[-1]
        else:
            print(f"{command}: no figure for {what!r}", file=sys.stderr)


def entered(page: str, found: dict[str, str], measured: str) -> str:
    """Return the page with figures in their rows, by what the rows are called."""

    def line(text: str) -> str:
        row = Row.read(text)
        if row and row.what in found:
            return row.with_figure(found[row.what], measured).line()
        return text

    return "\n".join(map(line, page.split("\n")))


def on_machine(page: str, machine: str) -> tuple[str, str]:
    """Return the page with the machine in its list, and the machine's letter there."""
    head, _, rest = page.partition(MACHINES)
    listed, _, tail = rest.partition("\n\n")
    known = dict(re.findall(r"(\w) is (.+?)(?:;|\.$)", listed.replace("\n", " ").strip()))
    letters = {name: letter for letter, name in known.items()}
    letter = letters.setdefault(machine, chr(ord("A") + len(known)))
    told = "; ".join(f"{letter} is {name}" for name, letter in letters.items())
    return f"{head}{MACHINES} {told}.\n\n{tail}", letter


def this_machine() -> str:
    """Tell the processors, the system and the Python that figures are of."""
    python = platform.python_version()
    return f"{os.cpu_count()} x {_processor()}, {platform.system()}, Python {python}"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.machine()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())


def main() -> None:
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("--server", default="", help="address of a Conductor server")
    parser.add_argument("--only", nargs="+", metavar="WORD", help="commands with such a word")
    parser.add_argument("--page", type=Path, default=PAGE)
    asked = parser.parse_args()
    busy = ", busy" if os.getloadavg()[0] > BUSY * (os.cpu_count() or 1) else ""
    for command in READ:
        on_a_server = command in ON_A_SERVER
        if on_a_server and not asked.server:
            continue
        if asked.only and not any(word in command for word in asked.only):
            continue
        print(command, flush=True)
        found = dict(figures(command, printed_by(command, asked.server if on_a_server else "")))
        page, letter = on_machine(asked.page.read_text("utf-8"), this_machine())
        measured = f"{datetime.now(UTC):%Y-%m-%d} {letter}{busy}"
        asked.page.write_text(entered(page, found, measured), "utf-8")
        for what, figure in found.items():
            print(f"  {what}: {figure}")


if __name__ == "__main__":
    main()
