"""Forms x places x secrets: what of a secret is left in sight.

    python tests/core/masking_corpus.py

Prints figures, and ends with 1 when anything leaks or a search takes more than a second.
"""

from __future__ import annotations

import base64
import random
import sys
import time
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))

from masking_forms import BASE64, TEXTS, WHOLE

from httptask.core.body import Body
from httptask.core.message import Headers, HttpRequest, HttpResponse, MemoryStream
from httptask.core.sensitive import MASK, Redactor
from httptask.wire.rendering import render_bytes, render_request, render_response

SECRETS = (
    "plain-secret-12345",
    "sk_live_4eC39HqLyjWDarjtT1zdp7dc",
    'quote"back\\slash/per%cent',
    "<&>'+ =?#[]{}|^`~",
    "%25%25%25%25%41",
    "\\u005c\\u005c\\\\",
    "&amp;&lt;&#38;&quot;",
    "p\u00e4ssw\u00f6rd\u017e\u20ac\U0001f600",
    "12345678",
    "line one\nline two\ttab",
    "eyJhbGciOiJSUzI1NiJ9." + "Ab-_9" * 240,
)
SIZE = 60_000_000
EDGE = 24
"""Characters at the edges of base64, percent-encoded and broken at the worst: half a byte each."""


def shown(data: bytes, cut: bool, redactor: Redactor) -> str:
    body = render_bytes(data, len(data) + cut, "a/b", redactor, cut=cut)
    text = body["text"] if "text" in body else base64.b64decode(body["base64"]).decode("latin-1")
    return str(text).replace("\0", "")


def in_bodies(secret: str, redactor: Redactor) -> Iterator[bool]:
    """Yield of each form in a body, whole and cut, whether it leaks."""
    draw = random.Random(len(secret))
    for name, make in {**WHOLE, **BASE64}.items():
        edge = 0 if name in WHOLE else EDGE
        start = b"." * (24 * len(secret) * 4 if len(secret) < 100 else 60_000)
        data = start + make(secret) + b"."
        for cut in (None, *(draw.randrange(len(start), len(data)) for _ in range(8))):
            seen = shown(data[:cut], cut is not None, redactor)
            yield any(len(part.strip(".")) > edge for part in seen.split(MASK))


def in_fields(secret: str, redactor: Redactor) -> Iterator[bool]:
    """Yield of each form in each field of a trace whether it leaks."""
    for make in TEXTS.values():
        text = make(secret)
        headers = Headers([(text, "1"), ("X", text), ("Content-Type", f"a/{text}")])
        body = Body.of(b"1", f"a/{text}")
        request = HttpRequest("GET", f"http://h/{text}?q={text}", headers, body)
        response = HttpResponse(200, text, headers, MemoryStream(b""), "http://h/")
        value = {text: [text, {"a": text}], "mediaType": f"a/{text}"}
        for seen in (
            render_request(request, redactor, 100),
            render_response(response, None, redactor),
            redactor.value(value),
        ):
            yield text in _texts(seen)


def _texts(value: object) -> str:
    if isinstance(value, dict):
        return "\n".join(f"{_texts(key)}\n{_texts(item)}" for key, item in value.items())
    if isinstance(value, list | tuple):
        return "\n".join(map(_texts, value))
    return str(value)


def slowest(secret: str) -> float:
    """Return the processor time of the slowest search in 60 MB of hostile text."""
    redactor = Redactor([secret])
    redactor.text(secret)
    pieces = ("plain text; ", "%25", "\\", "&amp;", secret[:-1] + "\x01", secret[:32])
    spent = []
    for piece in pieces:
        text = piece * (SIZE // len(piece))
        began = time.process_time()
        redactor.text(text)
        spent.append(time.process_time() - began)
    return max(spent)


def main() -> int:
    leaks = cases = 0
    worst = 0.0
    for secret in SECRETS:
        redactor = Redactor([secret])
        found = [*in_bodies(secret, redactor), *in_fields(secret, redactor)]
        worst = max(worst, slowest(secret))
        leaks, cases = leaks + sum(found), cases + len(found)
        if any(found):
            print(f"  {secret[:40]!r}: {sum(found)} leaks")
    forms = len(WHOLE) + len(BASE64)
    print(f"masking: {forms} forms, {len(SECRETS)} secrets, {cases} cases, {leaks} leaks")
    print(f"masking: 60 MB of hostile text in {worst:.2f} s at the worst")
    return int(leaks > 0 or worst > 1)


if __name__ == "__main__":
    sys.exit(main())
