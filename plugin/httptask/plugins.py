"""Wiring: one plugin manager from the built-in plugins and the installed ones.

``HTTPTASK_LOAD_PLUGINS=a,b`` loads only the named entry points, ``HTTPTASK_LOAD_PLUGINS=`` none.
``HTTPTASK_OPENTELEMETRY=1`` adds the built-in plugin that makes spans.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata

import pluggy

from httptask.builtin.auth.digest import Digest
from httptask.builtin.auth.hmac_signature import HmacSignature
from httptask.builtin.auth.jwt_bearer import JwtBearer
from httptask.builtin.auth.oauth2 import OAuth2
from httptask.builtin.auth.plugin import StandardAuth
from httptask.builtin.auth.sigv4 import AwsSigV4
from httptask.builtin.build.plugin import BuildRequest
from httptask.builtin.cache.layer import Cache
from httptask.builtin.check_response import CheckResponse
from httptask.builtin.codecs.plugin import DecodeResponse
from httptask.builtin.layers.policy import GuardSecrets
from httptask.builtin.layers.recorder import RecordExchanges
from httptask.builtin.layers.redirects import FollowRedirects
from httptask.builtin.layers.repeat import Repeat
from httptask.builtin.limits.layer import Limits
from httptask.builtin.map_outputs import MapOutputs
from httptask.builtin.paging.plugin import Paging
from httptask.builtin.poll.plugin import Polling
from httptask.builtin.resolve import ResolveInputs
from httptask.builtin.secret_providers import DotenvSecrets, EnvironmentSecrets, FolderSecrets
from httptask.builtin.telemetry import OpenTelemetry
from httptask.core.closeable import Closeable
from httptask.definition.messages import did_you_mean
from httptask.errors import PluginError
from httptask.hooks import PROJECT, PluginManager, specs
from httptask.hooks.claims import BUILTIN, claims, options_model
from httptask.hooks.specs import SLOTS, STAGES
from httptask.hooks.views import Claim
from httptask.importers.plugin import RequestImporters
from httptask.wire.http1.client import Http1Client
from httptask.wire.layers import Layers
from httptask.wire.over_requests import RequestsTransport

ENTRY_POINT_GROUP = "httptask"
LOAD_PLUGINS = "HTTPTASK_LOAD_PLUGINS"
TELEMETRY = "HTTPTASK_OPENTELEMETRY"
CONNECTIONS = 64
_CLAIMED = ("get_secret", *STAGES[:2], *SLOTS, *STAGES[2:])


@dataclass(frozen=True, slots=True)
class Claimed:
    """The plugin that handles a kind.

    Attributes:
        hook: the stage or layer, without the ``httptask_`` prefix.
        kind: the claimed kind.
        plugin: the plugin that is asked first.
        replaces: the built-in plugin it stands in for, or "".
        summary: one line for people.
    """

    hook: str
    kind: str
    plugin: str
    replaces: str = ""
    summary: str = ""


def builtin_plugins(connections: int = CONNECTIONS) -> dict[str, object]:
    """Return the default plugins by name, each a fresh object, in the order they are asked.

    So many connections to one place are kept for the next call.
    """
    return {
        f"{BUILTIN}environment-secrets": EnvironmentSecrets(),
        f"{BUILTIN}dotenv-secrets": DotenvSecrets(),
        f"{BUILTIN}folder-secrets": FolderSecrets(),
        f"{BUILTIN}resolve": ResolveInputs(),
        f"{BUILTIN}build": BuildRequest(),
        f"{BUILTIN}paging": Paging(),
        f"{BUILTIN}poll": Polling(),
        f"{BUILTIN}repeat": Repeat(),
        f"{BUILTIN}redirects": FollowRedirects(),
        f"{BUILTIN}cache": Cache(),
        f"{BUILTIN}limits": Limits(),
        f"{BUILTIN}auth": StandardAuth(),
        f"{BUILTIN}oauth2": OAuth2(),
        f"{BUILTIN}aws-sigv4": AwsSigV4(),
        f"{BUILTIN}digest": Digest(),
        f"{BUILTIN}jwt": JwtBearer(),
        f"{BUILTIN}hmac": HmacSignature(),
        f"{BUILTIN}policy": GuardSecrets(),
        f"{BUILTIN}recorder": RecordExchanges(),
        f"{BUILTIN}http1": Http1Client(max(connections, 4 * CONNECTIONS), connections),
        f"{BUILTIN}requests": RequestsTransport(),
        f"{BUILTIN}codecs": DecodeResponse(),
        f"{BUILTIN}check": CheckResponse(),
        f"{BUILTIN}outputs": MapOutputs(),
        f"{BUILTIN}request-importers": RequestImporters(),
    }


def build_manager(
    plugins: Mapping[str, object] | None = None,
    *,
    installed: bool = True,
    transport: str = "",
    connections: int = CONNECTIONS,
) -> PluginManager:
    """Return a fresh plugin manager.

    Args:
        plugins: further plugins by name, besides the installed ones.
        installed: whether plugins from entry points are loaded.
        transport: kind of the transport for tasks whose settings name none; "" for http1.
        connections: how many connections to one place are kept for the next call.

    Raises:
        PluginError: a plugin cannot be loaded, implements a hook that does not exist, implements
            a stage or layer without a claim, or claims what another one claims.
    """
    manager = PluginManager(transport)
    manager.add_hookspecs(specs)
    own = builtin_plugins(connections)
    everything = {**own, **(_installed() if installed else {}), **(plugins or {})}
    for name, plugin in everything.items():
        try:
            manager.register(plugin, name)
        except (ValueError, pluggy.PluginValidationError) as error:
            raise PluginError(f"the plugin {name!r} cannot be used: {error}") from error
    try:
        manager.check_pending()
    except pluggy.PluginValidationError as error:
        raise PluginError(f"a plugin implements a hook that does not exist: {error}") from error
    claimed_kinds(manager)
    options_model(manager)
    Layers(manager)
    _check_claims(manager)
    return manager


def build_service_manager(
    plugins: Mapping[str, object] | None = None, *, connections: int = CONNECTIONS
) -> PluginManager:
    """Return the plugins of a service: built-in, and named ones; to be installed is not enough.

    Args:
        plugins: further plugins by name.
        connections: how many connections to one place are kept for the next call.
    """
    named = {**_telemetry(), **(plugins or {})}
    installed = LOAD_PLUGINS in os.environ
    return build_manager(named, installed=installed, connections=connections)


def with_plugins(manager: pluggy.PluginManager, plugins: Mapping[str, object]) -> PluginManager:
    """Return a manager with the plugins of another one, and further ones by name.

    The other one stays as it is; what its plugins hold is shared.
    """
    made = PluginManager(manager.transport if isinstance(manager, PluginManager) else "")
    made.add_hookspecs(specs)
    for name, plugin in [*manager.list_name_plugin(), *plugins.items()]:
        if plugin is None:
            made.set_blocked(name)
        else:
            made.register(plugin, name)
    claimed_kinds(made)
    return made


def installed_names(manager: pluggy.PluginManager) -> frozenset[str]:
    """Return the names of the plugins that are not httptask's own."""
    names = (name for name, _ in manager.list_name_plugin())
    return frozenset(name for name in names if not name.startswith(BUILTIN))


