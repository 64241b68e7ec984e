"""Postman collections v2.0 and v2.1; environments lie beside them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from httptask.importers.addresses import scheme_of
from httptask.importers.auth_kinds import set_auth
from httptask.importers.drafts import Body, Draft, Drafts, File, Form, Multipart, Part, Source, Text
from httptask.importers.holes import variable
from httptask.importers.members import member, members, text_of
from httptask.importers.set_variables import variables_set
from httptask.importers.variables import Variables, dynamic_in, graphql

_DEPTH: Final = 50
_PATH_VARIABLE: Final = re.compile(r"(?<=/):([A-Za-z_][\w-]*)")
_LANGUAGES: Final = {
    "json": "application/json",
    "xml": "application/xml",
    "html": "text/html",
    "javascript": "application/javascript",
    "text": "text/plain",
}


class PostmanImporter:
    """Postman collections."""

    name = "postman"

    def claims(self, source: Source) -> bool:
        """Tell whether it says that it is a collection, or has items of one."""
        info = member(source.document, "info")
        items = members(source.document, "item")
        return "getpostman.com" in text_of(info, "schema") or bool(
            items and ("_postman_id" in info or "name" in info)
        )

    def read(self, source: Source) -> Drafts:
        """Return the requests of all folders."""
        return _Collection(source).read()


class _Collection:
    def __init__(self, source: Source) -> None:
        self.source = source
        self.found = Drafts()
        self.variables = Variables(defaults=self.found.defaults)
        self._declare(members(source.document, "variable"))
        if source.environment:
            self._environment(source.environment)

    def read(self) -> Drafts:
        whole = self.source.document
        document = whole if isinstance(whole, Mapping) else {}
        self._scripts(document, "", None)
        self._items(document, "", document.get("auth"), "/auth", 0)
        return self.found

    def _declare(self, pairs: list[Any]) -> None:
        for pair in pairs:
            name = text_of(pair, "key") or text_of(pair, "id")
            if not name or pair.get("disabled") is True or pair.get("enabled") is False:
                continue
            self.variables.values[name] = pair.get("value")
            if text_of(pair, "type") == "secret":
                self.variables.secrets.add(name)

    def _environment(self, name: str) -> None:
        for file in (f"{name}.postman_environment.json", f"{name}.json", name):
            text = self.source.file(file)
            if text is not None:
                break
        try:
            value = json.loads(text or "")
        except (ValueError, RecursionError):
            message = f"no file {name}.postman_environment.json beside the collection"
            self.found.lose("--environment", "reference_unknown", message)
            return
        self._declare(members(value, "values"))

    def _items(self, parent: Any, at: str, auth: Any, auth_at: str, depth: int) -> None:
        if depth > _DEPTH:
            self.found.reject(at, "document_too_deep", "folders in folders are nested too deep")
            return
        for index, item in enumerate(members(parent, "item")):
            pointer = f"{at}/item/{index}"
            if not isinstance(item, Mapping):
                self.found.reject(pointer, "document_unreadable", "the item is not an object")
            elif "item" in item:
                self._declare(members(item, "variable"))
                own = item.get("auth")
                self._scripts(item, pointer, None)
                inner = (own, f"{pointer}/auth") if own else (auth, auth_at)
                self._items(item, pointer, *inner, depth + 1)
            else:
                self._item(item, pointer, auth, auth_at)

    def _item(self, item: Mapping[str, Any], at: str, auth: Any, auth_at: str) -> None:
        request: Any = item.get("request")
        if isinstance(request, str):
            request = {"url": request}
        if not isinstance(request, Mapping):
            self.found.reject(at, "document_unreadable", "the item has no request")
            return
        draft = Draft(at, text_of(item, "name"), text_of(request, "method") or "GET")
        self._address(draft, request.get("url"), f"{at}/request/url")
        scheme = scheme_of(draft.url)
        if scheme not in ("", "http", "https"):
            self.found.reject(f"{at}/request/url", "scheme_unsupported", scheme[:40])
            return
        self._headers(draft, request, f"{at}/request")
        draft.body = self._body(draft, member(request, "body"), f"{at}/request/body")
        own = request.get("auth")
        given, where = (own, f"{at}/request/auth") if own else (auth, auth_at)
        self._auth(draft, given, where)
        self._behaviour(draft, item)
        self._scripts(item, at, draft)
        self.found.requests.append(draft)

    def _text(self, draft: Draft, written: str, at: str) -> str:
        return self.variables.text(written, dynamic_in(draft, at))

    def _address(self, draft: Draft, url: Any, at: str) -> None:
        raw = url if isinstance(url, str) else text_of(url, "raw") or _joined(url)
        for index, each in enumerate(members(url, "query")):
            if isinstance(each, Mapping) and each.get("disabled") is True:
                draft.lose(f"{at}/query/{index}", "disabled", "not sent: left out")
        values = {text_of(each, "key"): text_of(each, "value") for each in members(url, "variable")}
        address, mark, query = raw.partition("?")
        origin = address.find("//") + 2 if "//" in address else 0
        address = address[:origin] + _PATH_VARIABLE.sub(
            lambda found: self._path_variable(found[1], values), address[origin:]
        )
        made = self.variables.url(address + mark + query, dynamic_in(draft, at))
        if made and not scheme_of(made) and made[0] not in "\ufdd0/":
            made = f"http://{made}"
        draft.url = made

    def _path_variable(self, name: str, values: Mapping[str, str]) -> str:
        value = values.get(name, "")
        if "{{" in value:
            return value
        if value:
            self.found.defaults.setdefault(name, value)
        return variable(name)

    def _headers(self, draft: Draft, request: Mapping[str, Any], at: str) -> None:
        headers = request.get("header")
        if isinstance(headers, str):
            pairs = [line.partition(":") for line in headers.splitlines()]
            headers = [{"key": name, "value": value.strip()} for name, _, value in pairs if name]
        for index, each in enumerate(headers if isinstance(headers, list) else []):
            where = f"{at}/header/{index}"
            name = text_of(each, "key").strip()
            if not name:
                continue
            if each.get("disabled") is True:
                draft.lose(where, "disabled", "not sent: left out")
            else:
                value = self._text(draft, text_of(each, "value"), where)
                draft.headers.append((name, value))

    def _body(self, draft: Draft, body: Mapping[str, Any], at: str) -> Body:
        mode = text_of(body, "mode")
        if not mode or body.get("disabled") is True:
            return None
        if mode == "raw":
            text = self._text(draft, text_of(body, "raw"), f"{at}/raw")
            language = text_of(member(member(body, "options"), "raw"), "language")
            draft.default_type(_LANGUAGES.get(language, "text/plain") if text else "")
            return Text(text)
        if mode == "graphql":
            given = member(body, "graphql")
            draft.default_type("application/json")
            variables = self._text(draft, text_of(given, "variables"), f"{at}/graphql/variables")
            return Text(graphql(text_of(given, "query"), variables))
        if mode == "urlencoded":
            pairs = self._pairs(draft, members(body, "urlencoded"), f"{at}/urlencoded")
            return Form(tuple((text_of(each, "key"), value) for each, value, _ in pairs))
        if mode == "formdata":
            return Multipart(tuple(self._parts(draft, members(body, "formdata"), f"{at}/formdata")))
        source = text_of(member(body, "file"), "src")
        if mode == "file" and source:
            return File(source)
        draft.lose(at, "file_content_missing", "the body is left out: it names no file")
        return None

    def _pairs(
        self, draft: Draft, pairs: list[Any], at: str
    ) -> Iterator[tuple[Mapping[str, Any], str, str]]:
        for index, each in enumerate(pairs):
            where = f"{at}/{index}"
            if not isinstance(each, Mapping):
                continue
            if each.get("disabled") is True:
                draft.lose(where, "disabled", "not sent: left out")
            else:
                yield each, self._text(draft, text_of(each, "value"), where), where

    def _parts(self, draft: Draft, pairs: list[Any], at: str) -> Iterator[Part]:
        for each, value, where in self._pairs(draft, pairs, at):
            name, content_type = text_of(each, "key"), text_of(each, "contentType")
            if text_of(each, "type") != "file":
                yield Part(name, value, content_type=content_type)
                continue
            source = each.get("src")
            files = source if isinstance(source, list) else [source]
            for file in files:
                if isinstance(file, str) and file:
                    yield Part(name, None, file, content_type=content_type)
                else:
                    message = "the part names no file: it is left out"
                    draft.lose(where, "file_content_missing", message)

    def _auth(self, draft: Draft, auth: Any, at: str) -> None:
        kind = text_of(auth, "type")
        given = auth.get(kind) if isinstance(auth, Mapping) else None
        if isinstance(given, list):
            given = {
                text_of(each, "key"): each["value"]
                for each in given
                if "value" in (each if isinstance(each, Mapping) else ())
            }
        if not isinstance(given, Mapping):
            given = {}
        texts = {
            str(name): self._text(draft, value, at) if isinstance(value, str) else value
            for name, value in given.items()
        }
        set_auth(draft, kind, texts, at)

    def _behaviour(self, draft: Draft, item: Mapping[str, Any]) -> None:
        behaviour = member(item, "protocolProfileBehavior")
        if behaviour.get("followRedirects") is False:
            draft.options["redirects"] = {"follow": False}
        if behaviour.get("strictSSL") is False:
            draft.options["tls"] = {"verify": False}
            draft.lose(draft.pointer, "tls_unverified", "kept as tls.verify false")

    def _scripts(self, item: Any, at: str, draft: Draft | None) -> None:
        for index, event in enumerate(members(item, "event")):
            script = event.get("script") if isinstance(event, Mapping) else None
            lines = script.get("exec") if isinstance(script, Mapping) else script
            text = "\n".join(map(str, lines)) if isinstance(lines, list) else str(lines or "")
            if not text.strip():
                continue
            paths = variables_set(text) if text_of(event, "listen") == "test" else None
            if draft is None or paths is None:
                losing = self.found if draft is None else draft
                losing.lose(f"{at}/event/{index}", "script_not_run", "scripts are not run")
                continue
            self.variables.set_by(draft, len(self.found.requests), paths)


def _joined(url: Any) -> str:
    """Return the address that the parts of an address make."""
    host = url.get("host") if isinstance(url, Mapping) else None
    path = url.get("path") if isinstance(url, Mapping) else None
    names = ".".join(map(str, host)) if isinstance(host, list) else str(host or "")
    places = [
        text_of(each, "value") if isinstance(each, Mapping) else str(each)
        for each in (path if isinstance(path, list) else [])
    ]
    tail = "/".join(places) if isinstance(path, list) else str(path or "").lstrip("/")
    pairs = [
        f"{text_of(each, 'key')}={text_of(each, 'value')}"
        for each in members(url, "query")
        if isinstance(each, Mapping) and each.get("disabled") is not True
    ]
    scheme, port = text_of(url, "protocol"), text_of(url, "port")
    start = f"{scheme}://{names}" if scheme and names else names
    start += f":{port}" if port else ""
    return start + (f"/{tail}" if tail else "") + (f"?{'&'.join(pairs)}" if pairs else "")
