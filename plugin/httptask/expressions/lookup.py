"""One reference's inside, compiled: which of Conductor's meanings it has, and how it is read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from httptask.core.json_text import decode
from httptask.errors import ExpressionError
from httptask.expressions.context import Context, Json, SecretLookup
from httptask.expressions.java_text import java_text, json_text
from httptask.expressions.jayway import JaywayPath, compile_jayway
from httptask.expressions.jayway.steps import walk
from httptask.expressions.references import ENV, SECRETS, Reference, Segments, describe

Getter = Callable[[Context, SecretLookup | None], Json]
TextGetter = Callable[[Context, SecretLookup | None], str]

TASK_ID = "CPEWF_TASK_ID"
_NEVER_SET = ("NETFLIX_ENV", "NETFLIX_STACK")
_SEPARATORS = ".["
MAX_PATH = 16_384


@dataclass(frozen=True, slots=True)
class Lookup:
    """How to read one reference.

    Attributes:
        get: its value.
        text: its text inside a larger text.
        reference: what it points at, without a place.
        problem: why it has no value, or ``""``.
    """

    get: Getter
    text: TextGetter
    reference: Reference
    problem: str = ""

    @property
    def is_secret(self) -> bool:
        """Whether it is read at hand-off only."""
        return self.reference.root == "workflow.secrets"


def compile_lookup(inside: str, written: str) -> Lookup:
    """Compile what stands between the braces, inner references already resolved.

    Args:
        inside: the text between the braces.
        written: the reference as in the template: what it is when it stays literal.
    """
    if len(inside) > MAX_PATH:  # before the cache, which computed paths would fill with data
        return nothing(written, f"the expression is longer than {MAX_PATH} characters")
    return _compiled(inside, written)


@lru_cache(maxsize=1024)
def _compiled(inside: str, written: str) -> Lookup:
    if not inside.strip():
        return Lookup(_constant(""), _constant(""), Reference(written, "", "empty", path=()))
    try:
        if inside.startswith(SECRETS):
            return _secret(inside.removeprefix(SECRETS), written)
        if inside.startswith(ENV):
            return _env(inside.removeprefix(ENV), written)
        if inside == TASK_ID or inside in _NEVER_SET:
            return _system(inside, written)
        return _path(inside, written)
    except (ExpressionError, RecursionError) as error:
        why = f"{error.message} {error.hint}" if isinstance(error, ExpressionError) else "too deep"
        return nothing(written, why.strip())


def nothing(written: str, why: str) -> Lookup:
    """Return the lookup of a reference that cannot be read: null, with the reason."""
    return Lookup(_constant(None), _constant("null"), Reference(written, "", "invalid"), why)


def no_secret(written: str) -> Lookup:
    """Return the lookup of a secret whose name is computed: literal, then no value."""

    def get(_context: Context, secrets: SecretLookup | None) -> Json:
        return written if secrets is None else None

    def text(_context: Context, secrets: SecretLookup | None) -> str:
        return written if secrets is None else ""

    reference = Reference(written, "", "workflow.secrets")
    return Lookup(get, text, reference, "the name of a secret cannot be computed")


def as_text(get: Getter, write: Callable[[Json], str] = java_text) -> TextGetter:
    """Return the reader of a value's text."""

    def text(context: Context, secrets: SecretLookup | None) -> str:
        return write(get(context, secrets))

    return text


def _constant(value: Json) -> Getter:
    return lambda _context, _secrets: value


def _system(name: str, written: str) -> Lookup:
    reference = Reference(written, "", "system", path=(name,), prefix=(name,))
    if name in _NEVER_SET:
        get = _constant(written)
        return Lookup(get, get, reference, f"{name} is never set: it stays text")

    def get_id(context: Context, _secrets: SecretLookup | None) -> Json:
        return written if context.task_id is None else context.task_id

    return Lookup(get_id, as_text(get_id), reference)


def _path(inside: str, written: str) -> Lookup:
    path = compile_jayway(inside)
    get = _plain(path.prefix) if path.plain else _reading(path)
    reference = describe(written, path.prefix, whole=path.plain)
    text = as_text(get, java_text if path.definite else _found_text)
    return Lookup(get, text, reference, path.problem)


def _found_text(value: Json) -> str:
    return "null" if value is None else json_text(value)


def _reading(path: JaywayPath) -> Getter:
    return lambda context, _secrets: path.read(context.root)


def _plain(segments: Segments) -> Getter:
    """Return the fastest reader: subscripts in a row for the usual three to five names."""
    if all(isinstance(segment, str) for segment in segments) and len(segments) in _CHAINS:
        return _CHAINS[len(segments)](*segments)
    return lambda context, _secrets: walk(context.root, segments)


def _chain3(a: str, b: str, c: str) -> Getter:
    def get(context: Context, _secrets: SecretLookup | None) -> Json:
        try:
            return context.root[a][b][c]
        except (KeyError, TypeError, IndexError):
            return None

    return get


def _chain4(a: str, b: str, c: str, d: str) -> Getter:
    def get(context: Context, _secrets: SecretLookup | None) -> Json:
        try:
            return context.root[a][b][c][d]
        except (KeyError, TypeError, IndexError):
            return None

    return get


def _chain5(a: str, b: str, c: str, d: str, e: str) -> Getter:
    def get(context: Context, _secrets: SecretLookup | None) -> Json:
        try:
            return context.root[a][b][c][d][e]
        except (KeyError, TypeError, IndexError):
            return None

    return get


_CHAINS: dict[int, Callable[..., Getter]] = {3: _chain3, 4: _chain4, 5: _chain5}


def _env(inside: str, written: str) -> Lookup:
    name, path = _named(inside)
    reference = _below("workflow.env", name, path, written)

    def get(context: Context, _secrets: SecretLookup | None) -> Json:
        value = context.env.get(name)
        return value if path is None else _inside_json(value, path)

    return Lookup(get, as_text(get), reference)


def _secret(inside: str, written: str) -> Lookup:
    if "${" in inside:
        return no_secret(written)
    name, path = _named(inside)
    reference = _below("workflow.secrets", name, path, written)

    def get(_context: Context, secrets: SecretLookup | None) -> Json:
        if secrets is None:
            return written
        value = secrets(name)
        return value if path is None else _inside_json(value, path)

    def text(context: Context, secrets: SecretLookup | None) -> str:
        value = get(context, secrets)
        return "" if value is None else java_text(value)

    problem = "" if name == name.strip() and name else f"{name!r} is not the name of a secret"
    return Lookup(get, text, reference, problem)


def _named(inside: str) -> tuple[str, JaywayPath | None]:
    at = min((inside.find(mark) for mark in _SEPARATORS if mark in inside), default=-1)
    if at < 0:
        return inside, None
    return inside[:at], compile_jayway(inside[at + 1 :] if inside[at] == "." else inside[at:])


def _below(root: str, name: str, path: JaywayPath | None, written: str) -> Reference:
    prefix = (name, *(path.prefix if path else ()))
    whole = path is None or path.plain
    return Reference(written, "", root, path=prefix if whole else None, prefix=prefix)


def _inside_json(value: Json, path: JaywayPath) -> Json:
    if not isinstance(value, str):
        return path.read(value)
    try:
        return path.read(decode(value))
    except (ValueError, RecursionError):
        return None
