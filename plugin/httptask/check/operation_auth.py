"""Compare the authentication of an HTTP task with what its operation takes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from httptask.builtin.auth.scopes import not_among
from httptask.check.described import Described
from httptask.check.peers import Peers
from httptask.check.sent import CARRIERS, NOTHING, Sent
from httptask.definition.findings import Finding
from httptask.definition.messages import either
from httptask.definition.written import written_auth
from httptask.hooks.task import CompiledTask

_SCOPED: Final = re.compile(r"(?:oauth2|openIdConnect) \((.*)\)", re.DOTALL)
_TOKENS: Final = frozenset({"bearer", "none"})


def check_auth(task: CompiledTask, described: Described, peers: Peers) -> Iterator[Finding]:
    """Yield a warning if a task has no authentication, or one that its operation does not take."""
    yield from _scopes(task, described)
    wanted = [Sent.labelled(label) for label in described.auth]
    said = "the operation takes"
    if not wanted:
        wanted = [peers.auth(described.api, task.ref)]
        said = "this API's other tasks send"
    own = Sent.of(written_auth(task.written)) if task.auth_kind else NOTHING
    if None in wanted or own is None:
        return
    shown = either(list(dict.fromkeys(map(str, wanted))))
    if own in wanted:
        return
    if own != NOTHING and set(wanted) != {NOTHING}:
        yield _warning(task, "operation_auth", f"{said} {shown}, and this is {own}", "/auth")
    elif own == NOTHING and not _carries(task):
        text = f"nothing proves who calls: {said} {shown}"
        yield _warning(task, "operation_auth", text, "", "add httptask.auth")


def _scopes(task: CompiledTask, described: Described) -> Iterator[Finding]:
    """Yield a warning if a token is asked for without a scope that the operation needs."""
    given = asked_scopes(written_auth(task.written))
    needed = needed_scopes(described)
    if given is not None and lack(needed, given):
        text = f"the operation needs {told(needed)}"
        yield _warning(task, "operation_scopes", text, "/auth/scopes")


def asked_scopes(auth: Mapping[str, Any]) -> list[str] | None:
    """Return the scopes that a token is asked for with; None where that is not known."""
    given = auth.get("scopes")
    further = auth.get("extra")
    if not isinstance(given, list) or (isinstance(further, Mapping) and "scope" in further):
        return None
    known = [each for each in given if isinstance(each, str) and "${" not in each]
    return known if len(known) == len(given) else None


def needed_scopes(described: Described) -> list[list[str]]:
    """Return sets of scopes, one of which a token needs; none where any token may do."""
    needed = []
    for label in described.auth:
        found, sent = _SCOPED.fullmatch(label), Sent.labelled(label)
        if found:
            needed.append(found[1].split(", "))
        elif sent is None or sent.family in _TOKENS:
            return []
    return needed


def lack(needed: Sequence[Sequence[str]], given: Sequence[str]) -> bool:
    """Tell whether scopes suffice for none of the sets that are needed."""
    return bool(needed) and all(not_among(scopes, given) for scopes in needed)


def told(needed: Sequence[Sequence[str]]) -> str:
    """Return words for sets of scopes, one of which is needed."""
    return either([" and ".join(scopes) for scopes in needed])


def _carries(task: CompiledTask) -> bool:
    """Tell whether something else in the request may prove who calls."""
    headers = task.request.get("headers")
    names = {str(name).lower() for name in headers} if isinstance(headers, Mapping) else set()
    secret = any(ref.root == "workflow.secrets" for ref in task.template.references)
    return secret or bool(names & CARRIERS)


def _warning(task: CompiledTask, code: str, text: str, place: str, hint: str = "") -> Finding:
    return Finding(code, "warning", text, f"{task.pointer}/httptask{place}", hint, task.source)
