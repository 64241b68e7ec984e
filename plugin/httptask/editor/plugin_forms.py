"""What plugins add to a definition, as the page's form shows it."""

from __future__ import annotations

from typing import Any

import pluggy

from httptask.definition.field_types import EXPRESSION_PATTERN, Model
from httptask.definition.options import BUILT_IN_AUTH, own_options
from httptask.definition.schema import model_schema
from httptask.hooks.claims import claims
from httptask.hooks.specs import TASK_SLOTS


def plugin_forms(manager: pluggy.PluginManager) -> dict[str, Any]:
    """Return ``{auth, options}``: by kind or key the title, and the schema of its fields."""
    own = own_options()
    forms: dict[str, Any] = {"auth": {}, "options": {}}
    for _, claim in claims(manager):
        if claim.model is not None and claim.model not in BUILT_IN_AUTH:
            forms["auth"][claim.kind] = _form(claim.summary or claim.kind, claim.model)
        if claim.options is not None and (claim.kind not in own or claim.hook in TASK_SLOTS):
            forms["options"][claim.kind] = _form(claim.kind, claim.options)
    return forms


def _form(title: str, model: type[Model]) -> dict[str, Any]:
    return {"title": title, "schema": _without_expressions(model_schema(model))}


def _without_expressions(schema: Any) -> Any:
    """Return a schema without the alternative of text with ``${...}``: each field has a switch."""
    if isinstance(schema, list):
        return [_without_expressions(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    plain = {key: _without_expressions(item) for key, item in schema.items()}
    if plain.get("x-expression") and "anyOf" in plain:
        typed = [item for item in plain["anyOf"] if item.get("pattern") != EXPRESSION_PATTERN]
        plain = {**plain, "anyOf": typed}
        if len(typed) == 1:
            del plain["anyOf"]
            plain = {**typed[0], **plain}
    return plain
