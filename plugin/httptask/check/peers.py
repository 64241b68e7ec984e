"""The tasks of a workflow that call one API: what all others have tells of the one that differs.

It counts where a task's own operation does not say what it takes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Self

from httptask.check.described import Described
from httptask.check.producers import options_of, request_of, texts_of
from httptask.check.sent import Sent
from httptask.core.words import is_one_slip
from httptask.definition.workflow import WorkflowDef, WorkflowTask
from httptask.definition.written import written_auth
from httptask.hooks.task import literal_origin

_ENOUGH: Final = 2
"""Tasks that have to agree."""


@dataclass(frozen=True, slots=True)
class Peers:
    """The HTTP tasks of a workflow by the API of their operation.

    Attributes:
        by_api: the tasks.
    """

    by_api: Mapping[str, Sequence[WorkflowTask]]

    @classmethod
    def of(cls, workflow: WorkflowDef) -> Self:
        """Group the tasks of a workflow."""
        found: dict[str, list[WorkflowTask]] = {}
        for _, task in workflow.walk():
            described = Described.of(task.input_parameters) if task.type == "HTTP" else None
            if described is not None:
                found.setdefault(described.api, []).append(task)
        return cls(found)

    def auth(self, api: str, ref: str) -> Sent | None:
        """Return what all other tasks of an API send, or None; a task that gives them it is none.

        Args:
            api: the API.
            ref: the task that is compared with them.
        """
        others = [written_auth(each.input_parameters) for each in self._others(api, ref)]
        given = any(f"${{{ref}." in text for auth in others for _, text in texts_of(auth))
        found = {Sent.of(auth) for auth in others}
        return found.pop() if len(others) >= _ENOUGH and len(found) == 1 and not given else None

    def host(self, api: str, ref: str, own: str) -> str:
        """Return the host that other tasks of an API call, if one slip makes it this one, or ""."""
        origins = [
            literal_origin(options_of(each).get("base") or request_of(each).get("uri"))
            for each in self._others(api, ref)
        ]
        hosts = Counter(origin.host for origin in origins if origin is not None)
        near = [host for host in hosts if is_one_slip(_letters(host), _letters(own))]
        return near[0] if len(near) == 1 and own not in hosts else ""

    def _others(self, api: str, ref: str) -> list[WorkflowTask]:
        tasks = self.by_api.get(api, ())
        return [each for each in tasks if each.task_reference_name != ref]


def _letters(host: str) -> str:
    """Return a host without its numbers: eu1 and eu2 are two servers, not one misspelt."""
    return "".join(each for each in host if not each.isdigit())
