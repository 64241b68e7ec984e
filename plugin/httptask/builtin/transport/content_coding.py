"""Undo the content codings of an answer in pieces of limited size; a cut body is an error."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from httptask.errors import DecodeError

_GZIP, _ZLIB, _RAW = 31, 15, -15
_GZIP_MAGIC = 0x1F
_MOST_CODINGS = 5
_MOST_SILENT = 4 * 1024 * 1024


def undone(chunks: Iterable[bytes], codings: str, limit: int) -> Iterator[bytes]:
    """Yield the bytes without their content codings, at most ``limit`` at once.

    Args:
        chunks: the body as it arrives.
        codings: value of Content-Encoding, codings in the order they were applied.
        limit: largest piece in bytes.

    Raises:
        DecodeError: a coding other than gzip and deflate, too many of them, or data that is
            damaged, cut, or goes on without holding anything.
    """
    names = [name for part in codings.split(",") if (name := part.strip().lower())]
    if len(names) > _MOST_CODINGS:
        raise DecodeError(
            f"the answer has {len(names)} content codings, more than {_MOST_CODINGS}",
            code="content_coding_unknown",
            retryable=False,
        )
    for name in reversed(names):
        if name in {"gzip", "x-gzip"}:
            chunks = _decoded(_gunzipped, chunks, limit)
        elif name == "deflate":
            chunks = _decoded(_inflated, chunks, limit)
        elif name != "identity":
            raise DecodeError(
                f"the answer has the content coding {name!r}, which cannot be undone",
                code="content_coding_unknown",
                retryable=False,
                hint="gzip and deflate are understood: do not ask for others in Accept-Encoding",
            )
    yield from chunks


def _decoded(
    decode: Callable[[Iterable[bytes], int], Iterator[bytes]], chunks: Iterable[bytes], limit: int
) -> Iterator[bytes]:
    """Decode, but not without end what gives no bytes, which no limit on the answer would meet."""
    silent = 0

    def fed() -> Iterator[bytes]:
        nonlocal silent
        for chunk in chunks:
            silent += len(chunk)
            if silent > _MOST_SILENT:
                raise _damaged("it goes on without holding anything")
            yield chunk

    for piece in decode(fed(), limit):
        silent = 0
        yield piece


def _gunzipped(chunks: Iterable[bytes], limit: int) -> Iterator[bytes]:
    member: Any = zlib.decompressobj(_GZIP)
    begun = swallowing = False
    for chunk in chunks:
        rest = b"" if swallowing else chunk
        while rest:
            begun = True
            yield from _pieces(member, rest, limit)
            rest = member.unused_data
            if member.eof and rest:
                swallowing = rest[0] != _GZIP_MAGIC
                member = zlib.decompressobj(_GZIP) if not swallowing else member
                rest = b"" if swallowing else rest
    _require_end(member, begun)


def _inflated(chunks: Iterable[bytes], limit: int) -> Iterator[bytes]:
    member: Any = None
    head = b""
    for chunk in chunks:
        data = chunk
        if member is None:
            head += chunk
            if len(head) < 2:
                continue
            data, member = head, zlib.decompressobj(_ZLIB if _is_zlib(head) else _RAW)
        yield from _pieces(member, data, limit)
    if member is None and head:
        raise _damaged("it is cut short")
    if member is not None:
        _require_end(member, True)


def _is_zlib(head: bytes) -> bool:
    return head[0] & 0x0F == 8 and (head[0] << 8 | head[1]) % 31 == 0


def _pieces(member: Any, data: bytes, limit: int) -> Iterator[bytes]:
    while not member.eof:
        try:
            piece = member.decompress(data, limit)
        except zlib.error as error:
            raise _damaged(str(error)) from error
        data = member.unconsumed_tail
        if piece:
            yield piece
        if not data and len(piece) < limit:
            return


def _require_end(member: Any, begun: bool) -> None:
    if begun and not member.eof:
        raise _damaged("it is cut short")


def _damaged(why: str) -> DecodeError:
    return DecodeError(
        f"the compressed answer cannot be read: {why}", code="content_coding_damaged"
    )
