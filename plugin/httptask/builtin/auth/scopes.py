"""Which scopes a token has, where it tells, and which of those that are needed it lacks."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Any, Final

from httptask.builtin.auth.token_store import Token
from httptask.definition.oauth2_options import OAuth2Options
from httptask.hooks.views import Task

_CHALLENGE: Final = re.compile(
    r"""\b(error|scope)\s*=\s*(?:"([^"]{0,1000})"|([^\s,"]{1,200}))""", re.IGNORECASE
)
_STANDING: Final = frozenset({"openid", "offline_access"})
"""Scopes that say something of the sign-in, and that tokens do not name."""
_ALL: Final = "/.default"
"""How a scope of Microsoft's ends that stands for all that an administrator has granted."""


def told_scopes(access: str, said: Any) -> str:
    """Return the scopes of a token, separated by blanks, or "" if nobody tells.

    Args:
        access: the access token; a JSON Web Token may name them in ``scope`` or ``scp``.
        said: ``scope`` of the token response, which counts first (RFC 6749, section 5.1).
    """
    if isinstance(said, str) and said:
        return said
    claims = _claims(access)
    told = claims.get("scope") or claims.get("scp")
    if isinstance(told, list):
        told = " ".join(each for each in told if isinstance(each, str))
    return told if isinstance(told, str) else ""


def _claims(access: str) -> dict[str, Any]:
    """Return the claims of a JSON Web Token, unverified, or nothing."""
    _, _, rest = access.partition(".")
    payload, dot, _ = rest.partition(".")
    with suppress(ValueError, RecursionError):
        found = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        return found if dot and isinstance(found, dict) else {}
    return {}


def lacking(wanted: Any, token: Token | None) -> tuple[str, ...]:
    """Return the scopes that a token does not have; none if it does not tell what it has."""
    if token is None or not token.scopes or not isinstance(wanted, list | tuple):
        return ()
    return not_among((each for each in wanted if isinstance(each, str)), token.scopes.split())


def not_among(wanted: Iterable[str], given: Iterable[str]) -> tuple[str, ...]:
    """Return the scopes that are wanted and not given.

    A scope may be written with the address of its API in front, or without: one stands for the
    other, as servers ask for the long form and tell the short one.
    """
    has = {*given, *_STANDING}
    if any(each.endswith(_ALL) for each in has):
        return ()
    known = has.union(map(_short, has))
    return tuple(
        each
        for each in wanted
        if each not in known and _short(each) not in has and not each.endswith(_ALL)
    )


def _short(scope: str) -> str:
    return scope.rpartition("/")[2] if "://" in scope else scope


def warn_of_scopes(task: Task, auth: OAuth2Options, token: Token) -> None:
    """Warn of scopes that the server did not grant."""
    missing = lacking(auth.scopes, token)
    if missing:
        task.warn(
            "scope_missing",
            f"the token lacks {_listed(missing)}: the server granted less than was asked for",
            "/httptask/auth",
        )


def insufficient_scopes(challenges: Sequence[str]) -> str | None:
    """Return what to do, if a response says that the token's scopes do not suffice (RFC 6750)."""
    said = {
        name.lower(): quoted or bare
        for challenge in challenges
        for name, quoted, bare in _CHALLENGE.findall(challenge)
    }
    if said.get("error") != "insufficient_scope":
        return None
    needed = said.get("scope", "").split()
    return f"the token needs {_listed(needed) if needed else 'more scopes'}: add them to scopes"


def _listed(scopes: Sequence[str]) -> str:
    return ("the scope " if len(scopes) == 1 else "the scopes ") + ", ".join(scopes)
