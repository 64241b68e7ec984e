"""What the plugins of a manager say they answer for."""

from __future__ import annotations

from typing import Any

import pluggy

from httptask.definition.options import AuthOptions
from httptask.errors import PluginError
from httptask.hooks.views import Claim

BUILTIN = "httptask."
"""How the names of the built-in plugins start."""


def claims(manager: pluggy.PluginManager) -> list[tuple[str, Claim]]:
    """Return every claim with the name of its plugin.

    Raises:
        PluginError: a plugin's claims cannot be read.
    """
    found: list[tuple[str, Claim]] = []
    for impl in manager.hook.httptask_claims.get_hookimpls():
        try:
            claimed: Any = impl.function()
            found.extend((impl.plugin_name, claim) for claim in claimed)
        except Exception as error:
            raise PluginError(f"the plugin {impl.plugin_name!r} fails: {error}") from error
    return found


def auth_models(manager: pluggy.PluginManager) -> tuple[type[AuthOptions], ...]:
    """Return the authentication models that plugins add to the definition."""
    return tuple(
        claim.model
        for name, claim in claims(manager)
        if claim.model is not None and not name.startswith(BUILTIN)
    )
