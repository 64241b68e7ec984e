"""Credentials that a description has as ordinary parameters and fields, and names of secrets."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from httptask.catalog.prepare.naming import identifier
from httptask.catalog.values import MISSING, Json
from httptask.core.secret_names import is_secret_name
from httptask.core.words import words

_ALWAYS: Final = frozenset(
    ["secret", "password", "passwd", "pwd", "passphrase", "jwt", "authorization", "apikey",
     "accesskey", "accesstoken", "authtoken", "clientsecret", "secretkey", "subscriptionkey",
     "credential", "credentials"]
)  # fmt: skip
"""Last words of a name that mean a credential wherever they stand."""
_OF_KEY: Final = frozenset(
    ["api", "app", "application", "access", "secret", "subscription", "developer", "dev", "admin",
     "consumer", "account", "security", "service", "license", "private", "master", "auth",
     "partner", "merchant", "token"]
)  # fmt: skip
_OF_TOKEN: Final = _OF_KEY | {
    "user",
    "client",
    "bearer",
    "session",
    "refresh",
    "id",
    "personal",
    "bot",
}
"""Words before ``key`` and ``token`` that make a credential of them."""
_SAID: Final = re.compile(
    r"\b(?:api|access|secret|developer|subscription|security|app|application|bot)[ _-]?"
    r"(?:key|token)\b"
    r"|authenticat|\bauth(?:orization)? (?:key|token|header)|credential|\bbearer\b|\bjwt\b",
    re.IGNORECASE,
)
"""What a description says of a credential whose name could be another thing's."""
_OWN: Final = re.compile(
    r"^\W*(?:(?:the|your|an?|valid|private|unique) )*(?:[\w.-]+ ){0,2}?"
    r"(?:(?:api|access|license|licence|subscription|secret|security|bearer|auth\w*) ?"
    r"(?:key|token|pin)"
    r"|(?:api|access|license|secret) ?code|api secret|credentials?)\b"
    r"(?! (?:id|name|list|sid|set|type)s?\b)",
    re.IGNORECASE,
)
"""How a description begins of a credential whose name does not say so, such as ``license``."""
_SUBJECT: Final = re.compile(
    r"\b(?:password|token|key|secret)s? to (?:be (?:analy[sz]|check|test|hash|rat|scor|evaluat|"
    r"encrypt|decrypt|decod|verifi|validat)ed\b|(?:analy[sz]e|check|hash|decode|verify)\W*$)",
    re.IGNORECASE,
)
"""What a description says of a secret thing that the request is about."""
_FILES: Final = r"\b(?:file|certificate|pdf|document|archive|zip|key ?store|pfx|p12|workbook)s?\b"
_OF_FILE: Final = re.compile(
    r"\b(?:password|passphrase|passcode|pin|(?:private|encryption) key)s?\b[^.;]{0,40}?"
    rf"(?:\b(?:protect|encrypt|decrypt|open|unlock)\w*\b[^.;]{{0,40}}?{_FILES}"
    rf"| (?:of|for) (?:\w+ ){{0,3}}?{_FILES}(?! \w))"
    rf"|{_FILES}(?:'s)? (?:password|passphrase)\b",
    re.IGNORECASE,
)
"""What a description says of a secret that protects a file, and does not prove who calls."""
_PROOF: Final = re.compile(
    r"\b(?:auth(?:entication|orization)?|api)[ _-]?(?:key|token)\b", re.IGNORECASE
)
"""What a name or a description says of a key that proves who calls."""
_KEY: Final = r"(?:api|secret|access|private|auth)[ _-]?(?:key|token)"
_KEY_AS_USER: Final = re.compile(
    rf"\b{_KEY}\b[^.;]{{0,30}}\bas (?:(?:the|your|a) )?(?:basic auth\w* )?user ?-?name"
    rf"|\buser ?-?name\b[^.;,]{{0,25}}\b(?:is|be|use|your|the|as|to)\b[^.;,]{{0,15}}\b{_KEY}\b"
    rf"|\b{_KEY}\W{{0,2}}:(?=[`'\")>]|\s*$)",
    re.IGNORECASE,
)
"""What is said of basic authentication whose user name is a key and proves all."""
_ANY_PASSWORD: Final = re.compile(
    r"\bpassword\b[^.;]{0,25}[`'\"](x)[`'\"]|[`'\"](x)[`'\"] as (?:(?:the|your) )?password",
    re.IGNORECASE,
)
_ENCODED: Final = re.compile(
    r"\bbasic\b[\"'`]?[^.:;]{0,40}\b(?:api|secret) ?key\b[^.:;]{0,30}\bbase ?64|"
    r"\bbasic\b[\"'`]?[^.:;]{0,40}\bbase ?64[^.:;]{0,30}\b(?:api|secret) ?key\b(?!:)",
    re.IGNORECASE,
)
"""What is said of a key that stands, as Base64, where a user's name and password would."""
_UNNAMED: Final = frozenset({"license", "licence", "code", "pin", "key", "token", "auth", "user"})
_USERS: Final = frozenset({"username", "user", "login", "userid"})
_TO_AUTHENTICATE: Final = re.compile(r"\b(?:for|to) authenticat", re.IGNORECASE)
"""What is said of a user's name that is one half of a credential."""
_ASSIGNED: Final = re.compile(
    r"\b(?:app(?:lication)?|api|developer) ?id\b[^.;]{0,30}\b(?:assigned|issued|given) to you\b",
    re.IGNORECASE,
)
"""What is said of an id that its caller alone has, and sends in the place of a key."""
_FOR_KEY: Final = re.compile(r"[A-Z_-](?:KEY|TOKEN|SECRET)$")
"""The end of a default that stands for a credential, such as ``YOUR_KEY``."""
_TOGETHER: Final = re.compile(r"([a-z]+)(key|token)")
_FIXED: Final = re.compile(r"[a-z-]{1,20}")


