"""Which layers stand around a task's calls: chosen by claim, in the order of the slots."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import pluggy

from httptask.core.message import HttpResponse
from httptask.errors import DefinitionError, PluginError
from httptask.hooks import PluginManager
from httptask.hooks.claims import BUILTIN, claims
from httptask.hooks.specs import ATTEMPT_SLOTS, SIGNED_SLOTS, SLOTS, TASK_SLOTS, UNSIGNED_SLOTS
from httptask.hooks.task import CompiledTask
from httptask.hooks.views import Claim, Outcome

TRANSPORT = "send_request"
DEFAULT_TRANSPORT = "http1"
AUTHORIZE = "authorize"


class Layer(msgspec.Struct, frozen=True, eq=False):
    """One plugin's function in one slot.

    Attributes:
        slot: the slot.
        kind: the claimed kind.
        plugin: the plugin's name.
        call: takes the view, the request, and the next layer.
        gives: what it has to return.
        key: key of ``httptask`` with which it takes part, or "".
        auth: whether it takes part by the kind of authentication.
        own: whether it is one of httptask's own.
        signed: whether it is given signed requests.
        sends: whether it is the transport.
    """

    slot: str
    kind: str
    plugin: str
    call: Callable[[Any, Any, Any], Any]
    gives: type
    key: str
    auth: bool
    own: bool
    signed: bool
    sends: bool

    def takes_part(self, task: CompiledTask) -> bool:
        """Tell whether a task goes through it."""
        if self.auth:
            return task.auth_kind == self.kind
        return not self.key or self.key in task.option_names


class Plan(msgspec.Struct, frozen=True):
    """The layers of one task by scope, the outermost first."""

    task: tuple[Layer, ...]
    attempt: tuple[Layer, ...]
    exchange: tuple[Layer, ...]


class Layers:
    """Every layer of a plugin manager.

    Raises:
        PluginError: a claim does not say when its layer takes part.
    """

    def __init__(self, manager: pluggy.PluginManager) -> None:
        claimed = claims(manager)
        self._layers = {slot: list(_of_slot(manager, slot, claimed)) for slot in SLOTS}
        everything = [layer for layers in self._layers.values() for layer in layers]
        self._keys = frozenset(layer.key for layer in everything)
        self._auth_kinds = frozenset(layer.kind for layer in everything if layer.auth)
        own = manager.transport if isinstance(manager, PluginManager) else ""
        self._default = own or DEFAULT_TRANSPORT
        self._plans: dict[Any, Plan] = {}

    def plan(self, task: CompiledTask, transport: str) -> Plan:
        """Return the layers of a task; made once for all tasks that name the same options.

        The transport is the one named here, else the manager's, else http1.

        Raises:
            DefinitionError: nobody has the transport that the operator chose.
        """
        kind = task.auth_kind if task.auth_kind in self._auth_kinds else ""
        key = kind, task.option_names & self._keys, transport
        plan = self._plans.get(key)
        if plan is None:
            plan = self._plans[key] = self._made(task, transport)
        return plan

    def _made(self, task: CompiledTask, transport: str) -> Plan:
        def chosen(slots: Sequence[str]) -> tuple[Layer, ...]:
            found = (layer for slot in slots for layer in self._layers[slot])
            return tuple(layer for layer in found if layer.takes_part(task))

        signed = chosen(SIGNED_SLOTS[:-1])
        own = tuple(layer for layer in signed if layer.own)
        others = tuple(layer for layer in signed if not layer.own)
        exchange = (*chosen(UNSIGNED_SLOTS), *others, *own, self._transport(transport))
        return Plan(chosen(TASK_SLOTS), chosen(ATTEMPT_SLOTS), exchange)

    def _transport(self, kind: str) -> Layer:
        kind = kind or self._default
        known = {layer.kind: layer for layer in self._layers[TRANSPORT]}
        if kind not in known:
            raise DefinitionError(
                f"there is no transport {kind!r}",
                code="transport_unknown",
                hint=f"there are {', '.join(sorted(known))}",
            )
        return known[kind]


def _of_slot(
    manager: pluggy.PluginManager, slot: str, claimed: list[tuple[str, Claim]]
) -> list[Layer]:
    """Return the layers of a slot, the outermost first: httptask's own are the innermost."""
    hook = getattr(manager.hook, f"httptask_{slot}")
    assert hook.spec is not None  # noqa: S101 - every slot is specified
    names, found = tuple(hook.spec.argnames), []
    for impl in reversed(hook.get_hookimpls()):
        if impl.wrapper or impl.hookwrapper:
            raise PluginError(
                f"the plugin {impl.plugin_name!r} marks the layer {slot} as a wrapper",
                hint="a layer is given the next one as a function: call that instead",
            )
        call = _in_order(impl.function, [names.index(name) for name in impl.argnames])
        gives = HttpResponse if names[0] == "exchange" else Outcome
        for plugin, claim in claimed:
            if plugin == impl.plugin_name and claim.hook == slot:
                found.append(_layer(slot, plugin, claim, call, gives))
    replaced = {layer.kind for layer in found if not layer.own}
    return [layer for layer in found if not layer.own or layer.kind not in replaced]


def _layer(
    slot: str, plugin: str, claim: Claim, call: Callable[[Any, Any, Any], Any], gives: type
) -> Layer:
    if slot == AUTHORIZE and claim.options is not None:
        raise PluginError(f"the plugin {plugin!r} claims {claim.kind!r} of authorize with options")
    return Layer(
        slot,
        claim.kind,
        plugin,
        call,
        gives,
        key=claim.kind if claim.options is not None else "",
        auth=slot == AUTHORIZE,
        own=plugin.startswith(BUILTIN),
        signed=slot in SIGNED_SLOTS,
        sends=slot == TRANSPORT,
    )


def _in_order(function: Callable[..., Any], places: list[int]) -> Callable[[Any, Any, Any], Any]:
    """Return a function that takes all three arguments, for one that takes some of them."""
    if places == [0, 1, 2]:
        return function
    return lambda *given: function(*[given[place] for place in places])
