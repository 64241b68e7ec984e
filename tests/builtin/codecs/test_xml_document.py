"""XML as a JSON value."""

from __future__ import annotations

import time
import tracemalloc
from contextlib import suppress
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from httptask.builtin.codecs.xml_document import MAX_ELEMENTS_DEEP, MAX_TAGS, decode_xml
from httptask.core.json_text import encode
from httptask.errors import DecodeError

XSI = "xmlns:x='http://www.w3.org/2001/XMLSchema-instance'"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("<a/>", {"a": ""}),
        ("<a></a>", {"a": ""}),
        ("<a>1</a>", {"a": "1"}),
        ("<a> 1 </a>", {"a": " 1 "}),
        ("<a b='1'/>", {"a": {"@b": "1"}}),
        ("<a b='1'>x</a>", {"a": {"@b": "1", "#text": "x"}}),
        ("<a>\n  <b>1</b>\n</a>", {"a": {"b": "1"}}),
        ("<a><b>1</b><b>2</b></a>", {"a": {"b": ["1", "2"]}}),
        ("<a><b>1</b><c/><b>2</b></a>", {"a": {"b": ["1", "2"], "c": ""}}),
        ("<a>x<b>1</b>y</a>", {"a": {"b": "1", "#text": "xy"}}),
        (
            "<s:a xmlns:s='u'><s:b s:c='1'>2</s:b></s:a>",
            {"a": {"b": {"@c": "1", "#text": "2"}}},
        ),
        (f"<a {XSI}><b x:nil='true'/><c x:type='d'>1</c></a>", {"a": {"b": None, "c": "1"}}),
        ("<a><![CDATA[<&>]]> &lt;&#65;</a>", {"a": "<&> <A"}),
        ("<?xml version='1.0' encoding='utf-16'?><a>é</a>", {"a": "é"}),
        ("<!DOCTYPE a><!-- c --><a/><?p q?>", {"a": ""}),
        ("\r\n <?xml version='1.0'?><a/>", {"a": ""}),
        ("<!DOCTYPE a [<!ELEMENT a ANY>]><a/>", {"a": ""}),
        ("<!DOCTYPE a [<!ATTLIST a b ID #IMPLIED>]><a b='1'/>", {"a": {"@b": "1"}}),
    ],
)
def test_the_mapping(text: str, value: Any) -> None:
    assert decode_xml(text) == value


@pytest.mark.parametrize(
    ("lists", "b"),
    [
        (["b"], ["1"]),
        (["a/b"], ["1"]),
        (["r/a/b"], ["1"]),
        (["s:a/t:b"], ["1"]),
        (["x/b"], "1"),
        (["c", "b/a"], "1"),
    ],
)
def test_lists_by_name_and_by_the_end_of_a_path(lists: list[str], b: Any) -> None:
    assert decode_xml("<r><a><b>1</b></a></r>", lists) == {"r": {"a": {"b": b}}}


def test_a_schema_says_what_is_a_list_a_number_a_truth_value() -> None:
    schema = {
        "properties": {"r": {"$ref": "#/$defs/r"}},
        "$defs": {
            "r": {
                "properties": {
                    "@n": {"type": "integer"},
                    "item": {"type": "array", "items": {"$ref": "#/$defs/item"}},
                    "on": {"type": ["boolean", "null"]},
                    "off": {"type": ["boolean", "null"]},
                    "none": {"type": "object"},
                    "text": {"type": ["string", "integer"]},
                    "wrong": {"type": "integer"},
                }
            },
            "item": {"properties": {"@id": {"type": "integer"}, "#text": {"type": "number"}}},
        },
    }
    text = (
        "<r n='12345678901234567890'><item id='7'> 1.10 </item><on>true</on><off/><none/>"
        "<text>1</text><wrong>seven</wrong></r>"
    )
    found = decode_xml(text, (), schema)
    assert encode(found) == (
        b'{"r":{"@n":12345678901234567890,"item":[{"@id":7,"#text":1.10}],"on":true,"off":null,'
        b'"none":{},"text":"1","wrong":"seven"}}'
    )


