"""YAML is read by whatever thread asks, also when the first one that did has gone."""

from __future__ import annotations

import subprocess
import sys

SCRIPT = """
import os, threading

def read():
    from httptask.catalog.documents.yaml_text import parse
    for _ in range(50):
        assert parse(b"a: [1, 2]\\nb: {c: d}\\n") == {"a": [1, 2], "b": {"c": "d"}}

for _ in range(20):
    threads = [threading.Thread(target=read) for _ in range(count)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
child = os.fork()
if not child:
    read()
    os._exit(7)
_, status = os.waitpid(child, 0)
print("read", os.waitstatus_to_exitcode(status))
"""


def test_threads_that_come_and_go_read_yaml() -> None:
    for count in (1, 4):
        command = [sys.executable, "-c", f"count = {count}\n{SCRIPT}"]
        ran = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert (ran.returncode, ran.stdout.strip()) == (0, "read 7"), ran.stderr
