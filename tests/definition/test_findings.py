"""Findings and the table of their codes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from httptask.definition import findings
from httptask.definition.findings import Finding, Loaded
from httptask.errors import DefinitionError, InputError

ROOM = Path(findings.__file__).parent
TABLE = dict(re.findall(r"^(\w+) +(error|warning) ", findings.__doc__ or "", re.MULTILINE))
CODE = re.compile(
    r'(?:Finding\(\s*|_warning\(|code, text = |code = |code=|Rule\(\s*|code, hint = )"(\w+)"'
)


def test_every_code_is_in_the_table() -> None:
    used = {
        match[1]
        for path in ROOM.glob("*.py")
        if path.name != "reading.py"
        for match in CODE.finditer(path.read_text())
    }
    assert used == TABLE.keys()


def test_severities_are_those_of_the_table() -> None:
    corpus = ROOM.parents[2] / "tests" / "definitions"
    lines = [
        line.split()[:2]
        for path in corpus.rglob("*.txt")
        for line in path.read_text().splitlines()
        if not line.startswith(" ")
    ]
    assert lines
    assert {code for _, code in lines} <= TABLE.keys()
    assert all(TABLE[code] == severity for severity, code in lines)


def test_there_and_back() -> None:
    finding = Finding("wrong_type", "error", "message", "/a", "hint", "a.json")
    error = finding.to_error(InputError)
    assert isinstance(error, InputError)
    assert Finding.of(error) == finding


def test_loaded() -> None:
    assert Loaded(5, {}).require() == 5
    warning = Finding("field_ignored", "warning", "m")
    assert Loaded(5, {}, findings=(warning,)).errors == ()
    refused: Loaded[int] = Loaded(None, {}, findings=(Finding("wrong_type", "error", "m"),))
    with pytest.raises(DefinitionError) as caught:
        refused.require()
    assert caught.value.code == "wrong_type"
