"""Kill ``resume --resend`` at each of its writes: every run comes to its end, each POST as asked.

python tests/campaigns/resend.py [WRITES]
"""

from __future__ import annotations

from pathlib import Path

from campaign import Json, Place, in_process, main, methods, workflow

KINDS = ("chain", "fork", "nested")


def run(size: int, folder: Path) -> Json:
    tried = kills = 0
    for kind in KINDS:
        for number in range(1, size + 1):
            for after in (False, True):
                place = Place(folder / f"{kind}{number}{after}")
                place.folder.mkdir(parents=True)
                tried, kills = tried + 1, kills + _one(place, kind, number, after=after)
    return {"tried": tried, "kills": kills, "lost": 0, "hung": 0, "repeated": 0}


def _one(place: Place, kind: str, number: int, *, after: bool) -> int:
    _interrupt_a_post(place, kind)
    asked = 1
    code = in_process(lambda: _resend(place), kill_at=number, after=after)
    assert code in (0, -9), code
    while (document := place.document("r"))["status"] != "COMPLETED":  # type: ignore[index]
        assert asked < 9, document
        asked += 1
        assert in_process(lambda: _resend(place)) == 0
    of = methods(kind)
    for name, times in place.calls().items():
        if of[name.partition("/")[0]] == "POST":
            assert times <= 1 + asked, f"{name}: {times} calls, asked {asked} times"
    return code == -9


def _interrupt_a_post(place: Place, kind: str) -> None:
    """Kill a run while a POST of it is under way; go on once, so that it ends unknown."""

    def begin() -> None:
        real = place.step

        def dies(task, context, execution):  # type: ignore[no-untyped-def]
            import os
            import signal

            found = real(task, context, execution)
            if execution.task_ref == "p":
                os.kill(os.getpid(), signal.SIGKILL)
            return found

        place.step = dies  # type: ignore[method-assign]
        with place.engine() as engine:
            engine.run(workflow(kind), workflow_id="r")

    assert in_process(begin) == -9
    assert in_process(lambda: _resume(place)) == 0
    assert place.document("r")["status"] == "FAILED"  # type: ignore[index]


def _resume(place: Place) -> None:
    with place.engine() as engine:
        engine.resume("r")


def _resend(place: Place) -> None:
    with place.engine() as engine:
        engine.resume("r", resend=True)


if __name__ == "__main__":
    main("resend", run, 30)
