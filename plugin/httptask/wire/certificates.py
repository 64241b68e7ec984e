"""The client's certificate and key: loaded from files or from texts, and when they end."""

from __future__ import annotations

import contextlib
import os
import ssl
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Final

from httptask.errors import InputError

CERTIFICATE_INVALID: Final = "certificate_invalid"
SOON: Final = 30 * 86_400.0
"""Seconds before its end at which a certificate is told of."""

_BEGIN: Final = "-----BEGIN CERTIFICATE-----"
_END: Final = "-----END CERTIFICATE-----"
_SEQUENCE: Final = 0x30
_VERSION: Final = 0xA0
_TIMES: Final = {0x17: "%y%m%d%H%M%SZ", 0x18: "%Y%m%d%H%M%SZ"}
_BEFORE_VALIDITY: Final = 3
"""Fields of a certificate before its validity: serial number, algorithm, issuer."""


def load_identity(
    context: ssl.SSLContext, certificate: str, key: str, pem: str, password: str
) -> None:
    """Let a client's context prove who it is.

    Args:
        context: the context.
        certificate: file of the certificate, or "".
        key: file of its key; "" if it is in the same file.
        pem: certificate and key as one text, instead of files.
        password: password of the key, or "".

    Raises:
        InputError: the two do not fit, are not PEM, or the password is wrong.
        OSError: a file cannot be read.
    """
    with _as_file(pem) if pem else contextlib.nullcontext(certificate) as path:
        try:
            context.load_cert_chain(path, key or None, password=password)
        except (ssl.SSLError, ValueError) as error:
            raise InputError(
                "the client's certificate cannot be used: it is not PEM, its key does not fit, or "
                "the key's password is wrong",
                code=CERTIFICATE_INVALID,
                hint="openssl x509 and openssl pkey read them; clientKeyPassword is the password",
            ) from error


@contextlib.contextmanager
def _as_file(pem: str) -> Iterator[str]:
    """Give a text as a file, which the ssl module wants: in memory where the system can."""
    if hasattr(os, "memfd_create"):
        handle = os.memfd_create("identity")
        path, named = f"/proc/self/fd/{handle}", False
    else:
        handle, path = tempfile.mkstemp(prefix="httptask-")
        named = True
    try:
        with os.fdopen(handle, "w", closefd=False) as file:
            file.write(pem)
        yield path
    finally:
        os.close(handle)
        if named:
            Path(path).unlink(missing_ok=True)


def ends_at(certificate: str, pem: str) -> float | None:
    """Return when a certificate ends, in seconds since the epoch; None if that cannot be read.

    Args:
        certificate: its file, or "".
        pem: its text, instead of the file.
    """
    if pem:
        return _end_of(pem)
    try:
        return _end_in(certificate, Path(certificate).stat().st_mtime_ns)
    except OSError:
        return None


def expiry(end: float | None, now: float) -> tuple[str, str] | None:
    """Return code and message if a certificate has ended, or ends soon."""
    if end is None or end - now > SOON:
        return None
    day = datetime.fromtimestamp(end, UTC).strftime("%Y-%m-%d %H:%M UTC")
    code, text = "certificate_expires", "ends"
    if end <= now:
        code, text = "certificate_expired", "ended"
    return code, f"the client's certificate {text} on {day}"


@lru_cache(maxsize=64)
def _end_in(path: str, _changed: int) -> float | None:
    return _end_of(Path(path).read_text("latin-1"))


@lru_cache(maxsize=64)
def _end_of(pem: str) -> float | None:
    """Return the end of validity of the first certificate in a text (RFC 5280, section 4.1)."""
    _, begin, rest = pem.partition(_BEGIN)
    try:
        data = ssl.PEM_cert_to_DER_cert(begin + rest.partition(_END)[0] + _END)
        fields = [*_items(data, *_first(data, *_first(data, 0, len(data))))]
        fields = [field for field in fields if field[0] != _VERSION]
        _, start, end = fields[_BEFORE_VALIDITY]
        kind, start, end = [*_items(data, start, end)][1]
        text = data[start:end].decode("ascii")
        return datetime.strptime(text, _TIMES[kind]).replace(tzinfo=UTC).timestamp()
    except (ValueError, IndexError, KeyError):
        return None


def _first(data: bytes, start: int, end: int) -> tuple[int, int]:
    """Return where the content of the first item, a sequence, begins and ends."""
    kind, start, end = next(_items(data, start, end), (0, 0, 0))
    if kind != _SEQUENCE:
        raise ValueError("not a sequence")
    return start, end


def _items(data: bytes, start: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Yield kind, start and end of each item of DER in a part of some bytes."""
    while start < end:
        kind, size, at = data[start], data[start + 1], start + 2
        if size >= 0x80:
            count = size - 0x80
            size, at = int.from_bytes(data[at : at + count], "big"), at + count
        if at + size > end:
            raise ValueError("longer than what it is in")
        yield kind, at, at + size
        start = at + size
