"""HAR 1.2 of browsers and proxies: the calls of an API among all that was loaded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from httptask.importers.addresses import pairs_of, scheme_of
from httptask.importers.drafts import FORM, Draft, Drafts, File, Form, Multipart, Part, Source, Text
from httptask.importers.members import member, members, text_of

_ASSETS: Final = frozenset(
    [
        "document",
        "stylesheet",
        "image",
        "media",
        "font",
        "script",
        "texttrack",
        "manifest",
        "ping",
        "preflight",
        "websocket",
        "eventsource",
        "cspviolationreport",
        "signedexchange",
    ]
)
_ASSET_TYPES: Final = ("image/", "font/", "text/css", "text/html", "video/", "audio/")
_SCRIPTS: Final = frozenset({"application/javascript", "text/javascript", "application/wasm"})
_BROWSER: Final = ("sec-", "priority", "dnt", "upgrade-insecure-requests")


class HarImporter:
    """HAR."""

    name = "har"

    def claims(self, source: Source) -> bool:
        """Tell whether it has a log with entries."""
        return isinstance(member(source.document, "log").get("entries"), list)

    def read(self, source: Source) -> Drafts:
        """Return the requests to APIs, each once."""
        found = Drafts()
        seen: dict[Any, int] = {}
        for at, entry in enumerate(members(member(source.document, "log"), "entries")):
            pointer = f"/log/entries/{at}"
            request = member(entry, "request")
            if not request:
                found.reject(pointer, "document_unreadable", "the entry has no request")
            elif reason := _not_an_api_call(entry, request):
                found.reject(pointer, "not_an_api_call", reason)
            elif scheme_of(text_of(request, "url")) not in ("http", "https"):
                found.reject(
                    f"{pointer}/request/url", "scheme_unsupported", "neither http nor https"
                )
            else:
                draft = _draft(request, pointer)
                first = seen.setdefault(_identity(draft), at)
                if first == at:
                    found.requests.append(draft)
                else:
                    found.reject(pointer, "request_repeated", f"same request as entry {first}")
        return found


def _not_an_api_call(entry: Any, request: Mapping[str, Any]) -> str:
    kind = text_of(entry, "_resourceType").lower()
    if kind in _ASSETS:
        return f"a browser loaded it: {kind}"
    if text_of(request, "method").upper() in ("OPTIONS", "CONNECT"):
        return "a preflight or a tunnel"
    if kind or request.get("postData") or text_of(request, "method").upper() != "GET":
        return ""
    content = member(member(entry, "response"), "content")
    media = text_of(content, "mimeType").partition(";")[0].strip().lower()
    return (
        f"a browser loaded it: {media}"
        if media.startswith(_ASSET_TYPES) or media in _SCRIPTS
        else ""
    )


def _identity(draft: Draft) -> Any:
    return draft.method, draft.url, str(draft.body), tuple(draft.headers)


def _draft(request: Mapping[str, Any], pointer: str) -> Draft:
    draft = Draft(pointer, method=text_of(request, "method") or "GET", url=text_of(request, "url"))
    cookies = False
    for at, header in enumerate(members(request, "headers")):
        name, value = text_of(header, "name"), text_of(header, "value")
        lowered = name.lower()
        if not name or lowered.startswith(":"):
            continue
        if lowered.startswith(_BROWSER):
            message = f"{lowered} is the browser's"
            draft.lose(f"{pointer}/request/headers/{at}", "browser_header", message)
            continue
        cookies |= lowered == "cookie"
        draft.headers.append((name, value))
    pairs = [
        f"{text_of(each, 'name')}={text_of(each, 'value')}" for each in members(request, "cookies")
    ]
    if pairs and not cookies:
        draft.headers.append(("Cookie", "; ".join(pairs)))
    data = member(request, "postData")
    if data:
        _body(draft, data, f"{pointer}/request/postData")
    return draft


def _body(draft: Draft, data: Mapping[str, Any], pointer: str) -> None:
    media = text_of(data, "mimeType")
    essence = media.partition(";")[0].strip().lower()
    text = text_of(data, "text")
    draft.default_type(media)
    if text and text_of(data, "encoding").lower() == "base64":
        draft.lose(pointer, "body_binary", "the bytes must become a file beside the definition")
        draft.body = File("body.bin")
    elif text and essence == FORM:
        draft.body = Form(tuple(pairs_of(text)))
    elif text:
        draft.body = Text(text)
    elif params := members(data, "params"):
        draft.body = _params(params, essence)


def _params(params: list[Any], essence: str) -> Form | Multipart:
    if essence == FORM:
        return Form(tuple((text_of(each, "name"), text_of(each, "value")) for each in params))
    return Multipart(
        tuple(
            Part(
                text_of(each, "name"),
                text_of(each, "value"),
                "",
                text_of(each, "fileName"),
                text_of(each, "contentType"),
            )
            for each in params
        )
    )
