"""Hostile sources: nothing is read that is not there for it, nothing crashes, cost is bounded."""

from __future__ import annotations

import json
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from soon import SOON

from httptask.app.import_ import read_requests
from httptask.errors import DefinitionError
from httptask.importers.reading import Import
from httptask.plugins import build_manager

MANAGER = build_manager(installed=False)
SECRET = "${workflow.secrets.BANK}"
SCHEMA = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"
STRANGE: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=9,
)


def read(source: str | bytes | Any, **more: Any) -> Import:
    text = source if isinstance(source, (str, bytes)) else json.dumps(source)
    return read_requests(text.encode() if isinstance(text, str) else text, MANAGER, **more)


@pytest.mark.parametrize(
    "source",
    [
        f"curl 'https://a.example/{SECRET}?q={SECRET}' -H 'X: {SECRET}' -d '{SECRET}'",
        f"curl 'https://a.example' --json '{{\"a\": [\"{SECRET}\"], \"{SECRET}\": 1}}'",
        f"curl 'https://a.example' -u '{SECRET}:x' -F 'a={SECRET}' -F 'f=@{SECRET}'",
        f"curl 'https://a.example' -b 'a={SECRET}' --data-urlencode 'b={SECRET}'",
        f"GET https://a.example/{SECRET}\nX: {SECRET}\n\n{SECRET}",
        {"info": {"schema": SCHEMA}, "item": [{"request": f"https://a.example/{SECRET}"}]},
        f"fetch('https://a.example/{SECRET}', {{headers: {{X: '{SECRET}'}}, body: '{SECRET}'}})",
        f"meta {{\n}}\npost {{\n  url: https://a.example\n}}\nbody:text {{\n  {SECRET}\n}}",
        f"Invoke-RestMethod -Uri 'https://a.example/{SECRET}' -Headers @{{ X = '{SECRET}' }}",
    ],
)  # fmt: skip
def test_a_reference_in_a_source_stays_text(source: Any) -> None:
    found = read(source)
    assert found.tasks
    written = json.dumps([task.task for task in found.tasks])
    assert SECRET not in written.replace(f"${SECRET}", "")


def test_a_value_of_a_secret_is_written_nowhere() -> None:
    value = "hb_live_5Yq2ZcT0aa81"
    source = (
        f"curl 'https://a.example/x?api_key={value}' -H 'Authorization: Bearer {value}' "
        f"-H 'X-Api-Key: {value}' -b 'sid={value}' --json '{{\"password\": \"{value}\"}}'"
    )
    found = read(source)
    assert value not in json.dumps(found.to_json("-"))
    assert len({name for task in found.tasks for name in task.secrets}) == 1


@pytest.mark.parametrize(
    "header", ["Authorization: Bearer abc\ufdd1def", "X-Key: abc\ufdd1def", "GHToken: a-value"]
)
def test_a_secret_is_one_whatever_stands_in_it(header: str) -> None:
    found = read(f"curl https://a.example -H '{header}'")
    assert len(found.tasks[0].secrets) == 1
    assert header[-5:] not in json.dumps(found.to_json("-"), ensure_ascii=False)


def test_files_are_read_below_the_folder_only(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("the canary")
    folder = tmp_path / "inside"
    folder.mkdir()
    for name in ("../secret.txt", str(tmp_path / "secret.txt")):
        found = read(f"curl https://a.example -d @{name} -d x=1", folder=folder)
        assert "canary" not in json.dumps(found.to_json("-"))


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"x" * (64 * 1024 * 1024 + 1), "document_too_large"),
        (b'{"log":' * 300 + b"1" + b"}" * 300, "document_too_deep"),
        (b'{"log": {"entries": [', "document_unreadable"),
        (b'{"nodes": [], "connections": {}}', "format_unknown"),
        (b"\xff\xfe\x00", "format_unknown"),
        (b"", "format_unknown"),
    ],
)
def test_what_cannot_be_read_is_refused(content: bytes, code: str) -> None:
    with pytest.raises(DefinitionError) as caught:
        read(content)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("http POST https://a.example x=1", "an HTTPie command"),
        ("import requests\nrequests.get('https://a.example')", "Python code"),
        ({"arazzo": "1.0.0", "workflows": []}, "an Arazzo description"),
        ({"StartAt": "A", "States": {}}, "a Step Functions state machine"),
        ({"openapi": "3.1.0", "paths": {}}, "catalog add"),
    ],
)
def test_a_file_of_another_format_is_called_what_it_is(source: Any, told: str) -> None:
    with pytest.raises(DefinitionError, match=told):
        read(source)


def test_yaml_aliases_are_bounded() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    started = time.process_time()
    with pytest.raises(DefinitionError):
        read("\n".join(lines))
    assert time.process_time() - started < SOON


@given(STRANGE, STRANGE, STRANGE)
@settings(max_examples=60)
def test_values_of_unexpected_types_do_no_harm(one: Any, other: Any, third: Any) -> None:
    entry = {"request": {"url": one, "method": other, "headers": third, "postData": one}}
    read({"log": {"entries": [entry, third]}})
    request = {"url": {"raw": one, "query": other}, "header": third, "auth": one, "body": other}
    read({"info": {"schema": SCHEMA}, "item": [{"request": request, "event": third}, one]})
    insomnia = {"_type": "request", "url": one, "headers": other, "body": third, "parameters": one}
    more = {"_type": "request", "authentication": one, "scripts": other, "_id": third}
    read({"_type": "export", "resources": [insomnia, more, one]})


@pytest.mark.parametrize(
    "source",
    [
        "curl https://a.example " + "-d '" * 50_000,
        "curl https://a.example -d " + "$(" * 50_000,
        "curl https://a.example -F 'a=x" + ";type=a" * 5_000 + "'",
        "curl 'https://a.example/" + "[1-9]" * 50 + "'",
        "curl https://a.example --json '" + "[" * 50_000 + "'",
        "A=xxxxxxxx\n" + "A=$A$A\n" * 60 + "curl https://a.example -d $A",
        "$a = 'xxxx'\n" + '$a = "$a$a"\n' * 60 + "irm https://a.example -Body $a",
        "GET https://a.example\n\n" + "{{a" * 50_000,
        "fetch('https://a.example', " + "{a:" * 50_000,
        "meta {\n" + "a: '''\n" * 20_000 + "}\n",
        "Invoke-RestMethod https://a.example -Body " + "@{a=" * 500,
    ],
)
def test_cost_is_bounded(source: str) -> None:
    started = time.process_time()
    read(source)
    assert time.process_time() - started < SOON


@pytest.mark.parametrize("form", ["postman", "insomnia", "har"])
@pytest.mark.parametrize(
    ("source", "said"),
    [
        ('{"info": {},\n "item": [}', "line 2, column 11"),
        ("[1]", "no request of the format"),
        ("info: [", "no request of the format"),
    ],
)
def test_a_source_that_is_not_of_its_named_format_is_refused(
    form: str, source: str, said: str
) -> None:
    with pytest.raises(DefinitionError, match=said):
        read(source, form=form)


def test_what_is_broken_is_told_with_its_file_and_place() -> None:
    with pytest.raises(DefinitionError, match="not JSON at line 1, column 2") as caught:
        read("{,}", name="a.json")
    assert caught.value.source == "a.json"


@given(st.sampled_from(["postman", "insomnia", "har", "bruno", "http", "curl", "fetch"]), STRANGE)
def test_any_document_under_any_format_is_read_or_refused(form: str, document: Any) -> None:
    with suppress(DefinitionError):
        assert read(document, form=form).format == form
