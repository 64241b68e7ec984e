"""Kill runs at random writes, and go on: nothing is lost, hung or done twice.

python tests/campaigns/kills.py [KILLS]
"""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

from campaign import KINDS, Json, Place, in_process, main, methods, workflow

TRIES = 40


def run(size: int, folder: Path) -> Json:
    chance = random.Random(size)
    kills = runs = unknown = 0
    while kills < size:
        kind = chance.choice(list(KINDS))
        place = Place(folder / f"w{runs}")
        place.folder.mkdir(parents=True)
        found = _one(place, kind, chance)
        kills, runs, unknown = kills + found[0], runs + 1, unknown + found[1]
    return {"kills": kills, "runs": runs, "unknown": unknown, "lost": 0, "hung": 0, "repeated": 0}


def _one(place: Place, kind: str, chance: random.Random) -> tuple[int, int]:
    """Run one workflow, killed again and again; return the kills, and whether a POST was asked."""
    kills = asked = 0
    for _ in range(TRIES):
        before, done = place.calls(), place.recorded()
        document = place.document("r")
        ended = document is not None and document["status"] == "FAILED"
        asked += ended
        last = chance.randint(1, 10) if chance.random() < 0.8 else 0
        code = in_process(
            _work(place, kind, resend=ended), kill_at=last, after=chance.random() < 0.5
        )
        assert code in (0, -9), code
        kills += code == -9
        again = place.calls() - before
        assert not done & set(again), f"recorded and done again: {done & set(again)}"
        _check_posts(place, kind, asked)
        document = place.document("r")
        if document is not None and document["status"] == "COMPLETED":
            return kills, bool(asked)
    raise AssertionError(f"{kind} did not come to its end: {document}")


def _work(place: Place, kind: str, *, resend: bool) -> Callable[[], object]:
    def work() -> object:
        with place.engine() as engine:
            if resend:
                return engine.resume("r", resend=True)
            return engine.run(workflow(kind), workflow_id="r")

    return work


def _check_posts(place: Place, kind: str, asked: int) -> None:
    of = methods(kind)
    for name, times in place.calls().items():
        if of[name.partition("/")[0]] == "POST":
            assert times <= 1 + asked, f"{name} was repeated unasked"


if __name__ == "__main__":
    main("kills", run, 1000)
