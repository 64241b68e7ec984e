"""Responses as no server should write them, and what the transport makes of each.

    python tests/wire/hostile.py [--short] [--all]

Each kind is sent over a socket, whole, in two halves and byte by byte, and must end as it says:
with the body, or with a code of ours, in time. The request after it must get its own response.
Prints the kinds that end otherwise (with --all, every kind) and the figures; exits with their
number.
"""

from __future__ import annotations

import argparse
import gzip
import sys
import time
import zlib
from collections import Counter
from collections.abc import Iterator

from httptask.core.egress import EgressPolicy
from httptask.core.message import Headers, HttpRequest
from httptask.errors import HttpTaskError
from httptask.hooks.recording import Probe
from httptask.testing import LoopbackServer, RawReply, Reply
from httptask.wire.call import Call
from httptask.wire.http1.client import Http1Client

OK = b"HTTP/1.1 200 OK\r\n"
ENDS = OK + b"Content-Length: 5\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
BROKEN, LATE, LARGE = "connection_broken", "read_timeout", "head_too_large"
DAMAGED, UNKNOWN = "content_coding_damaged", "content_coding_unknown"
SILENCE, DEADLINE, SLOWEST = 0.25, 2.0, 4.0


def status_lines() -> Iterator[tuple[str, bytes, str]]:
    rest = b"\r\nContent-Length: 5\r\n\r\nhello"
    for good in (b"HTTP/1.1 200", b"HTTP/1.1 200 ", b"HTTP/1.1  200 OK", b"HTTP/1.0 200 OK"):
        yield f"status line {good!r}", good + rest, "hello"
    for good in (b"HTTP/1.1 299 \xc3\xa9", b"HTTP/1.1 200 OK\tor so", b"HTTP/1.9 200 OK"):
        yield f"status line {good!r}", good + rest, "hello"
    for bad in (
        *(b"HTTP/2 200", b"HTTP/1 200", b"HTTP/1.1 20", b"HTTP/1.1 2000", b"HTTP/1.1 +20 OK"),
        *(b"HTTP/1.1 2_0 OK", b"HTTP/1.1", b"http/1.1 200 OK", b"200 OK", b"", b"\x16\x03\x01"),
        *(b" HTTP/1.1 200 OK", b"\r\nHTTP/1.1 200 OK", b"HTTP/1.10 200 OK", b"HTTP/1.1 099 OK"),
        *(b"HTTP/1.1 \xb2\xb0\xb0 OK", b"ICY 200 OK", b"<html>", b"SSH-2.0-x", b"HTTP/1.1\x00200"),
    ):
        yield f"status line {bad!r}", bad + rest, BROKEN


def heads() -> Iterator[tuple[str, bytes, str]]:
    for line in (
        *(
            b"X",
            b"X y",
            b": y",
            b" X: y",
            b"X : y",
            b"X:y",
            b"X:",
            b"\tX: y",
            b"X: \x00",
            b"X: y\r",
        ),
        *(b"X: \xc3\xa9", b"X: \xe2\x82\xac", b"X: \xff", b"X\r\n : y", b"X: a\r\n b", b"\xff: y"),
        *(b"Connection: close", b"Connection: , ,", b"Connection: CLOSE", b"Content-Length: 5"),
        *(b"Content-Length: 5, 5", b"Transfer-Encoding: identity", b"Transfer-Encoding:"),
        *(b"Content-Encoding: utf-8", b"Content-Encoding:", b"Upgrade: h2c"),
        *(b"Set-Cookie: \xe9", b"Location: /\xe9", b"X: " + b"y" * 200_000),
        b"\r\n".join([b"X: y"] * 3000),
    ):
        whole = OK + line + b"\r\nContent-Length: 5\r\n\r\nhello"
        yield f"header {line[:40]!r}", whole, "hello"
    for line in (
        *(b"Content-Length: 6", b"Content-Length: x", b"Content-Length: 5, 6", b"Content-Length:"),
        *(
            b"Content-Length: -5",
            b"Content-Length: 5 5",
            b"Content-Length: 0x5",
            b"Content-Length: ;",
        ),
        *(b"Content-Length: " + b"9" * 30, b"Content-Length: " + b"9" * 9000),
        *(b"Transfer-Encoding: gzip", b"Transfer-Encoding: gzip, chunked", b"Transfer-Encoding: x"),
        *(b"Transfer-Encoding: chunked, chunked", b"Transfer-Encoding: chunked\r\n gzip"),
    ):
        yield f"header {line[:40]!r}", ENDS + line + b"\r\n\r\nhello", BROKEN
    for line in (
        b"X: " + b"y" * 270_000,
        *(each * 150_000 for each in (b"X: y\r\n", b"X\n", b" \n")),
    ):
        yield f"head of {len(line)}", ENDS + line + b"\r\n\r\nhello", LARGE
    yield "bare LF", ENDS.replace(b"\r", b"") + b"\nhello", "hello"
    yield "until closed", OK + b"\r\nhello", "hello"
    yield "1.0 until closed", b"HTTP/1.0 200 OK\r\n\r\nhello", "hello"
    for code in (b"204", b"304"):
        yield f"{code!r} with a length", ENDS.replace(b"200", code) + b"\r\n", ""
        yield f"{code!r} with a body", ENDS.replace(b"200", code) + b"\r\nhello", ""
    yield "101", b"HTTP/1.1 101 Switching Protocols\r\n\r\nwhatever", ""
    for count in (1, 99):
        interim = b"HTTP/1.1 100 Continue\r\n\r\n" * count
        yield f"{count} interim", interim + ENDS + b"\r\nhello", "hello"
    yield "100 interim", b"HTTP/1.1 103 Early\r\n\r\n" * 100 + ENDS + b"\r\nhello", BROKEN
    yield "more behind it", ENDS + b"\r\nhello" + ENDS + b"\r\nother", "hello"


