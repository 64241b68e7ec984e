"""What a description says of a parameter or a field in words only."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

_LONGEST: Final = 2_000
"""Characters of a description that is read for such words."""
_REQUIRED: Final = re.compile(
    r"^\W*(?:required|mandatory)\W*(?:$|[.:;)\]*\n-])|[(\[*]\s*(?:required|mandatory)\s*[)\]*]"
    r"|(?:^|[.;!]\s+)(?:required|mandatory)\s*[.!]?\s*$"
    r"|[,\u2013\u2014-]\s*(?:required|mandatory)\s*[.!]?\s*$"
    r"|\b(?:is|this is|field is|parameter is) (?:required|mandatory)\s*[.!]?\s*$",
    re.IGNORECASE,
)
_OPTIONAL: Final = re.compile(r"\boptional\b|\bnot (?:required|mandatory)\b", re.IGNORECASE)
_NO_BODY: Final = re.compile(
    r"\b(?:(?:does not|doesn't|do not) (?:require|need|take|have|expect|accept) (?:an? |any )?"
    r"|no |without (?:an? )?)(?:request )?(?:body|payload)\b(?! (?:is|was) (?:given|sent))",
    re.IGNORECASE,
)
_PROOF: Final = r"(?:an? )?(?:api[ -]?keys?|authentication|authori[sz]ation|credentials?)"
_OPEN: Final = re.compile(
    rf"\b(?:does not|doesn't|do not|don't) (?:require|need) (?:any )?{_PROOF}\b"
    rf"|\bno {_PROOF} (?:is |are )?(?:required|needed|necessary)\b"
    rf"|\b{_PROOF} (?:is|are) not (?:required|needed|necessary)\b"
    rf"|\bcan be (?:called|used|accessed|requested) without {_PROOF}\b",
    re.IGNORECASE,
)
"""What is said of a request that proves nothing."""
_SOME: Final = re.compile(
    r"\b(?:one|any|some)(?: \w+)? (?:of|from)\b[^.]* (?:is|are) required|\bor\b[^.]* is required",
    re.IGNORECASE,
)
"""What is said of several fields of which one is required."""
_THING: Final = r"(?:an? |the )?[\"'`*]*([\w -]{1,40}?)[\"'`*]*"
_EITHER: Final = re.compile(
    rf"\beither {_THING},? or {_THING} "
    r"(?:must|ha(?:s|ve) to|needs? to|(?:is|are) (?:required|needed|mandatory))\b",
    re.IGNORECASE,
)
_ALTERNATIVE: Final = re.compile(
    r"\b(?:but not both|not both|instead of|in place of|as an alternative|alternative to|"
    r"alternatively|mutually[ -]exclusive|"
    r"(?:can ?not|can't|(?:must|may|should) not) be (?:used|combined|set|specified|given|sent)"
    r"(?: \w+){0,3} (?:with|if|when)|"
    r"(?:do not|don't|avoid) (?:us|set|specify|provid|send)\w* (?:this|it|the (?:field|parameter))"
    r"\b[^.]{0,40} (?:if|when|with|together)|"
    r"others?\b[^.]{0,40} (?:must|should|ha(?:s|ve) to) (?:be|stay) (?:empty|blank|null|omitted)|"
    r"(?:must|should|has to) (?:be|stay) (?:empty|blank|null|omitted) (?:if|when)|"
    r"(?:only|exactly|precisely|at most) one(?: \w+)? (?:of|from)"
    r"(?! each|(?: the)?(?: following| allowed)? (?:valu|opt))|"
    r"ignored if|not required if|either\b[^.]{1,80}\bor)\b",
    re.IGNORECASE,
)
_ONLY: Final = re.compile(
    r"(?:^|[.;]\s+)\W*(?:(?:this |the )?(?:value |field |it )?(?:must|should|has to|needs to) "
    r"(?:always )?be|always|(?:must|should) be set to|set (?:this )?to|please (?:use|send|set))"
    r"(?: the (?:value|string))?"
    r"(?: set to)?\s*:?\s*[\"'`\u201c\u2018]([\w./:+-]{1,80})[\"'`\u201d\u2019]\W*$",
    re.IGNORECASE,
)


def is_said_required(text: str) -> bool:
    """Tell whether a description says that something must be sent: ``(Required) ...``."""
    found = _REQUIRED.search(text.strip()) if len(text) < _LONGEST else None
    return found is not None and not _SOME.search(text)


def either_of(text: str) -> list[tuple[str, str]]:
    """Return the pairs of things of which one must be sent: ``either a or b is needed``."""
    return _EITHER.findall(text[:_LONGEST])


def is_said_optional(text: str) -> bool:
    """Tell whether a description says that something need not be sent: ``Optional. ...``."""
    return _OPTIONAL.search(text[:_LONGEST]) is not None


def is_said_without_body(text: str) -> bool:
    """Tell whether a description says that no body is sent: ``does not require a request body``."""
    return _NO_BODY.search(text[:_LONGEST]) is not None


def is_said_open(text: str) -> bool:
    """Tell whether a description says that nobody has to prove who calls."""
    return _OPEN.search(text[:_LONGEST]) is not None


def is_alternative(text: str) -> bool:
    """Tell whether a description says that something is sent where something else is not."""
    return len(text) < _LONGEST and _ALTERNATIVE.search(" ".join(text.split())) is not None


def without_alternatives(said: Mapping[str, str]) -> list[str]:
    """Return the names of fields that are sent together: of those that exclude each other, one.

    The first field is always sent, and the first of several that are said to be alternatives,
    unless its description names one that is sent already.

    Args:
        said: descriptions of the fields by name.
    """
    kept = list(said)[:1]
    others = [name for name in said if is_alternative(said[name])]
    for name in list(said)[1:]:
        told = re.findall(r"[\w.-]+", said[name][:_LONGEST])
        first = len(others) > 1 and name == others[0] and not set(told).intersection(kept)
        if name not in others or first:
            kept.append(name)
    return kept


def only_value(text: str) -> str | None:
    """Return the one value that a description allows: ``Must be "client_credentials"``."""
    found = _ONLY.search(text.strip()) if len(text) < _LONGEST else None
    return found[1] if found else None
