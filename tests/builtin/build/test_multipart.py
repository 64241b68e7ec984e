from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from multipart import MultipartParser

from httptask.builtin.build.file_source import CHUNK_BYTES, FileSource
from httptask.builtin.build.multipart import (
    MultipartBody,
    Part,
    make_boundary,
    multipart_parts,
)
from httptask.errors import InputError

BOUNDARY = make_boundary("execution-1")
WORDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="%"))


def no_files(value: Any, pointer: str) -> FileSource:
    raise InputError(f"no file {value}", pointer=pointer)


def parsed(body: MultipartBody) -> list[tuple[str, str, bytes]]:
    """Return (name, content type, content) of each part, read by another's parser."""
    data = b"".join(body.chunks())
    assert len(data) == body.size
    found = []
    for part in MultipartParser(BytesIO(data), body.content_type.partition("boundary=")[2]):
        found.append((part.name, part.content_type, part.raw))
        part.close()
    return found


@pytest.fixture
def opener(tmp_path: Path) -> Callable[[Any, str], FileSource]:
    def open_file(value: Any, pointer: str) -> FileSource:
        path = tmp_path / value
        return FileSource(path, path.stat().st_size, path.name, pointer=pointer)

    return open_file


def test_exact_bytes(tmp_path: Path, opener: Callable[[Any, str], FileSource]) -> None:
    (tmp_path / "cat.png").write_bytes(b"\x89PNG\r\n")
    fields = {
        "text": "héllo", "n": 1.0, "none": None, "tags": ["a", "b"], "json": {"a": 1},
        "image": {"file": "cat.png"},
        "typed": {"value": "<a/>", "contentType": "application/xml", "filename": "a.xml",
                  "headers": {"X-Part": 1, "Content-Type": "text/xml", "X-None": None}},
    }  # fmt: skip
    body = MultipartBody(multipart_parts(fields, opener), "B")
    expected = (
        '--B\r\nContent-Disposition: form-data; name="text"\r\n\r\nhéllo\r\n'
        '--B\r\nContent-Disposition: form-data; name="n"\r\n\r\n1.0\r\n'
        '--B\r\nContent-Disposition: form-data; name="tags"\r\n\r\na\r\n'
        '--B\r\nContent-Disposition: form-data; name="tags"\r\n\r\nb\r\n'
        '--B\r\nContent-Disposition: form-data; name="json"\r\n'
        'Content-Type: application/json\r\n\r\n{"a":1}\r\n'
        '--B\r\nContent-Disposition: form-data; name="image"; filename="cat.png"\r\n'
        "Content-Type: image/png\r\n\r\n"
    ).encode() + b"\x89PNG\r\n" + (
        b'\r\n--B\r\nContent-Disposition: form-data; name="typed"; filename="a.xml"\r\n'
        b"Content-Type: application/xml\r\nX-Part: 1\r\n\r\n<a/>\r\n--B--\r\n"
    )  # fmt: skip
    assert b"".join(body.chunks()) == expected
    assert b"".join(body.chunks()) == expected, "the second reading differs"
    assert body.size == len(expected)
    assert body.content_type == "multipart/form-data; boundary=B"


def test_no_parts() -> None:
    assert b"".join(MultipartBody((), "B").chunks()) == b"--B--\r\n"


def test_boundary_is_stable_and_different() -> None:
    assert make_boundary("a") == make_boundary("a") != make_boundary("b")
    assert len(BOUNDARY) <= 70


def test_names_are_quoted_as_browsers_do() -> None:
    part = Part('a"b\r\nc', b"", 'x"; filename="evil\n.png')
    data = b"".join(MultipartBody([part], "B").chunks())
    assert b'name="a%22b%0D%0Ac"; filename="x%22; filename=%22evil%0A.png"\r\n' in data


def test_large_file_is_streamed(tmp_path: Path, opener: Callable[[Any, str], FileSource]) -> None:
    content = bytes(range(256)) * 10_000
    (tmp_path / "big.bin").write_bytes(content)
    body = MultipartBody(multipart_parts({"f": {"file": "big.bin"}, "t": "x"}, opener), BOUNDARY)
    assert max(map(len, body.chunks())) <= CHUNK_BYTES
    big, text = parsed(body)
    assert big == ("f", "application/octet-stream", content)
    assert (text[0], text[2]) == ("t", b"x")


@pytest.mark.parametrize("content", [b"shorter", b"much longer than before"])
def test_changed_file_is_an_error(
    tmp_path: Path, opener: Callable[[Any, str], FileSource], content: bytes
) -> None:
    path = tmp_path / "f"
    path.write_bytes(b"as announced")
    body = MultipartBody(multipart_parts({"f": {"file": "f"}}, opener), BOUNDARY)
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        list(body.chunks())
    assert (caught.value.code, caught.value.pointer) == ("file_changed", "/multipart/f/file")


def test_vanished_file_is_an_error(tmp_path: Path) -> None:
    source = FileSource(tmp_path / "gone", 3, "gone", pointer="/multipart/f/file")
    with pytest.raises(InputError) as caught:
        list(MultipartBody([Part("f", source)], BOUNDARY).chunks())
    assert (caught.value.code, caught.value.pointer) == ("file_unreadable", "/multipart/f/file")


def test_content_cannot_forge_a_part(
    tmp_path: Path, opener: Callable[[Any, str], FileSource]
) -> None:
    with pytest.raises(InputError):
        MultipartBody(multipart_parts({"a": f"\r\n--{BOUNDARY}\r\n"}, no_files), BOUNDARY)
    split = CHUNK_BYTES - 10
    (tmp_path / "f").write_bytes(b"." * split + BOUNDARY.encode() + b".")
    with pytest.raises(InputError):
        list(MultipartBody(multipart_parts({"f": {"file": "f"}}, opener), BOUNDARY).chunks())


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"a": {"value": 1, "file": "x"}}, "/multipart/a"),
        ({"a": ["x", {"file": "gone"}]}, "/multipart/a/1/file"),
        ({"a": {"value": 1, "contentType": "a/b\r\nX: y"}}, "/multipart/a/contentType"),
        ({"a": {"value": 1, "headers": {"X": "a\nb"}}}, "/multipart/a/headers/X"),
        (
            {"a": {"value": 1, "headers": {"Content-Disposition": "x"}}},
            "/multipart/a/headers/Content-Disposition",
        ),
        ({"a": {"value": 1, "headers": ["x"]}}, "/multipart/a/headers"),
        ({"a": {"value": "\ud800"}}, "/multipart/a/value"),
        ({"a": [float("nan")]}, "/multipart/a/0"),
        ({"a": "x", "\ud800": "x"}, "/multipart/\ud800"),
    ],
)  # fmt: skip
def test_refused(fields: dict[str, Any], pointer: str) -> None:
    with pytest.raises(InputError) as caught:
        multipart_parts(fields, no_files)
    assert caught.value.pointer == pointer


def test_maps_with_other_keys_are_json() -> None:
    parts = multipart_parts({"a": {"value": 1, "unit": "m"}, "b": {"filename": "x"}}, no_files)
    assert [part.content for part in parts] == [b'{"value":1,"unit":"m"}', b'{"filename":"x"}']


@given(st.lists(st.tuples(WORDS.filter(bool), st.none() | WORDS, st.binary())))
def test_round_trip(drawn: list[tuple[str, str | None, bytes]]) -> None:
    parts = [Part(name, content, filename) for name, filename, content in drawn]
    found = [(name, content) for name, _, content in parsed(MultipartBody(parts, BOUNDARY))]
    assert found == [(part.name, part.content) for part in parts]