def chunks() -> Iterator[tuple[str, bytes, str]]:
    for body in (
        *(b"5\r\nhello\r\n0\r\n\r\n", b"5\nhello\n0\n\n", b"005\r\nhello\r\n000\r\n\r\n"),
        *(b"5;a=b\r\nhello\r\n0;c\r\n\r\n", b"5 \r\nhello\r\n0\r\n\r\n"),
        *(b"2\r\nhe\r\n3\r\nllo\r\n0\r\nX: y\r\n\r\n", b"5 ; x\r\nhello\r\n0\r\n\r\n"),
        *(b"5\r\nhello\r\n0\r\n", b"5\r\nhello\r\n0\r\nX: y"),
        *(b"1\r\nh\r\n4\r\nello\r\n0\r\n\r\n", b"5\r\nhello\r\n0\r\nX: \xff\r\nY\r\n\r\n"),
    ):
        yield f"chunks {body[:40]!r}", CHUNKED + body, "hello"
        both = OK + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n" + body
        yield f"chunks and a length {body[:30]!r}", both, "hello"
    for body in (
        *(b"5\r\nhello", b"5\r\nhel", b"5\r\nhello\r\n", b"5\r\nhello\r\n5", b"", b"5", b"5\r\n"),
        *(b"-5\r\nhello\r\n0\r\n\r\n", b"+5\r\nhello\r\n0\r\n\r\n", b"0x5\r\nhello\r\n0\r\n\r\n"),
        *(b"5\r\nhello0\r\n\r\n", b"5\r\nhello!!0\r\n\r\n", b"g\r\nhello\r\n0\r\n\r\n"),
        *(b"\r\nhello\r\n0\r\n\r\n", b"5,\r\nhello\r\n0\r\n\r\n", b"5_\r\nhello\r\n0\r\n\r\n"),
        *(b"ffffffffffffffffff\r\nhello", b"4\r\nhello\r\n0\r\n\r\n", b"7\r\nhello\r\n0\r\n\r\n"),
        b"5;" + b"x" * 9000 + b"\r\nhello\r\n0\r\n\r\n",
        b"0" * 9000 + b"5\r\nhello\r\n0\r\n\r\n",
    ):
        yield f"chunks {body[:40]!r} {len(body)}", CHUNKED + body, BROKEN
    trailers = CHUNKED + b"5\r\nhello\r\n0\r\n" + b"X: y\r\n" * 50_000 + b"\r\n"
    yield "endless trailers", trailers, LARGE