def test_a_schema_that_names_itself_ends() -> None:
    tree = {"properties": {"n": {"type": "array", "items": {"$ref": "#"}}}}
    assert decode_xml("<n><n/></n>", (), tree) == {"n": {"n": [""]}}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "xml_invalid"),
        ("secret-in-no-xml", "xml_invalid"),
        ("<a>", "xml_invalid"),
        ("<a></b>", "xml_invalid"),
        ("<a/><b/>", "xml_invalid"),
        ("<s:a/>", "xml_invalid"),
        ("<a>&secret-entity;</a>", "xml_invalid"),
        ("<a>\x00</a>", "xml_invalid"),
        ("<a>" * 200, "xml_invalid"),
        ("<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "xml_refused"),
        ("<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>", "xml_refused"),
        ("<!DOCTYPE a [<!ENTITY % b SYSTEM 'http://127.0.0.1/'> %b;]><a/>", "xml_refused"),
        ("<!DOCTYPE a [<!ATTLIST a b CDATA 'secret'>]><a/>", "xml_refused"),
        ("<!DOCTYPE a [<!ATTLIST a b CDATA #FIXED 'secret'>]><a/>", "xml_refused"),
    ],
)
def test_what_is_refused(text: str, code: str) -> None:
    with pytest.raises(DecodeError) as caught:
        decode_xml(text)
    assert caught.value.code == code
    assert "secret" not in caught.value.message


def test_the_deepest_document_is_a_value_that_others_can_read() -> None:
    deep = MAX_ELEMENTS_DEEP
    assert decode_xml("<a>" * deep + "</a>" * deep)
    with pytest.raises(DecodeError, match="nested deeper"):
        decode_xml("<a>" * (deep + 1) + "</a>" * (deep + 1))


BOMB = "".join(
    f"<!ENTITY e{at} '{f'&e{at - 1};' * 10}'>" if at else "<!ENTITY e0 'lol'>" for at in range(10)
)
DEFAULTS = " ".join(f"c{at} CDATA '{'x' * 100}'" for at in range(100))


@pytest.mark.parametrize(
    "text",
    [
        f"<!DOCTYPE a [{BOMB}]><a>&e9;</a>",
        "<a>" + "<b/>" * MAX_TAGS + "</a>",
        "<a " + " ".join(f"b{at}=''" for at in range(MAX_TAGS + 1)) + "/>",
        "<a>" * 1_000_000,
        "<!DOCTYPE a SYSTEM 'http://127.0.0.1:1/x'><a/>" + "<" * MAX_TAGS,
        f"<!DOCTYPE a [<!ATTLIST b {DEFAULTS}>]><a>{'<b/>' * 100_000}</a>",
    ],
    ids=["entities", "tags", "attributes", "depth", "external", "defaults"],
)
def test_a_bomb_costs_little(text: str) -> None:
    tracemalloc.start()
    began = time.process_time()
    with pytest.raises(DecodeError):
        decode_xml(text)
    spent, peak = time.process_time() - began, tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert spent < 2
    assert peak < 64 * 1024 * 1024


names = st.sampled_from(["a", "b", "c", "é", "long-name"])
of_xml = st.characters(blacklist_categories=("Cs", "Cc"), blacklist_characters="\ufffe\uffff")
texts = st.text(of_xml, max_size=8)


def built(tree: Any) -> ET.Element:
    name, attributes, text, inner = tree
    element = ET.Element(name, attributes)
    element.text = text
    element.extend(map(built, inner))
    return element


trees = st.recursive(
    st.tuples(names, st.dictionaries(names, texts, max_size=2), texts, st.just([])),
    lambda inner: st.tuples(
        names, st.dictionaries(names, texts, max_size=2), texts, st.lists(inner, max_size=4)
    ),
    max_leaves=12,
)


def leaves(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for item in value.values() for text in leaves(item)]
    return [text for item in value for text in leaves(item)] if isinstance(value, list) else [value]


@given(trees)
def test_no_text_of_a_document_is_lost(tree: Any) -> None:
    def written(each: Any) -> list[str]:
        _, attributes, text, inner = each
        found = [*attributes.values(), *(text for each in inner for text in written(each))]
        bare = not attributes and not inner
        return [*found, text] if bare or text.strip() else found

    text = ET.tostring(built(tree), "unicode")
    assert sorted(leaves(decode_xml(text))) == sorted(written(tree))


@given(st.text(max_size=60) | st.text("<>/a='\"&;![]-? ", max_size=60))
def test_any_text_is_a_value_or_one_of_our_errors(text: str) -> None:
    with suppress(DecodeError):
        assert isinstance(decode_xml(text), dict)
