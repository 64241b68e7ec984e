"""Signing in from the panel: the browser comes back to this server."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from httptask.editor.running import RunningTests
from httptask.editor.services import Draft, Emit, Services, SignInOrder
from httptask.trial.redirect_receiver import PATH, Receiver, Redirect

_AT_ONCE: Final = 8
"""Sign-ins that wait for somebody at the same time."""

_DONE: Final = "/assets/signed-in.html"


@dataclass(slots=True)
class SignIns:
    """The sign-ins that wait for a browser to come back."""

    _waiting: list[Redirect] = field(default_factory=list)
    _running: RunningTests = field(default_factory=lambda: RunningTests(_AT_ONCE, 0, 0))

    def stream(self, services: Services, draft: Draft, request: Request) -> Response:
        """Sign in for the credentials of a task; the last event says how that ended.

        Raises:
            TooManyTestsError: too many people sign in.
        """
        cancelled = threading.Event()
        running = self._running
        number = running.register(cancelled)
        listen = partial(self.listen, str(request.url.port))

        def work(emit: Emit) -> dict[str, str]:
            services.sign_in(SignInOrder(draft, emit, listen, cancelled))
            return {"type": "signedIn"}

        lines = running.stream(number, work, cancelled, request.receive)
        return StreamingResponse(lines, media_type="application/x-ndjson")

    @contextmanager
    def listen(self, port: str, state: str) -> Iterator[Receiver]:
        """Receive the redirect that has the right ``state``.

        Args:
            port: the port of this server.
            state: the value that only the right redirect has.
        """
        redirect = Redirect(state, f"http://127.0.0.1:{port}{PATH}")
        self._waiting.append(redirect)
        try:
            yield redirect
        finally:
            self._waiting.remove(redirect)

    def routes(self) -> list[Route]:
        """Return the route that a browser comes back to: it needs no token, but the state."""
        return [Route(PATH, self.callback)]

    async def callback(self, request: Request) -> Response:
        """Take the code, and lead on to a page whose address does not have it."""
        target = f"{request.url.path}?{request.url.query}"
        if any(each.take(target) for each in self._waiting):
            return RedirectResponse(_DONE, 303, {"Cache-Control": "no-store"})
        return HTMLResponse("<p>This is not a sign-in that is under way.", 404)
