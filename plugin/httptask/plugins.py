"""Wiring: one plugin manager from the built-in plugins and the installed ones.

``HTTPTASK_LOAD_PLUGINS=a,b`` loads only the named entry points, ``HTTPTASK_LOAD_PLUGINS=`` none.
"""

from __future__ import annotations

import difflib
import os
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata

import pluggy

from httptask.builtin.auth.plugin import StandardAuth
from httptask.builtin.build.plugin import BuildRequest
from httptask.builtin.check_response import CheckResponse
from httptask.builtin.codecs.plugin import DecodeResponse
from httptask.builtin.map_outputs import MapOutputs
from httptask.builtin.resolve import ResolveInputs
from httptask.builtin.secret_providers import DotenvSecrets, EnvironmentSecrets, FolderSecrets
from httptask.builtin.transport.plugin import RequestsTransport
from httptask.errors import PluginError
from httptask.hooks import PROJECT, specs
from httptask.hooks.claims import BUILTIN, auth_models, claims
from httptask.hooks.specs import STAGES
from httptask.hooks.views import Claim

ENTRY_POINT_GROUP = "httptask"
_CLAIMED = (*STAGES, "get_secret")


@dataclass(frozen=True, slots=True)
class Answer:
    """Who answers for a kind.

    Attributes:
        stage: the stage hook, without the ``httptask_`` prefix.
        kind: the claimed kind.
        plugin: the plugin that is asked first.
        replaces: the built-in plugin it stands in for, or "".
        summary: one line for people.
    """

    stage: str
    kind: str
    plugin: str
    replaces: str = ""
    summary: str = ""


def builtin_plugins() -> dict[str, object]:
    """Return the default plugins by name, each a fresh object, in the order they are asked."""
    return {
        f"{BUILTIN}environment-secrets": EnvironmentSecrets(),
        f"{BUILTIN}dotenv-secrets": DotenvSecrets(),
        f"{BUILTIN}folder-secrets": FolderSecrets(),
        f"{BUILTIN}resolve": ResolveInputs(),
        f"{BUILTIN}build": BuildRequest(),
        f"{BUILTIN}auth": StandardAuth(),
        f"{BUILTIN}transport": RequestsTransport(),
        f"{BUILTIN}codecs": DecodeResponse(),
        f"{BUILTIN}check": CheckResponse(),
        f"{BUILTIN}outputs": MapOutputs(),
    }


def build_manager(
    plugins: Mapping[str, object] | None = None, *, installed: bool = True
) -> pluggy.PluginManager:
    """Return a fresh plugin manager.

    Args:
        plugins: further plugins by name, besides the installed ones.
        installed: whether plugins from entry points are loaded.

    Raises:
        PluginError: a plugin cannot be loaded, implements a hook that does not exist, answers a
            stage without a claim, or claims what another one claims.
    """
    manager = pluggy.PluginManager(PROJECT)
    manager.add_hookspecs(specs)
    everything = {**builtin_plugins(), **(_installed() if installed else {}), **(plugins or {})}
    for name, plugin in everything.items():
        try:
            manager.register(plugin, name)
        except (ValueError, pluggy.PluginValidationError) as error:
            raise PluginError(f"the plugin {name!r} cannot be used: {error}") from error
    try:
        manager.check_pending()
    except pluggy.PluginValidationError as error:
        raise PluginError(f"a plugin implements a hook that does not exist: {error}") from error
    answers(manager)
    auth_models(manager)
    _check_claims(manager)
    return manager


def installed_names(manager: pluggy.PluginManager) -> frozenset[str]:
    """Return the names of the plugins that are not built in."""
    return frozenset(name for name, _ in manager.list_name_plugin()) - builtin_plugins().keys()


def answers(manager: pluggy.PluginManager) -> list[Answer]:
    """Return who answers for each kind, in the order of the stages.

    Raises:
        PluginError: two plugins claim the same kind.
    """
    claimed: defaultdict[tuple[str, str], list[tuple[str, Claim]]] = defaultdict(list)
    for plugin, claim in claims(manager):
        if claim.stage not in _CLAIMED:
            raise PluginError(f"the plugin {plugin!r} claims an unknown stage, {claim.stage!r}")
        claimed[claim.stage, claim.kind].append((plugin, claim))
    found = [_answer(stage, kind, rivals) for (stage, kind), rivals in claimed.items()]
    return sorted(found, key=lambda answer: _CLAIMED.index(answer.stage))


def _answer(stage: str, kind: str, rivals: list[tuple[str, Claim]]) -> Answer:
    own = [(name, claim) for name, claim in rivals if not name.startswith(BUILTIN)]
    if len(own) > 1:
        names = " and ".join(repr(name) for name, _ in own)
        raise PluginError(
            f"the plugins {names} both claim {kind!r} of {stage}",
            code="plugin_conflict",
            hint="uninstall one, or name the wanted ones in HTTPTASK_LOAD_PLUGINS",
        )
    default = next((name for name, _ in rivals if name.startswith(BUILTIN)), "")
    name, claim = own[0] if own else rivals[0]
    return Answer(stage, kind, name, default if own else "", claim.summary)


def _check_claims(manager: pluggy.PluginManager) -> None:
    stages_of: defaultdict[str, set[str]] = defaultdict(set)
    for plugin, claim in claims(manager):
        stages_of[plugin].add(claim.stage)
    for stage in _CLAIMED:
        hook = getattr(manager.hook, f"{PROJECT}_{stage}")
        for impl in hook.get_hookimpls():
            if (
                not impl.wrapper
                and not impl.hookwrapper
                and stage not in stages_of[impl.plugin_name]
            ):
                raise PluginError(
                    f"the plugin {impl.plugin_name!r} answers {stage} but claims no kind of it",
                    code="plugin_unclaimed",
                    hint="return a Claim for it from httptask_claims",
                )


def _installed() -> dict[str, object]:
    points, wanted = _points(), os.environ.get("HTTPTASK_LOAD_PLUGINS")
    if wanted is not None:
        names = {name.strip() for name in wanted.split(",")} - {""}
        _require_known(names, [point.name for point in points])
        points = [point for point in points if point.name in names]
    return {point.name: _load(point) for point in points}


def _require_known(names: set[str], installed: list[str]) -> None:
    for name in sorted(names - set(installed)):
        close = difflib.get_close_matches(name, installed, n=1)
        raise PluginError(
            f"HTTPTASK_LOAD_PLUGINS names {name!r}, which is not installed",
            code="plugin_unknown",
            hint=f"did you mean {close[0]!r}?"
            if close
            else f"installed: {', '.join(installed) or 'none'}",
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
