"""The REST API of the editor."""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from typing import Any

from anyio.to_thread import run_sync
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from httptask.core.json_text import encode
from httptask.definition.json_schema import JsonSchema
from httptask.definition.reading import parse
from httptask.editor.guard import UPLOADS
from httptask.editor.openapi import document
from httptask.editor.openapi_schemas import SCHEMAS
from httptask.editor.running import INTERNAL, RunningTests, TooManyTestsError
from httptask.editor.services import Draft, Emit, Services, TestOrder
from httptask.editor.signing_in import SignIns
from httptask.editor.stored_files import UploadTooLargeError
from httptask.editor.workflow_file import ConflictError, WorkflowFile
from httptask.errors import CatalogError, DefinitionError, HttpTaskError

_CHECKS = {
    name: JsonSchema({**schema, "components": {"schemas": SCHEMAS}})
    for name, schema in SCHEMAS.items()
    if name.endswith(("Order", "Draft"))
}


_ETAG = re.compile(r'"[0-9a-f]*"')


class InvalidCallError(DefinitionError):
    """The call does not fit the API's description."""

    default_code = "call_invalid"


class MissingError(CatalogError):
    """The resource does not exist."""

    default_code = "not_found"


class NotJsonError(DefinitionError):
    """The call's body is of another media type."""

    default_code = "media_type_refused"


_STATUS: tuple[tuple[type[HttpTaskError], int], ...] = (
    (ConflictError, 412),
    (UploadTooLargeError, 413),
    (NotJsonError, 415),
    (TooManyTestsError, 429),
    (CatalogError, 404),
    (DefinitionError, 422),
)


class ExactJSONResponse(JSONResponse):
    """A document with the digits of its numbers, and with texts that UTF-8 cannot hold."""

    def render(self, content: Any) -> bytes:
        """Return the document."""
        return encode(content)


class StoredFileResponse(FileResponse):
    """A file in large pieces: each is read in a thread, which takes longer than reading it."""

    chunk_size = 1 << 20


