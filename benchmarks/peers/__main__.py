"""The embedded engine beside Prefect and n8n: chains, slow calls at once, memory, size.

    python benchmarks/peers [--httptask PYTHON] [--prefect PYTHON] [--n8n COMMAND] [--json]

Each executes the same work with its own defaults, one after the other, on an empty store: runs of
one call and of ten calls in a row, which take no time to respond, and 200 runs at once whose call
takes 2 s (in Prefect 200 tasks of one flow). The time of a run is the median of the runs; that of
200 at once is from the first start to the last end. Memory is what all of its processes have at
most together (their shared pages counted once), size what its installation takes on disk.

Prefect has a server of its own, and a run is a call of a flow; n8n is a server, and a run is a call
of a webhook. A peer that is not named is not measured. Install them with ``pip install prefect`` in
an environment of its own, and ``npm install n8n`` in a folder; ``--httptask`` names an environment
with ``httptask[run]`` alone, for its size.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path

SLOW = 2.0
RESPONSE = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
HERE = Path(__file__).parent
MIB = 1024 * 1024


def serve(ready: Callable[[int], None]) -> None:
    """Respond to each request at once, or to those for ``/slow`` after some seconds."""

    async def respond(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                if head.startswith(b"GET /slow"):
                    await asyncio.sleep(SLOW)
                writer.write(RESPONSE)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    async def main() -> None:
        server = await asyncio.start_server(respond, "127.0.0.1", 0, backlog=2000)
        ready(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(main())


class Memory:
    """Watches what a process and its children have in memory."""

    def __init__(self, pid: int) -> None:
        self._pid, self._stop, self.most = pid, threading.Event(), 0.0
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()

    def _watch(self) -> None:
        while not self._stop.wait(0.2):
            self.most = max(self.most, sum(map(_proportional, _family(self._pid))))

    def stop(self) -> float:
        """Watch no more; return the most that was seen, in MiB."""
        self._stop.set()
        self._thread.join()
        return self.most / MIB


def _family(pid: int) -> list[int]:
    """Return a process and all below it."""
    try:
        lists = [*Path(f"/proc/{pid}/task").glob("*/children")]
        children = [int(child) for each in lists for child in each.read_text().split()]
    except OSError:
        return []
    return [pid, *(found for child in children for found in _family(child))]


def _proportional(pid: int) -> int:
    """Return the bytes that a process has in memory; of shared pages its share."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:  # it has ended
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:")), 0)


def size_of(folder: Path) -> float:
    """Return what the files of a folder take on disk, in MiB."""
    found = (each.lstat().st_blocks * 512 for each in folder.rglob("*") if not each.is_symlink())
    return sum(found) / MIB


def measured(command: list[str], url: str, installed: Path) -> dict[str, float]:
    """Run one contestant's program; return what it took."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        child = subprocess.Popen(
            [*command, url, folder], stdout=subprocess.PIPE, text=True, cwd=folder
        )
        memory = Memory(child.pid)
        out, _ = child.communicate()
        most = memory.stop()
    if child.returncode:
        sys.exit(f"{command[1]} failed")
    times: dict[str, float] = json.loads(out.splitlines()[-1])
    return {**times, "memory MiB": round(most), "size MiB": round(size_of(installed))}


def main() -> None:
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("--prefect", type=Path, help="the Python of an environment with prefect")
    parser.add_argument("--n8n", type=Path, help="the command of an installed n8n")
    parser.add_argument("--httptask", type=Path, help="the Python of an environment with httptask")
    parser.add_argument("--json", action="store_true", help="one JSON document")
    asked = parser.parse_args()
    mine, theirs = multiprocessing.Pipe()
    target = multiprocessing.Process(target=serve, args=(theirs.send,), daemon=True)
    target.start()
    url = f"http://127.0.0.1:{mine.recv()}"
    own = Path(os.path.abspath(asked.httptask or sys.executable))  # noqa: PTH100 - not its target
    contestants = {"httptask": ([str(own), str(HERE / "of_httptask.py")], own.parents[1])}
    if asked.prefect:
        python = Path(os.path.abspath(asked.prefect))  # noqa: PTH100
        contestants["prefect"] = ([str(python), str(HERE / "of_prefect.py")], python.parents[1])
    if asked.n8n:
        command = Path(os.path.abspath(asked.n8n))  # noqa: PTH100
        words = [sys.executable, str(HERE / "of_n8n.py"), str(command)]
        contestants["n8n"] = (words, command.parents[1])
    found = {}
    for name, (words, installed) in contestants.items():
        found[name] = measured(words, url, installed)
        if not asked.json:
            shown = ", ".join(f"{what} {value:g}" for what, value in found[name].items())
            print(f"{name}: {shown}", flush=True)
    target.terminate()
    if asked.json:
        print(json.dumps(found))


if __name__ == "__main__":
    main()
