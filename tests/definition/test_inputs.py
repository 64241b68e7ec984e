"""Reading resolved inputs at run time: real types only."""

from __future__ import annotations

from typing import Any

import pytest

from httptask.definition.inputs import parse_request, split_inputs
from httptask.definition.options import BearerAuthOptions, FileReference, OutputMapping, Part
from httptask.errors import InputError

REQUEST = {"uri": "https://api.example.com/x", "method": "GET"}


def test_defaults() -> None:
    spec, options = parse_request({"http_request": REQUEST})
    assert (spec.accept, spec.content_type) == ("application/json", "application/json")
    assert (spec.connection_time_out, spec.read_time_out) == (3000, 3000)
    assert (spec.encode, spec.accepted_status_codes, spec.body) == (True, None, None)
    assert (options.retry, options.idempotent, options.trust_env) == (None, False, False)
    assert (options.redirects.follow, options.redirects.max) == (True, 10)
    assert options.tls.verify is True
    assert options.response.format == "auto"


def test_both_shapes_are_the_same() -> None:
    options = {"query": {"a": 1}}
    wrapped = parse_request({"http_request": REQUEST, "httptask": options})
    assert parse_request({**REQUEST, "httptask": options}) == wrapped
    assert parse_request({**REQUEST, "http_request": None, "httptask": options}) == wrapped
    beside = {"asyncComplete": False, "uri": "other", "whatever": 1}
    assert parse_request({**beside, "http_request": REQUEST, "httptask": options}) == wrapped


def test_flat_inputs_as_a_server_hands_them_over() -> None:
    spec, _ = parse_request({**REQUEST, "asyncComplete": False})
    assert spec.uri == REQUEST["uri"]


def test_what_conductor_coerces() -> None:
    request = {**REQUEST, "connectionTimeOut": "100", "readTimeOut": 15.9, "encode": "false"}
    spec, _ = parse_request({"http_request": request})
    assert (spec.connection_time_out, spec.read_time_out, spec.encode) == (100, 15, False)
    spec, _ = parse_request({"http_request": {**REQUEST, "readTimeOut": ""}})
    assert spec.read_time_out == 3000


def test_values() -> None:
    reference = {"path": "f/a", "sha256": "0" * 64, "size": 1, "mediaType": "image/png"}
    options = {
        "auth": {"type": "bearer", "token": "t"},
        "acceptedStatusCodes": [200, "4XX", 404.0],
        "multipart": {"a": ["x", {"file": reference}], "b": 5},
        "output": {"x": "$.response", "y": {"path": "$.response.body", "default": None}},
        "path": {"id": True, "n": 5, "f": 1.5},
        "retry": {"multiplier": 2, "maxAttempts": 4.0},
    }
    _, read = parse_request({"http_request": REQUEST, "httptask": options})
    assert read.auth == BearerAuthOptions(type="bearer", token="t")
    assert read.accepted_status_codes == ["200", "4XX", "404"]
    assert read.multipart is not None
    part = read.multipart["a"][1]
    assert isinstance(part, Part)
    assert isinstance(part.file, FileReference)
    assert part.file.media_type == "image/png"
    mapping = read.output["y"]
    assert isinstance(mapping, OutputMapping)
    assert "default" in mapping.model_fields_set
    assert read.path == {"id": True, "n": 5, "f": 1.5}
    assert type(read.path["n"]) is int
    assert read.retry is not None
    assert (read.retry.multiplier, read.retry.max_attempts) == (2.0, 4)


@pytest.mark.parametrize(
    ("inputs", "pointer"),
    [
        ({"http_request": {**REQUEST, "readTimeOut": "${x}"}}, "/p/http_request/readTimeOut"),
        ({"http_request": {**REQUEST, "headers": "${x}"}}, "/p/http_request/headers"),
        ({"http_request": "${x}"}, "/p/http_request"),
        ({"http_request": {**REQUEST, "uri": None}}, "/p/http_request/uri"),
        ({**REQUEST, "method": "${x}"}, "/p/method"),
        ({**REQUEST, "httptask": {"deadlineMs": "${x}"}}, "/p/httptask/deadlineMs"),
        ({**REQUEST, "httptask": []}, "/p/httptask"),
        ({**REQUEST, "httptask": {"path": {"a/b": None}}}, "/p/httptask/path/a~1b"),
    ],
)
def test_at_run_time_only_the_type_will_do(inputs: dict[str, Any], pointer: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_request(inputs, pointer="/p", source="w.json")
    assert (caught.value.pointer, caught.value.source) == (pointer, "w.json")


def test_text_with_an_expression_in_it_is_data() -> None:
    spec, _ = parse_request({**REQUEST, "body": "${x}", "headers": {"X-A": "${x}"}})
    assert (spec.body, spec.headers) == ("${x}", {"X-A": "${x}"})


def test_more_than_one_error_is_said() -> None:
    with pytest.raises(InputError, match="1 more error"):
        parse_request({"http_request": {"uri": 5}})


def test_split() -> None:
    parts = split_inputs({"http_request": {"uri": "x"}, "uri": "y", "httptask": {}})
    assert (parts.request, parts.pointer, parts.options) == ({"uri": "x"}, "/http_request", {})
    assert parts.beside == {"uri": "y"}
    flat = split_inputs({"uri": "y"})
    assert (flat.request, flat.pointer, flat.options) == ({"uri": "y"}, "", None)
