"""The last tests of this server, by id: their traces, and the outputs that later tests read."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from httptask.core.json_text import encode

_MOST_TESTS = 100
_MOST_BYTES = 128 << 20


@dataclass(frozen=True, slots=True)
class KeptTest:
    """A test that ended.

    Attributes:
        about: ``{id, workflow, reference, startedAt, status}``; milliseconds since 1970, and the
            status of the trace.
        trace: its trace, redacted, as JSON text.
        output: its output as the pipeline gave it.
    """

    about: Mapping[str, Any]
    trace: bytes
    output: Mapping[str, Any]


@dataclass(slots=True)
class KeptTests:
    """Tests that ended; the oldest give way when there are too many, or their traces too large."""

    _tests: OrderedDict[str, KeptTest] = field(default_factory=OrderedDict)
    _bytes: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def keep(
        self, about: Mapping[str, Any], trace: Mapping[str, Any], output: Mapping[str, Any]
    ) -> None:
        """Keep a test under ``about["id"]``."""
        kept = KeptTest(about, encode(trace), output)
        with self._lock:
            self._tests[about["id"]] = kept
            self._bytes += len(kept.trace)
            while len(self._tests) > _MOST_TESTS or (
                self._bytes > _MOST_BYTES and len(self._tests) > 1
            ):
                _, gone = self._tests.popitem(last=False)
                self._bytes -= len(gone.trace)

    def get(self, test_id: str) -> KeptTest | None:
        """Return a test, or None if it is not kept."""
        with self._lock:
            return self._tests.get(test_id)

    def of_workflow(self, name: str) -> list[Mapping[str, Any]]:
        """Return what is known about the tests of a workflow, newest first."""
        with self._lock:
            found = [each.about for each in self._tests.values()]
        return [about for about in reversed(found) if about["workflow"] == name]
