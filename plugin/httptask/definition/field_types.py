"""The vocabulary of the models: closed objects, expressions, secrets, ignored keys, leaf types.

Three rules hold for every model here, and for the JSON Schema made of it:

* an object is closed: an unknown key is an error;
* ``null`` is the same as an absent key;
* where a field is marked ``Expr[T]``, an author may write text that contains ``${`` instead of a
  ``T``. That alternative exists only under ``AUTHORING``: at run time expressions are resolved
  and only a ``T`` will do.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Annotated, Any, ClassVar, Final, Self, TypeVar, get_args

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    ModelWrapValidatorHandler,
    ValidationError,
    ValidationInfo,
    model_validator,
)
from pydantic.alias_generators import to_camel
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, InitErrorDetails, PydanticCustomError, core_schema

from httptask.core.first_use import lock_over_forks
from httptask.definition.rules import Rule

T = TypeVar("T")

_IN_PYDANTIC: Final = lock_over_forks()
_VALIDATED: Final[set[type[BaseModel]]] = set()  # nothing is built in these any more

AUTHORING: Final[dict[str, bool]] = {"authoring": True}
"""Validation context under which ``Expr`` fields accept expressions."""


class _Nothing(dict[str, Any]):
    """An empty object that does not change: pydantic copies defaults that have no hash."""

    __hash__ = object.__hash__  # type: ignore[assignment]

    def __setitem__(self, key: str, value: Any) -> None:
        raise TypeError("a default does not change")


NOTHING: Final = _Nothing()
"""The default of fields that hold an object."""

NO_EXPRESSION: Final = "no_expression"
"""Type of the error that stands beside each other one of a field that is marked ``Expr``."""

EXPRESSION_PATTERN: Final = r"\$\{"


def is_expression(value: object) -> bool:
    """Tell whether a value is text that holds a ``${``."""
    return isinstance(value, str) and "${" in value


def _expression(value: Any, info: ValidationInfo) -> Any:
    if info.context is AUTHORING and is_expression(value):
        return value
    raise PydanticCustomError(NO_EXPRESSION, "not an expression")


class _Expression:
    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        schema = handler(source)
        if schema["type"] == "any" or schema == {"type": "str"}:
            return schema
        expression = core_schema.with_info_plain_validator_function(_expression)
        return core_schema.union_schema(
            [(schema, " typed"), (expression, " expression")], mode="left_to_right"
        )

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        typed = handler(schema)
        if not typed or typed == {"type": "string"}:
            return {**typed, "x-expression": True}
        text = {"type": "string", "pattern": EXPRESSION_PATTERN}
        return {"anyOf": [typed, text], "x-expression": True}


class _Mark:
    """An annotation that only adds a key to the JSON Schema."""

    def __init__(self, **marks: Any) -> None:
        self.marks = {f"x-{name}": value for name, value in marks.items()}

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {**handler(schema), **self.marks}


Expr = Annotated[T, _Expression()]
"""``Expr[T]``: a ``T``, or in an author's file text with ``${...}`` that becomes one."""

Secret = Annotated[T, _Mark(secret=True)]
"""``Secret[T]``: never shown, and sent only where it may go; JSON Schema mark ``x-secret``."""


def _is_secret(kind: Any, metadata: Iterable[Any]) -> bool:
    """Tell whether a type is marked as secret, or a part of it."""
    return any(isinstance(each, _Mark) and "x-secret" in each.marks for each in metadata) or any(
        _is_secret(part, getattr(part, "__metadata__", ())) for part in get_args(kind)
    )


def ignored(effect: str, **field: Any) -> Any:
    """Return the field of a key that is accepted and has no effect.

    Args:
        effect: what the author should know; the text of the warning (``x-ignored``).
        field: more arguments for the pydantic field.
    """
    return Field(default=None, description=effect, json_schema_extra={"x-ignored": effect}, **field)


class Model(BaseModel):
    """A closed, frozen object in which ``null`` means absent.

    Attributes:
        rules: what must hold between the keys; checked, and written to the JSON Schema.
        null_counts: keys in which null is a value of its own.
    """

    model_config = ConfigDict(
        alias_generator=to_camel,
        field_title_generator=lambda name, _: name.strip("_").replace("_", " ").capitalize(),
        extra="forbid",
        frozen=True,
        regex_engine="python-re",
        defer_build=True,
    )

    @classmethod
    def model_rebuild(cls, **options: Any) -> bool | None:
        """See pydantic; safe while the process forks."""
        with _IN_PYDANTIC:
            return super().model_rebuild(**options)

    @classmethod
    def model_validate(cls, obj: Any, **options: Any) -> Self:
        """See pydantic; safe while the process forks."""
        if cls in _VALIDATED:
            return super().model_validate(obj, **options)
        with _IN_PYDANTIC:
            valid = super().model_validate(obj, **options)
        _VALIDATED.add(cls)
        return valid

    def model_dump(self, **options: Any) -> dict[str, Any]:
        """See pydantic; safe while the process forks."""
        with _IN_PYDANTIC:
            return super().model_dump(**options)

    def __deepcopy__(self, memo: dict[int, Any] | None = None) -> Self:
        """Return the object itself, as it is frozen: defaults are not copied at each use."""
        del memo
        return self

    rules: ClassVar[tuple[Rule, ...]] = ()
    null_counts: ClassVar[frozenset[str]] = frozenset()

    @model_validator(mode="wrap")
    @classmethod
    def _check(cls, data: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        if not isinstance(data, dict):
            return handler(data)
        clean = None not in data.values()
        for rule in cls.rules:
            clean = clean and not rule.broken(data)
        if clean:
            try:
                return handler(data)
            except ValidationError:
                pass  # told below, unknown keys in our own words
        return cls._checked(data, handler)

    @classmethod
    def _checked(cls, data: dict[str, Any], handler: ModelWrapValidatorHandler[Self]) -> Self:
        known = keys(cls)
        given: dict[str, Any] = data
        broken: list[InitErrorDetails] = []
        if not data.keys() <= known.keys() or None in data.values():
            given = {
                key: value
                for key, value in data.items()
                if key in known and (value is not None or key in cls.null_counts)
            }
            free = [key for key in known if key not in given]
            broken = [_key_line(key, known, free) for key in data if key not in known]
        if cls.rules:
            broken += [_rule_line(rule, given) for rule in cls.rules if rule.broken(given)]
        if not broken:
            return handler(given)
        try:
            handler(given)
        except ValidationError as error:
            broken += [_same_line(line) for line in error.errors(include_url=False)]
        raise ValidationError.from_exception_data(cls.__name__, broken)

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        reference = handler(schema)
        target = handler.resolve_ref_schema(reference)
        required = target.get("required", ())
        fields = target.get("properties", {})
        for name in fields.keys() - set(required):
            fields[name] = _nullable(fields[name])
        if cls.rules:
            target["allOf"] = [dict(rule.schema) for rule in cls.rules]
        return reference


@cache
def keys(model: type[Model]) -> Mapping[str, None]:
    """Return the keys of a model's objects, in the order of its fields."""
    return {field.alias or name: None for name, field in model.model_fields.items()}


@cache
def secret_keys(model: type[Model]) -> frozenset[str]:
    """Return the keys whose values are marked as secret."""
    return frozenset(
        field.alias or name
        for name, field in model.model_fields.items()
        if _is_secret(field.annotation, field.metadata)
    )


def given_values(model: Model) -> dict[str, Any]:
    """Return the values that were given, by key."""
    fields = type(model).model_fields
    return {fields[name].alias or name: getattr(model, name) for name in model.model_fields_set}


def secret_texts(value: Any, *, secret: bool = False) -> Iterator[str]:
    """Yield the texts and numbers that are marked as secret in an object, or in what it holds."""
    if isinstance(value, Model):
        marked = secret_keys(type(value))
        for key, item in given_values(value).items():
            yield from secret_texts(item, secret=secret or key in marked)
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from secret_texts(item, secret=secret)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from secret_texts(item, secret=secret)
    elif secret and isinstance(value, str | int | float) and not isinstance(value, bool):
        yield str(value)


def _key_line(key: str, known: Iterable[str], free: Iterable[str]) -> InitErrorDetails:
    context = {"known": list(known), "free": list(free)}
    kind = PydanticCustomError("unknown_key", "unknown key", context)
    return InitErrorDetails(type=kind, loc=(key,), input=None)


def _rule_line(rule: Rule, given: dict[str, Any]) -> InitErrorDetails:
    kind = PydanticCustomError(rule.code, "{text}", {"text": rule.message})
    return InitErrorDetails(type=kind, loc=(), input=given)


def _same_line(line: Any) -> InitErrorDetails:
    kind = PydanticCustomError(line["type"], "{msg}", {"msg": line["msg"], **line.get("ctx", {})})
    return InitErrorDetails(type=kind, loc=line["loc"], input=line["input"])


def _nullable(field: JsonSchemaValue) -> JsonSchemaValue:
    """Return a property's schema that also allows null, with all marks on the property itself."""
    about, options = _taken_apart(field)
    if about.get("default", ...) is None:
        del about["default"]
    if _NULL in options:
        options.remove(_NULL)
        if len(options) == 1:
            marks, options = _taken_apart(options[0])
            about = {**marks, **about}
    if len(options) == 1 and not options[0]:
        return about
    if len(options) == 1 and not options[0].keys() & {"const", "enum", "$ref", "oneOf", "not"}:
        kinds = options[0].get("type", [])
        kinds = [kinds] if isinstance(kinds, str) else kinds
        return {**about, **options[0], "type": [*kinds, *({"null"} - set(kinds))]}
    return {**about, "anyOf": [*options, _NULL]}


def _taken_apart(schema: JsonSchemaValue) -> tuple[JsonSchemaValue, list[JsonSchemaValue]]:
    about = {key: schema[key] for key in _ABOUT if key in schema}
    rest = {key: value for key, value in schema.items() if key not in about}
    return about, list(rest["anyOf"]) if rest.keys() == {"anyOf"} else [rest]


_NULL: Final = {"type": "null"}
_ABOUT = (
    "title",
    "description",
    "examples",
    "default",
    "deprecated",
    "x-expression",
    "x-secret",
    "x-ignored",
)
