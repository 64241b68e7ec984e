"""The kinds that the plugins of a manager claim."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, get_args

import pluggy

from httptask.definition.field_types import Model
from httptask.definition.options import (
    BUILT_IN_AUTH,
    AuthOptions,
    HttpTaskOptions,
    build_options_model,
    own_options,
)
from httptask.errors import PluginError
from httptask.hooks.views import Claim

BUILTIN = "httptask."
"""How the names of the built-in plugins start."""

_OPTION_NAME = re.compile(r"[a-z][A-Za-z0-9]*")


def claims(manager: pluggy.PluginManager) -> list[tuple[str, Claim]]:
    """Return every claim with the name of its plugin.

    Raises:
        PluginError: a plugin's claims cannot be read.
    """
    found: list[tuple[str, Claim]] = []
    for impl in manager.hook.httptask_claims.get_hookimpls():
        try:
            given: Any = impl.function()
            claimed = list(given)
        except Exception as error:
            raise PluginError(f"the plugin {impl.plugin_name!r} fails: {error}") from error
        if not all(isinstance(claim, Claim) for claim in claimed):
            raise PluginError(
                f"the plugin {impl.plugin_name!r} returns claims that are not Claim objects"
            )
        found.extend((impl.plugin_name, claim) for claim in claimed)
    return found


def options_model(manager: pluggy.PluginManager) -> type[HttpTaskOptions]:
    """Return the model of ``httptask`` with all that plugins add to it.

    Raises:
        PluginError: a model is not of the kind that is claimed, or the kind has a model already.
    """
    return build_options_model(_auth_models(manager), _plugin_options(manager))


def makes_outputs(manager: pluggy.PluginManager) -> bool:
    """Tell whether a plugin makes the outputs of tasks, whose names are then its own."""
    makers = manager.hook.httptask_map_outputs.get_hookimpls()
    return any(not each.plugin_name.startswith(BUILTIN) for each in makers)


def _auth_models(manager: pluggy.PluginManager) -> tuple[type[AuthOptions], ...]:
    found: dict[str, type[AuthOptions]] = {_kind(model): model for model in BUILT_IN_AUTH}
    for name, claim in claims(manager):
        if claim.model is None:
            continue
        if _kind(claim.model) != claim.kind:
            raise PluginError(
                f"the plugin {name!r} claims {claim.kind!r} with a model of another kind",
                hint=f'the model needs the field type: Literal["{claim.kind}"]',
            )
        if found.setdefault(claim.kind, claim.model) is not claim.model:
            raise PluginError(
                f"the plugin {name!r} provides a model for {claim.kind!r}, which has one already",
                hint="claim it without a model, or choose another name",
            )
    return tuple(model for model in found.values() if model not in BUILT_IN_AUTH)


def _plugin_options(manager: pluggy.PluginManager) -> Mapping[str, type[Model]]:
    own = own_options()
    found: dict[str, type[Model]] = {}
    for name, claim in claims(manager):
        if claim.options is None:
            continue
        if not _OPTION_NAME.fullmatch(claim.kind):
            raise PluginError(
                f"the plugin {name!r} claims options under {claim.kind!r}, which is not a key",
                hint="a key begins with a small letter and has letters and digits",
            )
        known = found.get(claim.kind) or own.get(claim.kind, claim.options)
        if known is not claim.options:
            raise PluginError(
                f"the plugin {name!r} provides options for {claim.kind!r}, which has some already",
                hint="choose another name",
            )
        if claim.kind not in own:
            found[claim.kind] = claim.options
    return found


def _kind(model: type[AuthOptions]) -> str:
    field = model.model_fields.get("type")
    values = get_args(field.annotation) if field is not None else ()
    return values[0] if len(values) == 1 and isinstance(values[0], str) else ""
