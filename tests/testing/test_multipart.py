from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from requests.models import RequestEncodingMixin

from httptask.testing import parse_multipart

TYPE = "multipart/form-data; boundary=B"


def test_parts_are_read_in_order_with_their_headers() -> None:
    first, second = parse_multipart(
        'multipart/form-data; boundary="B b"',
        b'--B b\r\nContent-Disposition: form-data; name="a%22%0D%0A%41"\r\n\r\n\r\n--\r\n'
        b'--B b\r\ncontent-disposition: form-data; filename="f.png"; name="b"\r\n'
        b"Content-Type: image/png\r\nX-Own: 1\r\n\r\n\x00\r\n\r\n--B b--\r\n",
    )
    assert (first.name, first.filename, first.content_type) == ('a"\r\n%41', None, "text/plain")
    assert first.text == "\r\n--"
    assert (second.name, second.filename, second.content) == ("b", "f.png", b"\x00\r\n")
    assert second.headers[2] == ("X-Own", "1")


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/json", b"--B--"),
        ("multipart/form-data", b"--B--"),
        (TYPE, b""),
        (TYPE, b'--B\r\nContent-Disposition: form-data; name="a"\r\n\r\nx'),
        (TYPE, b"noise\r\n--B--"),
        (TYPE, b"--B\r\nno empty line\r\n--B--"),
        (TYPE, b'--B\r\nContent-Disposition: attachment; name="a"\r\n\r\nx\r\n--B--'),
        (TYPE, b"--B\r\nContent-Disposition: form-data\r\n\r\nx\r\n--B--"),
    ],
)
def test_a_broken_form_is_refused(kind: str, body: bytes) -> None:
    with pytest.raises(ValueError, match=r"form|part"):
        parse_multipart(kind, body)


@given(st.lists(st.tuples(st.from_regex(r"[a-z]{1,9}", fullmatch=True), st.binary()), min_size=1))
def test_any_bytes_come_out_as_they_went_in(fields: list[tuple[str, bytes]]) -> None:
    files = [(name, ("file.bin", content)) for name, content in fields]
    body, kind = RequestEncodingMixin._encode_files(files, {})
    assert [(part.name, part.content) for part in parse_multipart(kind, body)] == fields
