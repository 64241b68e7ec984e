"""Compare an HTTP task with the operation that it was prepared from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final

from httptask.builtin.check_response import matches
from httptask.check.described import Described
from httptask.check.described_path import other_path
from httptask.check.operation_auth import check_auth
from httptask.check.origins import looks_public
from httptask.check.peers import Peers
from httptask.check.statuses import accepted_statuses
from httptask.core.methods import as_sent
from httptask.definition.findings import Finding, Fix
from httptask.definition.messages import either
from httptask.definition.written import stated_type
from httptask.hooks.task import CompiledTask, literal_origin

_GOOD: Final = range(200, 400)


def check_operation(task: CompiledTask, peers: Peers) -> Iterator[Finding]:
    """Yield a warning for each part of a task that its operation has otherwise.

    Args:
        task: the task; ``httptask.operation`` says what is known of the operation.
        peers: the tasks of the workflow by the API that they call.
    """
    described = Described.of(task.written)
    if described is not None:
        yield from _Comparison(task, described, peers).findings()
        yield from check_auth(task, described, peers)


@dataclass(frozen=True, slots=True)
class _Comparison:
    task: CompiledTask
    described: Described
    peers: Peers

    def findings(self) -> Iterator[Finding]:
        yield from self._method()
        if isinstance(self.task.request.get("uri"), str) and "base" not in self.task.option_names:
            yield from self._address()
        yield from self._media_type()
        yield from self._statuses()
        if self.described.deprecated:
            text = "the operation is deprecated: its authors advise against using it"
            yield self._warning("operation_deprecated", text, "/httptask/operation")

    def _method(self) -> Iterator[Finding]:
        method, own = self.task.request.get("method"), self.described.method
        if isinstance(method, str) and own and "${" not in method and as_sent(method) != own:
            text = f"the operation's method is {own}, and this is {as_sent(method)}"
            yield self._warning("operation_method", text, "method", fix=Fix("set", own))

    def _address(self) -> Iterator[Finding]:
        """Yield why the address is not the operation's: another server, or another path."""
        origin = self.task.origin
        if origin is None:
            return
        known = {literal_origin(each): each for each in self.described.servers}
        near = self.peers.host(self.described.api, origin.host)
        if known and origin not in known:
            if None not in known and looks_public(origin):
                text = f"{origin} is not a server of the operation: {either([*map(str, known)])}"
                hint = "if it is one, add it to servers in httptask.operation"
                yield self._warning("operation_server", text, "uri", hint)
        elif not known and near:
            text = f"{origin.host}: other tasks of this API call {near}"
            hint, fix = f'did you mean "{near}"?', Fix("replace", near, origin.host)
            yield self._warning("operation_server", text, "uri", hint, fix)
        elif other := other_path(self.task, self.described):
            text = f"this is not the path of the operation: {other}"
            yield self._warning("operation_path", text, "uri")

    def _media_type(self) -> Iterator[Finding]:
        listed = self.described.media_types
        written, where = stated_type(self.task.request)
        sent = self.task.request.get("body") is not None and isinstance(written, str)
        if not listed or not sent or "${" in written:
            return
        kind = _bare(written)
        if not any(fnmatchcase(kind, _bare(each)) for each in listed):
            text = f"the operation takes {either(listed)}, and this is {kind}"
            single = listed[0] if len(listed) == 1 and "*" not in listed[0] else None
            fix = Fix("set", single) if single else None
            yield self._warning("operation_media_type", text, where.lstrip("/"), fix=fix)

    def _statuses(self) -> Iterator[Finding]:
        accepted, place = accepted_statuses(self.task.written)
        listed = [each for each in self.described.statuses if each[:1].isdigit()]
        good = [status for status in _GOOD if not listed or matches(status, listed)]
        if accepted and good and not any(matches(status, accepted) for status in good):
            shown = [each for each in listed if each[:1] in "23"] or ["2xx"]
            text = f"each response that succeeds is refused: {either(shown)} is not accepted"
            yield self._warning("operation_statuses", text, place)

    def _warning(
        self, code: str, text: str, place: str, hint: str = "", fix: Fix | None = None
    ) -> Finding:
        """Return a warning at a field of the request, or at a pointer below the inputs."""
        below = place.startswith("/")
        at = self.task.pointer + place if below else f"{self.task.request_pointer}/{place}"
        return Finding(code, "warning", text, at, hint, self.task.source, fix)


def _bare(media_type: str) -> str:
    return media_type.partition(";")[0].strip().lower()
