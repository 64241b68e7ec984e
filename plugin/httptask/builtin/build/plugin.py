"""Build the request: URL, headers and body, as RFC 3986, RFC 9110 and OpenAPI say."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from httptask import __version__
from httptask.builtin.build.base import check_origin, resolved
from httptask.builtin.build.file_source import FileSource, file_chunks
from httptask.builtin.build.form import encode_form
from httptask.builtin.build.headers import build_headers
from httptask.builtin.build.jsonbody import encode_body
from httptask.builtin.build.multipart import (
    MultipartBody,
    make_boundary,
    multipart_parts,
)
from httptask.builtin.build.sources import FileSources
from httptask.builtin.build.styles import cookie_header
from httptask.builtin.build.url import build_url
from httptask.builtin.build.values import json_bytes
from httptask.builtin.layers.repeat import is_idempotent
from httptask.core.body import Body
from httptask.core.message import Headers, HttpRequest, Origin
from httptask.core.methods import NEVER_SENT
from httptask.definition.options import OTHER_BODIES, GraphqlOptions, IdempotencyKeyOptions
from httptask.errors import InputError
from httptask.hooks import hookimpl
from httptask.hooks.views import Claim, ResolvedRequest, TaskCall

USER_AGENT = f"httptask/{__version__}"
_JSON = "application/json"
_OF_REQUEST = ("/uri", "/method", "/headers", "/body")


class BuildRequest:
    """Implements ``build_request``."""

    @hookimpl
    def httptask_claims(self) -> list[Claim]:
        """Claim the kinds of bodies."""
        kinds = ("json", "text", "form", "multipart", "file", "graphql")
        return [Claim("build_request", kind) for kind in kinds]

    @hookimpl(trylast=True)
    def httptask_build_request(self, call: TaskCall, resolved: ResolvedRequest) -> HttpRequest:
        """Serialize everything."""
        try:
            request = _Builder(call, resolved).request()
        except InputError as error:
            if not error.pointer.startswith(call.task.pointer):
                of_request = error.pointer.startswith(_OF_REQUEST)
                prefix = (
                    call.task.request_pointer if of_request else f"{call.task.pointer}/httptask"
                )
                error.pointer = prefix + error.pointer
            raise
        call.redactor.places.built(request, lambda again: _Builder(call, again).request())
        return request


class _Builder:
    def __init__(self, call: TaskCall, resolved: ResolvedRequest) -> None:
        self._call, self._spec, self._options = call, resolved.spec, resolved.options
        self._styles = resolved.options.parameter_styles
        self._sources = FileSources(call)

    def request(self) -> HttpRequest:
        spec, options = self._spec, self._options
        base = options.base
        url = build_url(
            spec.uri if base is None else resolved(base, spec.uri),
            options.path,
            options.query,
            {"path": self._styles.path, "query": self._styles.query},
            spec.encode,
        )
        if base is not None:
            check_origin(base, url)
        body = self._body()
        if spec.method == "TRACE" and body is not None:
            raise InputError("a TRACE request cannot have a body", pointer="/body")
        if spec.method in NEVER_SENT:
            reason = NEVER_SENT[spec.method]
            raise InputError(f"{spec.method} {reason}", code="method_refused", pointer="/method")
        headers = self._headers(url, body)
        return HttpRequest(spec.method, url, headers, body, is_idempotent(options))

    def _headers(self, url: str, body: Body | None) -> Headers:
        spec = self._spec
        accept = spec.accept if isinstance(spec.accept, str) else ", ".join(spec.accept)
        host = Origin.of(url).authority
        defaults = [("Host", host), ("Accept", accept)]
        if body is not None:
            defaults.append(("Content-Type", body.media_type))
        defaults += [("User-Agent", USER_AGENT), ("Accept-Encoding", "gzip, deflate")]
        written = spec.headers
        if self._options.multipart is not None:
            written = {key: value for key, value in written.items() if not _is_type(key)}
        headers = Headers(build_headers(written, defaults, self._styles.headers))
        if self._options.cookies:
            headers = self._with_cookies(headers)
        if self._options.idempotency_key:
            headers = self._with_idempotency_key(headers)
        if headers.lines[:1] == (defaults[0],):
            return headers
        others = headers.without("Host")
        return Headers((("Host", headers.get("Host") or host), *others.lines))

    def _with_idempotency_key(self, headers: Headers) -> Headers:
        """Return the headers with the key, unless the task's own have one already."""
        key = self._options.idempotency_key
        named = key if isinstance(key, IdempotencyKeyOptions) else IdempotencyKeyOptions()
        if named.header in headers:
            return headers
        value = named.value or self._call.execution.idempotency_key
        return headers.with_header(named.header, value)

    def _with_cookies(self, headers: Headers) -> Headers:
        cookies = cookie_header(self._options.cookies, self._styles.cookies)
        if not cookies:
            return headers
        own = headers.get("Cookie")
        return headers.with_header("Cookie", f"{own}; {cookies}" if own else cookies)

    def _body(self) -> Body | None:
        options, spec = self._options, self._spec
        given = [key for key in OTHER_BODIES if getattr(options, key) is not None]
        if given and spec.body is not None:
            raise InputError(f"there is already a body, in httptask.{given[0]}", pointer="/body")
        if options.form is not None:
            data = encode_form(options.form, options.form_encoding)
            return Body.of(data, self._stated_type() or "application/x-www-form-urlencoded")
        if options.multipart is not None:
            return self._multipart()
        if options.file is not None:
            return self._file(self._sources.open(_plain(options.file), "/file"))
        if options.graphql is not None:
            return self._graphql(options.graphql)
        content_type = self._stated_type() or spec.content_type
        encoded = encode_body(spec.body, content_type)
        return None if encoded is None else Body.of(encoded, content_type)

    def _stated_type(self) -> str:
        """Return the Content-Type that the task's own headers set, or ""."""
        found = (value for name, value in self._spec.headers.items() if _is_type(name))
        value = next(found, None)
        return value if isinstance(value, str) else ""

    def _multipart(self) -> Body:
        parts = multipart_parts(_plain(self._options.multipart), self._sources.open)
        boundary = make_boundary(self._call.execution.idempotency_key)
        encoded = MultipartBody(parts, boundary)
        return Body(encoded.content_type, encoded.size, source=encoded.chunks)

    def _graphql(self, graphql: GraphqlOptions) -> Body:
        if self._spec.method != "POST":
            raise InputError(
                f"a GraphQL request is sent by POST, not {self._spec.method}",
                code="graphql_method",
                pointer="/method",
            )
        return Body.of(json_bytes(_plain(graphql), "/graphql"), self._stated_type() or _JSON)

    def _file(self, source: FileSource) -> Body:
        written = self._spec.model_fields_set
        stated = self._stated_type() or (
            self._spec.content_type if "content_type" in written else source.media_type
        )
        media_type = stated or "application/octet-stream"
        return Body(media_type, source.size, source=lambda: file_chunks(source))


def _is_type(name: str) -> bool:
    return name.lower() == "content-type"


def _plain(value: Any) -> Any:
    """Return a value of the definition as JSON."""
    if isinstance(value, BaseModel):
        return value.model_dump(by_alias=True, exclude_unset=True, warnings=False)
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value
