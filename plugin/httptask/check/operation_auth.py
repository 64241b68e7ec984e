"""Compare the authentication of an HTTP task with what its operation takes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from httptask.check.described import Described
from httptask.check.peers import Peers
from httptask.check.sent import CARRIERS, NOTHING, Sent
from httptask.definition.findings import Finding
from httptask.definition.messages import either
from httptask.definition.written import written_auth
from httptask.hooks.task import CompiledTask

_SCOPED: Final = re.compile(r"(?:oauth2|openIdConnect) \((.*)\)", re.DOTALL)


def check_auth(task: CompiledTask, described: Described, peers: Peers) -> Iterator[Finding]:
    """Yield a warning if a task has no authentication, or one that its operation does not take."""
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
        yield from _scopes(task, described)
    elif own != NOTHING and set(wanted) != {NOTHING}:
        yield _warning(task, "operation_auth", f"{said} {shown}, and this is {own}", "/auth")
    elif own == NOTHING and not _carries(task):
        text = f"nothing proves who calls: {said} {shown}"
        yield _warning(task, "operation_auth", text, "", "add httptask.auth")


def _scopes(task: CompiledTask, described: Described) -> Iterator[Finding]:
    """Yield a warning if a token is asked for without a scope that the operation needs."""
    given = written_auth(task.written).get("scopes")
    needed = [found[1].split(", ") for each in described.auth if (found := _SCOPED.fullmatch(each))]
    if not isinstance(given, list) or not needed or any("${" in str(each) for each in given):
        return
    if not any(set(scopes) <= set(given) for scopes in needed):
        text = f"the operation needs {either([' and '.join(scopes) for scopes in needed])}"
        yield _warning(task, "operation_scopes", text, "/auth/scopes")


def _carries(task: CompiledTask) -> bool:
    """Tell whether something else in the request may prove who calls."""
    headers = task.request.get("headers")
    names = {str(name).lower() for name in headers} if isinstance(headers, Mapping) else set()
    secret = any(ref.root == "workflow.secrets" for ref in task.template.references)
    return secret or bool(names & CARRIERS)


def _warning(task: CompiledTask, code: str, text: str, place: str, hint: str = "") -> Finding:
    return Finding(code, "warning", text, f"{task.pointer}/httptask{place}", hint, task.source)
