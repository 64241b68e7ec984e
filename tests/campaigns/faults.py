"""Let the machine fail while runs go on: each is left unfinished, or done; never lost.

python tests/campaigns/faults.py [FAULTS]
"""

from __future__ import annotations

import errno
import random
import resource
import signal
import sqlite3
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from campaign import KINDS, Json, Place, in_process, main, methods, workflow

from httptask.engines.embedded import journal
from httptask.errors import EngineError

LEFT = {"run_interrupted", "observer_failed", "store_failed", "store_unusable"}
Chance = random.Random


def run(size: int, folder: Path) -> Json:
    chance = random.Random(size)
    seen: Counter[str] = Counter()
    for number in range(size):
        kind, fault = chance.choice(list(KINDS)), chance.choice(list(FAULTS))
        place = Place(folder / f"w{number}")
        place.folder.mkdir(parents=True)
        seed = chance.random()
        assert in_process(lambda k=kind, f=fault, p=place, s=seed: _faulty(p, k, f, s)) == 0
        _goes_on(place, kind, fault)
        seen[fault] += 1
    return {"faults": dict(seen), "lost": 0, "hung": 0, "repeated": 0}


def _faulty(place: Place, kind: str, fault: str, seed: float) -> None:
    with place.engine() as engine:
        engine.run(workflow("chain"), workflow_id="warm")
        options = FAULTS[fault](place, random.Random(seed)) or {}
        try:
            engine.run(workflow(kind), workflow_id="r", **options)
        except EngineError as error:
            if error.code not in LEFT:
                raise


def _goes_on(place: Place, kind: str, fault: str) -> None:
    blocked = place.folder / "files"
    if blocked.is_file():
        blocked.unlink()

    def go_on() -> None:
        with place.engine() as engine:
            engine.run(workflow(kind), workflow_id="r")

    assert in_process(go_on) == 0
    document = place.document("r")
    assert document is not None
    codes = {(entry.get("error") or {}).get("code") for entry in document["tasks"]}
    good = document["status"] == "COMPLETED" or "outcome_unknown" in codes
    assert good, f"{fault}: {document['status']} {document.get('reasonForIncompletion')}"
    of = methods(kind)
    for name, times in place.calls("r").items():
        if of[name.partition("/")[0]] == "POST":
            assert times == 1, f"{fault}: {name} was repeated"


def _raising(error: Callable[[], BaseException]) -> Callable[[Place, Chance], None]:
    def fault(place: Place, chance: Chance) -> None:
        real, at, made = place.step, chance.randint(1, 6), [0]

        def step(task: Any, context: Any, execution: Any) -> Any:
            made[0] += 1
            if made[0] == at:
                raise error()
            return real(task, context, execution)

        place.step = step  # type: ignore[method-assign]

    return fault


def _no_space(place: Place, chance: Chance) -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    log = place.folder / "runs" / "journal.db-wal"
    limit = log.stat().st_size + chance.randint(0, 60_000)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))


def _no_files(place: Place, chance: Chance) -> None:
    del place
    used = len(list(Path("/dev/fd").iterdir()))
    resource.setrlimit(resource.RLIMIT_NOFILE, (used + chance.randint(0, 3), 4096))


def _blocked(place: Place, chance: Chance) -> None:
    del chance
    (place.folder / "files").write_text("in the way")


def _locked(place: Place, chance: Chance) -> None:
    journal.PATIENCE = 0.0  # type: ignore[misc]
    other = sqlite3.connect(
        place.folder / "runs" / "journal.db", isolation_level=None, check_same_thread=False
    )

    def hold() -> None:
        other.execute("BEGIN IMMEDIATE")

    timer = threading.Timer(chance.random() * 0.05, hold)
    timer.daemon = True
    timer.start()


def _observed(place: Place, chance: Chance) -> dict[str, Any]:
    del place
    at, seen = chance.randint(1, 12), [0]

    def watch(event: Any) -> None:
        del event
        seen[0] += 1
        if seen[0] == at:
            raise ValueError("a bug")

    return {"watch": watch}


FAULTS: dict[str, Callable[[Place, Chance], Any]] = {
    "disk full": _no_space,
    "too many open files": _no_files,
    "files cannot be stored": _blocked,
    "locked": _locked,
    "observer": _observed,
    "out of memory": _raising(MemoryError),
    "no space for a task": _raising(lambda: OSError(errno.ENOSPC, "No space left on device")),
    "a bug": _raising(ZeroDivisionError),
}

if __name__ == "__main__":
    main("faults", run, 200)
