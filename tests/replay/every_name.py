"""Functions of SIMPLE tasks, whatever their names."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping

from httptask.core.result import TaskResult
from httptask.engines.embedded.functions import Function, FunctionCall


class EveryName(Mapping[str, Function]):
    """One function for any name."""

    @abstractmethod
    def execute(self, call: FunctionCall) -> TaskResult:
        """Execute a task."""

    def __getitem__(self, name: str) -> Function:
        return self.execute

    def __contains__(self, name: object) -> bool:
        return True

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0
