"""Keys that a description tells of in words, where it declares no scheme at all."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from httptask.catalog.documents.resources import Node
from httptask.catalog.openapi.reading import Reading
from httptask.catalog.values import AuthScheme
from httptask.core.words import words

_LONGEST: Final = 20_000
"""Characters of a text in which keys are looked for."""
_SENTENCE: Final = re.compile(r"(?<=[.!?])\s+|\n\s*(?:\n|[-*#>|])")
_QUOTED: Final = re.compile(r"[`\"'*“]{1,2}([A-Za-z][A-Za-z0-9_-]{2,40}):?[`\"'*”]{1,2}")
_SENT: Final = re.compile(r"(?:-H|--header)[ =]*[\"']?([A-Za-z][\w-]{2,40}): *([^\"'\n\\]{0,80})")
_PROOF: Final = re.compile(
    r"(?:^|[-_a-z])(?:api-?key|key|token|auth(?:orization)?)$", re.IGNORECASE
)
"""The names of headers and parameters that prove who calls."""
_OTHER: Final = re.compile(
    r"idempoten|signature|webhook|callback|csrf|xsrf|returned|in the response|response header",
    re.IGNORECASE,
)
_TOGETHER: Final = re.compile(r"\b(?:and|both|as well as)\b", re.IGNORECASE)

_FORM: Final = re.compile(
    r"\bAuthorization[\"'`]?: ?[\"'`]?(Bearer|Token|Bot|Key|ApiKey)[\"'`]? "
    r"(?:[<{\[(][^<>{}\[\]()]{1,60}[>}\])]|\$?[A-Z][A-Z_-]{3,}|your[-_ ]\w)",
    re.IGNORECASE,
)
"""What is said of an ``Authorization`` header: a word, and what stands for a key."""
_OR: Final = re.compile(r"\b(?:or|either|alternatively)\b", re.IGNORECASE)
_NEEDED: Final = re.compile(r"\b(?:needs?|requires?|required|must|both)\b", re.IGNORECASE)
_BASIC: Final = re.compile(r"\bbasic auth", re.IGNORECASE)


def told_schemes(reading: Reading, root: Node) -> tuple[tuple[AuthScheme, ...], ...]:
    """Return what the text of a whole API says is sent to prove who calls, as one alternative.

    It is the first sentence that names a header or a parameter of the query that is a key, else the
    first header of a curl command that is one.
    """
    del reading
    info = root.get("info")
    text = info.text("description")[:_LONGEST] if info else ""
    for sentence in _SENTENCE.split(text):
        if found := list(_of_sentence(sentence)):
            return (tuple(found if _TOGETHER.search(sentence) else found[:1]),)
    for name, value in _SENT.findall(text):
        if _PROOF.search(name):
            return ((_scheme(name, "header", f"{name}: {value}"),),)
    return ()


def together(
    root: Node, alternatives: tuple[tuple[AuthScheme, ...], ...]
) -> tuple[tuple[AuthScheme, ...], ...]:
    """Return alternatives of one key each as one of several, if a sentence wants them together."""
    keys = [option[0] for option in alternatives if len(option) == 1]
    info = root.get("info")
    if len(keys) < 2 or len(keys) != len(alternatives) or info is None:
        return alternatives
    for sentence in _SENTENCE.split(info.text("description")[:_LONGEST]):
        if _TOGETHER.search(sentence) and not _OR.search(sentence):
            found = tuple(key for key in keys if _is_named(key, sentence))
            if len(found) > 1:
                return (found, *alternatives)
    return alternatives


def _is_named(key: AuthScheme, sentence: str) -> bool:
    """Tell whether a sentence says that a header, or a user's name and password, is sent."""
    if key.kind == "basic":
        return _NEEDED.search(sentence) is not None and _BASIC.search(sentence) is not None
    if key.location != "header":
        return False
    if f"`{key.parameter}`" in sentence and "header" in sentence.lower():
        return True
    spelled = r"[ _-]?".join(map(re.escape, words(key.parameter)))
    said = re.search(rf"\b{spelled}\b", sentence, re.IGNORECASE)
    return said is not None and _NEEDED.search(sentence) is not None


def with_word(root: Node, scheme: AuthScheme) -> AuthScheme:
    """Return an ``Authorization`` key with what the text says of the form of that header."""
    info = root.get("info")
    in_authorization = scheme.location == "header" and scheme.parameter.lower() == "authorization"
    if not in_authorization or info is None:
        return scheme
    found = _FORM.search(info.text("description")[:_LONGEST])
    if found is None or _FORM.search(scheme.description):
        return scheme
    about = f"{scheme.description} `Authorization: {found[1]} <token>`".strip()
    return replace(scheme, description=about)


def _of_sentence(sentence: str) -> Iterator[AuthScheme]:
    lower = sentence.lower()
    place = "header" if "header" in lower else "query" if "query" in lower else ""
    if not place or _OTHER.search(sentence):
        return
    for name in dict.fromkeys(_QUOTED.findall(sentence)):
        if _PROOF.search(name) and not (place == "header" and "_" in name):
            yield _scheme(name, place, sentence)


def _scheme(name: str, place: str, about: str) -> AuthScheme:
    kind = "apiKey"
    if place == "header" and name.lower() == "authorization":
        said = re.search(r"\b(bearer|basic)\b", about, re.IGNORECASE)
        kind = said[1].lower() if said else kind
    about = about.strip()[:300]
    if kind == "apiKey":
        return AuthScheme(name, kind, parameter=name, location=place, description=about, told=True)
    return AuthScheme(name, kind, description=about, told=True)
