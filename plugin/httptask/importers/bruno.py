"""Bruno: a ``.bru`` file, or a request of an OpenCollection in YAML."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any, Final

from httptask.errors import DefinitionError
from httptask.importers.addresses import add_query, encoded_pair, with_scheme
from httptask.importers.auth_kinds import set_auth
from httptask.importers.bru_text import Block, Pair, blocks
from httptask.importers.drafts import (
    Body,
    Draft,
    Drafts,
    File,
    Form,
    Loss,
    Multipart,
    Part,
    Source,
    Text,
)
from httptask.importers.holes import output_of
from httptask.importers.members import member, members, text_of
from httptask.importers.set_variables import variables_set
from httptask.importers.texts import identifier
from httptask.importers.variables import Variables, dynamic_in, graphql

_METHODS: Final = frozenset(
    {"get", "post", "put", "patch", "delete", "head", "options", "trace", "connect", "query"}
)
_OTHERS: Final = {"ws": "WebSocket", "grpc": "gRPC", "websocket": "WebSocket"}
_FIRST: Final = re.compile(r"\s*(?:meta|vars|get|post|put|patch|delete|head|options|headers)\s*\{")
_TYPES: Final = {
    "json": "application/json",
    "text": "text/plain",
    "xml": "application/xml",
    "sparql": "application/sparql-query",
}
_SEQUENCE: Final = re.compile(r"^\s+seq: *(\d{1,9})$", re.MULTILINE)
_FILE: Final = re.compile(r"@file\(([^)]*)\)")
_CONTENT_TYPE: Final = re.compile(r"\s*@contentType\(([^)]*)\)\s*\Z")
_BODY_PATH: Final = re.compile(r"res\.body((?:\.[A-Za-z_]\w*|\[\d{1,9}\])*)")
_STATUS: Final = re.compile(r"(?:eq\s+)?(\d{3})")


class BrunoImporter:
    """Requests of Bruno."""

    name = "bruno"

    def claims(self, source: Source) -> bool:
        """Tell whether it begins with a block of a ``.bru`` file, or is a request in YAML."""
        http = member(source.document, "http")
        if http:
            return "method" in http and "info" in source.document
        return source.document is None and _FIRST.match(source.text) is not None

    def read(self, source: Source) -> Drafts:
        """Return the request of the file."""
        return _read(source, {})


def read_collection(sources: Iterable[Source]) -> Drafts:
    """Return the requests of a collection's files; what one of them sets, later ones use.

    Args:
        sources: the files, named by their paths below the collection's folder.
    """
    found = Drafts()
    outputs: dict[str, str] = {}
    for source in sorted(sources, key=_order):
        if not BrunoImporter().claims(source):
            found.reject(source.name, "format_unknown", "this is not a request of Bruno")
            continue
        made = _read(source, outputs)
        for draft in made.requests:
            draft.pointer = f"{source.name}: {draft.pointer}"
            draft.losses = [_in_file(each, source) for each in draft.losses]
            for name in draft.output:
                outputs[name] = output_of(len(found.requests), name)
            found.requests.append(draft)
        found.rejected += [_in_file(each, source) for each in made.rejected]
        found.losses += [each for each in made.losses if each not in found.losses]
        found.defaults |= made.defaults
    return found


def _order(source: Source) -> tuple[str, int, str]:
    number = _SEQUENCE.search(source.text[:4096])
    return str(PurePosixPath(source.name).parent), int(number[1]) if number else 0, source.name


def _in_file(loss: Loss, source: Source) -> Loss:
    return replace(loss, pointer=f"{source.name}: {loss.pointer}")


def _read(source: Source, outputs: dict[str, str]) -> Drafts:
    reader = _Request(source, outputs)
    try:
        if source.document is not None:
            reader.of_yaml(source.document)
        else:
            reader.of_blocks(blocks(source.text))
    except DefinitionError as error:
        reader.found.reject(error.pointer, error.code, error.message)
    return reader.found


class _Request:
    def __init__(self, source: Source, outputs: dict[str, str]) -> None:
        self.source = source
        self.found = Drafts()
        self.variables = Variables(outputs=outputs, defaults=self.found.defaults)
        self.draft = Draft("")
        self.inherited: list[list[Block]] = []

    def of_blocks(self, given: list[Block]) -> None:
        """Read a ``.bru`` file, and the collection's and folders' files around it."""
        self._beside("collection.bru")
        for parent in reversed(PurePosixPath(self.source.name or "x").parents):
            self._beside(str(parent / "folder.bru"))
        if environment := self.source.environment:
            self._beside(f"environments/{environment}.bru", required=True)
        named = {block.name: block for block in given}
        method = next((block for block in given if block.name in _METHODS), None)
        other = next((block.name for block in given if block.name in _OTHERS), "")
        meta = named.get("meta", Block("meta"))
        if method is None:
            kind, message = (
                ("kind_unsupported", _OTHERS[other])
                if other
                else ("address_missing", "the file has no request")
            )
            self.found.reject(other or "meta", kind, message)
            return
        self.draft = Draft(method.name, meta.value("name"), method.name.upper())
        self._variables(given)
        self._url(method.value("url"), named)
        self._headers([*[b for some in self.inherited for b in some], *given])
        self.draft.body = self._body(method.value("body"), named)
        self._auth(method.value("auth"), named)
        self._rest(given)
        self.found.requests.append(self.draft)

    def _beside(self, name: str, *, required: bool = False) -> None:
        text = self.source.file(name)
        if text is None:
            if required:
                self.found.lose(name, "reference_unknown", "there is no such file")
            return
        given = blocks(text)
        self._variables(given)
        self.inherited.append(given)

    def _variables(self, given: list[Block]) -> None:
        for block in given:
            if block.name in ("vars", "vars:pre-request"):
                pairs = {each.name: each.value for each in block.pairs() if each.enabled}
                self.variables.values |= pairs
            elif block.name == "vars:secret":
                names = re.findall(r"[\w.-]+", "\n".join(block.lines))
                self.variables.secrets |= set(names)

    def _text(self, written: str, at: str) -> str:
        return self.variables.text(written, dynamic_in(self.draft, at))

    def _pairs(self, block: Block | None) -> list[Pair]:
        """Return the enabled pairs of a block; the others are lost."""
        if block is None:
            return []
        pairs = block.pairs()
        for each in pairs:
            if not each.enabled:
                self.draft.lose(f"{block.name}/{each.name}", "disabled", "not sent: left out")
        return [each for each in pairs if each.enabled]

    def _url(self, url: str, named: Mapping[str, Block]) -> None:
        paths = {each.name: each.value for each in self._pairs(named.get("params:path"))}
        self._address(url, paths)
        query = self._pairs(named.get("params:query")) + self._pairs(named.get("query"))
        if "?" not in url:
            self._query([(each.name, each.value) for each in query])

    def _address(self, url: str, paths: Mapping[str, str]) -> None:
        filled = re.sub(
            r"(?<=/):([\w-]+)", lambda each: paths.get(each[1], f"{{{{{each[1]}}}}}"), url
        )
        made = self.variables.url(filled, dynamic_in(self.draft, "url"))
        self.draft.url = with_scheme(made) if made else made

    def _query(self, pairs: list[tuple[str, str]]) -> None:
        for name, value in pairs:
            pair = encoded_pair(name, self._text(value, f"params:query/{name}"))
            self.draft.url = add_query(self.draft.url, pair)

    def _headers(self, given: list[Block]) -> None:
        for block in given:
            if block.name == "headers":
                for each in self._pairs(block):
                    value = self._text(each.value, f"headers/{each.name}")
                    self.draft.headers.append((each.name, value))

    def _body(self, mode: str, named: Mapping[str, Block]) -> Body:
        if mode == "none":
            return None
        if (form := named.get("body:form-urlencoded")) and mode in ("", "formUrlEncoded"):
            pairs = self._pairs(form)
            return Form(tuple((each.name, self._text(each.value, form.name)) for each in pairs))
        if (parts := named.get("body:multipart-form")) and mode in ("", "multipartForm"):
            return Multipart(
                tuple(part for each in self._pairs(parts) for part in self._parts(each))
            )
        if (file := named.get("body:file")) and mode in ("", "file"):
            found = _FILE.search(file.value("file"))
            return File(found[1]) if found else None
        if (query := named.get("body:graphql")) and mode in ("", "graphql"):
            variables = named.get("body:graphql:vars", Block("")).text
            self.draft.default_type("application/json")
            return Text(graphql(query.text, self._text(variables, "body:graphql:vars")))
        block = named.get(f"body:{mode or 'json'}") or named.get("body")
        return self._as_text(block.text, mode or "json") if block else None

    def _as_text(self, text: str, mode: str) -> Body:
        self.draft.default_type(_TYPES.get(mode, "text/plain"))
        return Text(self._text(text, f"body:{mode}")) if text else None

    def _parts(self, pair: Pair) -> list[Part]:
        found = _CONTENT_TYPE.search(pair.value)
        kind = found[1] if found else ""
        value = pair.value[: found.start()] if found else pair.value
        if files := _FILE.fullmatch(value.strip()):
            names = [name.strip() for name in files[1].split("|") if name.strip()]
            return [Part(pair.name, None, name, content_type=kind) for name in names]
        text = self._text(value, f"body:multipart-form/{pair.name}")
        return [Part(pair.name, text, content_type=kind)]

    def _auth(self, mode: str, named: Mapping[str, Block]) -> None:
        scopes: list[Mapping[str, Block]] = [named]
        if mode == "inherit":
            scopes = [{block.name: block for block in some} for some in reversed(self.inherited)]
        for scope in scopes:
            kind = mode if mode != "inherit" else scope.get("auth", Block("auth")).value("mode")
            if kind and kind not in ("inherit", "none"):
                block = scope.get(f"auth:{kind}", Block(f"auth:{kind}"))
                given = {each.name: self._text(each.value, block.name) for each in block.pairs()}
                set_auth(self.draft, kind, given, block.name)
                return

    def _rest(self, given: list[Block]) -> None:
        read = ("meta", "headers", "params:", "auth", "body", "query", "docs", "settings", "vars")
        for block in given:
            if block.name == "vars:post-response":
                for each in self._pairs(block):
                    self._output(each)
            elif block.name == "assert":
                for each in self._pairs(block):
                    self._assert(each)
            elif block.name.startswith("script:") or block.name == "tests":
                self._script(block)
            elif not block.name.startswith(read) and block.name not in _METHODS:
                self.draft.lose(block.name, "key_unknown", "the block is left out")

    def _output(self, pair: Pair) -> None:
        path = _BODY_PATH.fullmatch(pair.value)
        if path:
            self.draft.output[identifier(pair.name)] = f"$.response.body{path[1]}"
        else:
            message = "only a path in res.body becomes an output"
            self.draft.lose(f"vars:post-response/{pair.name}", "expression_unsupported", message)

    def _assert(self, pair: Pair) -> None:
        status = _STATUS.fullmatch(pair.value)
        if pair.name == "res.status" and status:
            self.draft.options["acceptedStatusCodes"] = [status[1]]
        else:
            self.draft.lose(f"assert/{pair.name}", "criterion_unsupported", "it is not checked")

    def _script(self, block: Block) -> None:
        paths = variables_set(block.text) if block.name.endswith("response") else None
        if paths is None:
            self.draft.lose(block.name, "script_not_run", "scripts are not run")
        for name, path in (paths or {}).items():
            self.draft.output[identifier(name)] = f"$.response.body{path}"

    def of_yaml(self, document: Mapping[str, Any]) -> None:
        """Read a request of an OpenCollection."""
        http = member(document, "http")
        name = text_of(member(document, "info"), "name")
        self.draft = Draft("/http", name, text_of(http, "method") or "GET")
        params = self._enabled(members(http, "params"), "/http/params")
        url = text_of(http, "url")
        path = {
            text_of(e, "name"): text_of(e, "value") for e in params if text_of(e, "type") == "path"
        }
        self._address(url, path)
        if "?" not in url:
            query = [each for each in params if text_of(each, "type") != "path"]
            self._query([(text_of(each, "name"), text_of(each, "value")) for each in query])
        for each in self._enabled(members(http, "headers"), "/http/headers"):
            value = self._text(text_of(each, "value"), "/http/headers")
            self.draft.headers.append((text_of(each, "name"), value))
        self.draft.body = self._yaml_body(member(http, "body"))
        auth = member(http, "auth")
        given = {str(k): self._text(v, "/http/auth") for k, v in auth.items() if isinstance(v, str)}
        set_auth(self.draft, text_of(auth, "type"), given, "/http/auth")
        runtime = member(document, "runtime")
        for index, _ in enumerate(members(runtime, "scripts")):
            at = f"/runtime/scripts/{index}"
            self.draft.lose(at, "script_not_run", "scripts are not run")
        for key in runtime.keys() - {"scripts"}:
            self.draft.lose(f"/runtime/{key}", "key_unknown", "it is left out")
        self.found.requests.append(self.draft)

    def _enabled(self, values: list[Any], at: str) -> list[Any]:
        found = []
        for index, each in enumerate(values):
            if isinstance(each, Mapping) and each.get("disabled") is True:
                self.draft.lose(f"{at}/{index}", "disabled", "not sent: left out")
            elif isinstance(each, Mapping):
                found.append(each)
        return found

    def _yaml_body(self, body: Mapping[str, Any]) -> Body:
        kind = text_of(body, "type")
        pairs = self._enabled(members(body, "data"), "/http/body/data")
        if kind == "form-urlencoded":
            return Form(
                tuple(
                    (text_of(e, "name"), self._text(text_of(e, "value"), "/http/body"))
                    for e in pairs
                )
            )
        if kind == "multipart-form":
            return Multipart(tuple(part for each in pairs for part in self._yaml_parts(each)))
        if kind in ("file", "") or "data" not in body:
            files = [text_of(each, "filePath") for each in pairs]
            return File(files[0]) if files and files[0] else None
        return self._as_text(text_of(body, "data"), kind)

    def _yaml_parts(self, given: Mapping[str, Any]) -> list[Part]:
        name, kind = text_of(given, "name"), text_of(given, "contentType")
        if text_of(given, "type") != "file":
            return [
                Part(name, self._text(text_of(given, "value"), "/http/body"), content_type=kind)
            ]
        value = given.get("value")
        files = value if isinstance(value, list) else [value]
        return [Part(name, None, str(file), content_type=kind) for file in files if file]
