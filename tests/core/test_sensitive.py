from __future__ import annotations

import base64
import html
import json
import time
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st
from soon import SOON

from httptask.core.body import Body
from httptask.core.message import Headers, HttpRequest
from httptask.core.sensitive import MASK, Redactor, texts_in_json

SECRETS = st.text(min_size=8, max_size=40).filter(
    lambda text: len(text.strip()) >= 8 and text.isprintable()
)
AROUND = st.binary(max_size=7)


@given(secret=SECRETS, before=st.text(max_size=5), after=st.text(max_size=5))
def test_raw_escaped_percent_and_form_encoded(secret: str, before: str, after: str) -> None:
    redactor = Redactor([secret])
    for form in (
        secret,
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        quote(secret, safe=""),
        quote_plus(secret),
    ):
        assert form not in redactor.text(f"{before}{form}{after}").replace(MASK, "")


@given(secret=SECRETS, before=AROUND, after=AROUND)
def test_base64_at_every_alignment(secret: str, before: bytes, after: bytes) -> None:
    redactor = Redactor([secret])
    data = secret.encode()
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        shown = redactor.text(encode(before + data + after).decode())
        assert MASK in shown
        longest = max(map(len, shown.split(MASK)))
        assert longest <= len(encode(before + b"xx")) + len(encode(after + b"xx"))


@given(secret=SECRETS, times=st.integers(2, 5))
def test_encoded_again_and_again(secret: str, times: int) -> None:
    text = secret
    for _ in range(times):
        text = quote(text, safe="")
    redactor = Redactor([secret])
    assert redactor.text(f"?next={text}&") == f"?next={MASK}&"
    assert redactor.text(f"<{secret.encode().hex()}>") == f"<{MASK}>"
    assert redactor.text(f"<{secret.encode().hex().upper()}>") == f"<{MASK}>"


@given(secret=SECRETS, lower=st.booleans())
def test_all_but_letters_and_digits_percent_encoded(secret: str, lower: bool) -> None:
    """As form encoders of browsers, Java and PHP do with ``~``, and some with ``-`` and ``.``."""
    units = [quote(c, safe="") if len(quote(c, safe="")) > 1 else c for c in secret]
    strict = [c if c.isascii() and c.isalnum() else "".join(f"%{b:02X}" for b in c.encode())
              for c in secret]  # fmt: skip
    for form in ("".join(strict), "".join(units).replace("~", "%7E")):
        shown = form.replace("%7E", "%7e") if lower else form
        assert Redactor([secret]).text(f"<{shown}>") == f"<{MASK}>"


def test_entities_in_hexadecimal() -> None:
    redactor = Redactor(["a/b'c&d=e"])
    assert redactor.text("<a&#x2F;b&#x27;c&amp;d&#x3d;e>") == f"<{MASK}>"


def test_the_start_of_a_text_does_not_end_inside_an_encoded_secret() -> None:
    secret = "\u20ac" * 8
    redactor = Redactor([secret])
    whole = "x" * 200 + quote(secret)
    for cut in range(200, len(whole)):
        assert "%" not in redactor.start(whole[:cut])


@given(secret=SECRETS, data=st.data())
def test_any_mixture_of_encodings(secret: str, data: st.DataObject) -> None:
    """No two encoders leave the same characters alone."""
    url = [str, lambda c: quote(c, safe=""), quote_plus, html.escape]
    for ways in (url, [lambda c: json.dumps(c)[1:-1], _loose_json]):
        text = "".join(data.draw(st.sampled_from(ways))(character) for character in secret)
        assert Redactor([secret]).text(f"<{text}>") == f"<{MASK}>"
    for ensure_ascii in (True, False):
        once = json.dumps(secret, ensure_ascii=ensure_ascii)
        twice = json.dumps(once, ensure_ascii=ensure_ascii)
        assert Redactor([secret]).text(twice) == '"\\"***\\""'


def _loose_json(character: str) -> str:
    """As little escaped as JSON allows, slashes apart."""
    return json.dumps(character, ensure_ascii=False)[1:-1].replace("/", r"\/")


@pytest.mark.parametrize("piece", ["\\", "'", "/", "%", "%25", "&", "&amp;", '"', "\\u005c", "ž"])
def test_a_hostile_text_takes_no_time(piece: str) -> None:
    began = time.process_time()
    for secret in (piece * 20 + "x", (piece + "a") * 20 + "x", piece * 10 + '"' * 10):
        redactor = Redactor([secret])
        for text in (piece * 5000, (piece + "a") * 5000, json.dumps(piece)[1:-1] * 5000):
            redactor.text(text)
    assert time.process_time() - began < SOON


