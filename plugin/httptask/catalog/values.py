"""What the catalogue speaks in: operations and the parts of them, all frozen.

Schemas inside are JSON Schema 2020-12 whatever the dialect of the description was; a reference
in one is ``#/$defs/NAME`` and means ``Operation.definitions[NAME]``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

Json = Any
Location = Literal["path", "query", "header", "cookie"]
Status = Literal["imported", "degraded", "rejected"]


class _Missing:
    """The type of `MISSING`."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "MISSING"

    def __bool__(self) -> bool:
        return False


MISSING: Final = _Missing()
"""No example was given; None is an example too."""

SERVER_INPUT: Final = "server"
"""The input that says where a task's requests go; as a choice, it asks for such an input."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why an operation is degraded or rejected.

    Attributes:
        pointer: JSON Pointer of the cause, in the document named by `source` or the main one.
        kind: stable ``snake_case`` word for the cause.
        message: what was lost, and what to do if anything can be done.
        source: the referenced document the pointer is in, or ``""`` for the main document.
    """

    pointer: str
    kind: str
    message: str
    source: str = ""

    def to_json(self) -> dict[str, str]:
        """Return the JSON form; ``source`` only where it is another document."""
        row = {"pointer": self.pointer, "kind": self.kind, "message": self.message}
        return {**row, "source": self.source} if self.source else row


@dataclass(frozen=True, slots=True)
class Parameter:
    """One described parameter.

    Attributes:
        name: the name as it is sent.
        location: where it is sent.
        required: True if the request is wrong without it.
        schema: its JSON Schema.
        description: CommonMark text of the author of the description, untrusted.
        style: OpenAPI style, always set.
        explode: OpenAPI explode, always set.
        allow_reserved: True if RFC 3986 reserved characters are sent as they are.
        content_type: media type that the value is serialized with, or ``""`` if styled.
        example: the first example, or `MISSING`.
        deprecated: True if the author of the description says so.
    """

    name: str
    location: Location
    required: bool
    schema: Json
    description: str = ""
    style: str = "form"
    explode: bool = False
    allow_reserved: bool = False
    content_type: str = ""
    example: Json = MISSING
    deprecated: bool = False


@dataclass(frozen=True, slots=True)
class Encoding:
    """How one field of a form or multipart body is sent; ``None`` means not said."""

    content_type: str = ""
    style: str = ""
    explode: bool | None = None


@dataclass(frozen=True, slots=True)
class Media:
    """One media type of a body.

    Attributes:
        content_type: media type, lower case, parameters kept.
        schema: JSON Schema of the value; ``True`` if none is given.
        example: an example of the whole value, or `MISSING`.
        encoding: field name to encoding, forms and multipart only.
        item_schema: JSON Schema of each event of a stream (OpenAPI 3.2), or `MISSING`.
    """

    content_type: str
    schema: Json = True
    example: Json = MISSING
    encoding: Mapping[str, Encoding] = field(default_factory=dict)
    item_schema: Json = MISSING


