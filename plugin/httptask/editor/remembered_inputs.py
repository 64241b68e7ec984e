"""What tests were given, by workflow: in one private file, without what may be a secret."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from httptask.app.files import write_json
from httptask.core.secret_names import is_secret_name, is_secret_value
from httptask.definition.reading import read_document
from httptask.errors import HttpTaskError

_MOST_WORKFLOWS = 100
_MOST_INPUTS = 200
_LONGEST = 10_000


def may_be_secret(text: str, value: str = "") -> bool:
    """Tell whether the value of an expression may be a secret, by its name or its form."""
    return is_secret_name(text.rpartition(".")[2]) or is_secret_value(value)


@dataclass(slots=True)
class RememberedInputs:
    """Inputs of tests in one private file.

    Attributes:
        path: the file; it need not exist.
    """

    path: Path
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def of(self, workflow: str) -> dict[str, Any]:
        """Return texts by expression."""
        with self._lock:
            found = self._read().get(workflow)
        return dict(found) if isinstance(found, Mapping) else {}

    def keep(self, workflow: str, inputs: Mapping[str, str]) -> None:
        """Keep the inputs of a workflow, the secret and the long ones aside."""
        plain = {
            text: value
            for text, value in inputs.items()
            if len(value) <= _LONGEST and not may_be_secret(text, value)
        }
        with self._lock:
            known = {name: each for name, each in self._read().items() if name != workflow}
            kept = [*known.items(), (workflow, dict([*plain.items()][-_MOST_INPUTS:]))]
            write_json(self.path, dict(kept[-_MOST_WORKFLOWS:]), private=True)

    def _read(self) -> dict[str, Any]:
        if not self.path.exists():
            return {}
        try:
            value = read_document(self.path).value
        except HttpTaskError:
            return {}  # what is remembered is a convenience: it is begun anew
        return value if isinstance(value, dict) else {}
