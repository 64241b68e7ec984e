"""Findings: what is wrong, or worth knowing, in an author's file; and the codes they carry.

===================  ========  =================================================================
code                 severity  meaning
===================  ========  =================================================================
no_definition        error     the whole file is of another kind
unknown_key          error     the object has no such key
input_unknown        warning   a key beside the request that reads like a misspelt one
key_dropped          warning   a key that a server drops, and so does the engine
missing_key          error     a required key is absent or null
wrong_type           error     the value is of another JSON type than the field
wrong_value          error     the type is right, the value is not: choice, range, pattern, length
unknown_kind         error     the ``type`` that chooses between objects is unknown or absent
rule_conflict        error     keys that exclude each other are both given
rule_missing         error     none of several keys is given
rule_needs           error     a key needs another one beside it
field_refused        error     a field of another dialect that would change the outcome
field_ignored        warning   a known key that has no effect
flat_field_ignored   warning   a request field beside ``http_request``, which wins
duplicate_reference  error     two tasks have one taskReferenceName
join_missing         error     no JOIN follows a FORK_JOIN
join_unknown         error     joinOn names a task that does not exist
empty_tasks          error     a fork, branch or loop has no tasks
path_invalid         error     an output's path is not a JSONPath (RFC 9535)
schema_invalid       error     an attached JSON Schema cannot be used
schema_too_large     error     an attached JSON Schema stands for too many schemas
field_needed         error     the task's type needs a field that is absent
duplicate_task_def   error     two task definitions have one name
===================  ========  =================================================================

A file that is not readable JSON raises a ``DefinitionError`` instead; see ``reading``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Generic, Literal, Self, TypeVar

from httptask.errors import DefinitionError, HttpTaskError

T = TypeVar("T")

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Fix:
    """One change at the place of a finding.

    Attributes:
        change: "set": the value becomes ``new``; "rename": the key does; "replace": each ``old``
            in the text does.
        new: what is written.
        old: what is replaced in a text.
    """

    change: Literal["set", "rename", "replace"]
    new: Any
    old: str = ""

    @classmethod
    def in_text(cls, text: str, word: str, right: str) -> Self | None:
        """Return the fix of one word of a text that is a part of a longer one.

        Args:
            text: the part, such as a reference.
            word: what is wrong in it.
            right: what it should be; "" if that is not certain.
        """
        found = re.findall(rf"(?<![\w-]){re.escape(word)}(?![\w-])", text) if right else ()
        return cls("replace", text.replace(word, right), text) if len(found) == 1 else None

    @classmethod
    def key(cls, right: str) -> Self | None:
        """Return the fix of a key; "" if it is not certain what it should be."""
        return cls("rename", right) if right else None

    def to_json(self) -> dict[str, Any]:
        """Return the fix as a part of a finding."""
        return {
            "change": self.change,
            "new": self.new,
            **({"old": self.old} if self.old else {}),
        }


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found in an author's file.

    Attributes:
        code: stable code, see the table of this module.
        severity: "error" (the definition is refused) or "warning".
        message: what and why, one sentence.
        pointer: JSON Pointer (RFC 6901) in the file.
        hint: what to do about it, or "".
        source: the file, or "".
        fix: the change to the file that is surely right, or None.
    """

    code: str
    severity: Severity
    message: str
    pointer: str = ""
    hint: str = ""
    source: str = ""
    fix: Fix | None = None

    @classmethod
    def of(cls, error: HttpTaskError) -> Finding:
        """Return an error as a finding."""
        return cls(error.code, "error", error.message, error.pointer, error.hint, error.source)

    def to_error(self, kind: type[DefinitionError] = DefinitionError) -> DefinitionError:
        """Return the finding as an error of this kind."""
        return kind(
            self.message, code=self.code, pointer=self.pointer, hint=self.hint, source=self.source
        )

    def to_json(self) -> dict[str, Any]:
        """Return the finding as ``httptask check --json`` prints it."""
        fix = {} if self.fix is None else {"fix": self.fix.to_json()}
        return {
            "code": self.code,
            "severity": self.severity,
            "message": self.message,
            "pointer": self.pointer,
            "hint": self.hint,
            "source": self.source,
            **fix,
        }


@dataclass(frozen=True, slots=True)
class Loaded(Generic[T]):
    """A definition as it was read.

    Attributes:
        value: the model, or None when there are errors.
        raw: the JSON document as written.
        source: the file, or "".
        findings: errors first, then warnings; each in the order of the file.
    """

    value: T | None
    raw: Any
    source: str = ""
    findings: tuple[Finding, ...] = ()

    @property
    def errors(self) -> tuple[Finding, ...]:
        """Return the findings that refuse the definition."""
        return tuple(finding for finding in self.findings if finding.severity == "error")

    def require(self) -> T:
        """Return the model.

        Raises:
            DefinitionError: the first error found; its hint says how many more there are.
        """
        errors = self.errors
        if self.value is None or errors:
            error = errors[0].to_error()
            if len(errors) > 1:
                more = f"{len(errors) - 1} more: httptask check lists them all"
                between = " " if error.hint.endswith("?") else "; "
                error.hint = f"{error.hint}{between}{more}" if error.hint else more
            raise error
        return self.value
