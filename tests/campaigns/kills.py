"""Kill runs of every type of task, at random writes and at any time: each comes to its end.

python tests/campaigns/kills.py [KILLS]

What a run that nobody killed does is what every other one has to do: the same runs, tasks and
statuses, each call made, none made again once it was recorded, and no POST made again unasked.
"""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from campaign import KINDS, Json, Place, in_process, main, methods_in, model
from kinds import MORE, RESCUE

from httptask.engines.embedded.functions import adapted
from httptask.engines.embedded.reopen import is_unknown
from httptask.errors import InputError

TRIES = 60
ALL = {**KINDS, **MORE}
Shape = Counter[tuple[Any, ...]]


def run(size: int, folder: Path) -> Json:
    chance = random.Random(size)
    kills: Counter[str] = Counter()
    runs = unknown = 0
    unkilled = {kind: _Case(folder / kind, kind).through() for kind in ALL}
    while kills.total() < size:
        kind = chance.choice(list(ALL))
        case = _Case(folder / f"w{runs}", kind)
        assert case.through(chance) == unkilled[kind], f"{kind} has lost something"
        kills[kind] += case.kills
        runs, unknown = runs + 1, unknown + bool(case.asked)
    figures = {"kills": kills.total(), "of": dict(sorted(kills.items()))}
    return {**figures, "runs": runs, "unknown": unknown, "lost": 0, "hung": 0, "repeated": 0}


class _Case:
    """One workflow, executed again and again until it is at its end.

    Attributes:
        kills: how often a process was killed.
        asked: how often calls with an unknown outcome were asked for again.
    """

    def __init__(self, folder: Path, kind: str) -> None:
        folder.mkdir(parents=True)
        self._place, self._kind = Place(folder), kind
        self._methods = methods_in([ALL[kind], RESCUE["tasks"]])
        self.kills = self.asked = 0

    def through(self, chance: random.Random | None = None) -> Shape:
        """Go on until all runs are at their end; return what they have done."""
        documents: list[Json] = []
        for _ in range(TRIES):
            before, done = self._place.calls(), self._place.recorded()
            self._once(documents, chance)
            again = self._place.calls() - before
            assert not done & set(again), f"recorded and done again: {done & set(again)}"
            self._check_posts()
            documents = self._place.documents()[::-1]
            if documents and _next(documents) is None:
                return _shape(documents)
        raise AssertionError(f"{self._kind} did not come to its end: {documents}")

    def _once(self, documents: list[Json], chance: random.Random | None) -> None:
        found = _next(documents) if documents else None
        resend = found is not None and found["status"] != "RUNNING"
        self.asked += resend
        work = partial(self._work, found["workflowId"] if found else "r", resend=resend)
        how: dict[str, Any] = {}
        if chance is not None and chance.random() < 0.5:
            how = {"kill_in": chance.uniform(0, 0.3)}
        elif chance is not None and chance.random() < 0.8:
            how = {"kill_at": chance.randint(1, 10), "after": chance.random() < 0.5}
        code = in_process(work, **how)
        assert code in (0, -9), code
        self.kills += code == -9

    def _work(self, run_id: str, *, resend: bool) -> object:
        note = adapted(self._place.note)
        with self._place.engine(functions={"note": note}) as engine:
            if run_id != "r" or resend:
                return engine.resume(run_id, resend=resend, watch=self._complete)
            document = {"name": self._kind, "tasks": ALL[self._kind], "version": 1}
            if self._kind == "failing":
                document["failureWorkflow"] = RESCUE["name"]
            return engine.run(
                model(document), workflow_id="r", workflows=[model(RESCUE)], watch=self._complete
            )

    def _complete(self, event: Any) -> None:
        """Complete what waits for it, from outside."""
        if event.kind == "waiting" and event.document["waitsFor"] == "completion":
            reference = event.document["referenceTaskName"]
            if reference != "never":
                work = partial(self._completed, event.workflow_id, reference)
                threading.Thread(target=work, daemon=True).start()

    def _completed(self, run_id: str, reference: str) -> None:
        # Another branch may have ended the run; a completion that got lost would hang it.
        with self._place.engine() as other, suppress(InputError):
            other.complete(run_id, reference, output={"ok": True})

    def _check_posts(self) -> None:
        for name, times in self._place.calls().items():
            if self._methods.get(name.partition("/")[0]) == "POST":
                assert times <= 1 + self.asked, f"{name} was repeated unasked"


def _next(documents: Iterable[Json]) -> Json | None:
    """Return the first run that is not at its end, or whose end is an unknown outcome."""
    by_id = {document["workflowId"]: document for document in documents}

    def is_open(document: Json) -> bool:
        if document["status"] != "FAILED":
            return document["status"] == "RUNNING"
        below = (by_id.get(entry.get("subWorkflowId", "")) for entry in document["tasks"])
        return any(map(is_unknown, document["tasks"])) or any(
            is_open(child) for child in below if child is not None
        )

    return next(filter(is_open, by_id.values()), None)


def _shape(documents: Iterable[Json]) -> Shape:
    """Return what runs have done: their tasks with their statuses."""
    return Counter(
        (document["workflowName"], document["status"], *sorted(map(_task, document["tasks"])))
        for document in documents
    )


def _task(entry: Json) -> tuple[str, str, str]:
    return entry["referenceTaskName"], entry["taskType"], entry["status"]


if __name__ == "__main__":
    main("kills", run, 1000)
