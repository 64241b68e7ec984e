from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from httptask.core.message import Origin
from httptask.hooks.task import CompiledTask, literal_origin


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("http://h/${x}", "http://h"),
        ("HTTPS://H:8443?x=${y}", "https://h:8443"),
        (" http://h#f", "http://h"),
        ("http://h.", "http://h"),
        ("http://bücher.example/", "http://xn--bcher-kva.example"),
        ("http://[::1]:80/", "http://[::1]"),
        ("http://${h}/", None),
        ("http://h${x}/", None),
        ("http://h:${port}/", None),
        ("http://h:80${x}", None),
        ("${scheme}://h/", None),
        ("http://h{x}/", None),
        ("http://u@h/", None),
        ("http://u:p@h/", None),
        ("http://h\\@evil/", None),
        ("http://h:99999/", None),
        ("ftp://h/", None),
        ("http:/h/", None),
        ("//h/", None),
        ("http://h evil/", None),
        ("http://::1/", None),
        ("http://::/", None),
        (None, None),
        (7, None),
    ],
)
def test_literal_origins(text: object, origin: str | None) -> None:
    found = literal_origin(text)
    assert (str(found) if found else None) == origin


@given(st.text(alphabet="htp:/s.@[]${}x1#?\\ ", max_size=24))
def test_an_origin_with_an_expression_is_never_literal(tail: str) -> None:
    text = "http://" + tail
    found = literal_origin(text)
    authority = text[7:].replace("?", "/").replace("#", "/").partition("/")[0]
    if "${" in authority or "@" in authority:
        assert found is None
    if found is not None:
        assert found == Origin.of(text.strip())


def test_the_proxy_counts_for_egress_but_not_for_secrets() -> None:
    inputs = {
        "http_request": {"uri": "https://api.example.com/x", "method": "GET"},
        "httptask": {"proxy": "http://user:pw@localhost:3128"},
    }
    task = CompiledTask.of(inputs)
    assert str(task.origin) == "https://api.example.com"
    assert str(task.proxy_origin) == "http://localhost:3128"
    assert task.loopback_candidates == {("api.example.com", 443), ("localhost", 3128)}
    assert task.request_pointer == "/inputParameters/http_request"
    computed = {"uri": "http://h/", "httptask": {"proxy": "http://u:${workflow.secrets.P}@h:1"}}
    flat = CompiledTask.of(computed)
    assert flat.proxy_origin is None
    assert flat.request_pointer == "/inputParameters"
