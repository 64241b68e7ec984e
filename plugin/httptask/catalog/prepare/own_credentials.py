"""Credentials of the caller that a description has as ordinary parameters."""

from __future__ import annotations

from typing import Final

from httptask.catalog.prepare.credentials import authorization, is_credential, is_encoded
from httptask.catalog.prepare.prepared_auth import PreparedAuth
from httptask.catalog.prepare.skeleton import Skeleton
from httptask.catalog.values import Operation, Parameter
from httptask.core.words import words

_OWNERS: Final = frozenset({"id", "email", "user", "username", "login"})
"""Last words of a name that says whose a key is."""
_BESIDE: Final = 2
"""Parameters of a query, the key among them, that are one thing and its key."""


def add_parameters(
    result: PreparedAuth, operation: Operation, skeleton: Skeleton, *, optional: bool
) -> None:
    """Send credentials that are described as parameters: the required ones, else the first."""
    found = [each for each in operation.parameters if is_own_credential(each, skeleton)]
    found = [each for each in found if not result.sends(each.location, each.name)]
    required = [each for each in found if each.required]
    needed = result.auth is None and optional
    if needed and not found:
        required = [
            each for each in operation.parameters if _is_bare_key(each, operation, skeleton)
        ]
    chosen = required or found[: int(needed)]
    others = (each for each in operation.parameters if each not in chosen)
    for each in [*chosen, *(each for each in others if _is_other_half(each, chosen, result))]:
        secrets = result.secrets
        default = skeleton.flattened(each.schema).get("default", "")
        about = f"{each.description} {default if isinstance(default, str) else ''}"
        is_told = _is_authorization(each) and not is_encoded(about)
        kind = authorization(about, each.example) if is_told else ""
        if kind and result.auth is None:
            result.auth = secrets.of_kind(kind, secrets.stem, about)
        else:
            result.add_key(each.location, each.name, secrets.of_place(each.name), about)


def _is_other_half(parameter: Parameter, keys: list[Parameter], sent: PreparedAuth) -> bool:
    """Tell whether a parameter says whose a key beside it is: ``appID`` of ``appKey``."""
    place = parameter.location
    *owner, last = words(parameter.name) or [""]
    names = [each.name for each in keys if each.location == place] + sent.keys_in(place)
    is_of_key = bool(owner) and owner in [words(each)[:-1] for each in names]
    return last in _OWNERS and is_of_key and not sent.sends(place, parameter.name)


def _is_authorization(parameter: Parameter) -> bool:
    return parameter.location == "header" and parameter.name.lower() == "authorization"


def _is_bare_key(parameter: Parameter, operation: Operation, skeleton: Skeleton) -> bool:
    """Tell whether a parameter of which only the name ``key`` is told is one of several things.

    Beside others, and with nothing else that proves who calls, it is the caller's.
    """
    is_named = parameter.location == "query" and parameter.name.lower() == "key"
    others = [each for each in operation.parameters if each.location == "query"]
    is_plain = not parameter.description and "enum" not in skeleton.flattened(parameter.schema)
    return is_named and parameter.required and is_plain and len(others) > _BESIDE


def is_own_credential(parameter: Parameter, skeleton: Skeleton) -> bool:
    """Tell whether a parameter proves who calls."""
    if parameter.location == "path":
        return False
    flat = skeleton.flattened(parameter.schema)
    about = parameter.description
    return _is_authorization(parameter) or is_credential(
        parameter.name, flat, about, parameter.location
    )
