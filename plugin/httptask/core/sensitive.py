"""Secrets are registered when used, and replaced by value on the way out."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any

from httptask.core.body import Body
from httptask.core.digits import loads
from httptask.core.forms import longest_form, to_bytes
from httptask.core.message import HttpRequest
from httptask.core.places import Places
from httptask.core.search import spans

MASK = "***"
MIN_LENGTH = 8
SENSITIVE_HEADERS = frozenset(
    {
        "api-key",
        "apikey",
        "authorization",
        "cookie",
        "private-token",
        "proxy-authorization",
        "set-cookie",
        "x-access-token",
        "x-amz-security-token",
        "x-api-key",
        "x-auth-token",
        "x-goog-api-key",
    }
)

_MASK = MASK.encode()
_BETWEEN = "\udfff"
"""Stands between texts that are searched together: a character that texts hardly have."""

_WIDEST = 4
"""Bytes of a character in UTF-32."""
_MOST = 250_000
"""Secrets that are masked one by one in one text or value; all that follows them is masked."""


def texts_in_json(secret: str) -> list[str]:
    """Return the texts and numbers inside a secret that is JSON; each may travel alone."""
    if secret.lstrip()[:1] not in {"{", "["}:
        return []
    try:
        return list(_texts(loads(secret)))
    except (ValueError, RecursionError):
        return []


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield str(value)
    elif isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _texts(item)


def masked_cookie(line: str) -> str:
    """Return a ``Set-Cookie`` line without the cookie's value."""
    pair, mark, attributes = line.partition(";")
    name, equals, _ = pair.partition("=")
    return f"{name}={MASK}{mark}{attributes}" if equals else MASK


