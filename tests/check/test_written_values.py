"""Values that a uri or a JSON text takes as they are."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from httptask.builtin.build.written import Marked, changes, split_uri
from httptask.check import check_task
from httptask.definition.findings import Finding
from httptask.definition.loader import load_task


def found(options: dict[str, Any] | None = None, **request: Any) -> list[Finding]:
    request = {"uri": "https://api.example.com/a", "method": "POST", **request}
    inputs = {"http_request": request, **({"httptask": options} if options else {})}
    task = {"name": "t", "taskReferenceName": "t", "type": "HTTP", "inputParameters": inputs}
    return check_task(load_task(task))


EDITS = [
    ("/s?q=${workflow.variables.q}&n=5", "/s?n=5", '"query": {"q": "${workflow.variables.q}"}'),
    ("/s/${x.output.id}?q=${workflow.input.q}", "/s/{id}", '"query": {"q": "${workflow.input.q}"}'),
    ("/s?q=a-${x.output.b}", "/s", '"query": {"q": "a-${x.output.b}"}'),
    ("/s/${x.output.id}/t#f", "/s/{id}/t#f", '"path": {"id": "${x.output.id}"}'),
    ("/${a.output.id}/${b.output.id}", "/{id}/{id_2}", '"id_2": "${b.output.id}"'),
    ("/v-${x.output.items[0]}", "/{items}", '"path": {"items": "v-${x.output.items[0]}"}'),
]


@pytest.mark.parametrize("base", ["https://api.example.com", "${workflow.input.base}"])
@pytest.mark.parametrize(("written", "uri", "moved"), EDITS)
def test_the_hint_is_the_edit(base: str, written: str, uri: str, moved: str) -> None:
    (finding,) = found(uri=base + written)
    assert (finding.code, finding.severity) == ("uri_value_unescaped", "warning")
    assert finding.pointer == "/inputParameters/http_request/uri"
    assert f'"uri": "{base}{uri}"' in finding.hint
    assert moved in finding.hint


@pytest.mark.parametrize(
    ("uri", "options"),
    [
        ("https://api.example.com/a?${x.output.q}", None),
        ("https://api.example.com/a?b=c%20${x.output.q}", None),
        ("https://api.example.com/a?b=${x.output.y}&b=${x.output.z}", None),
        ("https://api.example.com/a?b=${x.output.y}", {"query": {"b": 1}}),
        ("https://api.example.com/a?b=${x.output.y}", {"query": "${workflow.input.q}"}),
        ("https://api.example.com/${x.output.y}", {"path": "${workflow.input.q}"}),
    ],
)
def test_where_no_single_edit_is_right(uri: str, options: dict[str, Any] | None) -> None:
    (finding,) = [each for each in found(options, uri=uri) if each.code == "uri_value_unescaped"]
    assert finding.hint.startswith("give the values in httptask.path")


@pytest.mark.parametrize(
    "uri",
    [
        "${workflow.input.uri}",
        "${workflow.input.base}/v1/things",
        "https://${workflow.input.host}/v1",
        "https://api.example.com/a#${workflow.input.part}",
        "https://api.example.com/a/${workflow.input.id}?q=${workflow.input.q}",
    ],
)
def test_values_that_change_nothing(uri: str) -> None:
    assert found(uri=uri) == []


@pytest.mark.parametrize(
    ("body", "code", "hint"),
    [
        ('{"a": "${x.output.b}", "c": ${x.output.d}}', "json_text_value",
         '{"a": "${x.output.b}", "c": "${x.output.d}"}'),
        ("{${x.output.members}}", "json_text_value", "write an object"),
        ('{"a": "${x.output.b}"', "body_not_json", "write an object"),
        ("hello", "body_not_json", "write an object"),
    ],
)  # fmt: skip
def test_a_json_text(body: str, code: str, hint: str) -> None:
    (finding,) = found(body=body)
    assert (finding.code, finding.pointer) == (code, "/inputParameters/http_request/body")
    assert hint in finding.hint


@pytest.mark.parametrize(
    "fields",
    [
        {"body": '{"a": 1}'},
        {"body": "${x.output.text}"},
        {"body": "a ${x.output.b}", "contentType": "text/plain"},
        {"body": "a ${x.output.b}", "headers": {"Content-Type": "text/csv"}},
        {"body": "a ${x.output.b}", "contentType": "${workflow.input.kind}"},
    ],
)
def test_texts_of_which_nothing_is_known(fields: dict[str, Any]) -> None:
    assert found(**fields) == []


@given(st.text())
def test_any_text_is_marked_and_restored(text: str) -> None:
    marked, base, rest = split_uri(text)
    assert base + rest == marked.text
    if not any("\U000f0000" <= letter <= "\U000ffffd" for letter in text):
        assert marked.restored(marked.text) == text
    assert list(changes(rest, rest)) == [] or marked.expressions


def test_marks_of_the_authors_own_are_not_expressions() -> None:
    assert Marked.of("\U000f0000${a}").text == "?\U000f0000"
