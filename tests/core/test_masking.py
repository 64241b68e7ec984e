"""Any secret, in any form of the table, at any place of a text, cut or not, is masked."""

from __future__ import annotations

import base64
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from masking_forms import BASE64, TEXTS, WHOLE

from httptask.core.body import Body
from httptask.core.message import Headers, HttpRequest
from httptask.core.sensitive import MASK, Redactor
from httptask.wire.rendering import render_bytes

CHARACTERS = st.one_of(
    st.characters(exclude_categories=["Cs", "Cc"]),
    st.sampled_from("%\"\\/&'<>+ =\n\u017e\u20ac\U0001f600"),
)
SECRETS = st.text(CHARACTERS, min_size=8, max_size=24).filter(lambda text: text.strip() == text)
PADDING = "." * 3


def shown_of(data: bytes, size: int, secret: str) -> str:
    """Return what a trace shows of a body's first bytes, as Latin-1."""
    shown = render_bytes(data, size, "text/plain", Redactor([secret]), cut=size > len(data))
    if "text" in shown:
        return str(shown["text"]).replace("\0", "")
    return base64.b64decode(shown["base64"]).decode("latin-1").replace("\0", "")


def leaks(shown: str, edge: int) -> bool:
    """Tell whether more is shown than padding, masks and the edges of base64."""
    return any(len(part.strip(".")) > edge for part in shown.split(MASK))


@given(secret=SECRETS, name=st.sampled_from(sorted(WHOLE)), data=st.data())
def test_in_any_form_and_cut_anywhere(secret: str, name: str, data: st.DataObject) -> None:
    form = WHOLE[name](secret)
    body = PADDING.encode() + form + PADDING.encode()
    assert shown_of(body, len(body), secret) == PADDING + MASK + PADDING
    cut = data.draw(st.integers(0, len(body)), label="cut")
    around = b"." * 2000 + body
    assert not leaks(shown_of(around[: 2000 + cut], len(around), secret), 0)


@given(secret=SECRETS, name=st.sampled_from(sorted(BASE64)), data=st.data())
def test_in_base64_and_cut_anywhere(secret: str, name: str, data: st.DataObject) -> None:
    body = b"." * 2000 + BASE64[name](secret) + b"."
    edge = 24  # the neighbours' characters, percent-encoded and broken at the worst
    shown = shown_of(body, len(body), secret)
    assert MASK in shown
    assert not leaks(shown, edge)
    cut = data.draw(st.integers(0, len(body)), label="cut")
    assert not leaks(shown_of(body[:cut], len(body), secret), edge)


@given(secret=SECRETS, name=st.sampled_from(sorted(TEXTS)))
def test_anywhere_in_a_value(secret: str, name: str) -> None:
    def made(text: str) -> Any:
        return {"a": [None, {text: text}, f"<{text}>"], text: [True, 1.5, ["", text]]}

    redactor = Redactor([secret])
    assert redactor.value(made(TEXTS[name](secret))) == made(MASK)
    innocent = made("innocent")
    assert redactor.value(innocent) is innocent


@given(secret=SECRETS, name=st.sampled_from(sorted({**WHOLE, **BASE64})), at=st.integers(0, 3))
def test_a_request_that_carries_it_is_known(secret: str, name: str, at: int) -> None:
    data = {**WHOLE, **BASE64}[name](secret)
    redactor = Redactor()
    redactor.register(secret, "KEY")
    chunks = [data[start : start + 7] for start in range(0, len(data), 7)]
    bodies = (Body.of(data), Body("", len(data), source=lambda: iter(chunks)))
    for body in bodies:
        request = HttpRequest("POST", "http://h/", Headers(), body)
        assert redactor.carries_secret(request)
        assert redactor.carries_secret(request, "KEY")
        assert not redactor.carries_secret(request, "OTHER")
    text = data.decode("latin-1")
    for request in (
        HttpRequest("GET", f"http://h/?a={text}", Headers()),
        HttpRequest("GET", "http://h/", Headers([("X-A", "1"), ("X-B", text)])),
    ):
        assert redactor.carries_secret(request, "KEY")
    assert not redactor.carries_secret(HttpRequest("GET", "http://h/", Headers([("X", "1")])))
