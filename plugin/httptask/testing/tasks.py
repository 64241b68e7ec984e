"""Run single tasks through the real pipeline: what a plugin's own tests need.

with TaskRunner(folder, plugins={"mine": MyPlugin()}) as tasks:
    result = tasks.run({"http_request": {"uri": f"{server.url}/echo", "method": "GET"}})
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from httptask.core.closeable import Closeable
from httptask.core.execution import Execution
from httptask.core.result import TaskResult
from httptask.core.sensitive import Redactor
from httptask.core.tracing import Level
from httptask.expressions import Context
from httptask.hooks.task import CompiledTask
from httptask.pipeline import Pipeline, Recorder
from httptask.plugins import build_manager, close_plugins
from httptask.settings import Settings
from httptask.wire.recorder import Watcher


class TaskRunner(Closeable):
    """Runs tasks as ``httptask test`` does, from the author's own command line.

    Args:
        folder: where files are stored, and where the definition is said to be.
        plugins: plugins by name, besides the built-in ones.
        allow: HOST[:PORT] texts that the egress policy lets pass.
        author: whether loopback endpoints written literally in the task may be called.
        installed: whether plugins from entry points are loaded as well.
        transport: kind of the transport that sends, if the environment names none.
    """

    def __init__(
        self,
        folder: Path,
        plugins: Mapping[str, object] | None = None,
        *,
        allow: Iterable[str] = (),
        author: bool = True,
        installed: bool = False,
        transport: str = "",
    ) -> None:
        self.folder = folder
        self.manager = build_manager(plugins, installed=installed, transport=transport)
        self.pipeline = Pipeline(self.manager)
        self.settings = Settings.from_environment(
            allow_hosts=allow, data=folder / "data", author=author
        )

    def close(self) -> None:
        """Close idle connections."""
        close_plugins(self.manager)

    def run(
        self,
        inputs: Mapping[str, Any],
        /,
        context: Context | None = None,
        *,
        level: Level = Level.DEBUG,
        watch: Watcher | None = None,
        stop_after: str = "",
        ref: str = "call",
        execution: Execution | None = None,
        **call: Any,
    ) -> TaskResult:
        """Run one task.

        Args:
            inputs: ``inputParameters`` as an author writes them.
            context: what the expressions refer to; nothing when absent.
            level: how much of the trace is kept.
            watch: see `Recorder`.
            stop_after: name of the stage to stop after, or "".
            ref: task reference name.
            execution: the identity of the execution; a new one when absent.
            call: fields of `TaskCall` to set, ``cancelled`` or ``clock`` for example.
        """
        task = CompiledTask.of(inputs, ref=ref, base_dir=self.folder)
        redactor = Redactor()
        prepared = self.settings.call(
            task,
            context or Context.build(),
            execution or Execution.fresh(ref),
            redactor=redactor,
            mode="trial",
        )
        return self.pipeline.run(
            msgspec.structs.replace(prepared, **call), Recorder(redactor, level, watch), stop_after
        )
