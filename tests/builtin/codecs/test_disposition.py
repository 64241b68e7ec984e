"""The file name of a Content-Disposition."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from soon import SOON

from httptask.builtin.codecs.disposition import MAX_NAME, file_name


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        (None, ""),
        ("", ""),
        ("inline", ""),
        ("attachment; filename=report.pdf", "report.pdf"),
        ('attachment; filename="a b.pdf"', "a b.pdf"),
        ('attachment; FILENAME="a\\"b.txt"', 'a"b.txt'),
        ("attachment; filename*=UTF-8''%e2%82%ac%20rates.pdf; filename=x.pdf", "€ rates.pdf"),
        ("attachment; filename=x.pdf; filename*=iso-8859-1'en'%A3.pdf", "£.pdf"),
        ("attachment; filename=x.pdf; filename*=no-charset''y.pdf", "x.pdf"),
        ('attachment; filename="na\xc3\xafve.txt"', "naïve.txt"),
        ('attachment; filename="na\xefve.txt"', "naïve.txt"),
        ('attachment; filename="../../etc/passwd"', "passwd"),
        ('attachment; filename="C:\\\\x\\\\y.txt"', "y.txt"),
        ("attachment; filename*=UTF-8''..%2F..%2Fevil.sh", "evil.sh"),
        ("attachment; filename=..", ""),
        ('attachment; filename="a\x00\x1b[31m.txt"', "a[31m.txt"),
        ("attachment; filename*=UTF-8''exe%E2%80%AEfdp", "exefdp"),
        ('attachment; filename="' + "x" * 400 + '.pdf"', "x" * 251 + ".pdf"),
    ],
)
def test_names(disposition: str | None, name: str) -> None:
    assert file_name(disposition) == name


@given(
    st.text(st.characters(max_codepoint=255)) | st.from_regex(r"a; filename\*?=.*", fullmatch=True)
)
def test_a_name_is_one_of_a_file(disposition: str) -> None:
    name = file_name(disposition)
    assert not set(name) & set("/\\\0\r\n")
    assert name not in {".", ".."}
    assert len(name.encode()) <= MAX_NAME


@pytest.mark.parametrize("part", ['; filename="\\', ";", '; a="', "; filename*=UTF-8''%", " ", "/"])
def test_a_hostile_header_costs_little(part: str) -> None:
    began = time.process_time()
    file_name('a; filename="' + part * 30_000)
    assert time.process_time() - began < SOON
