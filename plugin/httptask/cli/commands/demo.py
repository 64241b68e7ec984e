"""``httptask demo``: the whole way with the documented operation."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from httptask.cli.options import documented
from httptask.cli.output import bold, dim, note, plain, style

if TYPE_CHECKING:
    from httptask.catalog import Catalog

OPERATION = "digitalocean-inference/post-v1-images-generations"
TOKEN = "HTTPTASK_SECRET_DIGITALOCEAN_TOKEN"  # noqa: S105 - the variable's name
UPLOAD_TOKEN = "HTTPTASK_SECRET_DEMO_UPLOAD_TOKEN"  # noqa: S105 - the variable's name
STREAMED_IMAGE = "$.response.body[?@.event == 'image_generation.completed'].data.b64_json"
INPUT = {"prompt": "a red kite over the sea", "n": 1, "model": "openai-gpt-image-1"}


@documented(
    "demo",
    """
    httptask demo
    httptask demo --json
    HTTPTASK_SECRET_DIGITALOCEAN_TOKEN=... httptask demo --live
    """,
)
@click.option(
    "--live",
    is_flag=True,
    help="Call the real image service; needs HTTPTASK_SECRET_DIGITALOCEAN_TOKEN.",
)
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("httptask-demo"),
    show_default=True,
    help="Where the workflow definition, the runs and the images go.",
)
def command(live: bool, folder: Path, as_json: bool) -> int:
    """Search, add, test and run the documented operation, on this machine unless --live is given.

    A stand-in of the image API is started on loopback. The workflow generates an image, and
    uploads its file and fields in a second task.
    """
    from httptask.app.engine import Engine
    from httptask.cli.catalogs import open_catalog
    from httptask.cli.options import machine
    from httptask.cli.run_view import finish
    from httptask.cli.runner import attended
    from httptask.engines.embedded.payload import run_id as new_id

    with _service(live) as service:
        flow = folder / "flow.json"
        with open_catalog(None) as catalog:
            _title(1, "Search for the operation")
            _search(catalog)
            _title(2, "Add it to a workflow definition as an HTTP task, and a second task after it")
            _write_flow(catalog, flow, service, live)
        _title(3, "Test the request: plain, then streamed")
        _test(flow, folder, {})
        _test(flow, folder, {"stream": True, "partial_images": 2})
        _title(4, "Run the workflow durably")
        settings, manager = machine((), True, folder)
        run_id = new_id(None)
        with Engine.open(settings=settings, manager=manager) as engine:
            run = attended(
                engine,
                run_id,
                lambda watch: engine.run(flow, input=INPUT, workflow_id=run_id, watch=watch),
            )
    return finish(run, as_json)


def _title(number: int, text: str) -> None:
    note("")
    note(f"{style(str(number), fg='cyan', bold=True)} {bold(text)}")


@contextlib.contextmanager
def _service(live: bool) -> Iterator[Any]:
    """Start the stand-in, and put its token where secrets are read."""
    from httptask.errors import InputError
    from httptask.testing.images import ImageService

    if live and not os.environ.get(TOKEN):
        raise InputError(
            f"{TOKEN} is not set", code="secret_missing", hint="it is the token of your account"
        )
    with ImageService() as service:
        tokens = {UPLOAD_TOKEN: service.token}
        if not live:
            tokens[TOKEN] = service.token
        before = {name: os.environ.get(name) for name in tokens}
        os.environ.update(tokens)
        try:
            yield service
        finally:
            for name, value in before.items():
                os.environ.pop(name)
                if value is not None:
                    os.environ[name] = value


def _search(catalog: Catalog) -> None:
    for hit in catalog.search("generate an image", limit=3):
        call = style(f"{hit.method} {hit.path}", fg="cyan")
        note(f"  {plain(hit.id)}  {call}  {dim(hit.summary)}")


def _write_flow(catalog: Catalog, flow: Path, service: Any, live: bool) -> None:
    from httptask.app.files import write_json

    server = None if live else service.url
    generate = catalog.prepare(OPERATION, server=server, name="generate")
    document = {
        "name": "image_and_upload",
        "description": "Generate an image, then upload its file and fields.",
        "version": 1,
        "schemaVersion": 2,
        "inputParameters": sorted(INPUT),
        "tasks": [{**generate, "taskReferenceName": "generate"}, _upload_task(service.url)],
        "outputParameters": {
            "image": "${generate.output.image}",
            "upload": "${upload.output.url}",
        },
    }
    write_json(flow, document)
    note(f"  wrote {flow}")


def _upload_task(url: str) -> dict[str, Any]:
    return {
        "name": "upload",
        "taskReferenceName": "upload",
        "type": "HTTP",
        "inputParameters": {
            "http_request": {"uri": f"{url}/uploads", "method": "POST", "readTimeOut": 30000},
            "httptask": {
                "auth": {"type": "bearer", "token": "${workflow.secrets.DEMO_UPLOAD_TOKEN}"},
                "multipart": {
                    "file": {"file": "${generate.output.image}"},
                    "title": "created ${generate.output.response.body.created}",
                    "prompt": "${workflow.input.prompt}",
                },
                "idempotencyKey": True,
                "output": {"url": "$.response.body.url", "id": "$.response.body.id"},
            },
        },
    }


def _test(flow: Path, folder: Path, more: Mapping[str, Any]) -> None:
    from dataclasses import replace

    from httptask.app.load import Surroundings
    from httptask.app.test import choose_task
    from httptask.cli.options import machine
    from httptask.cli.trace_view import LiveTrace, show_summary
    from httptask.expressions import Context
    from httptask.hooks.task import CompiledTask
    from httptask.trial.request import Trial

    settings, manager = machine((), True, folder)
    chosen = choose_task(flow, "generate", Surroundings.of(manager))
    task = chosen.prepared
    if more:
        request, options = task.written["http_request"], task.written["httptask"]
        image = {**options["output"]["image"], "path": STREAMED_IMAGE}
        task = CompiledTask.of(
            {
                "http_request": {**request, "body": {**request["body"], **more}},
                "httptask": {**options, "output": {"image": image}},
            },
            ref="generate",
            pointer=task.pointer,
            source=task.source,
        )
        note(dim(f"  with {', '.join(f'{name}: {value}' for name, value in more.items())}"))
    trial = Trial(settings, manager, watch=LiveTrace().saw)
    result = replace(chosen, prepared=task).test(Context.build(input=INPUT), trial)
    assert result.trace is not None  # noqa: S101 - a trial always records
    show_summary(result.trace.to_json())
    if result.error is not None:
        raise result.error
