"""Names of response headers are compared without case, wherever expressions read them."""

from __future__ import annotations

import copy
import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from httptask.expressions import (
    Context,
    HeaderMap,
    compile_path,
    compile_template,
    readable,
)

HEADERS = {"etag": ['"v1"'], "LINK": ["<a>; rel=next", "<b>"], "x-Total": ["7"]}
RESPONSE = {"statusCode": 200, "reasonPhrase": "", "headers": HEADERS, "body": {"ETag": "body"}}
OUTPUT = {"response": RESPONSE}
CONTEXT = Context.build(
    tasks={
        "r": {"output": OUTPUT},
        "loop": {"output": {"1": {"r": OUTPUT, "inner": {"1": {"r": OUTPUT}}}, "iteration": 1}},
        "join": {"output": {"r": OUTPUT}},
    }
)
NAMES = st.text(st.characters(codec="ascii", categories=["L", "N"], include_characters="-_"))


@pytest.mark.parametrize(
    ("inside", "value"),
    [
        ("r.output.response.headers.ETag[0]", '"v1"'),
        ("r.output.response.headers.etag[0]", '"v1"'),
        ("r.output.response.headers['Etag'][0]", '"v1"'),
        ("r.output.response.headers.link", HEADERS["LINK"]),
        ("r.output.response.headers['Link'].length()", 2),
        ("r.output.response.headers['ETAG','X-TOTAL']", {"ETAG": ['"v1"'], "X-TOTAL": ["7"]}),
        ("r.output.response.headers", HEADERS),
        ("r.output.response.headers.keys()", list(HEADERS)),
        ("r.output.response.headers.*", list(HEADERS.values())),
        ("r.output.response.headers[?(@.ETag)]", [HEADERS]),
        ("r.output.response.headers[?(@.ETag[0] == '\"v1\"')]", [HEADERS]),
        ("r.output.response.headers[?(@.etags)]", []),
        ("r.output..X-TOTAL", [["7"]]),
        ("loop.output['1'].r.response.headers.X-Total[0]", "7"),
        ("loop.output['1'].inner['1'].r.response.headers.X-Total[0]", "7"),
        ("loop.output[*].r.response.headers.X-TOTAL[0]", ["7"]),
        ("join.output.r.response.headers.X-TOTAL[0]", "7"),
        ("r.output.response.body.etag", None),
        ("r.output.Response.headers.etag", None),
        ("r.output.response.headers.none", None),
    ],
)
def test_expressions(inside: str, value: Any) -> None:
    assert compile_template(f"${{{inside}}}").evaluate(CONTEXT) == value


def test_inside_a_text() -> None:
    text = "If ${r.output.response.headers.ETag[0]} of ${r.output.response.headers['X-TOTAL']}"
    assert compile_template(text).evaluate(CONTEXT) == 'If "v1" of [7]'


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("$.response.headers.ETag[0]", ['"v1"']),
        ("$.response.headers['ETAG'][0]", ['"v1"']),
        ("$.response.headers['ETag','Link'][0]", ['"v1"', "<a>; rel=next"]),
        ("$.response.headers[?@[0] == '7']", [["7"]]),
        ("$.response[?@.ETag && @.Link]", [HEADERS]),
        ("$[?@.headers.ETag[0] == '\"v1\"'].statusCode", [200]),
        ("$.response.headers.*", list(HEADERS.values())),
        ("$.response.headers.nothing", []),
    ],
)
def test_paths_of_output_mapping(path: str, found: list[Any]) -> None:
    assert compile_path(path).find(readable(OUTPUT)) == found


def test_it_is_a_plain_object_with_the_spelling_received() -> None:
    headers = readable(OUTPUT)["response"]["headers"]
    assert isinstance(headers, HeaderMap)
    assert headers == HEADERS
    assert list(headers) == list(HEADERS)
    assert json.loads(json.dumps(headers)) == HEADERS
    assert msgspec.json.decode(msgspec.json.encode(headers)) == HEADERS
    assert type(copy.deepcopy(headers)) is dict
    assert type(OUTPUT["response"]["headers"]) is dict


def test_of_two_spellings_the_one_that_is_written_counts() -> None:
    both = HeaderMap({"A": 1, "a": 2})
    assert (both["A"], both["a"], both.get("a")) == (1, 2, 2)


@given(st.dictionaries(NAMES, st.integers()), NAMES)
def test_lookups_agree_with_each_other(fields: dict[str, int], name: str) -> None:
    headers = HeaderMap(fields)
    there = name.lower() in {own.lower() for own in fields}
    assert (name in headers) is there
    assert (headers.get(name) is not None) is there
    for own, value in fields.items():
        assert headers[own] == value
        assert headers[own.swapcase()] in fields.values()
    with pytest.raises(KeyError):
        headers[name + "\x00"]


@pytest.mark.parametrize("odd", [None, "text", {"response": "text"}, {"response": {"headers": 1}}])
def test_what_is_not_a_response_stays(odd: Any) -> None:
    assert readable(odd) == odd


def test_a_deep_output_causes_no_trouble() -> None:
    deep: dict[str, Any] = {}
    for _ in range(100_000):
        deep = {"a": deep}
    assert "a" in readable(deep)
    while deep:
        deep = deep["a"]
