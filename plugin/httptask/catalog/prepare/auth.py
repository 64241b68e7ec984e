"""The authentication of a prepared task, with secrets by reference only."""

from __future__ import annotations

from typing import Final
from urllib.parse import urljoin

from httptask.catalog.openapi.access import PREPARED
from httptask.catalog.prepare.address import Address
from httptask.catalog.prepare.aws import region_and_service
from httptask.catalog.prepare.credentials import Secrets, authorization, is_encoded
from httptask.catalog.prepare.naming import secret_stem, title_slug
from httptask.catalog.prepare.own_credentials import add_parameters, is_own_credential
from httptask.catalog.prepare.prepared_auth import PreparedAuth
from httptask.catalog.prepare.prose import is_said_open
from httptask.catalog.prepare.skeleton import Skeleton
from httptask.catalog.values import MISSING, AuthScheme, Flow, Json, Operation
from httptask.core.words import words
from httptask.errors import DefinitionError
from httptask.hooks.task import literal_origin

_GRANTS: Final = {
    "client_credentials": "",
    "authorization_code": "authorizationUrl",
    "device_code": "deviceUrl",
}
"""OAuth 2 grants that a task can use, the one that needs nobody first, and what they need."""
_UNATTENDED: Final = "client_credentials"
_SIGN_IN: Final = "authorization_code"
_WELL_KNOWN: Final = "/.well-known/"
_NOT_NEEDED: Final = "it can be called without authentication; --auth sends one of: %s"
_SIGN_IN_ONCE: Final = (
    "somebody signs in once: make the credentials a connection, then httptask auth login NAME; "
    "the token is renewed by itself"
)
_READY: Final = "bearer"
"""What chooses a ready token of an OAuth 2 server."""


def prepare_auth(
    operation: Operation, choice: str | int | None, address: Address, skeleton: Skeleton
) -> PreparedAuth:
    """Return the authentication of the chosen alternative, and of ordinary parameters.

    Args:
        operation: the operation.
        choice: index of an alternative, name or kind of a scheme, a grant of OAuth 2, ``bearer``
            for a ready token, ``none``, or None for the first alternative that a task can carry, a
            browser's cookie last.
        address: where its requests go.
        skeleton: knows the operation's schemas, and gives inputs.

    Raises:
        DefinitionError: ``choice_unknown``.
    """
    stem = secret_stem(title_slug(operation.api_title), address.base)
    is_undeclared = all(each.told for option in operation.auth for each in option)
    result = PreparedAuth(Secrets(stem))
    chosen = _alternative(operation, choice)
    if choice is None and (is_said_open(operation.description) or _is_for_browsers(chosen)):
        chosen = ()
    if choice is None and not chosen and any(operation.auth):
        names = ", ".join(dict.fromkeys(one.name for each in operation.auth for one in each))
        result.notes.append(_NOT_NEEDED % names)
    if choice is None and any(_is_token_endpoint(each, address) for each in chosen):
        chosen = ()
    if choice is None and any(each.told for each in chosen):
        own = [each for each in operation.parameters if is_own_credential(each, skeleton)]
        chosen = () if own else chosen
    schemes = sorted(chosen, key=lambda each: each.kind == "apiKey")
    several = sum(each.kind == "apiKey" for each in schemes) > 1
    for scheme in schemes:
        _add(result, scheme, str(choice), address, skeleton, several=several)
    for scheme in schemes:
        if scheme.told:
            result.notes.append(
                f"the text of the description says that {scheme.name} is sent; no scheme is "
                "declared: --auth none leaves it out"
            )
        if not scheme.applied:
            result.notes.append(
                f"the description declares {scheme.name!r} and applies it to no operation: "
                "--auth none leaves it out"
            )
    add_parameters(result, operation, skeleton, optional=choice is None and is_undeclared)
    return result


def _alternative(operation: Operation, choice: str | int | None) -> tuple[AuthScheme, ...]:
    options = operation.auth
    if choice is None:
        good = [option for option in options if all(each.kind in PREPARED for each in option)]
        for_programs = (one for one in good if all(each.location != "cookie" for each in one))
        return next(for_programs, next(iter(good or options), ()))
    if choice == "none":
        return ()
    if str(choice).isdecimal() and int(choice) < len(options):
        return options[int(choice)]
    for option in options:
        if any(choice in _names(each) for each in option):
            return option
    names = dict.fromkeys(each for option in options for one in option for each in _names(one))
    raise DefinitionError(
        f"there is no auth scheme {choice!r}",
        code="choice_unknown",
        hint="one of " + ", ".join([*names, "none"]),
    )


def _is_for_browsers(chosen: tuple[AuthScheme, ...]) -> bool:
    """Tell whether it is a browser's cookie, and no operation asks for it."""
    return any(not each.applied and each.location == "cookie" for each in chosen)


def _is_token_endpoint(scheme: AuthScheme, address: Address) -> bool:
    """Tell whether the operation is a step of the very flow that would authenticate it."""
    own = _place(address.base + address.path)
    urls = (url for each in scheme.flows for url in (each.token_url, each.authorization_url))
    return bool(own) and any(_place(_literal(url, address.base)) == own for url in urls if url)


def _place(url: str) -> str:
    return url.partition("://")[2].partition("?")[0].rstrip("/").lower()


def _names(scheme: AuthScheme) -> list[str]:
    """Return what chooses a scheme."""
    told = list(_GRANTS) if scheme.metadata_url else [each.grant for each in scheme.flows]
    grants = [each for each in told if each in _GRANTS]
    return [scheme.name, scheme.kind, *grants, *([_READY] if told else [])]


