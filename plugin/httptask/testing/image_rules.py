"""The documented rules of ``POST /v1/images/generations``, as the stand-in enforces them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

MAX_PROMPT = 32_000
QUALITIES = ("auto", "high", "medium", "low")
SIZES = ("auto", "1024x1536", "1536x1024")
BACKGROUNDS = ("transparent", "opaque", "auto")
FORMATS = ("png", "webp", "jpeg")
MODERATIONS = ("low", "auto")
REQUIRED = ("prompt", "n", "model")


class RefusedError(Exception):
    """A request that the service refuses; the fields of its error document."""

    def __init__(self, message: str, param: str | None, code: str, status: int = 400) -> None:
        super().__init__(message)
        self.message = message
        self.param = param
        self.code = code
        self.status = status

    def document(self) -> dict[str, Any]:
        """Return the body of the error response."""
        kind = "authentication_error" if self.status == 401 else "invalid_request_error"
        error = {"message": self.message, "type": kind, "param": self.param, "code": self.code}
        return {"error": error}


@dataclass(frozen=True, slots=True)
class ImageOrder:
    """A request that keeps all rules, defaults filled in; fields as documented."""

    prompt: str
    n: int
    model: str
    stream: bool = False
    partial_images: int = 0
    size: str = "auto"
    quality: str = "auto"
    background: str = "auto"
    output_format: str = "png"
    output_compression: int = 100
    moderation: str = "auto"
    user: str = ""


def read_order(body: Any) -> ImageOrder:
    """Check a decoded JSON body against every rule.

    Raises:
        RefusedError: the first rule that it breaks; required, unknown, field by field, cross-field.
    """
    if not isinstance(body, dict):
        raise RefusedError("The request body must be a JSON object.", None, "invalid_type")
    for name in REQUIRED:
        if name not in body:
            message = f"Missing required parameter: '{name}'."
            raise RefusedError(message, name, "missing_required_parameter")
    for name, value in body.items():
        if name not in _RULES:
            message = f"Unknown parameter: '{name}'."
            raise RefusedError(message, name, "unknown_parameter")
        _RULES[name](name, value)
    order = ImageOrder(**{name: _exact(value) for name, value in body.items()})
    if order.stream and order.partial_images < 1:
        message = "When stream is true, partial_images must be greater than 0."
        raise RefusedError(message, "partial_images", "invalid_value")
    if order.output_format != "png":
        message = "stand-in renders png only."
        raise RefusedError(message, "output_format", "unsupported_value")
    return order


def _exact(value: Any) -> Any:
    """A number without a fraction is an integer, however it is written: JSON Schema's rule."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _text(limit: int | None = None) -> Callable[[str, Any], None]:
    def rule(name: str, value: Any) -> None:
        _typed(name, value, str, "a string")
        if limit is not None and len(value) > limit:
            message = f"Invalid '{name}': longer than {limit} characters, it has {len(value)}."
            raise RefusedError(message, name, "string_above_max_length")

    return rule


def _whole(low: int, high: int | None = None) -> Callable[[str, Any], None]:
    def rule(name: str, value: Any) -> None:
        _typed(name, _exact(value), int, "an integer")
        if value < low or (high is not None and value > high):
            bounds = f"at least {low}" if high is None else f"between {low} and {high}"
            message = f"Invalid '{name}': must be {bounds}, got {value}."
            raise RefusedError(message, name, "integer_out_of_range")

    return rule


def _one_of(*choices: str) -> Callable[[str, Any], None]:
    def rule(name: str, value: Any) -> None:
        _typed(name, value, str, "a string")
        if value not in choices:
            listed = ", ".join(f"'{choice}'" for choice in choices)
            message = f"Invalid value: '{value}'. Supported values are: {listed}."
            raise RefusedError(message, name, "invalid_value")

    return rule


def _flag(name: str, value: Any) -> None:
    _typed(name, value, bool, "a boolean")


def _typed(name: str, value: Any, kind: type, wanted: str) -> None:
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        message = f"Invalid type for '{name}': expected {wanted}."
        raise RefusedError(message, name, "invalid_type")


_RULES: Mapping[str, Callable[[str, Any], None]] = {
    "prompt": _text(MAX_PROMPT),
    "model": _text(),
    "user": _text(),
    "n": _whole(1, 10),
    "output_compression": _whole(0, 100),
    "partial_images": _whole(0),
    "stream": _flag,
    "size": _one_of(*SIZES),
    "quality": _one_of(*QUALITIES),
    "background": _one_of(*BACKGROUNDS),
    "output_format": _one_of(*FORMATS),
    "moderation": _one_of(*MODERATIONS),
}
