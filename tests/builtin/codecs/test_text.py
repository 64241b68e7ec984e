from __future__ import annotations

import time
from encodings.aliases import aliases

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from soon import SOON

from httptask.builtin.codecs.text import (
    MAX_WRONG,
    decode_text,
    is_json,
    known_charset,
    parse_media_type,
)
from httptask.errors import DecodeError


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, ("", {})),
        ("", ("", {})),
        ("Text/HTML", ("text/html", {})),
        ("text/html; Charset=UTF-8", ("text/html", {"charset": "UTF-8"})),
        ('text/html;charset="utf-8"', ("text/html", {"charset": "utf-8"})),
        ('a/b; x="a;b\\"c"; y=2', ("a/b", {"x": 'a;b"c', "y": "2"})),
        ("a/b;;; ;x=1;x=2", ("a/b", {"x": "1"})),
        ("a/b; =1; x; y=", ("a/b", {"y": ""})),
        ('a/b; x="open', ("a/b", {"x": "open"})),
        ("multipart/form-data; boundary=a=b", ("multipart/form-data", {"boundary": "a=b"})),
        ("application/vnd.api+json ; v=1", ("application/vnd.api+json", {"v": "1"})),
        ("html", ("", {})),
        ("a/b/c", ("", {})),
        ("text/html, text/plain", ("", {})),
        ("; charset=utf-8", ("", {})),
        ("\x00/\x00", ("", {})),
    ],
)
def test_media_types(value: str | None, expected: tuple[str, dict[str, str]]) -> None:
    assert parse_media_type(value) == expected


def test_result_is_the_callers_own() -> None:
    parse_media_type("a/b; x=1")[1]["x"] = "changed"
    assert parse_media_type("a/b; x=1")[1] == {"x": "1"}


@given(st.text())
def test_any_text_is_read(value: str) -> None:
    kind, parameters = parse_media_type(value)
    assert kind == kind.lower()
    assert kind or not parameters


@pytest.mark.parametrize(
    "value", ["a/b" + ";" * 60_000, 'a/b;x="' + "\\" * 60_000, "a/b;x=" * 20_000]
)
def test_hostile_header_costs_little(value: str) -> None:
    start = time.process_time()
    parse_media_type(value)
    assert time.process_time() - start < SOON


def test_json_types() -> None:
    assert all(map(is_json, ("application/json", "text/json", "application/hal+json")))
    assert not any(map(is_json, ("", "text/plain", "application/x-ndjson", "application/jsonp")))


@pytest.mark.parametrize(
    ("data", "content_type", "charset", "expected"),
    [
        (b"\xc3\xa9", None, None, "é"),
        (b"\xe9", "text/plain", None, "é"),
        (b"\xc3\xa9", "text/plain; charset=iso-8859-1", None, "Ã©"),
        (b"\xc3\xa9", "text/plain; charset=iso-8859-1", "utf-8", "é"),
        (b"\xef\xbb\xbf\xc3\xa9", "text/plain; charset=iso-8859-1", None, "é"),
        (b"\xef\xbb\xbfa", "text/plain; charset=utf-8", "UTF8", "a"),
        ("é".encode("utf-16"), None, None, "é"),
        (b"\xfe\xff\x00a", None, None, "a"),
        ("é".encode("utf-32"), None, None, "é"),
        (b"a\xff", "text/plain; charset=utf-8", None, "a\ufffd"),
        (b"\x93x\x94", "text/html; charset=windows-1252", None, "\u201cx\u201d"),
        (b"", "text/plain; charset=", None, ""),
        ("5 \u20ac \u201cok\u201d".encode("cp1252"), "text/csv", None, "5 \u20ac \u201cok\u201d"),
        (b"\x80\x81", "text/plain; charset=ISO-8859-1", None, "\u20ac\x81"),
        (b"\x80", "text/plain; charset=us-ascii", None, "\u20ac"),
        (b"\x80", "text/plain; charset=Latin1", None, "\u20ac"),
        (b"\x80", None, "latin1", "\u20ac"),
        ("\u2460".encode("cp932"), "text/plain; charset=Shift_JIS", None, "\u2460"),
        ("\u2460".encode("cp932"), "text/plain; charset=X-SJIS", None, "\u2460"),
        ("\u05e9".encode("iso8859-8"), "text/plain; charset=iso-8859-8-i", None, "\u05e9"),
        ("\u0430".encode("cp1251"), "text/plain; charset=x-cp1251", None, "\u0430"),
        ("\u20ac".encode("gbk", "ignore") + b"\x80", "text/plain; charset=gb2312", None, "\ufffd"),
        ("Gr\u00f6\u00dfe".encode()[:-2], "text/plain; charset=utf-8", None, "Gr\u00f6\ufffd"),
        ("Gr\u00f6\u00dfe".encode()[:-2], "text/plain", None, "Gr\u00f6\ufffd"),
        (b"caf\xe9", "text/plain", None, "caf\u00e9"),
    ],
)
def test_decoding(data: bytes, content_type: str, charset: str | None, expected: str) -> None:
    assert decode_text(data, content_type, charset) == expected


