"""Values in XML texts."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from httptask.core.xml_text import escaped_between, escapes_after, is_xml

HOSTILE = "</a>&<b x=\"1\" y='2'>]]><c/>"


def put_in(literals: list[str], values: list[str], *, escape: bool) -> str:
    escapes = [*escapes_after(literals[:-1])]
    shown = [each(value) if escape else value for each, value in zip(escapes, values, strict=True)]
    return "".join(each for pair in zip(literals, [*shown, ""], strict=True) for each in pair)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("text/xml", True),
        ("Application/XML; charset=utf-8", True),
        ("application/soap+xml", True),
        ("text/html", False),
        ("application/json", False),
        ("", False),
    ],
)
def test_media_types(kind: str, expected: bool) -> None:
    assert is_xml(kind) is expected


@pytest.mark.parametrize(
    "literals",
    [
        ["<a>", "</a>"],
        ["<a><![CDATA[", "]]></a>"],
        ["<a><![CDATA[x]]>", "</a>"],
    ],
)
def test_a_value_stays_data(literals: list[str]) -> None:
    text = put_in(literals, [HOSTILE], escape=True)
    found = ET.fromstring(text)
    assert (found.text or "").removeprefix("x") == HOSTILE
    assert len(found) == 0
    assert escaped_between(literals, put_in(literals, [HOSTILE], escape=False)) == text


def test_a_value_in_quotes_stays_in_them() -> None:
    for quote in "\"'":
        text = put_in([f"<a b={quote}", f"{quote}/>"], [HOSTILE], escape=True)
        assert ET.fromstring(text).attrib == {"b": HOSTILE}


PIECES = st.sampled_from(["<b>", "</b>", "<b c='", "'/>", "&", "x", "]]>", "\r\n", ""])


@given(st.lists(PIECES, max_size=6).map("".join), st.lists(PIECES, max_size=6).map("".join))
def test_no_value_adds_markup_even_where_one_ends_is_unknown(first: str, second: str) -> None:
    literals = ["<r><b>", "</b><b>", "</b></r>"]
    text = escaped_between(literals, put_in(literals, [first, second], escape=False))
    assert text is not None
    found = ET.fromstring(text)
    assert [child.tag for child in found] == ["b", "b"]
    assert all(len(child) == 0 for child in found)


def test_another_text_is_not_matched() -> None:
    assert escaped_between(["<a>", "</a>"], "<a>1</b>") is None
    assert escaped_between(["<a>", "</a>"], "<a>") is None
    assert escaped_between(["<a>", "-", "</a>"], "<a>12</a>") is None
