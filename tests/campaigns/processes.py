"""Many processes on one new folder, forks of a process that runs things, one run for many.

python tests/campaigns/processes.py [PROCESSES]
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

from campaign import Json, Place, in_process, main, workflow

from httptask.errors import EngineError


def run(size: int, folder: Path) -> Json:
    return {
        "new folder": _new_folder(size, Place(_made(folder / "new"))),
        "one run": _one_run(max(2, size // 5), Place(_made(folder / "one"))),
        "forks": _forks(size, Place(_made(folder / "forks"))),
        "orphan": _orphan(Place(_made(folder / "orphan"))),
        "lost": 0,
        "hung": 0,
        "repeated": 0,
    }


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True)
    return folder


def _together(size: int, work: Any) -> list[int]:
    """Do something in as many processes at once; return their exit codes."""
    codes: list[int] = []
    threads = [
        threading.Thread(target=lambda n=n: codes.append(in_process(lambda: work(n))))
        for n in range(size)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return codes


def _new_folder(size: int, place: Place) -> int:
    """All begin at the same moment, on a folder that is not there yet."""

    def work(number: int) -> None:
        with place.engine() as engine:
            document = engine.run(workflow("fork"), workflow_id=f"r{number}")
        assert document["status"] == "COMPLETED"
        assert all(_is_own(entry, f"r{number}") for entry in document["tasks"])

    codes = _together(size, work)
    assert codes == [0] * size, Counter(codes)
    with place.engine() as engine:
        assert len(engine.list(limit=-1)) == size
    for number in range(size):
        assert set(place.calls(f"r{number}").values()) == {1}
    return size


def _is_own(entry: Json, run_id: str) -> bool:
    return entry["taskType"] != "HTTP" or entry["outputData"]["run"] == run_id


def _one_run(size: int, place: Place) -> int:
    """All want to execute the same run: one does."""

    def work(_: int) -> None:
        with place.engine() as engine:
            try:
                engine.run(workflow("chain"), workflow_id="r")
            except EngineError as error:
                if error.code != "run_active":
                    raise

    assert _together(size, work) == [0] * size
    document = place.document("r")
    assert document is not None
    assert document["status"] == "COMPLETED"
    assert set(place.calls("r").values()) == {1}
    return size


def _forks(size: int, place: Place) -> int:
    """An engine with runs under way is used by forked children, and goes on itself."""
    nested, forked = workflow("nested"), workflow("fork")  # pydantic has locks of its own
    with place.engine() as engine:
        stop = threading.Event()
        mine: list[str] = []

        def go_on() -> None:
            while not stop.is_set():
                mine.append(engine.run(nested)["status"])

        threads = [threading.Thread(target=go_on) for _ in range(3)]
        for thread in threads:
            thread.start()

        def work(number: int) -> None:
            document = engine.run(forked, workflow_id=f"child{number}")
            assert document["status"] == "COMPLETED"
            assert all(_is_own(entry, f"child{number}") for entry in document["tasks"])

        codes = [in_process(lambda n=n: work(n)) for n in range(size)]
        stop.set()
        for thread in threads:
            thread.join()
    assert codes == [0] * size, Counter(codes)
    assert set(mine) == {"COMPLETED"}
    for number in range(size):
        assert set(place.calls(f"child{number}").values()) == {1}
    return size


def _orphan(place: Place) -> int:
    """A killed process's run is free, although a child of it lives on."""
    reading, writing = os.pipe()

    def parent() -> None:
        real = place.step

        def dies(task: Any, context: Any, execution: Any) -> Any:
            real(task, context, execution)
            child = os.fork()
            if not child:
                time.sleep(30)
                os._exit(0)
            os.write(writing, f"{child}\n".encode())
            os.kill(os.getpid(), signal.SIGKILL)

        place.step = dies  # type: ignore[method-assign]
        with place.engine() as engine:
            engine.run(workflow("chain"), workflow_id="r")

    assert in_process(parent) == -9
    child = int(os.read(reading, 100))
    try:
        with place.engine() as engine:
            assert not engine.list()[0].active
            assert engine.resume("r")["status"] == "COMPLETED"
    finally:
        os.kill(child, signal.SIGKILL)
        os.close(reading)
        os.close(writing)
    return 1


if __name__ == "__main__":
    main("processes", run, 50)
