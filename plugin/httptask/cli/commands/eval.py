"""``httptask eval``: evaluate expressions."""

from __future__ import annotations

from typing import Any

import click

from httptask.cli.contexts import context_options, read_expression_context
from httptask.cli.options import data_option, documented, json_or_text
from httptask.cli.output import json_text, plain, print_json, say, warn


@documented(
    "eval",
    """
    httptask eval '${workflow.input.n}' --input n=3
    httptask eval '{"q": "id=${create.output.response.body.id}"}' --run 3f0c2a
    httptask eval '${t.output.response.body.items[*].id}' --context context.json
    """,
)
@click.argument("template")
@context_options
@data_option
def command(template: str, as_json: bool, **given: Any) -> None:
    """Evaluate TEMPLATE, JSON or text with ${...}, and show what it refers to.

    Secrets stay literal: ${workflow.secrets.NAME} is never read here.
    """
    from httptask.expressions import compile_template
    from httptask.trial.missing import missing_references

    compiled = compile_template(json_or_text(template))
    context = read_expression_context(**given)
    value = compiled.evaluate(context)
    references = [
        {"text": each.text, "pointer": each.pointer, "root": each.root, "taskRef": each.task_ref}
        for each in compiled.references
    ]
    warnings = [
        {"pointer": each.pointer, "text": each.text, "message": each.why}
        for each in compiled.problems
    ]
    warnings += [
        {"pointer": each.pointer, "text": each.text, "message": "the context does not have this"}
        for each in missing_references(compiled, context)
    ]
    if as_json:
        print_json({"value": value, "references": references, "warnings": warnings})
        return
    say(plain(value) if isinstance(value, str) else json_text(value))
    for warning in warnings:
        warn(f"{warning['text']}: {warning['message']}")
