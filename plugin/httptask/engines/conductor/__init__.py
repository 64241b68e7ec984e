"""Conductor: the same definitions on a real server, through a worker of ours.

* ``client``      the server's REST API
* ``deploy``      registers a workflow so that an unmodified server hands its HTTP tasks to us
* ``start``       starts and watches executions; runs a file without registering it
* ``service``     ``httptask worker``: processes, signals, figures
* ``worker``      the loop of one process: ``pacing``, ``lease``, ``delivery``, ``journal``
* ``executor``    one delivery: ``assignment`` -> ``inputs`` -> pipeline -> ``report``
* ``differences`` where the server's built-in HTTP task behaves otherwise

The vendor's worker library is not used: it posts results to ``/tasks/update-v2``, whose response
polls the plain HTTP queue and so takes tasks that are not ours, and drops a result after three
failed updates.
"""
