from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from soon import SOON

from httptask.builtin.codecs.declared import LOOKED_AT, declared_charset
from httptask.builtin.codecs.text import decode_text

RUSSIAN = "\u041f\u0440\u0438\u0432\u0435\u0442"
TEXTS = {
    "windows-1251": RUSSIAN,
    "KOI8-R": RUSSIAN,
    "iso-8859-1": "M\u00fcller",
    "windows-1252": "5 \u20ac",
    "shift_jis": "\u65e5\u672c",
    "gbk": "\u4e2d\u6587",
    "gb18030": "\u4e2d\u6587",
    "euc-kr": "\ud55c\uad6d",
    "big5": "\u4e2d\u6587",
    "utf-8": "\u00e9",
}
DECLARATIONS = [
    ("text/xml", '<?xml version="1.0" encoding="{}"?><n>'),
    ("application/xml", "<?xml version='1.0' encoding='{}' standalone='yes'?><n>"),
    ("application/soap+xml; action=x", '<?xml version = "1.0" encoding = "{}" ?>\n<n>'),
    ("text/xml", '\r\n<?xml version="1.0" encoding="{}"?><n>'),
    ("application/xhtml+xml", '<?xml version="1.0" encoding="{}"?><html>'),
    ("text/html", '<html><head><meta charset="{}"></head>'),
    ("text/html", "<META CHARSET='{}'/>"),
    ("text/html", "<meta charset={}>"),
    ("text/html", '<meta name=a content="charset=x"><meta charset={} name=b>'),
    ("text/html", '<meta http-equiv="Content-Type" content="text/html; charset={}">'),
    ("text/html", "<meta content='text/html;charset={}' http-equiv=content-type>"),
    ("text/html", "<!-- <meta charset=utf-16> --><meta\ncharset = '{}'>"),
]


@pytest.mark.parametrize("charset", TEXTS)
@pytest.mark.parametrize(("content_type", "declaration"), DECLARATIONS)
def test_the_declared_charset_counts(content_type: str, declaration: str, charset: str) -> None:
    written = declaration.format(charset) + TEXTS[charset]
    assert decode_text(written.encode(charset), content_type) == written


@pytest.mark.parametrize(
    ("content_type", "head"),
    [
        ("text/plain", "<meta charset=windows-1251>"),
        ("text/html", "<!-- <meta charset=windows-1251> -->"),
        ("text/html", "<!-- <meta charset=windows-1251>"),
        ("text/html", '<meta name="charset" content="charset=windows-1251">'),
        ("text/html", '<meta name="a" content="text/html; charset=windows-1251">'),
        ("text/html", "<metacharset=windows-1251>"),
        ("text/html", "<p>charset=windows-1251"),
        ("text/html", "<meta charset=klingon>"),
        ("text/html", "<meta charset=windows-1251"),
        ("text/html", " " * LOOKED_AT + "<meta charset=windows-1251>"),
        ("text/xml", "<n>encoding='windows-1251'</n>"),
        ("text/xml", "<?xml version='1.0' notencoding='windows-1251'?>"),
        ("text/xml", "<?xml version='1.0' encoding='utf-16'?>"),
        ("text/html", "<meta charset=UTF-16LE>"),
    ],
)
def test_what_declares_nothing(content_type: str, head: str) -> None:
    assert decode_text((head + RUSSIAN).encode(), content_type) == head + RUSSIAN


def test_what_counts_before_a_declaration() -> None:
    xml = f'<?xml version="1.0" encoding="windows-1251"?><n>{RUSSIAN}</n>'
    assert decode_text(xml.encode("koi8-r"), "text/xml; charset=koi8-r") == xml
    assert decode_text(xml.encode("koi8-r"), "text/xml", "koi8-r") == xml
    assert decode_text(xml.encode("utf-8-sig"), "text/xml") == xml
    assert decode_text(xml.encode("windows-1251"), "text/xml; charset=klingon") == xml


@pytest.mark.parametrize("codec", ["utf-16", "utf-16-le", "utf-16-be"])
def test_xml_in_utf_16(codec: str) -> None:
    xml = '<?xml version="1.0" encoding="UTF-16"?><n>\u00e9</n>'
    assert decode_text(xml.encode(codec), "application/xml") == xml


@given(st.binary(max_size=2000), st.sampled_from(["text/html", "text/xml", "text/plain", ""]))
def test_any_bytes_are_read(data: bytes, content_type: str) -> None:
    for start in (b"", b"<meta ", b"<?xml ", b"<!--"):
        assert isinstance(declared_charset(start + data, content_type), str)
        assert isinstance(decode_text(start + data, content_type), str)


@given(st.text(st.characters(codec="utf-8", exclude_characters="\ufeff")))
def test_what_is_utf_8_stays_so(text: str) -> None:
    for kind in ("text/plain", "text/csv", ""):
        if not text.lstrip().startswith("<?xml") and text[:1] != "\0" and text[1:2] != "\0":
            assert decode_text(text.encode(), kind) == text


@given(st.binary(min_size=1))
def test_windows_1252_keeps_every_byte_apart(data: bytes) -> None:
    text = decode_text(data, "text/plain; charset=iso-8859-1", "latin-1")
    if not data.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
        assert len(text) == len(data)
        assert len(set(text)) == len(set(data))


@pytest.mark.parametrize(
    "head",
    [b"<meta " * 200, b"<!--" * 300, b"<?xml " * 200, b"<meta a=" + b'"' * 1000, b"<" * 1024],
)
def test_hostile_documents_cost_little(head: bytes) -> None:
    data = head + b"\x81" * 20_000_000
    began = time.process_time()
    decode_text(data, "text/html")
    decode_text(data, "text/xml; charset=iso-8859-1")
    assert time.process_time() - began < SOON
