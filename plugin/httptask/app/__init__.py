"""What one can do with a definition: one function per use case, each readable top to bottom.

* ``load``    a definition, and what stands beside it
* ``check``   everything that is wrong with it, as every caller says it
* ``test``    one request of it, every stage shown, in the ``context`` that the caller gives
* ``verify``  tests of a workflow, as data
* ``catalog``  API descriptions, searched and shown; ``download`` reads URLs for it
* ``new``, ``add``, ``import_``  operations and requests of other formats become tasks
* ``run``     a definition that was checked and prepared to run
* ``engine``  runs on this machine, ``shared`` for all callers of a process
* ``server``  deployed to a Conductor server, or run there from its file; ``worker`` executes there
* ``files``   how an author's file is written

The Python interface, the command line and the editor call these and only translate: arguments in,
text, JSON and exit codes out.
"""
