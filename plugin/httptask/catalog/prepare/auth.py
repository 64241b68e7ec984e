"""The authentication of a prepared task, with secrets by reference only."""

from __future__ import annotations

from dataclasses import dataclass, field

from httptask.catalog.openapi.access import PREPARED
from httptask.catalog.prepare.naming import identifier, secret_stem, title_slug
from httptask.catalog.values import AuthScheme, Json, Operation, Parameter
from httptask.core.words import words
from httptask.errors import DefinitionError


@dataclass(slots=True)
class PreparedAuth:
    """What goes into the task.

    Attributes:
        auth: value of ``httptask.auth``, or None.
        headers: further keys sent as headers.
        query: further keys sent as query parameters.
        cookies: further keys sent as cookies.
        secrets: names of the secrets needed.
        by_hand: kinds of schemes that the task cannot carry.
    """

    auth: Json = None
    headers: dict[str, str] = field(default_factory=dict)
    query: dict[str, str] = field(default_factory=dict)
    cookies: dict[str, str] = field(default_factory=dict)
    secrets: list[str] = field(default_factory=list)
    by_hand: list[str] = field(default_factory=list)

    def carries(self, parameter: Parameter) -> bool:
        """Tell whether ``httptask.auth`` sends what is described as a parameter too."""
        if not self.auth or self.auth.get("in") != parameter.location:
            return False
        name, own = self.auth["name"], parameter.name
        return bool(name == own or (self.auth["in"] == "header" and name.lower() == own.lower()))


def prepare_auth(operation: Operation, choice: str | int | None) -> PreparedAuth:
    """Return the authentication of the chosen alternative.

    Args:
        operation: the operation.
        choice: index of an alternative, name of a scheme, ``none``, or None for the first
            alternative that a task can carry.

    Raises:
        DefinitionError: ``choice_unknown``.
    """
    result = PreparedAuth()
    stem = secret_stem(title_slug(operation.api_title)) or secret_stem(operation.api)
    schemes = sorted(_alternative(operation, choice), key=lambda each: each.kind == "apiKey")
    several = sum(each.kind == "apiKey" for each in schemes) > 1
    for scheme in schemes:
        _add(result, scheme, stem, several=several)
    return result


def _alternative(operation: Operation, choice: str | int | None) -> tuple[AuthScheme, ...]:
    options = operation.auth
    if choice is None:
        good = (option for option in options if all(each.kind in PREPARED for each in option))
        return next(good, options[0] if options else ())
    if choice == "none":
        return ()
    if str(choice).isdecimal() and int(choice) < len(options):
        return options[int(choice)]
    for option in options:
        if any(choice in (each.name, each.kind) for each in option):
            return option
    names = dict.fromkeys(each.name for option in options for each in option)
    raise DefinitionError(
        f"there is no auth scheme {choice!r}",
        code="choice_unknown",
        hint="one of " + ", ".join([*names, "none"]),
    )


def _add(result: PreparedAuth, scheme: AuthScheme, stem: str, *, several: bool) -> None:
    if scheme.kind == "apiKey":
        suffix = "_".join(words(scheme.parameter)).upper() if several else "API_KEY"
        _add_key(result, scheme, _secret(result, scheme.secret or f"{stem}_{suffix or 'API_KEY'}"))
    elif scheme.kind not in PREPARED or result.auth is not None:
        result.by_hand.append(scheme.kind)
    elif scheme.kind == "basic":
        user = _secret(result, f"{scheme.secret or stem}_USERNAME")
        password = _secret(result, f"{scheme.secret or stem}_PASSWORD")
        result.auth = {"type": "basic", "username": user, "password": password}
    else:
        token = _secret(result, scheme.secret or f"{stem}_TOKEN")
        result.auth = {"type": "bearer", "token": token}


def _add_key(result: PreparedAuth, scheme: AuthScheme, value: str) -> None:
    if result.auth is None:
        result.auth = {
            "type": "apiKey",
            "name": scheme.parameter,
            "value": value,
            "in": scheme.location,
        }
        return
    places = {"header": result.headers, "query": result.query, "cookie": result.cookies}
    places[scheme.location][scheme.parameter] = value


def _secret(result: PreparedAuth, name: str) -> str:
    name = identifier(name)
    if name not in result.secrets:
        result.secrets.append(name)
    return f"${{workflow.secrets.{name}}}"
