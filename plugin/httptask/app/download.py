"""Downloads of API descriptions: through the pipeline, as a task's request goes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from httptask.catalog.documents.sources import Fetch
from httptask.core.execution import Execution
from httptask.errors import CatalogError, StatusError
from httptask.expressions import Context
from httptask.hooks import PluginManager
from httptask.hooks.task import CompiledTask
from httptask.pipeline import Pipeline
from httptask.settings import Settings


def fetcher(manager: PluginManager, allow_hosts: Iterable[str]) -> Fetch:
    """Return a function that downloads a URL as a task does.

    Only a URL that the user named has the rights of a literal address.

    Args:
        manager: the plugins.
        allow_hosts: exceptions of the egress policy.
    """
    followed = Settings.from_environment(allow_hosts=allow_hosts)
    by_name = replace(followed, author=True)
    pipeline = Pipeline(manager)

    def fetch(url: str, named: bool) -> bytes:
        settings = by_name if named else followed
        request = {"uri": url, "method": "GET", "accept": ["*/*"], "readTimeOut": 30_000}
        options = {"response": {"format": "file", "maxBytes": 256 * 1024 * 1024}}
        task = CompiledTask.of({"http_request": request, "httptask": options}, ref="fetch")
        result = pipeline.run(settings.call(task, Context.build(), Execution.fresh("fetch")))
        if isinstance(result.error, StatusError):
            status = result.output["response"]["statusCode"]
            raise CatalogError(
                f"the server responded with {status}",
                code="source_missing",
                source=url,
                hint="check the address",
            )
        if result.error is not None:
            raise result.error
        body = result.output["response"]["body"]
        return Path(body["path"]).read_bytes() if body else b""

    return fetch
