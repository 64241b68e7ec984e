"""Texts that read like expressions and are none, and credentials written out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from httptask.check.producers import texts_of
from httptask.core.first_use import cached_property
from httptask.definition.field_types import secret_keys
from httptask.definition.findings import Finding, Fix
from httptask.definition.options import BUILT_IN_AUTH
from httptask.definition.reading import escape
from httptask.definition.workflow import WorkflowTask
from httptask.definition.written import request_place, written_auth, written_request
from httptask.expressions.scan import scan

_SCRIPTS: Final = ("expression", "scriptExpression", "queryExpression")
_CREDENTIALS: Final = sorted(frozenset[str]().union(*map(secret_keys, BUILT_IN_AUTH)))
_AUTHORIZED: Final = re.compile(r"(?i:(?:proxy-)?authorization): (?i:bearer|basic) [^\s{}<>$]{6,}")
KEEP_APART: Final = "keep it as a secret, and write ${workflow.secrets.NAME}"


def literal_credentials(auth: Mapping[str, Any]) -> list[str]:
    """Return the keys of an authentication whose credentials are written out."""
    given = {name: auth.get(name) for name in _CREDENTIALS}
    return [name for name, value in given.items() if value and "${" not in str(value)]


@dataclass(frozen=True)
class AlmostChecker:
    """Finds them in the texts of one workflow.

    Attributes:
        names: reference names of its tasks.
        source: the definition's file.
    """

    names: Iterable[str]
    source: str

    def check(self, inputs: Mapping[str, Any], pointer: str) -> Iterator[Finding]:
        """Yield a warning for each text with a path that stands in other signs than ``${}``."""
        for where, text in texts_of(inputs):
            if where.rpartition("/")[2] in _SCRIPTS:
                continue
            if "$" not in text and "{" not in text:
                continue
            literal = "\0".join(each for each in scan(text).pieces if isinstance(each, str))
            found = self._pattern.search(literal)
            if found:
                shown = f"{found[0][:60]}: sent as text: only ${{...}} is resolved"
                hint = f"write ${{{found['path']}}}"
                at = pointer + where
                fix = Fix("replace", f"${{{found['path']}}}", found[0])
                yield Finding("expression_almost", "warning", shown, at, hint, self.source, fix)

    def meant(self, task: WorkflowTask) -> WorkflowTask:
        """Return a task with the inputs that its author meant, where a slip is a whole input."""
        inputs = {
            name: self._pattern.sub(r"${\g<path>}", value) if isinstance(value, str) else value
            for name, value in task.input_parameters.items()
        }
        return task.model_copy(update={"input_parameters": inputs})

    def credentials(self, task: WorkflowTask, pointer: str) -> Iterator[Finding]:
        """Yield a warning for each credential that stands in the definition."""
        for name in literal_credentials(written_auth(task.input_parameters)):
            yield self._written_out(f"{pointer}/inputParameters/httptask/auth/{name}")
        headers = written_request(task.input_parameters).get("headers")
        for name, value in headers.items() if isinstance(headers, Mapping) else ():
            if isinstance(value, str) and _AUTHORIZED.fullmatch(f"{name}: {value}"):
                where = f"{request_place(task.input_parameters)}/headers/{escape(name)}"
                yield self._written_out(f"{pointer}/inputParameters{where}")

    def _written_out(self, at: str) -> Finding:
        text = "a credential is written here: whoever reads the definition has it"
        return Finding("secret_literal", "warning", text, at, KEEP_APART, self.source)

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        refs = "|".join(re.escape(name) for name in self.names)
        roots = rf"workflow\.(?:input|variables|secrets|env)|(?:{refs})\.(?:output|input)"
        path = rf"(?P<path>(?:{roots})\.[\w.\[\]'*-]+)"
        return re.compile(rf"(?<![\w$])(?:\$?\{{{{?|\$\(|\$)\s*{path}\s*(?:\}}\}}?|\)|(?=\0|\Z))")
