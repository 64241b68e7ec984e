"""The inputs of an HTTP task, which Conductor writes in two shapes; see ``written``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple, TypeVar

from pydantic import ValidationError

from httptask.definition.explain import explain
from httptask.definition.field_types import Model
from httptask.definition.http_task import REFUSED_FIELDS, HttpRequestSpec
from httptask.definition.options import HttpTaskOptions
from httptask.definition.poll_options import MAX_INTERVAL, MAX_POLLS, MAX_TOTAL, STRATEGIES
from httptask.definition.written import OPTIONS, WRAPPER
from httptask.errors import InputError

M = TypeVar("M", bound=Model)


def _fold(name: str) -> str:
    return name.replace("-", "").replace("_", "").lower()


_REQUEST: Final = REFUSED_FIELDS.keys() | {
    str(field.alias) for field in HttpRequestSpec.model_fields.values()
}


_FOLDED: Final = {_fold(name) for name in _REQUEST}


def is_dropped(name: str) -> bool:
    """Tell whether a key of a request is a field's name in another spelling, ``content-Type``.

    A server drops it, and so do we; any other unknown key is refused.
    """
    return name not in _REQUEST and _fold(name) in _FOLDED


class SplitInputs(NamedTuple):
    """``inputParameters`` taken apart.

    Attributes:
        request: the request's fields, or whatever was written in their place.
        pointer: where they stand: "/http_request" or "".
        options: what ``httptask`` holds; None if absent.
        beside: other keys: plain inputs.
    """

    request: Any
    pointer: str
    options: Any
    beside: Mapping[str, Any]


def split_inputs(inputs: Mapping[str, Any]) -> SplitInputs:
    """Take ``inputParameters`` apart, whichever shape they have."""
    request, pointer = _request(inputs)
    beside = {
        key: value
        for key, value in inputs.items()
        if key not in (WRAPPER, OPTIONS) and (pointer or key not in _REQUEST)
    }
    return SplitInputs(request, pointer, inputs.get(OPTIONS), beside)


def _request(inputs: Mapping[str, Any]) -> tuple[Any, str]:
    """Return the request's fields and the pointer to them."""
    wrapped = inputs.get(WRAPPER)
    if wrapped is not None:
        return wrapped, f"/{WRAPPER}"
    return {key: value for key, value in inputs.items() if key in _REQUEST}, ""


def parse_request(
    inputs: Mapping[str, Any],
    options_model: type[HttpTaskOptions] = HttpTaskOptions,
    pointer: str = "",
    source: str = "",
) -> tuple[HttpRequestSpec, HttpTaskOptions]:
    """Read resolved inputs, at run time.

    Args:
        inputs: ``inputParameters`` after expressions; keys beside ``http_request`` do not matter.
        options_model: model of ``httptask``, with the plugins' kinds of authentication.
        pointer: JSON Pointer of ``inputParameters`` in the author's file.
        source: that file.

    Raises:
        InputError: a field is missing, unknown or of the wrong type. Its pointer names the field.
    """
    request, where = _request(inputs)
    if isinstance(request, dict) and not request.keys() <= _REQUEST:
        request = {key: value for key, value in request.items() if not is_dropped(key)}
    spec = _parsed(HttpRequestSpec, request, pointer + where, source)
    options = inputs.get(OPTIONS)
    options = {} if options is None else options
    return spec, _parsed(options_model, options, f"{pointer}/{OPTIONS}", source)


def _parsed(model: type[M], document: Any, pointer: str, source: str) -> M:
    try:
        return model.model_validate(document)
    except ValidationError as error:
        findings = explain(error, document, pointer, source)
    first = findings[0].to_error(InputError)
    if len(findings) > 1:
        first.hint = "; ".join(filter(None, (first.hint, f"{len(findings) - 1} more error(s)")))
    raise first


POLLING_INTERVAL: Final = 60.0
POLLING: Final = ("terminationCondition", "pollingInterval", "pollingStrategy", "maxPollCount")
"""Keys of HTTP_POLL that stand in the request of an HTTP task."""


def as_http(written: Mapping[str, Any], resolved: Mapping[str, Any]) -> dict[str, Any]:
    """Return the inputs of an HTTP_POLL task as those of an HTTP task with ``httptask.poll``.

    Args:
        written: the inputs as written.
        resolved: the same after expressions; what of HTTP_POLL's keys cannot be read is the
            default, as on a server.
    """
    given = polling_of(resolved)
    strategy = given["pollingStrategy"]
    poll = {
        "from": "same",
        "condition": str(given["terminationCondition"] or "true"),
        "interval": _positive(given["pollingInterval"], POLLING_INTERVAL, MAX_INTERVAL),
        "strategy": strategy if strategy in STRATEGIES else STRATEGIES[0],
        "max": int(max(1, _positive(given["maxPollCount"], MAX_POLLS, 2**31))),
        "total": MAX_TOTAL,
    }
    options = written.get(OPTIONS)
    own = options if isinstance(options, Mapping) else {}
    return {**without_polling(written), OPTIONS: {"poll": poll, **own}}


def _positive(value: Any, default: float, most: float) -> float:
    try:
        found = float(value)
    except (TypeError, ValueError):
        return default
    return min(found, most) if found > 0 else default


def without_polling(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Return the inputs of an HTTP_POLL task as those of an HTTP task."""
    found = {key: value for key, value in inputs.items() if key not in POLLING}
    request = inputs.get(WRAPPER)
    if isinstance(request, Mapping):
        own = {key: value for key, value in request.items() if key not in POLLING}
        found[WRAPPER] = own
    return found


def polling_of(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Return the keys of HTTP_POLL in the inputs of such a task."""
    request = inputs.get(WRAPPER)
    own = request if isinstance(request, Mapping) else {}
    return {key: own.get(key, inputs.get(key)) for key in POLLING}
