"""The editor's pages and their assets: read once, and given from memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from importlib.resources import files
from pathlib import Path, PurePosixPath
from typing import Final

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from httptask.editor.linking import linked
from httptask.editor.settings import EditorSettings

ASSETS: Final = Path(str(files("httptask.editor") / "assets"))
_KINDS: Final = {
    ".js": "text/javascript",
    ".css": "text/css",
    ".html": "text/html",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".ts": "text/plain",
    ".txt": "text/plain",
}
_ORIGINS_MARK: Final = "{{embed-origins}}"
LINKED: Final = ("page.js", "embed.js", "editor.js")
"""Modules that are given with all that they import."""


@dataclass(frozen=True, slots=True)
class Asset:
    """A file of the panel.

    Attributes:
        content: its bytes.
        headers: its media type, and the etag that tells whether a browser has it already.
    """

    content: bytes
    headers: Mapping[str, str]

    @classmethod
    def of(cls, path: str, content: bytes) -> Asset:
        """Return what a path is responded to with."""
        kind = _KINDS.get(PurePosixPath(path).suffix, "application/octet-stream")
        etag = f'"{sha256(content).hexdigest()[:16]}"'
        return cls(content, {"Content-Type": kind, "ETag": etag, "Cache-Control": "no-cache"})


@dataclass(slots=True)
class Pages:
    """What a browser loads before it calls the API.

    Attributes:
        settings: says who may frame the panel.
    """

    settings: EditorSettings
    _assets: dict[str, Asset] = field(init=False)
    _index: str = field(init=False)
    _embed: str = field(init=False)

    def __post_init__(self) -> None:
        found = {
            path.relative_to(ASSETS).as_posix(): path.read_bytes()
            for path in ASSETS.rglob("*")
            if path.is_file()
        }
        whole = {path: linked(path, lambda each: found[each].decode()) for path in LINKED}
        found |= {path: text.encode() for path, text in whole.items()}
        self._assets = {path: Asset.of(path, content) for path, content in found.items()}
        origins = " ".join(sorted(self.settings.embed_origins))
        self._index = found["index.html"].decode()
        self._embed = found["embed.html"].decode().replace(_ORIGINS_MARK, origins)

    def routes(self) -> list[Route]:
        """Return the routes of pages and assets."""
        return [
            Route("/", self.index),
            Route("/embed", self.embed),
            Route("/assets/{path:path}", self.asset),
        ]

    async def index(self, request: Request) -> Response:
        """Respond with the page that ``httptask serve`` links to."""
        del request
        return HTMLResponse(self._index)

    async def embed(self, request: Request) -> Response:
        """Respond with the page that other editors frame."""
        del request
        return HTMLResponse(self._embed)

    async def asset(self, request: Request) -> Response:
        """Respond with a file of the panel."""
        found = self._assets.get(request.path_params["path"])
        if found is None:
            return Response(status_code=404)
        if request.headers.get("if-none-match") == found.headers["ETag"]:
            return Response(status_code=304, headers=found.headers)
        return Response(found.content, headers=found.headers)