def _add(
    result: PreparedAuth,
    scheme: AuthScheme,
    choice: str,
    address: Address,
    skeleton: Skeleton,
    *,
    several: bool,
) -> None:
    secrets = result.secrets
    stem = scheme.secret or secrets.stem
    in_authorization = _is_in_authorization(scheme)
    about = f"{' '.join(words(scheme.name))} {scheme.description}"
    kind = authorization(about, MISSING) if in_authorization and not is_encoded(about) else ""
    if in_authorization and result.sends("header", "authorization"):
        result.by_hand.append(scheme.kind)
    elif kind and result.auth is None:
        result.auth = secrets.of_kind(kind, stem, scheme.description)
    elif scheme.kind == "apiKey":
        named = f"{stem}_API_KEY"
        if several and not scheme.secret:
            value = secrets.of_place(scheme.parameter)
        else:
            value = secrets.reference(scheme.secret or named)
        result.add_key(scheme.location, scheme.parameter, value, scheme.description)
    elif scheme.kind not in PREPARED or result.auth is not None:
        result.by_hand.append(scheme.kind)
    elif scheme.kind in ("basic", "digest"):
        result.auth = secrets.of_kind(scheme.kind, stem, scheme.description)
    elif scheme.kind == "aws-sigv4":
        region, service = region_and_service(address, skeleton)
        result.auth = {
            "type": "aws-sigv4",
            "accessKey": secrets.reference("AWS_ACCESS_KEY_ID"),
            "secretKey": secrets.reference("AWS_SECRET_ACCESS_KEY"),
            "region": region,
            "service": service,
        }
    else:
        result.auth = _oauth2(result, scheme, choice, address.base) or {
            "type": "bearer",
            "token": secrets.reference(scheme.secret or f"{stem}_TOKEN"),
        }


def _oauth2(result: PreparedAuth, scheme: AuthScheme, choice: str, base: str) -> Json:
    """Return the options of the best flow, or None where a ready token must do."""
    if not (scheme.flows or scheme.metadata_url) or choice == _READY:
        return None
    flows = [flow for flow in scheme.flows if choice not in _GRANTS or flow.grant == choice]
    usable = [(flow, _endpoints(flow, base)) for flow in flows if flow.grant in _GRANTS]
    usable = [(flow, urls) for flow, urls in usable if all(urls.values())]
    if usable:
        flow, urls = min(usable, key=lambda each: _preference(each[0], scheme))
        grant = flow.grant
    elif url := _metadata(scheme.metadata_url, base):
        urls, grant = {"openIdConnectUrl": url}, choice
        if choice not in _GRANTS:
            grant = _SIGN_IN if "openid" in scheme.scopes else _UNATTENDED
            result.notes.append(
                f"{scheme.name} does not say how a token is asked for: here by {grant}; --auth "
                f"{_SIGN_IN if grant == _UNATTENDED else _UNATTENDED} is another way"
            )
    else:
        grants = ", ".join(dict.fromkeys(flow.grant for flow in scheme.flows)) or "no flow"
        unusable = any(flow.grant in _GRANTS for flow in flows)
        why = f"{grants}, but no address that gives tokens" if unusable else grants
        giving = next((url for each in flows if (url := _literal(each.token_url, base))), "")
        given = f", which {giving} gives" if giving and not unusable else ""
        result.notes.append(f"{scheme.name} describes {why}: the secret is a ready token{given}")
        return None
    if grant != _UNATTENDED:
        result.notes.append(_SIGN_IN_ONCE)
    stem = scheme.secret or result.secrets.stem
    return {
        "type": "oauth2",
        "grant": grant,
        **urls,
        "clientId": result.secrets.reference(f"{stem}_CLIENT_ID"),
        "clientSecret": result.secrets.reference(f"{stem}_CLIENT_SECRET"),
        **({"scopes": list(scheme.scopes)} if scheme.scopes else {}),
    }


def _preference(flow: Flow, scheme: AuthScheme) -> tuple[bool, int]:
    lacks = bool(flow.scopes) and not set(scheme.scopes) <= set(flow.scopes)
    return lacks, list(_GRANTS).index(flow.grant)


def _endpoints(flow: Flow, base: str) -> dict[str, str]:
    """Return the addresses that a flow needs; ``""`` for one that cannot be used as it stands.

    A token URL that ends in ``/authorize`` is the page where somebody signs in.
    """
    misplaced = flow.token_url.rstrip("/").endswith("/authorize")
    written = {"tokenUrl": "" if misplaced else flow.token_url}
    if key := _GRANTS[flow.grant]:
        written[key] = flow.authorization_url
    return {key: _literal(url, base) for key, url in written.items()}


def _metadata(written: str, base: str) -> str:
    """Return the address of a server's metadata; that of the issuer is completed; ``""`` if none.

    See OpenID Connect Discovery 1.0, section 4.
    """
    url = _literal(written, base)
    complete = not url or _WELL_KNOWN in url
    return url if complete else f"{url.rstrip('/')}{_WELL_KNOWN}openid-configuration"


def _literal(written: str, base: str) -> str:
    """Return an address as it can stand in a task, or ``""``."""
    url = urljoin(f"{base}/", written.strip()) if written else ""
    origin = literal_origin(url)
    is_named = origin is not None and ("." in origin.host or origin.host == "localhost")
    return url if is_named and not {"{", " "} & set(url) else ""


def _is_in_authorization(scheme: AuthScheme) -> bool:
    named = scheme.location == "header" and scheme.parameter.lower() == "authorization"
    return scheme.kind == "apiKey" and named