@dataclass(slots=True)
class Api:
    """The endpoints.

    Attributes:
        services: the back end.
        running: the tests under way.
        sign_ins: the sign-ins under way.
        max_upload_bytes: a file above this is refused.
        file: the opened workflow definition file, or None.
    """

    services: Services
    running: RunningTests
    sign_ins: SignIns
    max_upload_bytes: int
    file: WorkflowFile | None = None
    _document: dict[str, Any] = field(default_factory=lambda: document(version("httptask")))

    def routes(self) -> list[Route]:
        """Return the routes below ``/api``."""
        return [
            Route("/api/openapi.json", self.openapi),
            Route("/api/session", self.session),
            Route("/api/operations", self.search),
            Route("/api/operation", self.operation),
            Route("/api/prepare", self.prepare, methods=["POST"]),
            Route("/api/check", self.check, methods=["POST"]),
            Route("/api/rename", self.rename, methods=["POST"]),
            Route("/api/import", self.import_text, methods=["POST"]),
            Route("/api/sign-ins", self.sign_in, methods=["POST"]),
            Route("/api/secrets", self.set_secret, methods=["POST"]),
            Route("/api/inputs", self.inputs, methods=["GET", "PUT"]),
            Route("/api/complete", self.complete, methods=["POST"]),
            Route("/api/values", self.values, methods=["POST"]),
            Route("/api/tests", self.tests, methods=["GET", "POST"]),
            Route("/api/tests/{test_id:str}", self.one_test, methods=["GET", "DELETE"]),
            Route(UPLOADS, self.upload, methods=["POST"]),
            Route("/api/files/{sha256:str}", self.stored_file),
            Route("/api/workflow", self.workflow, methods=["GET", "PUT"]),
        ]

    async def openapi(self, request: Request) -> Response:
        """Respond with the description of this API."""
        del request
        return ExactJSONResponse(self._document)

    async def session(self, request: Request) -> Response:
        """Respond with what the page starts with."""
        del request
        found = await run_sync(self.services.session)
        name = self.file.path.name if self.file else ""
        return ExactJSONResponse({**found, "version": version("httptask"), "workflowFile": name})

    async def search(self, request: Request) -> Response:
        """Respond with operations, best first."""
        given = request.query_params
        limit = _limit(given.get("limit", "20"))
        texts = {name: _text(given.get(name, ""), name) for name in ("query", "api", "method")}

        def look() -> Any:
            return self.services.search(
                texts["query"], api=texts["api"], method=texts["method"], limit=limit
            )

        return ExactJSONResponse(list(await run_sync(look)))

    async def operation(self, request: Request) -> Response:
        """Respond with the documentation of an operation."""
        operation_id = _text(request.query_params.get("id", ""), "id")
        if not operation_id:
            raise InvalidCallError("id is missing")
        return ExactJSONResponse(dict(await run_sync(self.services.operation, operation_id)))

    async def prepare(self, request: Request) -> Response:
        """Respond with the task prepared for an operation."""
        order = await _order(request, "PrepareOrder")
        task = await run_sync(self.services.prepare, order["operation"], order.get("choices") or {})
        return ExactJSONResponse(dict(task))

    async def check(self, request: Request) -> Response:
        """Respond with findings and references of a task."""
        order = await _order(request, "Draft")
        checked = await run_sync(self.services.check, _draft(order))
        return ExactJSONResponse(checked.to_json())

    async def complete(self, request: Request) -> Response:
        """Respond with what may follow in an expression."""
        order = await _order(request, "CompleteOrder")
        found = await run_sync(self.services.complete, _draft(order), order["text"])
        return ExactJSONResponse([dict(each) for each in found])

    async def values(self, request: Request) -> Response:
        """Respond with what the task may read."""
        order = await _order(request, "ValuesOrder")
        found = await run_sync(self.services.values, _draft(order), order["words"])
        return ExactJSONResponse([dict(each) for each in found])

    async def rename(self, request: Request) -> Response:
        """Respond with the workflow in which a task has another reference."""
        order = await _order(request, "RenameOrder")
        names = order["reference"], order["name"]
        return ExactJSONResponse(
            dict(await run_sync(self.services.rename, order["workflow"], *names))
        )

    async def import_text(self, request: Request) -> Response:
        """Respond with the HTTP tasks of requests in another format."""
        order = await _order(request, "ImportOrder")
        return ExactJSONResponse(dict(await run_sync(self.services.import_text, order["text"])))

    async def set_secret(self, request: Request) -> Response:
        """Keep a secret in memory until the server stops."""
        order = await _order(request, "SecretOrder")
        self.services.secrets.keep(order["name"], order["value"])
        return Response(status_code=204)

    async def inputs(self, request: Request) -> Response:
        """Respond with what tests of a workflow were given, or keep it."""
        if request.method == "GET":
            name = _text(request.query_params.get("workflow", ""), "workflow")
            return ExactJSONResponse(await run_sync(self.services.inputs.of, name))
        order = await _order(request, "InputsOrder")
        await run_sync(self.services.inputs.keep, order["workflow"], order["inputs"])
        return Response(status_code=204)

    async def tests(self, request: Request) -> Response:
        """Run a test, or list those that are kept."""
        return await (self.test(request) if request.method == "POST" else self.kept(request))

    async def kept(self, request: Request) -> Response:
        """Respond with what is known about the kept tests of a workflow."""
        name = _text(request.query_params.get("workflow", ""), "workflow")
        return ExactJSONResponse([dict(each) for each in self.services.tests(name)])

    async def test(self, request: Request) -> Response:
        """Run a test and stream its events."""
        given = await _order(request, "TestOrder")
        cancelled = threading.Event()
        test_id = self.running.register(cancelled)
        order = TestOrder(
            _draft(given),
            given.get("level") or "debug",
            lambda _: None,
            test_id,
            given.get("fixture"),
            bool(given.get("fromHere")),
            cancelled,
        )

        def work(emit: Emit) -> Mapping[str, Any]:
            return {"type": "trace", "trace": self.services.test(replace(order, emit=emit))}

        lines = self.running.stream(test_id, work, cancelled, request.receive)
        return StreamingResponse(lines, media_type="application/x-ndjson")

    async def sign_in(self, request: Request) -> Response:
        """Sign in for the credentials of a task and stream what is to be done for it."""
        draft = _draft(await _order(request, "SignInDraft"))
        return self.sign_ins.stream(self.services, draft, request)

    async def one_test(self, request: Request) -> Response:
        """Cancel a test, or respond with the trace of one that is kept."""
        test_id = request.path_params["test_id"]
        if request.method == "DELETE":
            if not self.running.cancel(test_id):
                raise MissingError("this test is not under way")
            return Response(status_code=204)
        trace = self.services.kept_trace(test_id)
        if trace is None:
            raise MissingError("this test is not kept")
        return Response(trace, media_type="application/json")

    async def upload(self, request: Request) -> Response:
        """Store a file as it arrives, and respond with its reference."""
        media_type = request.headers.get("content-type", "")
        found = await self.services.files.receive(
            request.stream(), media_type, self.max_upload_bytes
        )
        return ExactJSONResponse(found, 201)

    async def stored_file(self, request: Request) -> Response:
        """Respond with a file of this session, never as a page of this origin."""
        found = await run_sync(self.services.files.find, request.path_params["sha256"])
        if found is None:
            raise MissingError("no test stored this file")
        path, media_type = found
        headers = {"X-Stored-Media-Type": _printable(media_type)}
        kind = "application/octet-stream"
        return StoredFileResponse(path, media_type=kind, headers=headers, filename=path.name)

    async def workflow(self, request: Request) -> Response:
        """Read or write the opened workflow definition."""
        return await (self.save(request) if request.method == "PUT" else self.load())

    async def load(self) -> Response:
        """Respond with the opened workflow definition."""
        stored = await run_sync(self._opened().load)
        body = {"workflow": stored.workflow, "etag": stored.etag}
        return ExactJSONResponse(body, headers={"ETag": f'"{stored.etag}"'})

    async def save(self, request: Request) -> Response:
        """Write the opened workflow definition, unless the file changed meanwhile."""
        order = await _order(request, "SaveOrder")
        known = request.headers.get("if-match", "")
        if not _ETAG.fullmatch(known):
            raise InvalidCallError(
                "If-Match is missing or is not an etag", hint="send the etag the file was read with"
            )
        etag = await run_sync(self._opened().save, order["workflow"], known.strip('"'))
        return ExactJSONResponse({"etag": etag}, headers={"ETag": f'"{etag}"'})

    def _opened(self) -> WorkflowFile:
        if self.file is None:
            raise MissingError("no workflow file is open", hint="httptask serve WORKFLOW")
        return self.file


