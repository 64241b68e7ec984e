"""Python functions as tasks, without an engine."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

from httptask.core.execution import Execution
from httptask.core.result import TaskResult
from httptask.engines.embedded.functions import FunctionCall, adapted, called


async def doubled(x: int) -> int:
    return 2 * x


def test_an_async_function_where_a_loop_runs_already() -> None:
    call = FunctionCall("doubled", {"x": 3}, Execution.fresh("call"))

    async def as_in_a_notebook() -> TaskResult:
        return called(adapted(doubled), call)

    with ThreadPoolExecutor() as without_a_loop:
        result = without_a_loop.submit(lambda: asyncio.run(as_in_a_notebook())).result()
    assert result.output == {"result": 6}
