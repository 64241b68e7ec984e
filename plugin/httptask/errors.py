"""Every error that httptask raises.

    HttpTaskError                 the root: code, message, where, why, what to do
    ├── DefinitionError           the author's file or call is wrong (exit code 2)
    │   ├── ExpressionError       a ``${...}`` or ``$.`` text cannot be read
    │   ├── InputError            a value breaks the request's schema, or an input is missing
    │   ├── PluginError           plugins that conflict, or cannot be loaded
    │   └── MissingExtraError     a command needs a part that is not installed
    ├── CatalogError              an API description or the catalogue cannot be read
    ├── RequestError              no response was received (exit code 1)
    │   ├── EgressRefusedError    the policy forbids the address
    │   ├── CredentialsError      a secret is missing or may not go to this origin
    │   ├── TransportError        connect, read, TLS, protocol; carries retry facts
    │   └── DeadlineError         the total time is over
    ├── ResponseError             the response is not acceptable
    │   ├── StatusError           a status code that is not accepted
    │   ├── DecodeError           a body that is not what it says it is
    │   └── MappingError          an output cannot be mapped
    └── EngineError               the durable engine or the server failed, or refuses
        └── InterruptedCallError  a crash left a call's outcome unknown

Retry facts are data on the error (``retryable``, ``retry_after``); the decision is taken in one
place, the pipeline. Errors never carry a secret: whoever renders one redacts it first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar


@dataclass(eq=False)
class HttpTaskError(Exception):
    """The root of every error; itself a small document.

    Attributes:
        message: what is wrong, one sentence.
        code: stable machine-readable code, ``snake_case``.
        pointer: JSON Pointer (RFC 6901) in the author's file, or ``""``.
        source: the file the pointer is in, or ``""``.
        hint: what to do about it, or ``""``.
        stage: pipeline stage that raised it, or ``""``.
        retryable: True, False, or None when the error does not know.
        retry_after: seconds the server asks to wait, or None.
    """

    default_code: ClassVar[str] = "error"
    exit_code: ClassVar[int] = 1

    message: str
    code: str = ""
    pointer: str = ""
    source: str = ""
    hint: str = ""
    stage: str = ""
    retryable: bool | None = None
    retry_after: float | None = None

    def __post_init__(self) -> None:
        self.code = self.code or self.default_code
        super().__init__(self.message)

    def __str__(self) -> str:
        where = f"{self.source}#{self.pointer}" if self.source else self.pointer
        text = f"{where}: {self.message}" if where else self.message
        return f"{text} ({self.hint})" if self.hint else text

    def __reduce__(self) -> tuple[Any, ...]:
        fields = self.__dataclass_fields__
        return _rebuild, (type(self), {name: getattr(self, name) for name in fields})

    def to_json(self) -> dict[str, Any]:
        """Return the one JSON shape that command line, editor and worker share."""
        return {
            "code": self.code,
            "message": self.message,
            "pointer": self.pointer,
            "source": self.source,
            "hint": self.hint,
            "stage": self.stage,
            "retryable": self.retryable,
            "retryAfter": self.retry_after,
        }


def _rebuild(kind: type[HttpTaskError], values: dict[str, Any]) -> HttpTaskError:
    return kind(**values)


class DefinitionError(HttpTaskError):
    """The author's file or call is wrong."""

    default_code = "definition_invalid"
    exit_code = 2


class ExpressionError(DefinitionError):
    """A ``${...}`` or ``$.`` text cannot be read."""

    default_code = "expression_invalid"


class InputError(DefinitionError):
    """A value breaks the request's schema, or an input is missing."""

    default_code = "input_invalid"


class PluginError(DefinitionError):
    """Plugins that conflict, or cannot be loaded."""

    default_code = "plugin_invalid"


class MissingExtraError(DefinitionError):
    """A command needs a part that is not installed."""

    default_code = "extra_missing"


class CatalogError(HttpTaskError):
    """An API description or the catalogue cannot be read."""

    default_code = "catalog_invalid"
    exit_code = 2


class RequestError(HttpTaskError):
    """No response was received."""

    default_code = "request_failed"


class EgressRefusedError(RequestError):
    """The egress policy forbids the address."""

    default_code = "egress_refused"


class CredentialsError(RequestError):
    """A secret is missing or may not go to this origin."""

    default_code = "credentials_invalid"


@dataclass(eq=False)
class TransportError(RequestError):
    """Connect, read, TLS or protocol failure.

    Attributes:
        status: the status of a response whose head could not be read to its end, or None.
    """

    default_code = "transport_failed"

    status: int | None = None


class DeadlineError(RequestError):
    """The total time is over."""

    default_code = "deadline_exceeded"


class ResponseError(HttpTaskError):
    """The response is not acceptable."""

    default_code = "response_invalid"


class StatusError(ResponseError):
    """A status code that is not accepted."""

    default_code = "status_not_accepted"


class DecodeError(ResponseError):
    """A body that is not what it says it is."""

    default_code = "decode_failed"


class MappingError(ResponseError):
    """An output cannot be mapped."""

    default_code = "mapping_failed"


class EngineError(HttpTaskError):
    """The durable engine or the server failed, or refuses."""

    default_code = "engine_failed"


class InterruptedCallError(EngineError):
    """A crash left the outcome of a call unknown."""

    default_code = "outcome_unknown"
