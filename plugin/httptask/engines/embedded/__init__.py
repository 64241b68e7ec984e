"""The embedded engine: runs workflow definitions durably on one machine, with dbos on SQLite.

* ``engine``       what callers use: ``Engine.open(...)``, ``run``, ``resume``, ``get``, ``list``...
* ``program``      a definition compiled once; refuses what the engine cannot run, by pointer
* ``payload``, ``run``  what a run starts with, and the types that cross the engine's border
* ``flow``, ``operators``  the interpreter: one function per task type, no I/O of its own
* ``effects``      what the interpreter needs of the world: a durable call, a pause, a branch
* ``live``         effects on dbos; ``replay``: effects on what is recorded, without executing
* ``attempt``      one call of an HTTP task: noted first when it may not be repeated
* ``runs``, ``recovery``, ``prune``  reading runs, going on with them, removing them
* ``scripts``      the part of JavaScript that SWITCH and DO_WHILE may use
* ``document``     the execution document, in Conductor's shape
* ``host``, ``slots``, ``store``, ``records``, ``intents``  dbos itself, and the files beside it

Durability is the business of dbos: each HTTP task is one of its steps, named by the task's
reference, iteration and retry; each branch of a fork is a child workflow of its own.
"""

from __future__ import annotations

from httptask.errors import MissingExtraError

try:
    from httptask.engines.embedded.engine import Engine
    from httptask.engines.embedded.run import HttpStep, Origin, RunEvent
    from httptask.engines.embedded.runs import RunInfo
except ModuleNotFoundError as error:
    if (error.name or "").partition(".")[0] not in ("dbos", "sqlalchemy", "quickjs"):
        raise
    raise MissingExtraError(
        "running workflows needs a part that is not installed",
        hint="pip install 'httptask[run]'",
    ) from error

__all__ = ["Engine", "HttpStep", "Origin", "RunEvent", "RunInfo"]