def is_credential(name: str, flat: Mapping[str, Json], description: str, place: str) -> bool:
    """Tell whether a parameter or a field is a credential of the caller.

    Args:
        name: its name.
        flat: its schema.
        description: what the description's author says of it.
        place: ``header``, ``query``, ``cookie`` or ``body``.
    """
    parts = [part for word in words(name) if word != "x" for part in _parts(word)]
    name = "_".join(parts)
    about = f"{description} {flat.get('description', '')}".strip()
    is_hidden = flat.get("format") == "password"
    if _OF_FILE.search(about) or (_SUBJECT.search(about) and not is_hidden):
        return False
    ends = {"".join(parts[-2:]), *parts[-1:]}
    is_user = bool(_USERS & ends) and _TO_AUTHENTICATE.search(about) is not None
    if is_hidden or is_user or (place == "query" and _ASSIGNED.search(about)):
        return True
    is_text = flat.get("type", "string") == "string" and "enum" not in flat
    stands_for_key = _FOR_KEY.search(str(flat.get("default", "")))
    may_be = is_secret_name(name) or bool(_UNNAMED.intersection(parts[-1:]))
    if is_text and may_be and (_OWN.match(about) or stands_for_key):
        return True
    if "for" in parts or not parts or not is_secret_name(name) or not is_secret_name(parts[-1]):
        return False
    if flat.get("type", "string") != "string" or "enum" in flat or "const" in flat:
        return False
    default = flat.get("default")
    if isinstance(default, str) and _FIXED.fullmatch(default) and not is_secret_name(default):
        return False
    last, before = parts[-1], parts[-2] if len(parts) > 1 else ""
    if last == "sid" and place not in ("cookie", "header"):
        return False  # an id of something
    if last in _ALWAYS or (last == "key" and (before in _OF_KEY or before.endswith("api"))):
        return True
    if last == "token" and before in _OF_TOKEN:
        return True
    in_header = place == "header" and (last != "key" or not before)
    return in_header or (_SAID.search(about) is not None and "public" not in about.lower())


def is_proof(name: str, flat: Mapping[str, Json], place: str) -> bool:
    """Tell whether a credential is the key or the token that proves who calls.

    Args:
        name: its name.
        flat: its schema, with its description.
        place: ``header``, ``query``, ``cookie`` or ``body``.
    """
    about = f"{' '.join(words(name))} {flat.get('description', '')}"
    return _PROOF.search(about) is not None and is_credential(name, flat, "", place)


def _parts(word: str) -> list[str]:
    """Return a word, or the two that are written together in it, such as ``servicekey``."""
    found = _TOGETHER.fullmatch(word)
    return [found[1], found[2]] if found and found[1] in _OF_TOKEN else [word]


def is_path_credential(name: str, flat: Mapping[str, Json], description: str, path: str) -> bool:
    """Tell whether a parameter of a path is a credential, and not the id of one that is managed.

    Args:
        name: its name.
        flat: its schema.
        description: what the description's author says of it.
        path: the path template.
    """
    before = path.partition(f"{{{name}}}")[0].rpartition("/")[0].rpartition("/")[2]
    last = next(reversed(words(name)), "")
    managed = any(word.rstrip("s") == last for word in words(before))
    return not managed and is_credential(name, flat, description, "path")


@dataclass(slots=True)
class Secrets:
    """The secrets of one task.

    Attributes:
        stem: the first part of their names, such as ``PET_STORE``.
        names: in the order in which they were given.
    """

    stem: str
    names: dict[str, None] = field(default_factory=dict)

    def reference(self, name: str) -> str:
        """Return the expression of a secret."""
        made = identifier(name)
        self.names[made] = None
        return f"${{workflow.secrets.{made}}}"

    def of_kind(self, kind: str, stem: str, about: str = "") -> dict[str, str]:
        """Return ``httptask.auth`` of a kind that needs a token, or a user's name and password.

        Args:
            kind: ``basic``, ``bearer`` or ``digest``.
            stem: the first part of the secrets' names.
            about: what the description's author says; a key may stand in the place of the name.
        """
        if kind == "basic" and _KEY_AS_USER.search(about):
            username = self.reference(f"{stem}_API_KEY")
            return {"type": kind, "username": username, "password": _password(about)}
        names = ("token",) if kind == "bearer" else ("username", "password")
        values = {name: self.reference(f"{stem}_{name.upper()}") for name in names}
        return {"type": kind, **values}

    def of_place(self, place: str) -> str:
        """Return the expression of the secret that a header, parameter or field holds."""
        known = self.stem.lower().split("_")
        parts = [word for word in words(place) if word != "x"]
        for count in range(len(parts) - 1, 1, -1):  # ClearBlade-DevToken of CLEARBLADE
            if "".join(parts[:count]) in known:
                del parts[:count]
        parts = [word for word in parts if word not in known]
        return self.reference(
            "_".join([self.stem, *parts] if parts else [self.stem, "KEY"]).upper()
        )


def is_encoded(about: str) -> bool:
    """Tell whether an ``Authorization`` header is said to hold a key as Base64 after ``Basic``."""
    return _ENCODED.search(about) is not None


def authorization(description: str, example: Json) -> str:
    """Return what an ``Authorization`` header is said to hold: ``bearer``, ``basic`` or ``""``."""
    text = f"{description} {'' if example is MISSING else example}".lower()
    found = re.search(r"\b(bearer|basic)\b", text)
    return found[1] if found else ""


def _password(about: str) -> str:
    """Return the password beside a key: the letter that is said to stand there, or none."""
    found = _ANY_PASSWORD.search(about)
    return "" if found is None else found[1] or found[2]
