"""Verified tests as a JUnit report, which CI servers read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from xml.etree.ElementTree import Element, SubElement, tostring

from httptask.app.files import write_file
from httptask.app.verify import Verified
from httptask.cli.output import plain


def write_junit(path: Path, verified: Sequence[Verified]) -> None:
    """Write the report: a suite for each file.

    Raises:
        DefinitionError: the file cannot be written.
    """
    root = Element("testsuites")
    for file in dict.fromkeys(each.file for each in verified):
        _suite(root, file, [each for each in verified if each.file == file])
    write_file(path, tostring(root, encoding="utf-8", xml_declaration=True))


def _suite(root: Element, file: str, verified: Sequence[Verified]) -> None:
    failed = sum(bool(each.failures) for each in verified)
    time = f"{sum(each.seconds for each in verified):.3f}"
    counts = {"tests": str(len(verified)), "failures": str(failed), "time": time}
    suite = SubElement(root, "testsuite", {"name": plain(file), **counts})
    for each in verified:
        about = {"name": plain(each.name), "classname": plain(file), "time": f"{each.seconds:.3f}"}
        case = SubElement(suite, "testcase", about)
        if each.failures:
            texts = [plain(f"{failure.pointer}: {failure.message}") for failure in each.failures]
            SubElement(case, "failure", {"message": texts[0]}).text = "\n".join(texts)
