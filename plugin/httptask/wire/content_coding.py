"""Undo the content codings of a response in pieces of limited size; a cut body is an error."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from httptask.errors import DecodeError

_GZIP, _ZLIB, _RAW = 31, 15, -15
_GZIP_MAGIC = 0x1F
_MOST_CODINGS = 5
_MOST_SILENT = 4 * 1024 * 1024
_PIECE = 1024 * 1024
# The others of IANA's registry: "identity" is none.
_KNOWN = frozenset(
    {"aes128gcm", "br", "compress", "dcb", "dcz", "exi", "pack200-gzip", "x-compress", "zstd"}
)


def undone(chunks: Iterable[bytes], codings: str) -> Iterator[bytes]:
    """Yield the bytes without their content codings, at most 1 MiB at once.

    Servers write other things than codings, a charset for example: these change no bytes.

    Args:
        chunks: the body as it arrives.
        codings: value of Content-Encoding, codings in the order they were applied.

    Raises:
        DecodeError: a coding other than gzip and deflate, too many of them, or data that is
            damaged, cut, or goes on without holding anything.
    """
    stated = [part.strip().lower() for part in codings.split(",")]
    names = [name for name in stated if name in _UNDONE or name in _KNOWN]
    if len(names) > _MOST_CODINGS:
        raise _unknown(f"{len(names)} content codings, more than {_MOST_CODINGS}")
    for name in reversed(names):
        decode = _UNDONE.get(name)
        chunks = _decoded(decode, chunks) if decode else _refused(chunks, name)
    yield from chunks


def _refused(chunks: Iterable[bytes], name: str) -> Iterator[bytes]:
    """Yield nothing: an empty body is empty under any coding."""
    for chunk in chunks:
        if chunk:
            raise _unknown(f"the content coding {name!r}, which cannot be undone")
        yield chunk


def _decoded(
    decode: Callable[[Iterable[bytes]], Iterator[bytes]], chunks: Iterable[bytes]
) -> Iterator[bytes]:
    """Decode, but not endlessly what gives no bytes: no limit on the response would meet it."""
    silent = 0

    def fed() -> Iterator[bytes]:
        nonlocal silent
        for chunk in chunks:
            silent += len(chunk)
            if silent > _MOST_SILENT:
                raise _damaged("it goes on without containing anything")
            yield chunk

    for piece in decode(fed()):
        silent = 0
        yield piece


def _gunzipped(chunks: Iterable[bytes]) -> Iterator[bytes]:
    member: Any = zlib.decompressobj(_GZIP)
    begun = swallowing = False
    for chunk in chunks:
        rest = b"" if swallowing else chunk
        while rest:
            begun = True
            yield from _pieces(member, rest)
            rest = member.unused_data
            if member.eof and rest:
                swallowing = rest[0] != _GZIP_MAGIC
                member = zlib.decompressobj(_GZIP) if not swallowing else member
                rest = b"" if swallowing else rest
    _require_end(member, begun)


def _inflated(chunks: Iterable[bytes]) -> Iterator[bytes]:
    member: Any = None
    head = b""
    for chunk in chunks:
        data = chunk
        if member is None:
            head += chunk
            if len(head) < 2:
                continue
            data, member = head, zlib.decompressobj(_ZLIB if _is_zlib(head) else _RAW)
        yield from _pieces(member, data)
    if member is None and head:
        raise _damaged("it is cut short")
    if member is not None:
        _require_end(member, True)


def _is_zlib(head: bytes) -> bool:
    return head[0] & 0x0F == 8 and (head[0] << 8 | head[1]) % 31 == 0


def _pieces(member: Any, data: bytes) -> Iterator[bytes]:
    while not member.eof:
        try:
            piece = member.decompress(data, _PIECE)
        except zlib.error as error:
            raise _damaged(str(error)) from error
        data = member.unconsumed_tail
        if piece:
            yield piece
        if not data and len(piece) < _PIECE:
            return


def _require_end(member: Any, begun: bool) -> None:
    if begun and not member.eof:
        raise _damaged("it is cut short")


_UNDONE = {"gzip": _gunzipped, "x-gzip": _gunzipped, "deflate": _inflated}


def _unknown(what: str) -> DecodeError:
    return DecodeError(
        f"the response has {what}",
        code="content_coding_unknown",
        retryable=False,
        hint="gzip and deflate are understood: do not ask for others in Accept-Encoding",
    )


def _damaged(why: str) -> DecodeError:
    return DecodeError(
        f"the compressed response cannot be read: {why}", code="content_coding_damaged"
    )
