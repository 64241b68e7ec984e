"""The tasks of a workflow that call one API: what all others have tells of the one that differs.

It counts where a task's own operation does not say what it takes.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Self

from httptask.check.described import Described
from httptask.check.producers import texts_of
from httptask.check.sent import Sent
from httptask.core.first_use import cached_property
from httptask.core.words import is_one_slip
from httptask.definition.workflow import WorkflowDef, WorkflowTask
from httptask.definition.written import written_auth
from httptask.hooks.task import written_origin

_ENOUGH: Final = 2
"""Tasks that have to agree."""


@dataclass(frozen=True, slots=True)
class _Peer:
    """What counts of a task: what it sends, how that is written, and the host that it calls."""

    sent: Sent | None
    credentials: tuple[str, ...]
    host: str

    @classmethod
    def of(cls, task: WorkflowTask) -> Self:
        auth = written_auth(task.input_parameters)
        origin = written_origin(task.input_parameters)
        texts = tuple(text for _, text in texts_of(auth))
        return cls(Sent.of(auth), texts, origin.host if origin else "")


@dataclass(frozen=True)
class _Api:
    """The tasks of one API by reference."""

    tasks: dict[str, _Peer] = field(default_factory=dict)

    @cached_property
    def sent(self) -> Counter[Sent | None]:
        return Counter(each.sent for each in self.tasks.values())

    @cached_property
    def hosts(self) -> Counter[str]:
        return Counter(each.host for each in self.tasks.values() if each.host)


@dataclass(frozen=True, slots=True)
class Peers:
    """The HTTP tasks of a workflow by the API of their operation.

    Attributes:
        apis: the tasks.
    """

    apis: Mapping[str, _Api]

    @classmethod
    def of(cls, workflow: WorkflowDef) -> Self:
        """Group the tasks of a workflow."""
        found: defaultdict[str, _Api] = defaultdict(_Api)
        for _, task in workflow.walk():
            described = Described.of(task.input_parameters) if task.type == "HTTP" else None
            if described is not None:
                found[described.api].tasks[task.task_reference_name] = _Peer.of(task)
        return cls(found)

    def auth(self, api: str, ref: str) -> Sent | None:
        """Return what all other tasks of an API send, or None; a task that gives them it is apart.

        Args:
            api: the API.
            ref: the task that is compared with them.
        """
        if api not in self.apis or ref not in self.apis[api].tasks:
            return None
        tasks, own = self.apis[api].tasks, self.apis[api].tasks[ref]
        others = self.apis[api].sent - Counter([own.sent])
        if len(others) != 1 or others.total() < _ENOUGH:
            return None
        (sent,) = others
        texts = (text for each in tasks.values() for text in each.credentials)
        given = sent != own.sent and any(f"${{{ref}." in text for text in texts)
        return None if given else sent

    def host(self, api: str, own: str) -> str:
        """Return the host that other tasks of an API call, if one slip makes it this one, or "".

        Args:
            api: the API.
            own: the host that one task calls; it counts if no other task calls it.
        """
        hosts = self.apis[api].hosts if api in self.apis else {}
        if hosts.get(own, 0) > 1:
            return ""
        near = [host for host in hosts if is_one_slip(_letters(host), _letters(own))]
        return near[0] if len(near) == 1 else ""


def _letters(host: str) -> str:
    """Return a host without its numbers: eu1 and eu2 are two servers, not one misspelt."""
    return "".join(each for each in host if not each.isdigit())