async def failed(request: Request, error: Exception) -> Response:
    """Respond with the document of one of our errors."""
    del request
    if not isinstance(error, HttpTaskError):
        raise error
    status = next((code for kind, code in _STATUS if isinstance(error, kind)), 500)
    return _failure(error, status)


async def broken(request: Request, error: Exception) -> Response:
    """Say that the server failed; what failed stands in its log only."""
    del request, error
    return _failure(INTERNAL, 500)


def _failure(error: HttpTaskError, status: int) -> Response:
    return ExactJSONResponse({"error": error.to_json()}, status)


async def _order(request: Request, schema: str) -> Mapping[str, Any]:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise NotJsonError("send application/json")
    body = await request.body()
    try:
        order = await run_sync(parse, body)
    except DefinitionError as error:
        text = f"the body cannot be read: {error.message}"
        raise InvalidCallError(text, pointer=error.pointer) from error
    found = next(iter(_CHECKS[schema].problems(order, limit=1)), None)
    if found:
        raise InvalidCallError(found.message, pointer=found.pointer)
    return dict(order)


def _draft(order: Mapping[str, Any]) -> Draft:
    return Draft(
        order["task"],
        order.get("workflow"),
        order.get("place") or "",
        order.get("samples") or {},
        order.get("inputs") or {},
    )


def _limit(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 6 and 1 <= int(text) <= 100):
        raise InvalidCallError("limit is not a whole number from 1 to 100")
    return int(text)


def _text(text: str, name: str) -> str:
    if len(text) > 2000:
        raise InvalidCallError(f"{name} is longer than 2000 characters")
    return text


def _printable(text: str) -> str:
    return "".join(each for each in text if 32 <= ord(each) < 127)
