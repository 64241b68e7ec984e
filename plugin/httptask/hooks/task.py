"""A task as its author wrote it, compiled once for many executions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from httptask.core.egress import Endpoint, parse_endpoint
from httptask.core.first_use import IMPORTING, cached_property
from httptask.core.message import DEFAULT_PORTS, Origin
from httptask.core.xml_text import escapes_after, is_xml
from httptask.definition.json_schema import JsonSchema
from httptask.definition.written import (
    request_place,
    stated_type,
    written_auth,
    written_options,
    written_request,
)
from httptask.errors import DefinitionError, HttpTaskError
from httptask.expressions import NO_ESCAPES, Template, compile_template

SCHEMA_KEYS = ("requestSchema", "parametersSchema", "responseSchema")
_OF_TASKS = frozenset({"task", "workflow.variables", "context", "dynamic"})
_LITERAL_AUTHORITY = re.compile(r"\s*(https?)://([^/?#${}\\@\s]+)(?=[/?#]|\s*\Z)", re.IGNORECASE)

_LITERAL_USERINFO = re.compile(r"//[^/?#$@]*@")


@dataclass(frozen=True)
class Connected:
    """The connection that a task uses.

    Attributes:
        name: its name.
        auth: its ``auth``, compiled; None where there is no such connection.
        kind: its kind of authentication, or "".
        origins: the only origins that its credentials may go to.
        calls: origins of the addresses that stand literally in its ``auth``.
        fault: why it cannot be used, or None.
    """

    name: str
    auth: Template | None = None
    kind: str = ""
    origins: frozenset[Origin] = frozenset()
    calls: frozenset[Origin] = frozenset()
    fault: HttpTaskError | None = None

    @cached_property
    def secrets(self) -> frozenset[str]:
        """Return the names of the secrets in it."""
        found = self.auth.references if self.auth is not None else ()
        of_secrets = (each.prefix for each in found if each.root == "workflow.secrets")
        return frozenset(str(prefix[0]) for prefix in of_secrets if prefix)


@dataclass(frozen=True)
class CompiledTask:
    """One HTTP task of a definition.

    Attributes:
        name: the task's name.
        ref: its task reference name.
        written: ``inputParameters`` as written.
        template: the same, compiled, without the schemas.
        schemas: JSON Schemas under ``httptask``, by key.
        origin: the origin of ``httptask.base``, or else of ``uri``, if it is written literally.
        proxy_origin: the origin of the proxy, if it is written literally.
        option_origins: origins of the addresses that stand literally under ``httptask.auth`` or
            in options of plugins: where token calls and the like may go.
        pointer: JSON Pointer of ``inputParameters`` in the author's file.
        source: that file, or "".
        base_dir: folder below which file bodies may be read, or None when none may.
        async_complete: whether somebody else completes the task.
        connection: the connection that it uses, once the machine is known.
        xml_text: JSON Pointer, below the inputs, of a body that is an XML text with values in it,
            which are escaped; or "".
    """

    name: str
    ref: str
    written: Mapping[str, Any]
    template: Template
    schemas: Mapping[str, JsonSchema]
    origin: Origin | None
    proxy_origin: Origin | None
    option_origins: frozenset[Origin] = frozenset()
    pointer: str = "/inputParameters"
    source: str = ""
    base_dir: Path | None = None
    async_complete: bool = False
    connection: Connected | None = None
    xml_text: str = ""

    @classmethod
    def of(
        cls,
        inputs: Mapping[str, Any],
        *,
        name: str = "http",
        ref: str = "http",
        pointer: str = "/inputParameters",
        source: str = "",
        base_dir: Path | None = None,
        async_complete: bool = False,
    ) -> CompiledTask:
        """Compile ``inputParameters``.

        Raises:
            ExpressionError: an expression nests too deeply to be read.
        """
        options, request = written_options(inputs), written_request(inputs)
        schemas = {
            key: JsonSchema(options[key], f"{pointer}/httptask/{key}")
            for key in SCHEMA_KEYS
            if isinstance(options.get(key), (dict, bool))
        }
        plain = {key: value for key, value in options.items() if key not in schemas}
        xml_text = _xml_text(request, request_place(inputs))
        template = compile_template(
            {**inputs, "httptask": plain} if "httptask" in inputs else inputs,
            escapes={xml_text: escapes_after} if xml_text else NO_ESCAPES,
        )
        return cls(
            name,
            ref,
            inputs,
            template,
            schemas,
            written_origin(inputs),
            literal_origin(_proxy_address(options.get("proxy"))),
            frozenset(literal_origins(_where_plugins_call(options))),
            pointer,
            source,
            base_dir,
            async_complete,
            xml_text=xml_text,
        )

    @cached_property
    def request(self) -> Mapping[str, Any]:
        """Return the request as written."""
        return written_request(self.written)

    @cached_property
    def options(self) -> Mapping[str, Any]:
        """Return ``httptask`` as written."""
        return written_options(self.written)

    @cached_property
    def request_pointer(self) -> str:
        """Return the JSON Pointer of the object that holds ``uri`` and ``method``."""
        return self.pointer + request_place(self.written)

    @cached_property
    def origin_pointer(self) -> str:
        """Return the JSON Pointer of the address that decides about the origin."""
        based = self.options.get("base")
        return f"{self.pointer}/httptask/base" if based else f"{self.request_pointer}/uri"

    @cached_property
    def reads_outputs(self) -> bool:
        """Tell whether a value of an earlier task can be in the inputs."""
        return any(reference.root in _OF_TASKS for reference in self.template.references)

    @property
    def origins(self) -> frozenset[Origin]:
        """Return every origin that is written literally in the task."""
        return self.option_origins | frozenset(filter(None, (self.origin, self.proxy_origin)))

    @cached_property
    def option_names(self) -> frozenset[str]:
        """Return the keys under ``httptask`` that are given."""
        return frozenset(key for key, value in self.options.items() if value is not None)

    @cached_property
    def auth_kind(self) -> str:
        """Return the kind of authentication, or ""."""
        if self.connection is not None:
            return self.connection.kind
        kind = written_auth(self.written).get("type")
        return kind if isinstance(kind, str) else ""

    @cached_property
    def loopback_candidates(self) -> frozenset[Endpoint]:
        """Return the endpoints that stand literally in the task."""
        return frozenset((origin.host, origin.port) for origin in self.origins)


def written_origin(inputs: Mapping[str, Any]) -> Origin | None:
    """Return the origin of a task's requests, of ``base`` or else ``uri``, if it is literal."""
    return literal_origin(written_options(inputs).get("base") or written_request(inputs).get("uri"))


