"""What proves who calls in a prepared task: a key in the form that is said of it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from httptask.catalog.prepare.credentials import Secrets, is_encoded
from httptask.catalog.values import Json

_WHOLE_HEADER: Final = "the secret is the whole Authorization header, with its scheme"
_AFTER_WORD: Final = "the secret is the key or token alone: %s has the word %s before it"
_PLACEHOLDER: Final = r"[\"'`]?\s*(?:\+\s*)?[<{\[][^<>{}\[\]]{1,60}[>}\]]"
_BEARER: Final = re.compile(rf"\b(Bearer){_PLACEHOLDER}", re.IGNORECASE)
"""What is said of a header that holds a token after the word ``Bearer``."""
_WORD: Final = re.compile(
    rf"\bAuthorization: (?P<before>Token|Bot|Key|ApiKey){_PLACEHOLDER}"
    r"|\b(?:(?:required|the) prefix|prefixed (?:with|by)|preceded by|the (?:string|word))"
    r"(?: the (?:string|word))? [\"'`](?P<word>[A-Za-z]{2,12}) ?[\"'`]",
    re.IGNORECASE,
)
"""What is said of an Authorization header that holds a key after another word."""
_AS_BASE64: Final = "the secret is the key as Base64: Authorization has the word Basic before it"
_IN_AUTHORIZATION: Final = frozenset({"basic", "bearer", "oauth2", "digest", "aws-sigv4"})
_OF_SIGNATURE: Final = frozenset(
    {"x-amz-algorithm", "x-amz-content-sha256", "x-amz-credential", "x-amz-date",
     "x-amz-security-token", "x-amz-signature", "x-amz-signedheaders"}
)  # fmt: skip


@dataclass(slots=True)
class PreparedAuth:
    """What goes into the task.

    Attributes:
        secrets: the secrets needed.
        auth: value of ``httptask.auth``, or None.
        headers: further keys sent as headers.
        query: further keys sent as query parameters.
        cookies: further keys sent as cookies.
        by_hand: kinds of schemes that the task cannot carry.
        notes: what the task's author should know.
    """

    secrets: Secrets
    auth: Json = None
    headers: dict[str, str] = field(default_factory=dict)
    query: dict[str, str] = field(default_factory=dict)
    cookies: dict[str, str] = field(default_factory=dict)
    by_hand: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def sends(self, place: str, name: str) -> bool:
        """Tell whether the authentication sends a header, query parameter or cookie."""
        if place == "query":
            sent = {*self.query, *self.keys_in("query")}
            return name in sent
        if place == "cookie":
            return name in {*self.cookies, *self.keys_in("cookie")}
        sent = {each.lower() for each in (*self.headers, *self.keys_in("header"))}
        kind = self.auth["type"] if self.auth else ""
        if kind in _IN_AUTHORIZATION:
            sent.add("authorization")
        if kind == "aws-sigv4":
            sent |= _OF_SIGNATURE
        return place == "header" and name.lower() in sent

    def keys_in(self, place: str) -> list[str]:
        """Return the name of the key that is ``httptask.auth``, if it is sent there."""
        is_there = self.auth and self.auth["type"] == "apiKey" and self.auth["in"] == place
        return [self.auth["name"]] if is_there else []

    def add_key(self, place: str, name: str, value: str, about: str) -> None:
        """Send a key, in the form that is said of it; the first one is ``httptask.auth``."""
        is_authorization = place == "header" and name.lower() == "authorization"
        word = (_BEARER.search(about) if place == "header" else None) or (
            _WORD.search(about) if is_authorization else None
        )
        if is_authorization and is_encoded(about):
            value = f"Basic {value}"
            self.notes.append(_AS_BASE64)
        elif word is not None:
            said = word[1] or word["word"]
            value = f"{said} {value}"
            self.notes.append(_AFTER_WORD % (name, said))
        elif is_authorization:
            self.notes.append(_WHOLE_HEADER)
        if self.auth is None:
            self.auth = {"type": "apiKey", "name": name, "value": value, "in": place}
        else:
            places = {"header": self.headers, "query": self.query, "cookie": self.cookies}
            places[place][name] = value
