"""Compile a JSON value with ``${...}`` texts once; resolve it many times."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Final, TypeAlias

from httptask.core.json_text import decode, encode_finite
from httptask.errors import ExpressionError
from httptask.expressions.context import Context, Json, SecretLookup
from httptask.expressions.lookup import (
    Getter,
    Lookup,
    TextGetter,
    compile_lookup,
    no_secret,
    nothing,
)
from httptask.expressions.references import (
    SECRETS,
    Problem,
    Reference,
    describe_computed,
    placed,
)
from httptask.expressions.scan import Written, scan, unescape

MAX_COMPUTED = 16
_SEARCHED: Final = 4
"""Levels whose lists and objects are searched for references before they are gone through."""

Escapes = Callable[[Iterable[str]], Iterable[Callable[[str], str]]]
"""Gives, for each literal text in front of a value, the function that escapes the value."""

NO_ESCAPES: Final[Mapping[str, Escapes]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Template:
    """A compiled value.

    Attributes:
        references: every ``${...}``, in the order of the text, an outer one before its inner ones.
        problems: references that cannot have a value, and texts that look like one but are none.
    """

    references: tuple[Reference, ...]
    problems: tuple[Problem, ...]
    _get: Getter = field(repr=False, compare=False)

    def evaluate(self, context: Context, secrets: SecretLookup | None = None) -> Json:
        """Resolve the template.

        Lists and objects of the template are new in each result; values that references read are
        the context's own, not copies.

        Args:
            context: what the references read.
            secrets: finds a secret by name; None leaves ``${workflow.secrets.X}`` as text. Only
                placeholders written in the template are replaced, never ones that arrive as data.

        Raises:
            ExpressionError: an expression does too much work, or a value is nested too deeply.
        """
        try:
            return self._get(context, secrets)
        except RecursionError:
            raise ExpressionError(
                "a value is nested too deeply to be written as text",
                code="expression_too_deep",
            ) from None

    def filled(self, defaults: Mapping[str, Json]) -> Template:
        """Return this template of an object, its nulls replaced by defaults as they are written.

        Nothing in a default is resolved but secrets, as on a server. Top level only.

        Args:
            defaults: values by key of the object; a key that the object lacks stays absent.

        Raises:
            ExpressionError: a default is nested too deeply.
        """
        if not defaults:
            return self
        late = {key: compile_template(_literal(value)) for key, value in defaults.items()}

        def get(context: Context, secrets: SecretLookup | None) -> Json:
            values = self._get(context, secrets)
            return {
                key: late[key].evaluate(context, secrets)
                if value is None and key in late
                else value
                for key, value in values.items()
            }

        return replace(self, _get=get)


def compile_template(
    value: Json, pointer: str = "", escapes: Mapping[str, Escapes] = NO_ESCAPES
) -> Template:
    """Compile texts, lists and objects, deeply; keys and other values stay as they are.

    A malformed reference is not an error here, as it is null on Conductor: see Template.problems.

    Args:
        value: the value as written.
        pointer: JSON Pointer of the value, put before the pointers of what is found in it.
        escapes: by the pointer of a text, what escapes the values in it; references that are the
            whole text are not escaped.

    Raises:
        ExpressionError: the value is nested too deeply.
    """
    compiler = _Compiler(escapes)
    try:
        compiled = compiler.value(value, (None, pointer))
    except RecursionError:
        raise ExpressionError(
            "the value is nested too deeply", code="expression_too_deep", pointer=pointer
        ) from None
    getter = _constantly(compiled.value) if isinstance(compiled, _Constant) else compiled
    return Template(tuple(compiler.references), tuple(compiler.problems), getter)


def _literal(value: Json) -> Json:
    """Return a template of the value in which only secrets are references."""
    if isinstance(value, str):
        return value.replace("${", "$${").replace(f"$${{{SECRETS}", f"${{{SECRETS}")
    if isinstance(value, dict):
        return {key: _literal(item) for key, item in value.items()}
    return [_literal(item) for item in value] if isinstance(value, list) else value


def _constantly(value: Json) -> Getter:
    return lambda _context, _secrets: value


@dataclass(frozen=True, slots=True)
class _Constant:
    """A value without references."""

    value: Json


@dataclass(frozen=True, slots=True)
class _Part:
    """A reference inside a text."""

    get: Getter
    text: TextGetter
    is_secret: bool


_Place: TypeAlias = "tuple[_Place | None, Json]"
"""Where a value stands: below what, and under which key; without anything above, a pointer."""


@dataclass(slots=True)
class _Compiler:
    escapes: Mapping[str, Escapes]
    references: list[Reference] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def value(self, value: Json, place: _Place, level: int = 0) -> Getter | _Constant:
        if isinstance(value, str):
            return self.text(value, _pointer(place)) if "${" in value else _Constant(value)
        if not isinstance(value, (dict, list)):
            return _Constant(value)
        if level < _SEARCHED and (text := _plain_text(value)) is not None:
            return _reading(text)
        if isinstance(value, dict):
            self.keys(value, place)
            return self.container(dict(value), value.items(), place, level)
        return self.container(list(value), enumerate(value), place, level)

    def keys(self, value: dict[str, Json], place: _Place) -> None:
        for key in value:
            if isinstance(key, str) and "${" in key:
                why = "a key is not resolved: it stays text"
                self.problems.append(Problem(_pointer((place, key)), key, why))

    def container(
        self, base: Json, items: Iterable[tuple[Json, Json]], place: _Place, level: int
    ) -> Getter:
        getters: list[tuple[Json, Getter]] = []
        for key, item in items:
            if isinstance(item, str) and "${" not in item:
                continue
            compiled = self.value(item, (place, key), level + 1)
            if isinstance(compiled, _Constant):
                base[key] = compiled.value
            else:
                getters.append((key, compiled))
        return _filling(base, getters)

    def text(self, text: str, pointer: str) -> Getter | _Constant:
        parts = self.parts(text, pointer, 0)
        if not any(isinstance(part, _Part) for part in parts):
            return _Constant(unescape(text))
        if len(parts) == 1 and isinstance(parts[0], _Part):
            return parts[0].get
        if pointer in self.escapes and any(isinstance(part, str) for part in parts):
            parts = [*_escaped(parts, self.escapes[pointer])]
        return _composed(parts)

    def parts(self, text: str, pointer: str, depth: int) -> list[str | _Part]:
        scanned = scan(text)
        why = "the brace is not closed: it stays text"
        self.problems += [Problem(pointer, start, why) for start in scanned.unclosed[:1]]
        return [
            piece if isinstance(piece, str) else self.reference(piece, pointer, depth)
            for piece in scanned.pieces
        ]

    def reference(self, written: Written, pointer: str, depth: int) -> _Part:
        if "${" in written.inside:
            return self.computed(written, pointer, depth + 1)
        return self.part(compile_lookup(written.inside, written.text), pointer)

    def part(self, lookup: Lookup, pointer: str) -> _Part:
        self.references.append(placed(lookup.reference, pointer))
        if lookup.problem:
            text = lookup.reference.text
            self.problems.append(Problem(pointer, text, lookup.problem))
        return _Part(lookup.get, lookup.text, lookup.is_secret)

    def computed(self, written: Written, pointer: str, depth: int) -> _Part:
        if depth > MAX_COMPUTED:
            why = f"references are nested more than {MAX_COMPUTED} times"
            return self.part(nothing(written.text, why), pointer)
        place = len(self.references)
        parts = self.parts(written.inside, pointer, depth)
        if not any(isinstance(part, _Part) for part in parts):
            inside = unescape(written.inside)
            return self.part(compile_lookup(inside, written.text), pointer)
        head = parts[0] if isinstance(parts[0], str) else ""
        reference = describe_computed(written.text, unescape(head))
        if reference.root == "workflow.secrets":
            return self.part(no_secret(written.text), pointer)
        self.references.insert(place, placed(reference, pointer))
        return _computing(_composed(parts), written.text)


def _pointer(place: _Place) -> str:
    """Return the JSON Pointer of a place; few places need one."""
    parts: list[str] = []
    above, key = place
    while above is not None:
        parts.append(str(key).replace("~", "~0").replace("/", "~1"))
        above, key = above
    return "/".join((key, *reversed(parts)))


def _plain_text(value: Json) -> bytes | None:
    """Return the JSON text of a list or object without references, or None."""
    try:
        text = encode_finite(value)
    except (TypeError, ValueError, RecursionError):
        return None
    return None if b"${" in text else text


def _reading(text: bytes) -> Getter:
    """Return a new copy of a list or object each time: much faster from its text than by a walk."""
    return lambda _context, _secrets: decode(text)


def _filling(base: Json, getters: Sequence[tuple[Json, Getter]]) -> Getter:
    """Return a new copy of a list or object each time, its computed places filled."""
    if not getters:
        return lambda _context, _secrets: base.copy()

    def get(context: Context, secrets: SecretLookup | None) -> Json:
        filled = base.copy()
        for key, getter in getters:
            filled[key] = getter(context, secrets)
        return filled

    return get


def _composed(parts: Sequence[str | _Part]) -> TextGetter:
    """Return the text of all parts; escapes are taken off last, but never off a secret."""
    whole = _joined(parts)
    secret_at = [at for at, part in enumerate(parts) if isinstance(part, _Part) and part.is_secret]
    if not secret_at:
        return whole
    runs: list[TextGetter] = []
    start = 0
    for at in [*secret_at, len(parts)]:
        runs.append(_joined(parts[start:at]))
        if at < len(parts):
            runs.append(parts[at].text)  # type: ignore[union-attr]
        start = at + 1

    def get(context: Context, secrets: SecretLookup | None) -> str:
        if secrets is None:
            return whole(context, None)
        return "".join([run(context, secrets) for run in runs])

    return get


def _escaped(parts: Sequence[str | _Part], escapes: Escapes) -> Iterator[str | _Part]:
    """Yield the parts of a text, with the values in it escaped."""
    literals = [""]
    for part in parts:
        if isinstance(part, str):
            literals[-1] += part
        else:
            literals.append("")
    escape = iter(escapes(literals[:-1]))
    for part in parts:
        if isinstance(part, str):
            yield part
        else:
            yield replace(part, text=_escaping(part.text, next(escape)))


def _escaping(text: TextGetter, escape: Callable[[str], str]) -> TextGetter:
    return lambda context, secrets: escape(text(context, secrets))


def _joined(parts: Sequence[str | _Part]) -> TextGetter:
    literals = [part if isinstance(part, str) else "" for part in parts]
    getters = [(at, part.text) for at, part in enumerate(parts) if isinstance(part, _Part)]

    def get(context: Context, secrets: SecretLookup | None) -> str:
        texts = literals.copy()
        for at, text in getters:
            texts[at] = text(context, secrets)
        return unescape("".join(texts))

    return get


def _computing(inside: TextGetter, written: str) -> _Part:
    """Return a reference whose path is composed first; a secret never becomes part of a path."""

    def lookup(context: Context) -> Lookup:
        found = compile_lookup(inside(context, None), written)
        return no_secret(written) if found.is_secret else found

    def get(context: Context, secrets: SecretLookup | None) -> Json:
        return lookup(context).get(context, secrets)

    def text(context: Context, secrets: SecretLookup | None) -> str:
        return lookup(context).text(context, secrets)

    return _Part(get, text, is_secret=False)