def close_plugins(manager: pluggy.PluginManager) -> None:
    """Let a manager's plugins release what they hold, connections for example."""
    for plugin in manager.get_plugins():
        if isinstance(plugin, Closeable):
            plugin.close()


def claimed_kinds(manager: pluggy.PluginManager) -> list[Claimed]:
    """Return the plugin that handles each kind, in the order of the hooks.

    Raises:
        PluginError: two plugins claim the same kind.
    """
    claimed: defaultdict[tuple[str, str], list[tuple[str, Claim]]] = defaultdict(list)
    for plugin, claim in claims(manager):
        if claim.hook not in _CLAIMED:
            raise PluginError(
                f"the plugin {plugin!r} claims an unknown hook, {claim.hook!r}",
                hint=did_you_mean(claim.hook, _CLAIMED),
            )
        claimed[claim.hook, claim.kind].append((plugin, claim))
    found = [_claimed(hook, kind, rivals) for (hook, kind), rivals in claimed.items()]
    return sorted(found, key=lambda each: _CLAIMED.index(each.hook))


def _claimed(hook: str, kind: str, rivals: list[tuple[str, Claim]]) -> Claimed:
    own = [(name, claim) for name, claim in rivals if not name.startswith(BUILTIN)]
    if len(own) > 1:
        names = " and ".join(repr(name) for name, _ in own)
        raise PluginError(
            f"the plugins {names} both claim {kind!r} of {hook}",
            code="plugin_conflict",
            hint="uninstall one, or name the wanted ones in HTTPTASK_LOAD_PLUGINS",
        )
    default = next((name for name, _ in rivals if name.startswith(BUILTIN)), "")
    name, claim = own[0] if own else rivals[0]
    return Claimed(hook, kind, name, default if own else "", claim.summary)


def _check_claims(manager: pluggy.PluginManager) -> None:
    hooks_of: defaultdict[str, set[str]] = defaultdict(set)
    for plugin, claim in claims(manager):
        hooks_of[plugin].add(claim.hook)
    for name in _CLAIMED:
        hook = getattr(manager.hook, f"{PROJECT}_{name}")
        for impl in hook.get_hookimpls():
            if not impl.wrapper and not impl.hookwrapper and name not in hooks_of[impl.plugin_name]:
                raise PluginError(
                    f"the plugin {impl.plugin_name!r} implements {name} but claims no kind of it",
                    code="plugin_unclaimed",
                    hint="return a Claim for it from httptask_claims",
                )


def _installed() -> dict[str, object]:
    points, wanted = _points(), os.environ.get(LOAD_PLUGINS)
    if wanted is not None:
        names = {name.strip() for name in wanted.split(",")} - {""}
        _require_known(names, [point.name for point in points])
        points = [point for point in points if point.name in names]
    return {point.name: _load(point) for point in points} | _telemetry()


def _telemetry() -> dict[str, object]:
    """Return the plugin for OpenTelemetry by name, if the process asks for it."""
    wanted = os.environ.get(TELEMETRY, "").lower() in {"1", "true", "yes", "on"}
    return {f"{BUILTIN}opentelemetry": OpenTelemetry()} if wanted else {}


def _require_known(names: set[str], installed: list[str]) -> None:
    for name in sorted(names - set(installed)):
        raise PluginError(
            f"HTTPTASK_LOAD_PLUGINS names {name!r}, which is not installed",
            code="plugin_unknown",
            hint=did_you_mean(name, installed) or f"installed: {', '.join(installed) or 'none'}",
        )


def _points() -> list[metadata.EntryPoint]:
    return sorted(metadata.entry_points(group=ENTRY_POINT_GROUP), key=lambda point: point.name)


def _load(point: metadata.EntryPoint) -> object:
    try:
        plugin = point.load()
        return plugin() if isinstance(plugin, type) else plugin
    except Exception as error:
        raise PluginError(
            f"the plugin {point.name!r} cannot be loaded: {type(error).__name__}: {error}",
            hint=f"uninstall {point.value.partition(':')[0]}, or leave it out of "
            "HTTPTASK_LOAD_PLUGINS",
        ) from error