@dataclass(frozen=True, slots=True)
class Body:
    """A request body: whether it must be sent, the media types it may have, and its name if any."""

    required: bool
    media: tuple[Media, ...]
    description: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Response:
    """One described response; `status` is ``200``, ``2XX`` or ``default``."""

    status: str
    description: str
    media: tuple[Media, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def successful(self) -> bool:
        """True for every 2xx status."""
        return self.status[:1] == "2"


@dataclass(frozen=True, slots=True)
class Flow:
    """One way in which an OAuth 2 server gives tokens.

    Attributes:
        grant: ``client_credentials``, ``authorization_code``, ``device_code``, ``implicit`` or
            ``password``.
        token_url: where a token comes from, or ``""``; it may be relative to the server.
        authorization_url: where somebody signs in, or ``""``; of ``device_code``, where the code
            comes from.
        scopes: names of the scopes that it can give.
    """

    grant: str
    token_url: str = ""
    authorization_url: str = ""
    scopes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AuthScheme:
    """One way to prove who calls.

    Attributes:
        name: the name that the description gives it.
        kind: ``basic``, ``bearer``, ``apiKey``, ``oauth2``, ``openIdConnect``, ``digest``,
            ``aws-sigv4``, ``mutualTLS`` or another scheme's name.
        parameter: name of the header, query parameter or cookie of an ``apiKey``.
        location: ``header``, ``query`` or ``cookie`` of an ``apiKey``.
        scopes: scopes or roles needed.
        description: CommonMark text, untrusted.
        secret: name of the secret the prepared task asks for, without its suffix; ``""``
            derives one from the API's name.
        flows: the ways to an OAuth 2 token.
        metadata_url: where the authorization server tells its endpoints, or ``""``; it may be
            relative to the server.
        applied: False if the description declares it and applies it to no operation.
        told: whether the description tells of it in words only.
    """

    name: str
    kind: str
    parameter: str = ""
    location: str = ""
    scopes: tuple[str, ...] = ()
    description: str = ""
    secret: str = ""
    flows: tuple[Flow, ...] = ()
    metadata_url: str = ""
    applied: bool = True
    told: bool = False

    @property
    def label(self) -> str:
        """What search results show, such as ``bearer`` or ``apiKey (header X-Key)``."""
        if self.kind == "apiKey":
            return f"apiKey ({self.location} {self.parameter})"
        return f"{self.kind} ({', '.join(self.scopes)})" if self.scopes else self.kind


@dataclass(frozen=True, slots=True)
class Server:
    """One server.

    Attributes:
        url: a URL template.
        description: CommonMark, untrusted text.
        variables: defaults of the variables that have one.
        choices: the values that a variable may have, where the description lists them.
        public: whether it may be used unasked.
    """

    url: str
    description: str = ""
    variables: Mapping[str, str] = field(default_factory=dict)
    public: bool = True
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def is_path(self) -> bool:
        """True if the description says only its path: ``{server}/v1``."""
        return self.url.startswith(f"{{{SERVER_INPUT}}}/")


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation, ready to be shown or prepared.

    Attributes:
        id: stable readable id, ``API/METHOD-PATH``.
        api: slug of the API, unique in the catalogue.
        api_title: title of the API.
        api_version: version that the API's author gives.
        method: HTTP method, upper case.
        path: path template as described.
        source: file or URL it came from.
        pointer: JSON Pointer of the operation in the source.
        operation_id: the author's operationId, or ``""``.
        summary: one line, untrusted text.
        description: CommonMark, untrusted text.
        tags: the author's groups.
        deprecated: True if the author of the description says so.
        documentation: URL of human documentation, or ``""``.
        servers: servers in the author's order, the narrowest level only.
        auth: alternatives; each is a set of schemes needed together. ``()`` in it means none.
        parameters: all parameters, path-level ones included.
        body: the request body, or None.
        responses: all responses.
        definitions: schemas that the others refer to.
        reasons: what was lost in the import.
        hints: the ``x-httptask-*`` extensions of the description, without that prefix.
    """

    id: str
    api: str
    api_title: str
    api_version: str
    method: str
    path: str
    source: str
    pointer: str
    operation_id: str = ""
    summary: str = ""
    description: str = ""
    tags: tuple[str, ...] = ()
    deprecated: bool = False
    documentation: str = ""
    servers: tuple[Server, ...] = ()
    auth: tuple[tuple[AuthScheme, ...], ...] = ()
    parameters: tuple[Parameter, ...] = ()
    body: Body | None = None
    responses: tuple[Response, ...] = ()
    definitions: Mapping[str, Json] = field(default_factory=dict)
    reasons: tuple[Reason, ...] = ()
    hints: Mapping[str, Json] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """Summary, or the best thing there is instead of one."""
        return self.summary or self.operation_id or f"{self.method} {self.path}"

    @property
    def auth_label(self) -> str:
        """What a caller needs, such as ``bearer or basic``; ``none`` if nothing."""
        labels = [" + ".join(s.label for s in option) or "none" for option in self.auth]
        return " or ".join(dict.fromkeys(labels)) or "none"


@dataclass(frozen=True, slots=True)
class Hit:
    """One search result.

    Attributes:
        id: id of the operation.
        api: slug of the API.
        method: HTTP method, upper case.
        path: path template.
        source: file or URL it came from.
        title: title of the API.
        summary: one line about the operation.
        score: higher is better; comparable within one search only.
        why: what matched, one short clause each.
        auth: what a caller needs, such as ``bearer``.
    """

    id: str
    api: str
    method: str
    path: str
    source: str
    title: str
    summary: str
    score: float
    why: tuple[str, ...]
    auth: str

    def to_json(self) -> dict[str, Json]:
        """Return the JSON form that the command line prints."""
        row = {name: getattr(self, name) for name in self.__slots__}
        return {**row, "score": round(self.score, 4), "why": list(self.why)}
