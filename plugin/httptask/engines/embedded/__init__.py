"""The embedded engine: runs workflow definitions durably on one machine, in one SQLite file.

* ``engine``       what callers use: ``Engine.open(...)``, ``run``, ``start``, ``resume``, ``retry``
* ``stored``       what executes nothing: ``get``, ``list``, ``pause``, ``complete``, ``prune``
* ``program``      a definition compiled once; refuses what the engine cannot run, by pointer
* ``payload``, ``run``  what a run starts with, and the types that cross the engine's border
* ``flow``, ``operators``  the interpreter: one function per task type, no I/O of its own
* ``effects``      what the interpreter needs of the world: a durable call, a pause, a branch
* ``live``, ``running``  effects of a run that is executed; ``replay``: of one that is only read
* ``attempt``      one call of a task: noted first when it may not be repeated
* ``faults``, ``leaving``  what leaves a run unfinished: the machine, a stop, a wait
* ``host``, ``threads``, ``serve``  runs of one process, of other threads, of whoever has gone
* ``schema``, ``reader``, ``journal``, ``records``  the SQLite file: tables, all SQL, values
* ``owners``, ``clock``  which processes are alive; a run's own time
* ``runs``, ``reopen``, ``prune``  reading runs, taking them back, removing them
* ``document``     the execution document, in Conductor's shape

A run is a function of its definition and of the steps that it has recorded: to go on with it, or to
show it, the definition is interpreted again and each recorded step gives its value at once.
"""

from __future__ import annotations

from httptask.engines.embedded.engine import Engine, Runs
from httptask.engines.embedded.run import HttpStep, Origin, RunEvent
from httptask.engines.embedded.runs import RunInfo
from httptask.engines.embedded.threads import Handle

__all__ = ["Engine", "Handle", "HttpStep", "Origin", "RunEvent", "RunInfo", "Runs"]