class Redactor:
    """Replaces every registered secret in texts, bytes and JSON values by ``***``.

    Values under 8 characters would hit innocent text; they are masked where they were put.

    Attributes:
        named: secrets that were registered with a name, by that name.
        places: where the pipeline put secrets.
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._secrets: frozenset[str] = frozenset()
        self._short: frozenset[str] = frozenset()
        self._fields = SENSITIVE_HEADERS
        self.named: dict[str, str] = {}
        self.places = Places()
        for secret in secrets:
            self.register(secret)

    @property
    def armed(self) -> bool:
        """Tell whether any secret has been registered."""
        return bool(self._secrets)

    def register(self, secret: str, name: str = "") -> None:
        """Mask this value, in all its encoded forms, from now on."""
        if name:
            self.named[name] = secret
        values = frozenset(_bare(secret))
        long = {each for each in values if len(each) >= MIN_LENGTH}
        self._secrets |= long
        self._short |= values - long - {""}

    def register_field(self, name: str) -> None:
        """Mask the whole value of headers and query parameters of this name."""
        self._fields |= {name.lower()}

    def is_sensitive_field(self, name: str) -> bool:
        """Tell whether a field is masked whatever its value."""
        return name.lower() in self._fields

    def contains_secret(self, text: str, name: str = "") -> bool:
        """Tell whether a text carries a secret, in any form: any, or the one of that name."""
        secrets = self._wanted(name)
        return bool(secrets) and bool(spans(secrets, to_bytes(text), 1))

    def body_has_secret(self, body: Body, name: str = "") -> bool:
        """Tell whether a body carries a secret, in any form; it is read piece by piece."""
        secrets = self._wanted(name)
        return bool(secrets) and any(found for _, found in _searched(body.chunks(), secrets))

    def searched(self, chunks: Iterable[bytes]) -> Iterator[tuple[bytes, bool]]:
        """Yield the pieces of a body, each with whether a secret that is masked ends in it."""
        return _searched(chunks, self._secrets)

    def carries_secret(self, request: HttpRequest, name: str = "") -> bool:
        """Tell whether a request carries a secret in its URL, its headers or its body.

        Args:
            request: what is about to be sent.
            name: the secret to look for; any registered one, of whatever length, when empty.
        """
        texts = (request.url, *map(_header_text, request.headers))
        if any(self.contains_secret(text, name) for text in texts):
            return True
        return request.body is not None and self.body_has_secret(request.body, name)

    def _wanted(self, name: str) -> frozenset[str]:
        """Return the values to look for: short ones too, as nothing innocent is replaced."""
        if not name:
            return self._secrets | self._short
        return frozenset(filter(None, _bare(self.named.get(name, ""))))

    def text(self, text: str, *, short: bool = False) -> str:
        """Return the text with every secret replaced; short ones too, if asked for."""
        secrets = self._masked_ones(short)
        if not secrets:
            return text
        data = to_bytes(text)
        masked = _masked(data, secrets)
        return text if masked is data else masked.decode("utf-8", "surrogatepass")

    def start(self, text: str) -> str:
        """Return the start of a longer text, cut before a secret that the cut may have split."""
        if not self._secrets:
            return text
        return self.text(text)[: -max(map(longest_form, self._secrets))]

    def data(self, data: bytes, *, cut: bool = False) -> bytes:
        """Return the bytes, or the start of longer ones, with every secret replaced."""
        if not self._secrets:
            return data
        text = data.decode("latin-1")
        return (self.start(text) if cut else self.text(text)).encode("latin-1")

    def header(self, name: str, value: str) -> str:
        """Return the value of a header as it may be shown."""
        return MASK if self.is_sensitive_field(name) else self.text(value)

    def value(self, value: Any, *, short: bool = False) -> Any:
        """Return a JSON value with every secret replaced, keys included; see ``text``."""
        secrets = self._masked_ones(short)
        if not secrets:
            return value
        texts: list[str] = []
        _gather(value, texts)
        data = to_bytes(_BETWEEN.join(texts))
        masked = _masked(data, secrets)
        if masked is data:
            return value
        shown = masked.decode("utf-8", "surrogatepass").split(_BETWEEN)
        if len(shown) != len(texts):  # one of them has the character itself
            shown = [self.text(text, short=short) for text in texts]
        return _filled(value, iter(shown))

    def _masked_ones(self, short: bool) -> frozenset[str]:
        return self._secrets | self._short if short else self._secrets


def _searched(chunks: Iterable[bytes], secrets: frozenset[str]) -> Iterator[tuple[bytes, bool]]:
    """Yield the pieces of a body, each with whether a secret ends in it."""
    overlap = _WIDEST * max(map(longest_form, secrets), default=0)
    tail = b""
    for chunk in chunks:
        data = tail + chunk if secrets else b""
        yield chunk, bool(data) and bool(spans(secrets, to_bytes(data.decode("latin-1")), 1))
        tail = data[-overlap:]


def _masked(data: bytes, secrets: frozenset[str]) -> bytes:
    """Return bytes with every secret replaced; the same object when there is none."""
    pieces: list[bytes] = []
    done, between = 0, to_bytes(_BETWEEN)
    for start, end in spans(secrets, data, _MOST):
        texts = data.count(between, start, end) + 1
        pieces += (data[done:start], between.join([_MASK] * texts))
        done = end
    return b"".join((*pieces, data[done:])) if pieces else data


def _bare(secret: str) -> tuple[str, str]:
    """Return a secret as it is searched: with the blanks around it, and without."""
    bare = secret.replace("\0", "")
    return bare, bare.strip()


def _header_text(line: tuple[str, str]) -> str:
    """Return the value of a header, and what a Basic credential in it says."""
    value = line[1]
    scheme, _, token = value.partition(" ")
    if scheme.lower() != "basic":
        return value
    with suppress(ValueError):
        value += "\n" + base64.b64decode(token.strip() + "==").decode("latin-1")
    return value


def _gather(value: Any, texts: list[str]) -> None:
    """Gather the texts and numbers of a JSON value, in order."""
    kind = type(value)
    if kind is str:
        texts.append(value)
    elif kind is int or kind is float:
        texts.append(repr(value))
    elif kind is dict:
        for key, item in value.items():
            texts.append(str(key))
            _gather(item, texts)
    elif kind is list:
        for item in value:
            _gather(item, texts)
    elif not isinstance(value, bool):
        _gather_odd(value, texts)


def _gather_odd(value: Any, texts: list[str]) -> None:
    """Gather what a value of another class holds: the same as of the plain one."""
    if isinstance(value, str):
        texts.append(value)
    elif isinstance(value, (int, float)):
        texts.append(str(value))
    elif isinstance(value, (list, tuple)):
        _gather(list(value), texts)
    elif isinstance(value, Mapping):
        _gather(dict(value), texts)


def _filled(value: Any, texts: Iterator[str]) -> Any:
    """Return a JSON value with what became of the texts that were gathered."""
    if isinstance(value, str):
        return next(texts)
    if isinstance(value, (int, float)):
        return MASK if not isinstance(value, bool) and MASK in next(texts) else value
    if isinstance(value, (list, tuple)):
        return [_filled(item, texts) for item in value]
    if isinstance(value, Mapping):
        return {next(texts): _filled(item, texts) for item in value.values()}
    return value
