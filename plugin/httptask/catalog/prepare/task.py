"""The complete HTTP task of an operation."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from httptask.catalog.openapi.walking import expressive
from httptask.catalog.prepare.address import address, in_their_places
from httptask.catalog.prepare.auth import prepare_auth
from httptask.catalog.prepare.body import (
    PreparedBody,
    choose_media,
    concrete,
    family,
    prepare_body,
)
from httptask.catalog.prepare.credentials import is_path_credential
from httptask.catalog.prepare.fingerprint import fingerprint
from httptask.catalog.prepare.naming import task_name
from httptask.catalog.prepare.offers import (
    WRITING,
    is_extension,
    json_choice,
    names_nothing_to_create,
    offered_body,
    offered_parameters,
)
from httptask.catalog.prepare.optional import BODY, OptionalField, chosen, optional_fields
from httptask.catalog.prepare.own_credentials import is_own_credential
from httptask.catalog.prepare.paging import prepared_paging
from httptask.catalog.prepare.parameters import (
    AS_TEXT,
    PLACES,
    SET_ELSEWHERE,
    TEXT,
    parameters_schema,
    sent_as_text,
    style_of,
)
from httptask.catalog.prepare.prose import is_said_without_body
from httptask.catalog.prepare.responses import (
    accepted_media,
    accepts_json,
    response_options,
    response_schema,
    response_shape,
    success_media,
)
from httptask.catalog.prepare.schemas import attached
from httptask.catalog.prepare.skeleton import PreparedInput, Skeleton
from httptask.catalog.values import (
    MISSING,
    SERVER_INPUT,
    Body,
    Json,
    Media,
    Operation,
    Parameter,
    Reason,
)

CONNECT_MS = 10_000
READ_MS = 30_000
SLOW_READ_MS = 120_000
_IDEMPOTENCY = re.compile(r"(?:x-)?(?:[a-z]+-)?idempotency-?key", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Choices:
    """What the user may choose; None takes the first that a task can use.

    Attributes:
        server: index or URL of a server, or ``server`` to make inputs of the servers and of
            their variables.
        media_type: media type of the body.
        auth: index of an alternative, name or kind of a scheme, a grant of OAuth 2, ``bearer``
            for a ready token, or ``none``.
        branch: index, name or title of the body's ``oneOf`` branch.
        name: name and reference name of the task.
        optional: what is sent although it need not be: names, labels such as ``query limit``,
            or ``body`` for the whole body.
        paging: whether it asks for all pages of a list; None: where the description leaves no
            doubt how the list goes on.
    """

    server: str | int | None = None
    media_type: str | None = None
    auth: str | int | None = None
    branch: str | int | None = None
    name: str | None = None
    optional: tuple[str, ...] = ()
    paging: bool | None = None


@dataclass(frozen=True, slots=True)
class PreparedTask:
    """A task and what its author should know about it.

    Attributes:
        operation_id: id of the operation.
        task: the task definition, JSON.
        inputs: workflow inputs that the task reads.
        secrets: names of the secrets it needs.
        optional: what could be sent as well.
        branches: names of the body's branches, if it has several.
        reasons: what is lost in this task.
        notes: what else its author should know.
    """

    operation_id: str
    task: dict[str, Json]
    inputs: tuple[PreparedInput, ...]
    secrets: tuple[str, ...]
    optional: tuple[OptionalField, ...]
    branches: tuple[str, ...]
    reasons: tuple[Reason, ...]
    notes: tuple[str, ...]


def prepare_task(operation: Operation, choices: Choices | None = None) -> PreparedTask:
    """Prepare the task of an operation.

    Args:
        operation: with its definitions.
        choices: what the user chose.

    Raises:
        DefinitionError: ``choice_unknown``; the hint lists what there is to choose from.
    """
    return _Preparation(in_their_places(operation), choices or Choices()).result()


def request_media(operation: Operation, choice: str | None = None) -> Media | None:
    """Return the media type that a task sends, or None without a body."""
    return choose_media(operation.body, choice) if operation.body else None


class _Preparation:
    """Builds one task, part by part."""

    def __init__(self, operation: Operation, choices: Choices) -> None:
        self.operation = operation
        self.choices = choices
        self.skeleton = Skeleton(operation.definitions, choices.branch)
        self.reasons: list[Reason] = []
        self.address = address(operation, choices.server)
        self.auth = prepare_auth(operation, choices.auth, self.address, self.skeleton)
        self.skeleton.secrets = self.auth.secrets
        if operation.body and operation.body.name:
            self.skeleton.body_name = operation.body.name
        self.media = request_media(operation, choices.media_type)
        self.optional = list(
            optional_fields(operation, self.media, self.skeleton, self._is_set_elsewhere)
        )
        self.wanted = chosen(choices.optional, self.optional)
        if not any(map(self._is_in_body, self.optional)):
            self.wanted |= offered_body(operation, self.media, self.skeleton)
        self.wanted |= offered_parameters(
            operation, response_shape(operation), self._is_not_offered
        )
        self.paging = prepared_paging(operation, response_shape(operation), choices.paging)
        self.skeleton.wanted = {each.name for each in self.optional if self._is_in_body(each)}

    def result(self) -> PreparedTask:
        operation = self.operation
        places = self._places()
        body = PreparedBody()
        if operation.body and self.media and self._may_send(operation.body):
            described = replace(operation.body, required=self._needs_body(operation.body))
            body = prepare_body(described, self.media, self.skeleton)
        name = self.choices.name or task_name(
            operation.operation_id, operation.method, operation.path
        )
        task = {
            "name": name,
            "taskReferenceName": name,
            "type": "HTTP",
            "inputParameters": {
                "http_request": self._request(places["headers"], body),
                "httptask": self._options(places, body),
            },
        }
        for kind in self.auth.by_hand:
            self._lost("security_unsupported", f"{kind!r} must be set up by hand")
        if body.lost:
            self._lost("body_not_structured", body.lost)
        return PreparedTask(
            operation_id=operation.id,
            task=task,
            inputs=tuple(self.skeleton.inputs.values()),
            secrets=tuple(self.auth.secrets.names),
            optional=tuple(each for each in self.optional if each.label not in self.wanted),
            branches=self.skeleton.branches,
            reasons=tuple(self.reasons),
            notes=tuple(self._notes()),
        )

    def _notes(self) -> Iterable[str]:
        yield from self.auth.notes
        if self._is_proof_untold():
            yield "a 401 is described, and not what proves who calls: set httptask.auth yourself"
        if len(self.address.servers) > 1 and self.address.base:
            yield f"there are {len(self.address.servers)} servers: --server URL, or --server server"
        for name in self.address.fixed:
            yield f"{name} of the server has its default: --server server makes an input of it"
        yield from self.paging.notes
        if self.operation.deprecated:
            yield "the description calls the operation deprecated"
        if names_nothing_to_create(self.operation) and not self.skeleton.inputs:
            yield "the description names nothing to send: if it needs a body, add http_request.body"

    def _is_in_body(self, field: OptionalField) -> bool:
        return field.location == BODY and field.label in self.wanted

    def _may_send(self, body: Body) -> bool:
        writes = self.operation.method in WRITING and not is_said_without_body(body.description)
        return writes or self._needs_body(body)

    def _needs_body(self, body: Body) -> bool:
        asked = BODY in self.wanted or any(map(self._is_in_body, self.optional))
        return body.required or asked

    def _is_set_elsewhere(self, parameter: Parameter) -> bool:
        """Tell whether something else than its place sends a parameter."""
        return (
            (parameter.location == "header" and parameter.name.lower() in SET_ELSEWHERE)
            or _is_idempotency_key(parameter)
            or self.auth.sends(parameter.location, parameter.name)
        )

    def _is_not_offered(self, parameter: Parameter) -> bool:
        """Tell whether a parameter is sent by something else, or proves what is proven already."""
        proven = bool(self.auth.secrets.names) and is_own_credential(parameter, self.skeleton)
        return self._is_set_elsewhere(parameter) or proven

    def _is_proof_untold(self) -> bool:
        operation = self.operation
        refused = any(each.status == "401" for each in operation.responses)
        known = any(operation.auth) or self.auth.secrets.names
        return self.choices.auth is None and refused and not known

    def _lost(self, kind: str, message: str) -> None:
        self.reasons.append(Reason(self.operation.pointer, kind, message))

    def _places(self) -> dict[str, dict[str, Json]]:
        """Return required parameters' values by place."""
        auth = self.auth
        places: dict[str, dict[str, Json]] = {
            "path": {each: auth.secrets.of_place(each) for each in self.address.credentials},
            "query": {**dict(self.address.query), **auth.query},
            "headers": dict(auth.headers),
            "cookies": dict(auth.cookies),
        }
        for parameter in self._sent():
            key = self.address.names.get(parameter.name, parameter.name)
            if parameter.location != "path":
                key = parameter.name
            value = self._value(parameter)
            places[PLACES[parameter.location]].setdefault(key, value)
        return places

    def _sent(self) -> Iterable[Parameter]:
        for parameter in self.operation.parameters:
            asked = f"{parameter.location} {parameter.name}" in self.wanted
            as_json = self._json_choice(parameter) is not MISSING
            if (parameter.required or asked or as_json) and not self._is_set_elsewhere(parameter):
                yield parameter

    def _json_choice(self, parameter: Parameter) -> Json:
        """Return the choice of a parameter that makes the response the JSON that is accepted."""
        choice = json_choice(parameter, self.skeleton.resolved(parameter.schema))
        return choice if accepts_json(self.operation) else MISSING

    def _value(self, parameter: Parameter) -> Json:
        target = f"{parameter.location} {parameter.name}"
        if sent_as_text(parameter, self.skeleton):
            self._lost(*AS_TEXT)
            return self.skeleton.input(parameter.name, TEXT, target, parameter.description)
        schema, description = parameter.schema, parameter.description
        if (as_json := self._json_choice(parameter)) is not MISSING:
            return as_json
        if parameter.location == "path":
            flat = self.skeleton.resolved(schema)
            if is_path_credential(parameter.name, flat, description, self.operation.path):
                return self.auth.secrets.of_place(parameter.name)
            single = flat.get("enum", ())
            value = flat.get("const", single[0] if len(single) == 1 else MISSING)
            if accepts_json(self.operation) and is_extension(parameter.name, self.operation.path):
                value = "json" if not single or "json" in single else value
            if value is not MISSING and value is not None and not expressive(value):
                return value
            return self.skeleton.input(parameter.name, schema, target, description)
        return self.skeleton.scalar(parameter.name, schema, target, parameter.example, description)

    def _request(self, headers: dict[str, Json], body: PreparedBody) -> dict[str, Json]:
        base = self.address.base
        if not base:
            base = self.skeleton.input(SERVER_INPUT, self.address.schema, "server")
        for name, schema in self.address.variables.items():
            whole = base.startswith(f"{{{name}}}/")
            value = self.skeleton.input(name, schema, "server" if whole else f"server {name}")
            base = base.replace(f"{{{name}}}", value)
        request: dict[str, Json] = {
            "uri": base + self.address.path,
            "method": self.operation.method,
        }
        if headers:
            request["headers"] = headers
        if kinds := accepted_media(self.operation):
            request["accept"] = kinds
        if body.content_type:
            request["contentType"] = self._content_type(body.content_type)
        if body.body is not MISSING:
            request["body"] = body.body
        request["connectionTimeOut"] = CONNECT_MS
        request["readTimeOut"] = self._read_timeout(body)
        return request

    def _content_type(self, usual: str) -> str:
        """Return the media type of the same family that a header parameter names instead."""
        for each in self.operation.parameters:
            if each.location == "header" and each.name.lower() == "content-type":
                said = self.skeleton.literal(each.schema)
                if isinstance(said, str) and family(said.lower()) == family(usual):
                    return concrete(said.lower())
        return usual

    def _read_timeout(self, body: PreparedBody) -> int:
        hint = self.operation.hints.get("read-timeout-ms")
        if isinstance(hint, int) and 0 < hint <= 3_600_000:
            return hint
        slow = "file" in body.extra or "multipart" in body.extra
        kinds = [family(media.content_type) for media in success_media(self.operation)[:1]]
        return SLOW_READ_MS if slow or "file" in kinds else READ_MS

    def _options(self, places: Mapping[str, Json], body: PreparedBody) -> dict[str, Json]:
        origin = fingerprint(self.operation, self.address, self.choices.auth)
        options: dict[str, Json] = {"operation": origin}
        if self.auth.auth:
            options["auth"] = self.auth.auth
        for key in filter(_is_idempotency_key, self.operation.parameters):
            usual = key.name.lower() == "idempotency-key"
            options["idempotencyKey"] = True if usual else {"header": key.name}
        options.update((key, places[key]) for key in ("path", "query", "cookies") if places[key])
        if styles := self._styles():
            options["parameterStyles"] = styles
        options.update(body.extra)
        if statuses := self._accepted():
            options["acceptedStatusCodes"] = statuses
        options.update(response_options(self.operation))
        options.update(self.paging.beside(places["query"]))
        self._attach(options, body)
        return options

    def _styles(self) -> dict[str, Json]:
        styles: dict[str, dict[str, Json]] = {}
        for parameter in self.operation.parameters:
            style = style_of(parameter, self.skeleton)
            if style and not sent_as_text(parameter, self.skeleton):
                key = parameter.name
                if parameter.location == "path":
                    key = self.address.names.get(key, key)
                styles.setdefault(PLACES[parameter.location], {})[key] = style
        return styles

    def _accepted(self) -> list[str]:
        statuses = [response.status for response in self.operation.responses]
        if any(status[:1] == "2" or status == "default" for status in statuses):
            return []
        return [status.lower() for status in statuses if re.fullmatch(r"3(\d\d|XX)", status)]

    def _attach(self, options: dict[str, Json], body: PreparedBody) -> None:
        operation = self.operation
        if body.schema is not MISSING and body.schema is not True:
            self._attach_one(options, "requestSchema", body.schema, "readOnly")
        sent = [each for each in operation.parameters if not self._is_set_elsewhere(each)]
        if (parameters := parameters_schema(operation, sent, self.address)) is not None:
            self._attach_one(options, "parametersSchema", parameters, "readOnly")
        schema = response_schema(operation)
        if schema is not MISSING and "response" not in options:
            self._attach_one(options, "responseSchema", schema, "writeOnly")

    def _attach_one(self, options: dict[str, Json], key: str, schema: Json, drop: str) -> None:
        options[key], missing = attached(schema, self.operation.definitions, drop)
        if missing:
            self._lost("schema_pruned", f"{key} is larger than 32 KB: {missing} was left out")


def _is_idempotency_key(parameter: Parameter) -> bool:
    return parameter.location == "header" and _IDEMPOTENCY.fullmatch(parameter.name) is not None