@pytest.mark.parametrize(
    "name",
    [
        "klingon",
        "hex",
        "zip",
        "base64",
        "rot13",
        "idna",
        "punycode",
        "unicode_escape",
        "a\x00b",
        "é",
        "undefined",
    ],
)
def test_unknown_charsets_are_refused(name: str) -> None:
    assert known_charset(name) is None
    with pytest.raises(DecodeError) as caught:
        decode_text(b"a", None, name)
    assert caught.value.code == "charset_unknown"


@pytest.mark.parametrize("name", ["nope", "hex", "", '"'])
def test_an_unknown_charset_of_a_response_counts_as_none(name: str) -> None:
    assert decode_text("é".encode(), f"text/plain;charset={name}") == "é"
    assert decode_text(b"\xe9", f"text/plain;charset={name}") == "é"


@given(st.binary())
def test_any_bytes_have_a_text(data: bytes) -> None:
    text = decode_text(data)
    assert isinstance(text, str)
    assert bool(text) or not data.strip(b"\xef\xbb\xbf\xff\xfe\x00")


CHARSETS = sorted({name for each in aliases.values() if (name := known_charset(each))})


@given(st.binary(max_size=300), st.sampled_from(CHARSETS))
def test_wrong_bytes_are_marked_as_python_marks_them(data: bytes, charset: str) -> None:
    assume(charset not in ("ascii", "cp1252", "iso8859-1", "iso8859-9", "utf-8"))
    assume(not data.startswith((b"\xef\xbb", b"\xff\xfe", b"\xfe\xff", b"\0\0\xfe\xff", b"<")))
    like = {"big5": "big5hkscs", "euc_kr": "cp949", "gb2312": "gb18030", "gbk": "gb18030"}
    like |= {"shift_jis": "cp932", "utf-16": "utf-16-le", "utf-32": "utf-32-le"}
    expected = data.decode(like.get(charset, charset), "replace")
    assert decode_text(data, charset=charset) == expected


@pytest.mark.parametrize("charset", ["utf-8", "utf-16", "utf-32", "shift_jis", "iso-2022-jp"])
def test_a_charset_under_which_most_is_wrong_counts_as_none(charset: str) -> None:
    data = b"a" + b"\xd8\x81\xff" * MAX_WRONG * 4
    assert decode_text(data, charset=charset)[:4] == "a\u00d8\x81\u00ff"
    assert decode_text(data[:40], charset=charset)[:2] != "a\u00d8"


def test_a_charset_that_no_browser_reads_is_none() -> None:
    with pytest.raises(DecodeError, match="utf-7"):
        decode_text(b"+AOQ-", charset="utf-7")
