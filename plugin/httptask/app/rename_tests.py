"""Give a task another reference in the tests and fixtures of its workflow."""

from __future__ import annotations

import re
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from httptask.definition.reading import Document, read_document
from httptask.errors import DefinitionError


@dataclass(frozen=True, slots=True)
class Rewritten:
    """A file of tests or fixtures in which a task has another reference.

    Attributes:
        file: the file as it was read.
        document: what it is to hold.
        places: JSON Pointers of what was rewritten.
    """

    file: Document
    document: Any
    places: tuple[str, ...]


def tests_of(flow: Path, name: str, old: str, new: str) -> Iterator[Rewritten]:
    """Yield the files beside a definition that name one of its tasks, as they are to be.

    They are the tests, ``FLOW.test.json`` or those whose ``workflow`` is the file, and the files of
    fixtures that these name. What cannot be read stays as it is.

    Args:
        flow: the definition's file.
        name: the workflow's name: fixtures may be those of another one.
        old: the task's reference.
        new: what it becomes.
    """
    files: dict[Path, None] = {}
    for path in sorted(flow.parent.glob("*.test.json")):
        tests = _read(path)
        if tests is not None and _flow_of(path, tests.value) == flow.resolve():
            files |= dict.fromkeys([path, *_fixture_files(path, tests.value)])
    for path in files:
        found = _read(path)
        if found is not None:
            work = _Renaming(name, old, new)
            document = work.file(deepcopy(found.value))
            if work.places:
                yield Rewritten(found, document, tuple(work.places))


def _read(path: Path) -> Document | None:
    try:
        found = read_document(path)
    except DefinitionError:
        return None
    return found if isinstance(found.value, dict) else None


def _flow_of(path: Path, tests: dict[str, Any]) -> Path:
    named = tests.get("workflow")
    beside = f"{path.name.removesuffix('.test.json')}.json"
    return (path.parent / (named if isinstance(named, str) else beside)).resolve()


def _fixture_files(path: Path, tests: dict[str, Any]) -> Iterator[Path]:
    for test in _objects(tests.get("tests")):
        if isinstance(test.get("fixtures"), str):
            yield path.parent / test["fixtures"]


@dataclass(frozen=True, slots=True)
class _Renaming:
    name: str
    old: str
    new: str
    places: list[str] = field(default_factory=list)

    def file(self, document: dict[str, Any]) -> dict[str, Any]:
        """Return a file of tests, or of fixtures, with the task renamed in it."""
        self._fixtures(document.get("fixtures"), "/fixtures")
        for at, test in enumerate(_objects(document.get("tests"))):
            self._fixtures(test.get("fixtures"), f"/tests/{at}/fixtures")
            expected = test.get("expect")
            requests = expected.get("requests") if isinstance(expected, dict) else None
            for index, request in enumerate(_objects(requests)):
                self._put(request, "ref", f"/tests/{at}/expect/requests/{index}/ref")
        return document

    def _fixtures(self, listed: Any, pointer: str) -> None:
        for at, fixture in enumerate(_objects(listed)):
            if fixture.get("workflow") in (None, self.name):
                self._put(fixture, "task", f"{pointer}/{at}/task")

    def _put(self, holder: dict[str, Any], key: str, pointer: str) -> None:
        written = holder.get(key)
        found = re.fullmatch(r"(.+?)((?:__\d+)?)", written) if isinstance(written, str) else None
        if found and self.old in (found[0], found[1]):
            rest = "" if found[0] == self.old else found[2]
            holder[key] = f"{self.new}{rest}"
            self.places.append(pointer)


def _objects(listed: Any) -> list[dict[str, Any]]:
    """Return the objects of a list; an empty one in the place of what is none."""
    items = listed if isinstance(listed, list) else []
    return [each if isinstance(each, dict) else {} for each in items]