@pytest.mark.parametrize("secret", ["%25" * 8, "%41" * 100, "\\u005c" * 20, "a" * 1000])
def test_a_megabyte_takes_a_moment(secret: str) -> None:
    """One sixtieth of what a body may have; a search takes time in proportion."""
    redactor = Redactor([secret])
    redactor.text(secret)
    for piece in (secret, secret[:-1] + "!", "%25", "\\", "plain "):
        text = piece * (1_000_000 // len(piece))
        began = time.process_time()
        redactor.text(text)
        assert time.process_time() - began < SOON


def test_more_secrets_than_are_told_apart_leave_nothing_in_sight() -> None:
    redactor = Redactor(["12345678"])
    text = "12345678," * 250_010
    assert redactor.text(text) == f"{MASK}," * 249_999 + MASK
    shown = redactor.value([text, "behind", {"a": 1}])
    assert shown == [redactor.text(text), MASK, {MASK: MASK}]


def test_a_text_with_the_divider_of_texts_is_masked_by_itself() -> None:
    redactor = Redactor(["12345678"])
    assert redactor.value(["a\udfffb 12345678", "12345678\udfff"]) == [
        f"a\udfffb {MASK}",
        f"{MASK}\udfff",
    ]


def test_null_characters_around_and_inside() -> None:
    text = "\x00a\x001\x002345678\x00b\x00"
    assert Redactor(["12345678"]).text(text) == f"\x00a\x00{MASK}\x00b\x00"


def test_longest_first_and_nothing_left_over() -> None:
    redactor = Redactor(["abcdefgh", "abcdefgh-longer"])
    assert redactor.text("x abcdefgh-longer y abcdefgh") == f"x {MASK} y {MASK}"


def test_values_keys_lists_and_bytes() -> None:
    redactor = Redactor(["s3cret-value"])
    shown = redactor.value({"s3cret-value": ["a s3cret-value", 1, None], "b": {"c": "ok"}})
    assert shown == {MASK: [f"a {MASK}", 1, None], "b": {"c": "ok"}}
    assert redactor.data(b"\xff s3cret-value \xfe") == b"\xff *** \xfe"


def test_a_short_value_is_masked_by_field_only() -> None:
    redactor = Redactor()
    redactor.register("short", "PIN")
    redactor.register_field("X-Pin")
    assert redactor.text("short") == "short"
    assert redactor.header("x-pin", "short") == MASK
    assert redactor.header("Authorization", "anything") == MASK
    assert redactor.contains_secret("a short text")


def test_a_cut_never_shows_half_a_secret() -> None:
    secret = "0123456789abcdef"
    redactor = Redactor([secret])
    text = "x" * 200 + secret
    for end in range(200, len(text)):
        assert "0123" not in redactor.start(text[:end])
    assert Redactor().start("plain") == "plain"


@pytest.mark.parametrize("secret", ["bad\udcffbytes!", "lone\ud800surrogate"])
def test_a_secret_that_is_not_proper_text_is_still_masked(secret: str) -> None:
    assert Redactor([secret]).text(f"a {secret} b") == f"a {MASK} b"


def test_blanks_around_a_secret_are_not_part_of_it() -> None:
    assert Redactor(["s3cret-value\n"]).text("Bearer s3cret-value") == f"Bearer {MASK}"


def test_upper_case_escapes() -> None:
    assert Redactor(["pässwörd"]).text(r"p\u00E4ssw\u00F6rd") == MASK


def test_the_texts_inside_a_json_secret() -> None:
    assert texts_in_json('{"user": "u", "keys": ["k1", {"k": "k2"}], "n": 1}') == [
        "u",
        "k1",
        "k2",
        "1",
    ]
    for text in ("plain", "{broken", '"text"', "[" * 100_000):
        assert texts_in_json(text) == []


def test_a_number_inside_a_json_secret_is_masked_wherever_it_stands() -> None:
    """``${workflow.secrets.J.pin}`` keeps its type, and is echoed as a number."""
    secret = '{"pin": 71830245, "short": 5}'
    redactor = Redactor([secret, *texts_in_json(secret)])

    assert redactor.value({"pin": 71830245, "n": [5, 7.5, True]}) == {
        "pin": "***",
        "n": [5, 7.5, True],
    }


@pytest.mark.parametrize("pin", ["x7q4z", 'a"&+%', "\u017e/4"])
def test_a_short_secret_is_known_wherever_it_would_leave(pin: str) -> None:
    redactor = Redactor()
    redactor.register(pin, "PIN")
    redactor.register("another-long-one", "OTHER")
    pair = base64.b64encode(f"user:{pin}".encode()).decode()
    bodies = [
        f"a=1&pin={quote_plus(pin)}".encode(),
        json.dumps({"pin": [pin]}).encode(),
        json.dumps({"pin": pin, "n": "\u20ac"}, ensure_ascii=False).encode(),
        quote(quote(pin, safe=""), safe="").encode(),
    ]
    requests = [HttpRequest("POST", "http://h/", Headers(), Body.of(body)) for body in bodies]
    requests += [
        HttpRequest("GET", f"http://h/{quote(pin, safe='')}", Headers()),
        HttpRequest("GET", "http://h/", Headers([("Authorization", f"Basic {pair}")])),
    ]
    for request in requests:
        assert redactor.carries_secret(request)
        assert redactor.carries_secret(request, "PIN")
        assert not redactor.carries_secret(request, "OTHER")
    innocent = HttpRequest("POST", "http://h/", Headers([("A", "b")]), Body.of(b"innocent"))
    assert not redactor.carries_secret(innocent)


@pytest.mark.parametrize("times", range(2, 9))
def test_a_long_secret_is_found_by_its_first_piece(times: int) -> None:
    secret = ("x-%25\\\\u005c&amp;" * times * 10)[: times * 40] + "end"
    redactor = Redactor([secret])
    for form in (secret, json.dumps(secret)[1:-1], quote(secret), secret.encode().hex()):
        assert redactor.text(f"<{form}>") == f"<{MASK}>"
        assert MASK not in redactor.text(form[:-2])
