from __future__ import annotations

import json
from email.utils import formatdate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from httptask.builtin.check_response import (
    MAX_RETRY_AFTER,
    describe,
    excerpt,
    matches,
    retry_after,
)
from httptask.core.body import FileRef
from httptask.core.message import Headers, HttpResponse, MemoryStream
from httptask.core.sensitive import Redactor
from httptask.hooks.views import DecodedBody
from httptask.testing import LoopbackServer, Reply
from httptask.testing.tasks import TaskRunner
from httptask.testing.wire import ReceivedRequest

NOW = 1_700_000_000.0


@pytest.mark.parametrize(
    ("status", "pattern", "expected"),
    [
        (200, "2xx", True),
        (200, "2XX", True),
        (404, 404, True),
        (404, "404", True),
        (404, "40x", False),
        (404, "5xx", False),
    ],
)
def test_matches(status: int, pattern: str | int, expected: bool) -> None:
    assert matches(status, [pattern]) is expected


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, None),
        ("0", 0.0),
        (" 12 ", 12.0),
        ("99999999999", MAX_RETRY_AFTER),
        ("-1", None),
        ("1.5", None),
        ("soon", None),
        ("", None),
        (formatdate(NOW + 30, usegmt=True), 30.0),
        (formatdate(NOW - 30, usegmt=True), 0.0),
        ("Tue, 14 Nov 2023 22:13:50", 30.0),
        ("Tue, 99 Nov 2023 22:13:50 GMT", None),
        ("²", None),
        ("Mon, 01 Jan 2024 00:00:00 +99999999999999999", None),
    ],
)
def test_retry_after(value: str | None, seconds: float | None) -> None:
    assert retry_after(value, NOW) == seconds


@given(st.text(max_size=40))
def test_retry_after_never_raises(value: str) -> None:
    found = retry_after(value, NOW)
    assert found is None or 0 <= found <= MAX_RETRY_AFTER


def test_the_reason_is_worded_as_conductor_does() -> None:
    url = "http://h/a?token=x"
    response = HttpResponse(503, "", Headers(), MemoryStream(b""), url)
    text = describe("GET", response, '"x"')
    assert text == '503 Service Unavailable on GET request for "http://h/a": "x"'
    renamed = HttpResponse(422, "", Headers(), MemoryStream(b""), url)
    assert describe("GET", renamed, "").startswith("422 Unprocessable Entity on GET request")
    odd = HttpResponse(599, "Odd", Headers(), MemoryStream(b""), url)
    assert describe("PUT", odd, "").startswith('599 Odd on PUT request for "http://h/a"')


FILE = FileRef("/data/files/ab/abc.png", "abc", 10, "image/png")


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (DecodedBody("two\r\nlines\n"), '"two<EOL><EOL>lines<EOL>"'),
        (DecodedBody(None, "none"), "[no body]"),
        (DecodedBody("", "text"), "[no body]"),
        (DecodedBody("x" * 3000, "text"), f'"{"x" * 2000}"…'),
        (DecodedBody({"a": "é"}, text='{"a":"é"}'), '"{"a":"é"}"'),
        (DecodedBody(None, text="null"), '"null"'),
        (DecodedBody([{"a": "é"}], "events"), '"[{"a": "é"}]"'),
        (DecodedBody(FILE.to_json(), "file", 10, FILE), "[10 bytes of image/png]"),
    ],
)
def test_a_reason_shows_the_text_as_it_was_sent(body: DecodedBody, shown: str) -> None:
    assert excerpt(body, Redactor()) == shown


def test_a_secret_is_masked_in_json_as_it_was_sent_before_it_is_cut() -> None:
    secret = 'pass"word/é12345'
    redactor = Redactor([secret])
    for written in (json.dumps(secret), json.dumps(secret, ensure_ascii=False)):
        text = f'{{"a":"{"x" * 1980}","b":{written}}}'
        assert excerpt(DecodedBody(json.loads(text), text=text), redactor).endswith('***"}"')


@pytest.mark.parametrize("kind", ["text/plain", "application/json"])
def test_an_unknown_charset_hides_neither_status_nor_body(
    httptask_tasks: TaskRunner, kind: str
) -> None:
    headers = (("Content-Type", f"{kind};charset=nope"),)

    def reply(request: ReceivedRequest) -> Reply:
        return Reply(int(request.argument("s")), headers, b'{"e":"\xc3\xa9"}')

    with LoopbackServer({"/a": reply}) as server:
        good = httptask_tasks.run({"uri": f"{server.url}/a?s=200", "method": "GET"})
        bad = httptask_tasks.run({"uri": f"{server.url}/a?s=400", "method": "GET"})
    assert good.output["response"]["body"] == {"e": "é"}
    assert bad.error is not None
    assert bad.error.code == "status_not_accepted"
    assert bad.reason == f'400 Bad Request on GET request for "{server.url}/a": "{{"e":"é"}}"'
    assert bad.output["response"]["body"] == {"e": "é"}
