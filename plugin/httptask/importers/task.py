"""Drafts as HTTP tasks."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from httptask.core.secret_names import is_secret_name, is_secret_value
from httptask.core.words import free_name
from httptask.importers.addresses import pairs_of, scheme_of
from httptask.importers.bodies import body_fields, own_path
from httptask.importers.drafts import FORM, Draft, Drafts, Loss
from httptask.importers.holes import HOLE, fill, has_hole
from httptask.importers.secret_names import SecretNames
from httptask.importers.texts import Texts, identifier

_HOP: Final = frozenset(
    {
        "connection",
        "keep-alive",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
_OWN: Final = frozenset({"host", "content-length", "expect"})
_DECODED: Final = frozenset({"gzip", "deflate", "identity", "x-gzip", "*", ""})
_SECRET_OPTIONS: Final = frozenset(
    {
        "password",
        "token",
        "value",
        "clientSecret",
        "refreshToken",
        "secretKey",
        "sessionToken",
        "key",
    }
)
_ORIGIN: Final = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.-]*://)?[^/?]*")


@dataclass(frozen=True, slots=True)
class ImportedTask:
    """An HTTP task made of one request.

    Attributes:
        reference: its task reference name.
        name: the request's name in the source, or "".
        pointer: where it stands in the source.
        task: the task.
        inputs: names of the inputs that it needs.
        secrets: names of the secrets that it needs.
        losses: what of the request it does not have.
        follows: reference names of the tasks whose output it uses.
        operation: id of the operation of the catalogue that it calls, or "".
    """

    reference: str
    name: str
    pointer: str
    task: dict[str, Any]
    inputs: tuple[str, ...]
    secrets: tuple[str, ...]
    losses: tuple[Loss, ...]
    follows: tuple[str, ...] = ()
    operation: str = ""


def build_tasks(drafts: Drafts, names: SecretNames) -> list[ImportedTask]:
    """Return the tasks of all requests; those without an address to call are rejected.

    Args:
        drafts: the requests.
        names: where the secrets of the source get their names.
    """
    references = _references(drafts.requests)
    return [
        _TaskOf(draft, references[index], Texts(draft, names, references)).task()
        for index, draft in enumerate(drafts.requests)
        if _usable(draft, drafts)
    ]


def _usable(draft: Draft, drafts: Drafts) -> bool:
    scheme = scheme_of(draft.url)
    if not draft.url:
        drafts.reject(draft.pointer, "address_missing", "the request has no address")
        return False
    if scheme not in ("http", "https") and not HOLE.match(draft.url):
        kind, message = (
            ("scheme_unsupported", f"a task does not speak {scheme[:40]}")
            if scheme
            else ("server_relative", "the address has no origin")
        )
        drafts.reject(draft.pointer, kind, message)
        return False
    return True


def _references(drafts: Sequence[Draft]) -> list[str]:
    """Return a reference name for each request, each of them once."""
    made: dict[str, None] = {}
    for draft in drafts:
        path = _path_of(draft.url).strip("/")
        wanted = identifier(draft.name or f"{draft.method.lower()}_{path}")[:60].strip("_").lower()
        wanted = wanted if wanted not in ("", "workflow") else "request"
        made[free_name(wanted, made.__contains__)] = None
    return list(made)


def _path_of(url: str) -> str:
    try:
        return urlsplit(fill(url, str, lambda _, __: "")).path
    except ValueError:
        return ""


class _TaskOf:
    """Makes the task of one request."""

    def __init__(self, draft: Draft, reference: str, texts: Texts) -> None:
        self.draft = draft
        self.reference = reference
        self.texts = texts
        self.headers: dict[str, Any] = {}
        self.request: dict[str, Any] = {}
        self.options: dict[str, Any] = {}

    def task(self) -> ImportedTask:
        """Return the task."""
        self.draft.losses = list(self.draft.losses)
        self._address()
        self.request["method"] = self.draft.method.upper()
        media_type = self._headers()
        key, body = body_fields(self.draft, media_type.lower(), self.texts)
        self._content_type(media_type, key)
        if self.headers:
            self.request["headers"] = self.headers
        if key == "body":
            self.request["body"] = body
        elif key:
            self.options[key] = body
        self._auth()
        self._settings()
        return self._made()

    def _made(self) -> ImportedTask:
        inputs: dict[str, Any] = {"http_request": self.request}
        if self.options:
            inputs["httptask"] = self.options
        task = {
            "name": self.reference,
            "taskReferenceName": self.reference,
            "type": "HTTP",
            "inputParameters": inputs,
        }
        texts = self.texts
        follows = tuple(texts.references[index] for index in sorted(texts.follows))
        return ImportedTask(
            self.reference, self.draft.name, self.draft.pointer, task, tuple(texts.inputs),
            tuple(texts.secrets), tuple(dict.fromkeys(self.draft.losses)), follows,
        )  # fmt: skip

    def _address(self) -> None:
        address, _, query = self.draft.url.partition("#")[0].partition("?")
        origin = _ORIGIN.match(address)
        end = origin.end() if origin else 0
        path: dict[str, str] = {}
        uri = self.texts.plain(_braces_encoded(address[:end])) + fill(
            address[end:], _braces_encoded, lambda kind, name: self._in_path(kind, name, path)
        )
        if path:
            self.options["path"] = path
        self.request["uri"] = self._with_query(uri, query)

    def _in_path(self, kind: str, name: str, path: dict[str, str]) -> str:
        wanted = identifier(name.rpartition(".")[2])
        value = self.texts.plain(next(iter(_marks(self.draft.url, kind, name)), ""))
        made = free_name(wanted, lambda name: path.get(name, value) != value)
        path[made] = value
        return f"{{{made}}}"

    def _with_query(self, uri: str, query: str) -> str:
        """Return the address with its parameters up to the first variable or secret."""
        pieces = query.split("&") if query else []
        at = next((at for at, piece in enumerate(pieces) if _asks_for_value(piece)), len(pieces))
        parameters: dict[str, Any] = {}
        for name, value in pairs_of("&".join(pieces[at:])):
            written, key = self.texts.at(name, value), self.texts.plain(name)
            given = parameters.get(key)
            if key not in parameters:
                parameters[key] = written
            else:
                parameters[key] = [*given, written] if isinstance(given, list) else [given, written]
        if parameters:
            self.options["query"] = parameters
        written = self.texts.plain(_braces_encoded("&".join(pieces[:at])))
        return f"{uri}?{written}" if written or (query == "" and "?" in self.draft.url) else uri

    def _headers(self) -> str:
        """Write the headers; return the content type, or ""."""
        content_type, accept = "", None
        for name, value in self.draft.headers:
            lowered = name.lower()
            if lowered == "content-type" and value is not None:
                content_type = value
            elif lowered == "accept" and value is not None:
                accept = value if accept is None else f"{accept}, {value}"
            elif lowered == "authorization" and value:
                self._authorization(name, value)
            elif value is None or self._is_kept(lowered, value):
                self._header(name, value)
        if accept or not any(name.lower() == "accept" for name in self.headers):
            self.request["accept"] = self.texts.plain(accept or "*/*")
        return content_type

    def _is_kept(self, lowered: str, value: str) -> bool:
        if lowered in _HOP:
            self._lose("hop_header", f"{lowered} is the transport's")
        elif lowered == "host":
            return value.lower() != _host(self.draft.url)
        elif lowered == "accept-encoding":
            asked = {each.partition(";")[0].strip().lower() for each in value.split(",")}
            if asked <= _DECODED:
                return True
            self._lose(
                "encoding_limited", "only gzip and deflate are decoded: the header is left out"
            )
        return lowered not in (_HOP | _OWN | {"accept-encoding"}) and not lowered.startswith(":")

    def _header(self, name: str, value: str | None) -> None:
        written = None if value is None else self.texts.header(name, value)
        known = next((each for each in self.headers if each.lower() == name.lower()), name)
        given = self.headers.get(known)
        if given is None:
            self.headers[known] = written
        else:
            self.headers[known] = [*given, written] if isinstance(given, list) else [given, written]

    def _authorization(self, name: str, value: str) -> None:
        scheme, _, rest = value.strip().partition(" ")
        rest = rest.strip()
        if scheme == "Bearer" and rest:
            self.draft.auth = {"type": "bearer", "token": rest}
        elif scheme == "Basic" and (pair := _name_and_password(rest)):
            self.draft.auth = {"type": "basic", "username": pair[0], "password": pair[1]}
        elif scheme.lower() in ("digest", "negotiate", "ntlm") or scheme.startswith("AWS4-"):
            message = f"{scheme} was made for one request: it is left out"
            self._lose("security_unsupported", message)
        else:
            self.draft.auth = None
            self._header(name, value)

    def _content_type(self, media_type: str, key: str) -> None:
        essence = media_type.partition(";")[0].strip().lower()
        if key == "multipart" or (key == "form" and essence in ("", FORM)):
            return
        if not key and media_type:
            self._header("Content-Type", media_type)
        elif key == "file":
            self.request["contentType"] = self.texts.plain(media_type or "application/octet-stream")
        elif media_type:
            self.request["contentType"] = self.texts.plain(media_type)

    def _auth(self) -> None:
        if self.draft.auth is None:
            return
        auth = dict(self.draft.auth)
        if auth["type"] == "basic" and auth.get("username") and not auth.get("password"):
            made = {**auth, "username": self.texts.secret(auth["username"], "user")}
        else:
            made = {name: self._credential(name, value) for name, value in auth.items()}
        self.options["auth"] = made

    def _credential(self, name: str, value: Any) -> Any:
        if not isinstance(value, str) or name == "type":
            return value
        if name in _SECRET_OPTIONS:
            return self.texts.secret(value, "api_key" if name == "value" else name)
        return self.texts.plain(value)

    def _settings(self) -> None:
        self.request |= self.draft.request
        self.options |= {
            name: self._option(name, value) for name, value in self.draft.options.items()
        }
        if self.draft.output:
            self.options["output"] = self.draft.output

    def _option(self, name: str, value: Any) -> Any:
        if name == "proxy":
            return self.texts.secret(value, name) if "@" in value else self.texts.plain(value)
        if name != "tls":
            return value
        return {key: self._certificate(each) for key, each in value.items()}

    def _certificate(self, value: Any) -> Any:
        return self.texts.plain(own_path(value, self.draft)) if isinstance(value, str) else value

    def _lose(self, kind: str, message: str) -> None:
        self.draft.lose(self.draft.pointer, kind, message)


def _braces_encoded(text: str) -> str:
    return text.replace("{", "%7B").replace("}", "%7D")


def _marks(url: str, kind: str, name: str) -> list[str]:
    return [found[0] for found in HOLE.finditer(url) if (found[1], found[2]) == (kind, name)]


def _asks_for_value(piece: str) -> bool:
    name, equals, value = piece.partition("=")
    return has_hole(piece) or bool(
        equals and value and (is_secret_name(name) or is_secret_value(value))
    )


def _host(url: str) -> str:
    try:
        return urlsplit(url).netloc.rpartition("@")[2].lower()
    except ValueError:
        return ""


def _name_and_password(text: str) -> tuple[str, str] | None:
    try:
        decoded = base64.b64decode(text, validate=True).decode()
    except (binascii.Error, ValueError):
        return None
    name, colon, password = decoded.partition(":")
    return (name, password) if colon and decoded.isprintable() else None
