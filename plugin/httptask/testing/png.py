"""A PNG writer of the standard library: enough for the pictures of the stand-in image service."""

from __future__ import annotations

import hashlib
import math
import struct
import zlib
from dataclasses import dataclass

COLOURS = 256


@dataclass(frozen=True, slots=True)
class Picture:
    """An image of palette indexes.

    Attributes:
        width: pixels in a row.
        height: rows.
        rows: one ``bytes`` of ``width`` indexes per row, from the top.
        palette: 256 RGB triples.
        alpha: opacity of the first palette entries, 0 to 255; empty for an opaque picture.
    """

    width: int
    height: int
    rows: tuple[bytes, ...]
    palette: bytes
    alpha: bytes = b""

    def pixelated(self, block: int) -> Picture:
        """Return the picture in squares of ``block`` pixels, each of the colour of its corner."""
        if block <= 1:
            return self
        rows: list[bytes] = []
        for top in range(0, self.height, block):
            corners = self.rows[top][::block]
            row = b"".join(bytes([index]) * block for index in corners)[: self.width]
            rows += [row] * min(block, self.height - top)
        return Picture(self.width, self.height, tuple(rows), self.palette, self.alpha)

    def encode(self) -> bytes:
        """Return the picture as a PNG file, colour type 3."""
        header = struct.pack(">IIBBBBB", self.width, self.height, 8, 3, 0, 0, 0)
        pixels = zlib.compress(b"".join(b"\0" + row for row in self.rows), 6)
        chunks = [(b"IHDR", header), (b"PLTE", self.palette)]
        chunks += [(b"tRNS", self.alpha)] if self.alpha else []
        chunks += [(b"IDAT", pixels), (b"IEND", b"")]
        return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*chunk) for chunk in chunks)


def paint(seed: str, width: int, height: int, *, transparent: bool = False) -> Picture:
    """Paint a picture that depends on nothing but its arguments: waves in three colours."""
    numbers = hashlib.sha256(seed.encode()).digest()
    across = 1 + numbers[0] % 4
    down = 1 + numbers[1] % 4
    wave = _wave(width * 2, across * 2, numbers[2])
    tilt = [int(width / 2 * (1 + math.sin(math.tau * y / height))) for y in range(height)]
    lift = _wave(height, down, numbers[3])
    rows = tuple(
        wave[tilt[y] : tilt[y] + width].translate(_rotation(lift[y])) for y in range(height)
    )
    alpha = bytes(range(0, COLOURS, 4)) if transparent else b""
    return Picture(width, height, rows, _palette(numbers[4:10]), alpha)


def _wave(length: int, periods: int, phase: int) -> bytes:
    turn = math.tau * periods / length
    return bytes(int(127.5 * (1 + math.sin(turn * x + phase))) for x in range(length))


def _rotation(by: int) -> bytes:
    return bytes((index + by) % COLOURS for index in range(COLOURS))


def _palette(numbers: bytes) -> bytes:
    colours = []
    for index in range(COLOURS):
        angle = math.tau * index / COLOURS
        colours += [
            int(127.5 * (1 + math.sin(angle * (1 + numbers[c] % 2) + numbers[c + 3])))
            for c in range(3)
        ]
    return bytes(colours)


def _chunk(kind: bytes, data: bytes) -> bytes:
    checksum = zlib.crc32(kind + data)
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", checksum)
