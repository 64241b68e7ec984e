"""Let the machine's clock jump while runs wait: no wait is longer or shorter for it.

python tests/campaigns/clocks.py [JUMPS]
"""

from __future__ import annotations

import random
import time
from pathlib import Path
from typing import Any

from campaign import Json, Place, http, in_process, main, model, task

from httptask.definition.workflow import TaskDef

WAIT = 1.2
HOUR = 3600 * 1_000_000_000


def run(size: int, folder: Path) -> Json:
    chance = random.Random(size)
    worst = 0.0
    for number in range(size):
        place = Place(folder / f"w{number}")
        place.folder.mkdir(parents=True)
        jump = chance.choice([-1, 1]) * chance.randint(1, 1000) * HOUR
        worst = max(worst, _one(place, jump, restarted=chance.random() < 0.5))
    return {"jumps": size, "worst": round(worst, 2), "lost": 0, "hung": 0}


def _one(place: Place, jump: int, *, restarted: bool) -> float:
    """Wait before a task, the clock jumping meanwhile; return the seconds that it took too long."""
    began = time.monotonic()
    if restarted:  # killed at the write that follows the timer's
        assert in_process(lambda: _go(place, 0), kill_at=4) in (0, -9)
    assert in_process(lambda: _go(place, jump)) == 0
    took = time.monotonic() - began
    document = place.document("r")
    assert document is not None
    assert document["status"] == "COMPLETED", document.get("reasonForIncompletion")
    for entry in document["tasks"]:
        taken = entry["endTime"] - document["createTime"]
        assert 0 <= taken < 60_000, "the run's time has jumped"
    assert took >= WAIT, f"a wait of {WAIT} s was over after {took:.2f} s"
    assert took < WAIT + 20, f"a wait of {WAIT} s took {took:.2f} s"
    return took - WAIT


def _go(place: Place, jump: int) -> None:
    script = task("INLINE", "i", {"evaluatorType": "javascript", "expression": "1"})
    definition = model(
        {
            "name": "w",
            "tasks": [{**http("a"), "startDelay": 2}, script],
            "timeoutSeconds": 50,
            "timeoutPolicy": "TIME_OUT_WF",
        }
    )
    real: Any = time.time_ns
    began = time.monotonic()

    def jumped() -> int:
        return int(real()) + (jump if time.monotonic() - began > 0.3 else 0)

    time.time_ns = jumped  # type: ignore[assignment]
    time.time = lambda: jumped() / 1e9
    with place.engine() as engine:
        engine.run(definition, workflow_id="r", task_defs={"a": TaskDef(name="a")})


if __name__ == "__main__":
    main("clocks", run, 20)
