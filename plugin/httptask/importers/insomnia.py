"""Insomnia exports: version 4 (JSON) and version 5 (YAML)."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from httptask.importers.addresses import add_query, encoded_pair, scheme_of, with_scheme
from httptask.importers.auth_kinds import set_auth
from httptask.importers.drafts import (
    FORM,
    MULTIPART,
    Body,
    Draft,
    Drafts,
    File,
    Form,
    Multipart,
    Part,
    Source,
    Text,
)
from httptask.importers.holes import OUTPUT_PATH, output_of, secret, variable
from httptask.importers.members import member, members, text_of
from httptask.importers.set_variables import variables_set
from httptask.importers.variables import Variables, dynamic_in, named_values

_DEPTH: Final = 50
_OWN_NAME: Final = re.compile(r"\{\{-?\s*(?:_\.)?")
_TAG: Final = re.compile(r"\{%-?\s*(\w+)([^%]{0,2000})%\}")
_ARGUMENT: Final = re.compile(r"'([^']*)'|\"([^\"]*)\"")
_ENCODED: Final = re.compile(r"b64::([A-Za-z0-9+/=]*)::46b")
_OTHERS: Final = {
    "grpc_request": "gRPC",
    "websocket_request": "WebSocket",
    "socketio_request": "Socket.IO",
    "mcp_request": "MCP",
}
_OTHER_IDS: Final = {"greq": "gRPC", "ws-req": "WebSocket", "socketio-req": "Socket.IO"}


@dataclass(frozen=True, slots=True)
class _Item:
    """A request of an export, and where it stands."""

    id: str
    value: Mapping[str, Any]
    pointer: str
    folders: tuple[tuple[Mapping[str, Any], str], ...] = ()
    other: str = ""


class InsomniaImporter:
    """Exports of Insomnia."""

    name = "insomnia"

    def claims(self, source: Source) -> bool:
        """Tell whether it says that it is an export of Insomnia."""
        document = source.document
        kind = text_of(document, "type")
        return (
            text_of(document, "_type") == "export" and bool(members(document, "resources"))
        ) or kind.startswith("collection.insomnia.rest/")

    def read(self, source: Source) -> Drafts:
        """Return the requests of all folders."""
        return _Export(source).read()


class _Export:
    def __init__(self, source: Source) -> None:
        self.source = source
        self.found = Drafts()
        self.variables = Variables(defaults=self.found.defaults)
        document = source.document
        if text_of(document, "_type") == "export":
            resources = members(document, "resources")
            self.items = list(_flat(resources))
            self._environments([each for each in resources if _kind(each) == "environment"])
        else:
            self.items = list(_nested(document, "collection", "/collection", (), 0))
            environments = member(document, "environments")
            self._declare(environments)
            self._chosen(members(environments, "subEnvironments"))
        self.indexes: dict[str, int] = {}

    def read(self) -> Drafts:
        for item in self.items:
            if item.other or scheme_of(text_of(item.value, "url")) in ("ws", "wss"):
                kind = item.other or "WebSocket"
                self.found.reject(item.pointer, "kind_unsupported", kind)
                continue
            self._request(item)
            self.indexes[item.id] = len(self.found.requests) - 1
        return self.found

    def _environments(self, environments: list[Any]) -> None:
        ids = {text_of(each, "_id") for each in environments}
        for each in environments:
            if text_of(each, "parentId") not in ids:
                self._declare(each)
        self._chosen([each for each in environments if text_of(each, "parentId") in ids])

    def _chosen(self, environments: list[Any]) -> None:
        wanted = self.source.environment
        chosen = [each for each in environments if text_of(each, "name") == wanted]
        for each in chosen:
            self._declare(each)
        if wanted and not chosen:
            message = f"no environment {wanted[:60]!r}"
            self.found.lose("--environment", "reference_unknown", message)

    def _declare(self, environment: Any) -> None:
        values = named_values(member(environment, "data"))
        self.variables.values |= {
            name: _OWN_NAME.sub("{{", value) if isinstance(value, str) else value
            for name, value in values.items()
        }

    def _text(self, draft: Draft, written: str, at: str) -> str:
        text = _TAG.sub(lambda found: self._tag(draft, found, at), _OWN_NAME.sub("{{", written))
        return self.variables.text(_vaulted(text), dynamic_in(draft, at))

    def _tag(self, draft: Draft, found: re.Match[str], at: str) -> str:
        if found[1] == "response":
            arguments = [one or other for one, other in _ARGUMENT.findall(found[2])]
            if output := self._response(arguments):
                return output
            message = "this part of a response cannot be referred to: an input takes the place"
            draft.lose(at, "expression_unsupported", message)
        else:
            message = f"{{% {found[1]} %}} is made anew for each call: an input takes the place"
            draft.lose(at, "dynamic_value", message)
        return variable(found[1])

    def _response(self, arguments: list[str]) -> str:
        index = self.indexes.get(arguments[1]) if len(arguments) > 1 else None
        if index is None or arguments[0] not in ("body", "header", "raw"):
            return ""
        path = _decoded(arguments[2]) if len(arguments) > 2 else ""
        if arguments[0] == "header":
            return output_of(index, f"response.headers.{path}[0]")
        whole = f"response.body{path.removeprefix('$')}" if arguments[0] == "body" else ""
        return output_of(index, whole) if OUTPUT_PATH.fullmatch(whole) else ""

    def _request(self, item: _Item) -> None:
        value, at = item.value, item.pointer
        draft = Draft(at, text_of(value, "name"), text_of(value, "method") or "GET")
        self._address(draft, value, at)
        for index, each in enumerate(members(value, "headers")):
            where = f"{at}/headers/{index}"
            if name := self._enabled(draft, each, where):
                text = self._text(draft, text_of(each, "value"), where)
                draft.headers.append((name, text))
        draft.body = self._body(draft, member(value, "body"), f"{at}/body")
        self._auth(draft, item)
        self._settings(draft, value)
        self._scripts(draft, value, at)
        self.found.requests.append(draft)

    def _enabled(self, draft: Draft, pair: Any, at: str) -> str:
        name = text_of(pair, "name")
        if name and pair.get("disabled") is True:
            draft.lose(at, "disabled", "not sent: left out")
            return ""
        return name

    def _address(self, draft: Draft, value: Mapping[str, Any], at: str) -> None:
        url = _OWN_NAME.sub("{{", text_of(value, "url"))
        paths = {
            text_of(each, "name"): text_of(each, "value")
            for each in members(value, "pathParameters")
        }
        url = re.sub(r"(?<=/):([\w-]+)", lambda found: paths.get(found[1], found[0]), url)
        url = _TAG.sub(lambda found: self._tag(draft, found, f"{at}/url"), url)
        draft.url = self.variables.url(_vaulted(url), dynamic_in(draft, f"{at}/url"))
        draft.url = with_scheme(draft.url) if draft.url else ""
        for index, each in enumerate(members(value, "parameters")):
            where = f"{at}/parameters/{index}"
            if name := self._enabled(draft, each, where):
                text = self._text(draft, text_of(each, "value"), where)
                draft.url = add_query(draft.url, encoded_pair(name, text))

    def _body(self, draft: Draft, body: Mapping[str, Any], at: str) -> Body:
        media = text_of(body, "mimeType")
        is_graphql = media == "application/graphql"
        draft.default_type("application/json" if is_graphql else media)
        if media in (FORM, MULTIPART):
            return self._params(draft, body, f"{at}/params", media)
        if file := text_of(body, "fileName"):
            return File(file)
        text = self._text(draft, text_of(body, "text"), f"{at}/text")
        return Text(text) if text else None

    def _params(self, draft: Draft, body: Mapping[str, Any], at: str, media: str) -> Body:
        parts = []
        for index, each in enumerate(members(body, "params")):
            where = f"{at}/{index}"
            name = self._enabled(draft, each, where)
            if name and text_of(each, "type") == "file":
                kind = text_of(each, "contentType")
                parts.append(Part(name, None, text_of(each, "fileName"), content_type=kind))
            elif name:
                parts.append(Part(name, self._text(draft, text_of(each, "value"), where)))
        if media == MULTIPART:
            return Multipart(tuple(parts))
        return Form(tuple((part.name, part.value or "") for part in parts))

    def _auth(self, draft: Draft, item: _Item) -> None:
        chain = [(item.value, item.pointer), *reversed(item.folders)]
        for value, at in chain:
            given = member(value, "authentication")
            kind = text_of(given, "type")
            if given.get("disabled") is True and kind:
                draft.lose(f"{at}/authentication", "disabled", "not sent: left out")
                return
            if kind and kind != "inherit":
                where = f"{at}/authentication"
                texts = {
                    str(name): self._text(draft, each, where) if isinstance(each, str) else each
                    for name, each in given.items()
                }
                set_auth(draft, kind, texts, where)
                return

    def _settings(self, draft: Draft, value: Mapping[str, Any]) -> None:
        settings = member(value, "settings")
        follow = settings.get("followRedirects", value.get("settingFollowRedirects"))
        if follow == "off" or follow is False:
            draft.options["redirects"] = {"follow": False}

    def _scripts(self, draft: Draft, value: Mapping[str, Any], at: str) -> None:
        scripts = member(value, "scripts")
        before = text_of(value, "preRequestScript") or text_of(scripts, "preRequest")
        after = text_of(value, "afterResponseScript") or text_of(scripts, "afterResponse")
        if before.strip():
            draft.lose(f"{at}/preRequestScript", "script_not_run", "scripts are not run")
        if not after.strip():
            return
        paths = variables_set(after)
        if paths is None:
            draft.lose(f"{at}/afterResponseScript", "script_not_run", "scripts are not run")
        self.variables.set_by(draft, len(self.found.requests), paths or {})


def _kind(resource: Any) -> str:
    return text_of(resource, "_type")


def _flat(resources: list[Any]) -> Iterator[_Item]:
    """Yield the requests of version 4, which names each resource's parent."""
    groups = {
        text_of(each, "_id"): (each, f"/resources/{at}")
        for at, each in enumerate(resources)
        if _kind(each) == "request_group"
    }
    for at, each in enumerate(resources):
        kind, pointer = _kind(each), f"/resources/{at}"
        folders: list[tuple[Mapping[str, Any], str]] = []
        parent = text_of(each, "parentId")
        while parent in groups and len(folders) < _DEPTH:
            folders.insert(0, groups[parent])
            parent = text_of(groups[parent][0], "parentId")
        if kind == "request" or kind in _OTHERS:
            other = _OTHERS.get(kind, "")
            yield _Item(text_of(each, "_id"), each, pointer, tuple(folders), other)


def _nested(
    parent: Any, key: str, at: str, folders: tuple[tuple[Mapping[str, Any], str], ...], depth: int
) -> Iterator[_Item]:
    """Yield the requests of version 5, in which a folder has children."""
    for index, each in enumerate(members(parent, key)):
        pointer = f"{at}/{index}"
        if members(each, "children") and depth < _DEPTH:
            inside = (*folders, (each, pointer))
            yield from _nested(each, "children", f"{pointer}/children", inside, depth + 1)
        elif isinstance(each, Mapping) and "children" not in each:
            id_ = text_of(member(each, "meta"), "id")
            yield _Item(id_, each, pointer, folders, _OTHER_IDS.get(id_.rpartition("_")[0], ""))


def _vaulted(text: str) -> str:
    return re.sub(r"\{\{vault\.([\w.-]+)\s*\}\}", lambda found: secret(found[1]), text)


def _decoded(argument: str) -> str:
    found = _ENCODED.fullmatch(argument)
    if found is None:
        return argument
    try:
        return base64.b64decode(found[1]).decode()
    except (binascii.Error, ValueError):
        return ""
