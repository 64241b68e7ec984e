"""What a task keeps of its operation, so that it can be checked where the catalogue is absent."""

from __future__ import annotations

from httptask.catalog.prepare.address import Address, bases
from httptask.catalog.values import Json, Operation

MOST = 8


def fingerprint(operation: Operation, where: Address, auth: str | int | None) -> dict[str, Json]:
    """Return the value of ``httptask.operation``.

    A list that would be longer than a few entries is left out: nothing is said of it then.

    Args:
        operation: the operation.
        where: the address that the task calls.
        auth: the authentication that the user chose, or None.
    """
    schemes = [scheme for option in operation.auth for scheme in option]
    kinds = [scheme.label for scheme in schemes]
    asked = all(operation.auth) and any(scheme.applied and not scheme.told for scheme in schemes)
    optional = [] if asked else ["none"]
    media = operation.body.media if operation.body else ()
    lists = {
        "servers": bases(operation, where),
        "auth": [] if auth == "none" else [*kinds, *optional],
        "mediaTypes": [each.content_type for each in media],
        "statuses": [each.status.lower() for each in operation.responses],
    }
    known: dict[str, Json] = {"id": operation.id}
    if operation.documentation:
        known["documentation"] = operation.documentation
    known |= {"method": operation.method, "path": where.path}
    for name, listed in lists.items():
        unique = list(dict.fromkeys(filter(None, listed)))
        if 0 < len(unique) <= MOST and not any("${" in each for each in unique):
            known[name] = unique
    if operation.deprecated:
        known["deprecated"] = True
    return known
