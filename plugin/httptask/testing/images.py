"""A stand-in of the documented image API, with real pictures and real-looking errors.

It keeps the rules of the documentation of ``POST /v1/images/generations`` and paints small PNG
pictures (a quarter of the asked width and height) that depend on the prompt only. Beside it is a
neutral place to upload to, so that a workflow has a second call to make: ``POST /uploads``.
"""

from __future__ import annotations

import base64
import hashlib
import threading
import time
from dataclasses import replace
from typing import Any

from httptask.testing.handlers.streams import event_text
from httptask.testing.image_rules import ImageOrder, RefusedError, read_order
from httptask.testing.multipart import Part, parse_multipart
from httptask.testing.png import Picture, paint
from httptask.testing.replies import AnyReply, Handler, Parts, Reply, json_reply
from httptask.testing.servers import LoopbackServer
from httptask.testing.wire import ReceivedRequest

DEMO_TOKEN = "demo-token-0123456789"  # noqa: S105 - of the stand-in, known to everybody
GENERATIONS = "/v1/images/generations"
PIXELS = {"auto": (256, 256), "1536x1024": (384, 256), "1024x1536": (256, 384)}
OUTPUT_TOKENS = {"low": 272, "medium": 1056, "high": 4160}


class ImageService(LoopbackServer):
    """The stand-in on 127.0.0.1; use it as a context manager.

    - ``POST /v1/images/generations``: ``{created, data: [{b64_json}], background, output_format,
      quality, size, usage}``; with ``stream: true`` the events ``image_generation.partial_image``
      and ``image_generation.completed`` for each picture.
    - ``POST /uploads``: ``multipart/form-data`` with a file ``file`` and fields ``title`` and
      ``prompt``, responds with 201 ``{id, url, size, sha256, title, prompt, mediaType}``.
    - ``GET /uploads/{id}``: the uploaded bytes.

    All want ``Authorization: Bearer``; errors are ``{error: {message, type, param, code}}``.

    Args:
        token: the bearer token that is right.
        delay: seconds before the first byte of a response and between events.
        port: a fixed port, or 0 for a free one.
    """

    def __init__(self, token: str = DEMO_TOKEN, delay: float = 0.3, *, port: int = 0) -> None:
        routes: dict[str, Handler] = {
            f"POST {GENERATIONS}": self._generate,
            "POST /uploads": self._upload,
            "GET /uploads/": self._uploaded,
        }
        super().__init__(routes, port=port)
        self.token = token
        self.delay = delay
        self._files: dict[str, Part] = {}
        self._files_lock = threading.Lock()

    def respond(self, request: ReceivedRequest) -> AnyReply:
        """Respond to one request; a refusal is an error document."""
        try:
            self._authorize(request)
            handler = self._find(request)
            if handler is None:
                message = f"Invalid URL ({request.method} {request.path})"
                raise RefusedError(message, None, "unknown_url", 404)
            return handler(request)
        except RefusedError as refusal:
            return json_reply(refusal.document(), refusal.status)

    def _authorize(self, request: ReceivedRequest) -> None:
        sent = request.header("Authorization")
        if not sent:
            raise RefusedError("No API key was provided.", None, "missing_api_key", 401)
        if sent != f"Bearer {self.token}":
            raise RefusedError("The API key is not valid.", None, "invalid_api_key", 401)

    def _generate(self, request: ReceivedRequest) -> Reply:
        order = read_order(_json_body(request))
        if order.stream:
            return Reply(200, (("Content-Type", "text/event-stream"),), self._events(order))
        pictures = [{"b64_json": _encoded(_picture(order, number))} for number in range(order.n)]
        document = {"created": int(time.time()), "data": pictures, **_facts(order, order.n)}
        return replace(json_reply(document), delay=self.delay)

    def _events(self, order: ImageOrder) -> Parts:
        for number in range(order.n):
            picture = _picture(order, number)
            for index in range(order.partial_images):
                yield self.delay
                block = 2 ** min(order.partial_images - index, 6)
                facts = {**_facts(order), "partial_image_index": index}
                yield _event("partial_image", picture.pixelated(block), facts)
            yield self.delay
            yield _event("completed", picture, _facts(order, 1))

    def _upload(self, request: ReceivedRequest) -> Reply:
        parts = _form(request)
        file = parts.get("file")
        if file is None or file.filename is None:
            raise RefusedError("The form has no file.", "file", "missing_required_parameter")
        sha256 = hashlib.sha256(file.content).hexdigest()
        identifier = f"up_{sha256[:16]}"
        with self._files_lock:
            self._files[identifier] = file
        document = {
            "id": identifier,
            "url": f"{self.url}/uploads/{identifier}",
            "size": len(file.content),
            "sha256": sha256,
            "title": parts["title"].text if "title" in parts else "",
            "prompt": parts["prompt"].text if "prompt" in parts else "",
            "mediaType": file.content_type,
        }
        return json_reply(document, 201)

    def _uploaded(self, request: ReceivedRequest) -> Reply:
        file = self._files.get(request.path.rpartition("/")[2])
        if file is None:
            raise RefusedError("There is no such upload.", None, "not_found", 404)
        return Reply(200, (("Content-Type", file.content_type),), file.content)


def _json_body(request: ReceivedRequest) -> Any:
    kind = request.header("Content-Type").partition(";")[0].strip().lower()
    if kind != "application/json":
        message = f"Content-Type must be application/json, got {kind or 'none'}."
        raise RefusedError(message, "Content-Type", "unsupported_content_type")
    try:
        return request.json()
    except ValueError:
        raise RefusedError("The body is not valid JSON.", None, "invalid_json") from None


def _form(request: ReceivedRequest) -> dict[str, Part]:
    try:
        parts = parse_multipart(request.header("Content-Type"), request.body)
    except ValueError as error:
        raise RefusedError(f"The body is not a form: {error}.", None, "invalid_form") from None
    return {part.name: part for part in parts}


def _picture(order: ImageOrder, number: int) -> Picture:
    width, height = PIXELS[order.size]
    seed = f"{order.prompt}\n{number}"
    return paint(seed, width, height, transparent=order.background == "transparent")


def _encoded(picture: Picture) -> str:
    return base64.b64encode(picture.encode()).decode()


def _facts(order: ImageOrder, pictures: int = 0) -> dict[str, Any]:
    """The fields that every response repeats, ``auto`` decided; usage only with whole pictures."""
    facts: dict[str, Any] = {
        "background": "opaque" if order.background == "auto" else order.background,
        "output_format": order.output_format,
        "quality": "high" if order.quality == "auto" else order.quality,
        "size": "1024x1024" if order.size == "auto" else order.size,
    }
    if pictures:
        read = -(-len(order.prompt) // 4)
        written = OUTPUT_TOKENS[facts["quality"]] * pictures
        facts["usage"] = {
            "input_tokens": read,
            "input_tokens_details": {"text_tokens": read, "image_tokens": 0},
            "output_tokens": written,
            "total_tokens": read + written,
        }
    return facts


def _event(name: str, picture: Picture, facts: dict[str, Any]) -> bytes:
    kind = f"image_generation.{name}"
    data = {"type": kind, "b64_json": _encoded(picture), "created_at": int(time.time()), **facts}
    return event_text(data, kind).encode()
