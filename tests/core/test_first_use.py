from __future__ import annotations

import re
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path

import pytest
from soon import SOON

import httptask
from httptask.core.first_use import cached_property

FORKED_WHILE_BUILDING = """
import os, threading
from typing import Annotated
from pydantic import GetCoreSchemaHandler
from httptask.definition.field_types import Model

building = threading.Event()

class Slow:
    def __get_pydantic_core_schema__(self, kind: type, handler: GetCoreSchemaHandler):
        building.set()
        threading.Event().wait(0.2)
        return handler(kind)

class Built(Model):
    name: Annotated[str, Slow()]

threading.Thread(target=Built.model_validate, args=({"name": "a"},)).start()
building.wait()
child = os.fork()
if not child:
    os._exit(0 if Built.model_validate({"name": "b"}).model_dump() == {"name": "b"} else 1)
print(os.waitpid(child, 0)[1])
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no fork")
def test_a_child_forked_while_a_model_is_built_can_use_it() -> None:
    script = [sys.executable, "-c", FORKED_WHILE_BUILDING]
    done = subprocess.run(script, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "0\n"


FORKED_WHILE_IMPORTING = """
import os, sys, threading
from httptask.expressions import compile_path

importing = threading.Event()

class Slow:
    def find_spec(self, name, path=None, target=None):
        if name == "httptask.expressions.rfc9535_library":
            importing.set()
            threading.Event().wait(0.3)
        return None

sys.meta_path.insert(0, Slow())
threading.Thread(target=compile_path, args=("$..a",)).start()
importing.wait()
child = os.fork()
if not child:
    os._exit(0 if compile_path("$..a").find({"a": 1}) == [1] else 1)
print(os.waitpid(child, 0)[1])
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no fork")
def test_a_child_forked_during_a_late_import_can_import() -> None:
    script = [sys.executable, "-c", FORKED_WHILE_IMPORTING]
    done = subprocess.run(script, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "0\n"


def test_objects_do_not_wait_for_one_another_to_compute() -> None:
    """Whoever forks in such a moment would wait for good."""
    computing, go_on = threading.Event(), threading.Event()

    class Slow:
        def __init__(self, waits: bool) -> None:
            self.waits = waits

        @cached_property
        def value(self) -> object:
            if self.waits:
                computing.set()
                go_on.wait(SOON)
            return object()

    with ThreadPoolExecutor(2) as threads:
        slow = threads.submit(lambda: Slow(waits=True).value)
        assert computing.wait(SOON)
        other = Slow(waits=False)
        quick = threads.submit(lambda: other.value)
        done, _ = wait([quick], SOON)
        assert not slow.done()
        go_on.set()
    assert done
    assert other.value is quick.result()


def test_no_module_has_the_property_with_a_lock() -> None:
    sources = Path(httptask.__file__).parent.rglob("*.py")
    texts = [each.read_text("utf-8") for each in sources]
    assert sum("cached_property" in text for text in texts) > 10
    assert not [text for text in texts if re.search(r"functools.*\bcached_property", text)]