def codings() -> Iterator[tuple[str, bytes, str]]:
    packed = gzip.compress(b"hello")
    deflated = zlib.compress(b"hello")
    for coding, body, outcome in (
        *(("gzip", packed, "hello"), ("x-gzip", packed + b"\0" * 9, "hello")),
        *(("GZIP", packed, "hello"), ("deflate", deflated, "hello"), ("gzip", b"", "")),
        *(("deflate", deflated[2:-4], "hello"), ("gzip, gzip", gzip.compress(packed), "hello")),
        *(("none", b"hello", "hello"), ("utf-8", b"hello", "hello"), ("8bit", b"hello", "hello")),
        *(("aws-chunked", b"hello", "hello"), ("zstd", b"", ""), ("br", b"", ""), ("dcz", b"", "")),
        *(("gzip", packed[:-9], DAMAGED), ("gzip", b"hello", DAMAGED)),
        *(("gzip", packed[:-5] + b"\0" * 5, DAMAGED), ("deflate", b"\xff", DAMAGED)),
        *(("br", b"hello", UNKNOWN), ("zstd", b"hello", UNKNOWN), ("dcb", b"hello", UNKNOWN)),
        *(("gzip," * 6, packed, UNKNOWN), ("compress", b"hello", UNKNOWN)),
        ("br, gzip", packed, UNKNOWN),
    ):
        head = OK + f"Content-Encoding: {coding}\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        yield f"{coding} {body[:12]!r} {len(body)}", head + body, outcome


def cuts() -> Iterator[tuple[str, bytes, str]]:
    """Connections that end, everywhere in two responses."""
    for name, whole in (("length", ENDS + b"\r\nhello"), ("chunks", CHUNKED + b"5\r\nhello\r\n0")):
        for at in range(0, len(whole), 3):
            yield f"{name} cut at {at}", whole[:at], BROKEN


def silences() -> Iterator[tuple[str, bytes, str]]:
    for at in (0, 4, 20, len(ENDS), len(ENDS) + 3):
        yield f"silent at {at}", (ENDS + b"\r\nhello")[:at], LATE
    for part in (b"", b"5", b"5\r\n", b"5\r\nhel", b"5\r\nhello", b"5\r\nhello\r\n0\r\n"):
        yield f"silent after {part!r}", CHUNKED + part, LATE


def deliveries(data: bytes, short: bool) -> Iterator[list[bytes]]:
    yield [data]
    if not short:
        yield [data[: len(data) // 2], data[len(data) // 2 :]]
        if len(data) < 2000:
            yield [data[at : at + 1] for at in range(len(data))]


class Trial:
    """One client that meets every kind, one after the other."""

    def __init__(self, server: LoopbackServer, client: Http1Client) -> None:
        self._server, self._client = server, client
        self._policy = EgressPolicy.of([server.authority])
        server.route("/good", lambda _: Reply(body=b"good"))

    def outcome(self, reply: RawReply) -> str:
        """Return the body, or the code of the error; and what is wrong with the next call."""
        self._server.route("/hostile", lambda _: reply)
        found, following = self._get("/hostile"), self._get("/good")
        if following == BROKEN:  # the server has closed, which its response did not say
            following = self._get("/good")
        return found if following == "good" else f"{found}, and the next call got {following!r}"

    def _get(self, path: str) -> str:
        deadline = time.perf_counter() + DEADLINE
        call = Call(self._policy, Probe(), read_timeout=SILENCE, deadline=deadline)
        headers = Headers([("Host", self._server.authority)])
        try:
            response = self._client.send(call, HttpRequest("GET", self._server.url + path, headers))
            try:
                return b"".join(response.stream).decode("latin-1")
            finally:
                response.stream.close()
        except HttpTaskError as error:
            return error.code


def main() -> int:
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("--short", action="store_true", help="each kind whole only")
    parser.add_argument("--all", action="store_true", help="print every kind")
    asked = parser.parse_args()
    ends = [*status_lines(), *heads(), *chunks(), *codings(), *cuts()]
    kinds = [(*kind, False) for kind in ends] + [(*kind, True) for kind in silences()]
    wrong, calls, slowest, found = 0, 0, 0.0, Counter[str]()
    with LoopbackServer() as server, Http1Client() as client:
        trial = Trial(server, client)
        for name, data, wanted, silent in kinds:
            for parts in deliveries(data, asked.short):
                began = time.perf_counter()
                pause = [SILENCE * 3] if silent else []
                got = trial.outcome(RawReply([*parts, *pause]))
                took = time.perf_counter() - began
                calls, slowest = calls + 1, max(slowest, took)
                found[wanted if wanted.isidentifier() and "_" in wanted else "read"] += 1
                bad = got != wanted or took > SLOWEST
                wrong += bad
                if bad or asked.all:
                    print(f"{'WRONG' if bad else 'right'} {name}: {got!r}, wanted {wanted!r}")
    print(f"{len(kinds)} kinds, {calls} calls, {wrong} wrong, slowest {slowest:.2f} s")
    print(", ".join(f"{code} {count}" for code, count in sorted(found.items())))
    return min(wrong, 100)


if __name__ == "__main__":
    sys.exit(main())
