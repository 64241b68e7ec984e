"""The workflow definition file that the editor opened: read, and written atomically."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from httptask.app.files import write_json
from httptask.definition.file_kinds import other_kind
from httptask.definition.reading import Document, parse
from httptask.errors import DefinitionError, HttpTaskError


class ConflictError(HttpTaskError):
    """The file changed since it was read."""

    default_code = "file_changed"
    exit_code = 2


@dataclass(frozen=True, slots=True)
class Stored:
    """A state of the file.

    Attributes:
        workflow: the definition.
        etag: names the content; "" when there is no file yet.
    """

    workflow: Mapping[str, Any]
    etag: str


@dataclass(slots=True)
class WorkflowFile:
    """One workflow definition file.

    Attributes:
        path: where it is; it need not exist.
    """

    path: Path
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def load(self) -> Stored:
        """Read the file; a file that is not there yet is an empty workflow.

        Raises:
            DefinitionError: the file is not a JSON object.
        """
        try:
            content = self.path.read_bytes()
        except FileNotFoundError:
            return Stored(_empty(self.path.stem), "")
        workflow = parse(content, str(self.path))
        if not isinstance(workflow, dict):
            raise self._invalid("not a JSON object")
        return Stored(workflow, _etag(content))

    def require_workflow(self) -> None:
        """Check that the file, if there is one, is meant as a workflow definition.

        Raises:
            DefinitionError: it is something else, or cannot be read.
        """
        document = Document(self.load().workflow, str(self.path))
        if found := other_kind(document, "workflow"):
            raise found.to_error()

    def save(self, workflow: Mapping[str, Any], etag: str) -> str:
        """Write the definition if the file still is what ``etag`` names; return the new etag.

        Raises:
            ConflictError: the file changed, appeared or vanished meanwhile.
        """
        with self._lock:
            if self._current() != etag:
                raise ConflictError(
                    f"{self.path.name} changed since it was opened",
                    source=str(self.path),
                    hint="reload it, or save your version under another name",
                )
            return _etag(write_json(self.path, workflow))

    def _current(self) -> str:
        try:
            return _etag(self.path.read_bytes())
        except FileNotFoundError:
            return ""

    def _invalid(self, why: str) -> DefinitionError:
        return DefinitionError(f"{self.path.name} is {why}", source=str(self.path))


def _empty(name: str) -> dict[str, Any]:
    return {"name": name, "version": 1, "schemaVersion": 2, "inputParameters": [], "tasks": []}


def _etag(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:32]
