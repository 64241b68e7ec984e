"""The exchanges of one task execution: each request goes through its layers, whoever asks."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache
from typing import Any

from msgspec.structs import replace

from httptask.core.message import Headers, HttpRequest, HttpResponse, Origin
from httptask.core.verdict import Verdict
from httptask.errors import (
    DecodeError,
    HttpTaskError,
    InputError,
    PluginError,
    RequestError,
    TransportError,
)
from httptask.hooks.recording import Probe
from httptask.hooks.views import Attempt, DecodedBody, Exchange, Outcome, SignedRequest, Task
from httptask.wire.environment import proxy_for
from httptask.wire.framing import framed
from httptask.wire.layers import AUTHORIZE, Layer, Plan
from httptask.wire.recorder import Step
from httptask.wire.tracer import StoppedError, Tracer, as_ours

_DRAINED = 64 * 1024
MAX_ASKING = 3
"""Layers that may ask within one another; each more of them multiplies the requests."""
_PURPOSE = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,39}")
_SHOWN = 200
_ADDRESS = re.compile(r"https?://[^\s/?#@\\]+(?:[/?#][\x21-\x7e]*)?", re.IGNORECASE | re.ASCII)
_CONVERSATION = frozenset({"task", "redirect"})


class Inward:
    """The next layer, as the one around it is given it; counts how often it is called."""

    __slots__ = ("_next", "times")

    def __init__(self, inner: Callable[[Any], Any]) -> None:
        self._next, self.times = inner, 0

    def __call__(self, request: Any) -> Any:
        """Send inward."""
        self.times += 1
        return self._next(request)


class _InExchange:
    """The same for a layer of an exchange; knows the request that this one was given ready."""

    __slots__ = ("_at", "_exchange", "_ready", "_send", "times")

    def __init__(
        self, send: Callable[..., Any], view: Exchange, at: int, ready: SignedRequest | None
    ) -> None:
        self._send, self._exchange, self._at, self.times = send, view, at, 0
        self._ready = ready

    def __call__(self, request: Any) -> Any:
        self.times += 1
        exchange = self._exchange
        if exchange.layer.auth:
            _require_signed(request, exchange.layer)
        if self.times > 1:
            exchange = _again(exchange)
        return self._send(exchange, self._at + 1, request, self._ready)


def through(
    layer: Layer, view: Any, request: Any, inward: Inward | _InExchange, tracer: Tracer
) -> Any:
    """Run one layer around the next one, and record it.

    Raises:
        HttpTaskError: whatever the layer raises; foreign errors are wrapped in PluginError.
    """
    attempt, began = tracer.attempt, tracer.started("layer", layer.slot, layer.plugin)
    error: HttpTaskError | None = None
    try:
        given = layer.call(view, request, inward)
        if not isinstance(given, layer.gives) or (not layer.own and not _is_whole(given)):
            kind, wanted = type(given).__name__, layer.gives.__name__
            raise PluginError(
                f"the layer {layer.slot} of {layer.plugin} returned a {kind}, not a whole {wanted}",
                code="plugin_failed",
            )
        return given
    except Exception as cause:
        error = as_ours(cause, layer.slot)
        if error is cause:
            raise
        raise error from cause
    finally:
        if tracer.records:
            tracer.finished(
                Step(
                    layer.slot,
                    layer.plugin,
                    began,
                    tracer.now(),
                    attempt,
                    None,
                    error,
                    layer.kind,
                    inward.times,
                )
            )


def _is_whole(given: Any) -> bool:
    """Tell whether what a plugin made has the parts that its kind has."""
    if isinstance(given, Outcome):
        response = given.response
        return (
            isinstance(given.verdict, Verdict)
            and isinstance(given.verdict.error, HttpTaskError | None)
            and isinstance(given.body, DecodedBody | None)
            and (response is None or (isinstance(response, HttpResponse) and _is_whole(response)))
        )
    has_stream = hasattr(given.stream, "__iter__") and hasattr(given.stream, "close")
    return isinstance(given.status, int) and isinstance(given.headers, Headers) and has_stream


class Exchanges:
    """The requests of one task execution.

    Args:
        task: the execution.
        plan: its layers.
        tracer: is told of every layer.
        dry: whether nothing is to be sent.

    Attributes:
        home: the origin of the task's request, which its credentials are for.
    """

    home: Origin

    def __init__(self, task: Task, plan: Plan, tracer: Tracer, *, dry: bool = False) -> None:
        self._task, self._plan, self._tracer, self._dry = task, plan, tracer, dry
        self._origins = frozenset(filter(None, (task.call.task.origin,)))
        self._open: list[HttpResponse] = []

    def send(self, attempt: Attempt, request: HttpRequest) -> HttpResponse:
        """Send the task's request through all its layers.

        Raises:
            RequestError: it was refused or got no response.
            StoppedError: nothing is to be sent.
        """
        return self._exchange(attempt, request, "task", self._origins, self._plan.exchange)

    def ask(self, exchange: Exchange, request: HttpRequest, purpose: str) -> HttpResponse:
        """Send a layer's own request through every layer but those that asked.

        Raises:
            RequestError: it was refused or got no response, or nothing is to be sent.
        """
        if not isinstance(purpose, str) or not _PURPOSE.fullmatch(purpose):
            raise PluginError(
                "a layer asks with a purpose that is not a word of at most 40 letters, digits "
                "and hyphens",
                code="plugin_failed",
            )
        if "Host" not in request.headers:
            host = ("Host", _origin(request.url, purpose).authority)
            request = request.with_headers(Headers((host, *request.headers)))
        layers = tuple(layer for layer in exchange.layers if layer is not exchange.layer)
        if len(self._plan.exchange) - len(layers) > MAX_ASKING:
            raise PluginError(
                f"more than {MAX_ASKING} layers ask within one another",
                code="plugin_failed",
                hint=f"the {purpose} call of {exchange.layer.plugin} is one too many",
            )
        origins = exchange.origins
        if purpose not in _CONVERSATION:
            origins |= exchange.task.call.task.option_origins
            if self._dry:
                raise RequestError(
                    f"nothing is sent, so the {purpose} call was not made",
                    code="dry_run",
                    retryable=False,
                )
        try:
            return self._exchange(exchange.attempt, request, purpose, origins, layers)
        except TransportError as error:
            if purpose not in _CONVERSATION:
                error.status = None  # it is not the task's
            raise

    def drop(self, response: HttpResponse) -> None:
        """Read what is left of a short response, so that its connection can be used again.

        Raises:
            DeadlineError: the deadline passed meanwhile.
        """
        size = 0
        try:
            for chunk in response.stream:
                size += len(chunk)
                if size > _DRAINED:
                    break
        except (DecodeError, TransportError, PluginError):
            pass  # the connection is closed then, or was given back before
        finally:
            response.stream.close()

    def finish(self) -> None:
        """Give back the connections of the responses that no layer handed on or dropped."""
        while self._open:
            with suppress(HttpTaskError):
                self.drop(self._open.pop())

    def _exchange(
        self,
        attempt: Attempt,
        request: HttpRequest,
        purpose: str,
        origins: frozenset[Origin],
        layers: tuple[Layer, ...],
    ) -> HttpResponse:
        attempt.task.check_time()
        call, origin = self._task.call, _origin(request.url, purpose)
        policy = call.policy if origin in origins else call.policy.after_first_hop()
        exchange = Exchange(
            attempt=attempt,
            purpose=purpose,
            trusted=origin == self.home,
            policy=policy,
            proxy=_proxy(self._task, origin),
            origins=origins,
            probe=Probe(),
            layers=layers,
            layer=None,
            calls=self,
            dry=self._dry,
        )
        return self._inward(exchange, 0, request)

    def _inward(
        self, exchange: Exchange, at: int, request: Any, ready: SignedRequest | None = None
    ) -> HttpResponse:
        """Give a request to the layer at a place.

        Args:
            exchange: the exchange.
            at: the place of the layer.
            request: what the layer around it handed on.
            ready: the signed request that was given to that one; framed once, if it is the same.
        """
        layer = exchange.layers[at]
        if layer.auth and not exchange.trusted:
            return self._inward(exchange, at + 1, request)
        if layer.signed:
            if ready is None or request is not ready:
                ready = request = _made_ready(request, exchange)
            if layer.sends and self._dry:
                raise StoppedError
        view = replace(exchange, layer=layer)
        inward = _InExchange(self._inward, view, at, ready)
        response: HttpResponse = through(layer, view, request, inward, self._tracer)
        if layer.sends:
            self._open.append(response)
        return response


@lru_cache(maxsize=256)
def _origin(url: str, purpose: str) -> Origin:
    """Return where a request goes, whoever made its address.

    Raises:
        InputError: the address is not one that can be requested.
    """
    with suppress(ValueError):
        origin = Origin.of(url)
        if _ADDRESS.fullmatch(url) and origin.host:
            return origin
    raise InputError(
        f"the address of the {purpose} call, {url[:_SHOWN]!r}, is not an http or https address",
        code="address_invalid",
        retryable=False,
        hint="it is absolute and percent-encoded, and has no user name",
    )


def _again(exchange: Exchange) -> Exchange:
    """Return the exchange for one more send of a layer."""
    purpose = "challenge" if exchange.layer.auth else exchange.purpose
    return replace(exchange, purpose=purpose, probe=Probe())


def _made_ready(request: Any, exchange: Exchange) -> SignedRequest:
    """Return a request as it is to be sent: signed, framed, its fields known as credentials."""
    signed = SignedRequest(request) if isinstance(request, HttpRequest) else request
    for name in signed.fields:
        exchange.task.redactor.register_field(name)
    return SignedRequest(framed(signed.request), signed.fields, signed.connection)


def _require_signed(request: Any, layer: Layer) -> None:
    if not isinstance(request, SignedRequest):
        raise PluginError(
            f"the layer authorize of {layer.plugin} sends a request that it did not sign",
            code="plugin_failed",
            stage=AUTHORIZE,
            hint="give send a SignedRequest",
        )


def _proxy(task: Task, origin: Origin) -> str:
    """Return the address of the proxy to an origin, or ""."""
    options = task.options
    if options.proxy:
        return options.proxy
    return proxy_for(str(origin)) if options.trust_env else ""