def literal_origin(text: object) -> Origin | None:
    """Return the origin of a URL text whose authority ends before the first ``${``."""
    match = _LITERAL_AUTHORITY.match(text) if isinstance(text, str) else None
    if match is None:
        return None
    scheme = match[1].lower()
    try:
        host, port = parse_endpoint(match[2])
        ascii_host = host if ":" in host else host.encode("idna").decode()
    except (DefinitionError, UnicodeError):
        return None
    if ":" in host and not match[2].startswith("["):
        return None
    return Origin(scheme, ascii_host, port or DEFAULT_PORTS[scheme])


def _xml_text(request: Mapping[str, Any], pointer: str) -> str:
    """Return the pointer of a body that is an XML text with values in it, or ""."""
    body = request.get("body")
    if (
        not isinstance(body, str)
        or "${" not in body
        or not is_xml(str(stated_type(request)[0] or ""))
    ):
        return ""
    return f"{pointer}/body"


def _where_plugins_call(options: Mapping[str, Any]) -> list[Any]:
    if not options:
        return []
    # The models take long to import, and the commands that need none of them start fast.
    with IMPORTING:
        from httptask.definition.options import own_options  # noqa: PLC0415 - as above

    own = own_options()
    return [value for key, value in options.items() if key == "auth" or key not in own]


def literal_origins(value: Any) -> Iterator[Origin]:
    """Yield the origins of the texts that are literal addresses."""
    if isinstance(value, str):
        origin = literal_origin(value)
        if origin is not None:
            yield origin
    elif isinstance(value, Mapping):
        yield from literal_origins(list(value.values()))
    elif isinstance(value, list):
        for item in value:
            yield from literal_origins(item)


def _proxy_address(proxy: object) -> str | None:
    """Return a proxy's address without its credentials; http where no scheme is written."""
    if not isinstance(proxy, str):
        return None
    whole = proxy if "://" in proxy else f"http://{proxy}"
    return _LITERAL_USERINFO.sub("//", whole, count=1)
