"""What a broken, slow or hostile server does to a task: an error with a name, in time."""

from __future__ import annotations

import gzip
import socket
import threading
import time
import zlib
from collections.abc import Iterator
from typing import Any

import pytest
from soon import LATE, SOON

from httptask.core.result import TaskResult, TaskStatus
from httptask.testing import LoopbackServer, RawReply, Reply
from httptask.testing.tasks import TaskRunner


def get(tasks: TaskRunner, uri: str, **options: Any) -> TaskResult:
    times = {
        key: options.pop(key) for key in ("readTimeOut", "connectionTimeOut") if key in options
    }
    cancelled = options.pop("cancelled", None)
    request = {"uri": uri, "method": "GET", **times}
    return tasks.run({"http_request": request, "httptask": options}, cancelled=cancelled)


def code_of(result: TaskResult) -> str:
    assert result.error is not None
    assert result.status is not TaskStatus.COMPLETED
    return result.error.code


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("closed", "connection_broken"),
        ("reset", "connection_broken"),
        ("garbage", "connection_broken"),
        ("cut-head", "connection_broken"),
        ("truncated", "connection_broken"),
        ("bad-length", "connection_broken"),
        ("bad-chunk", "connection_broken"),
        ("cut-chunk", "connection_broken"),
        ("cut-events", "connection_broken"),
        ("bad-gzip", "content_coding_damaged"),
        ("cut-gzip", "content_coding_damaged"),
        ("bad-deflate", "content_coding_damaged"),
        ("long-header", "head_too_large"),
        ("many-headers", "head_too_large"),
    ],
)
def test_no_fault_is_taken_for_a_response(
    httptask_server: LoopbackServer, httptask_tasks: TaskRunner, fault: str, code: str
) -> None:
    result = get(httptask_tasks, f"{httptask_server.url}/broken/{fault}")
    assert code_of(result) == code
    assert "object at 0x" not in result.reason
    assert get(httptask_tasks, f"{httptask_server.url}/echo").status is TaskStatus.COMPLETED


@pytest.mark.parametrize("wanted", ["json", "text", "file", "events"])
def test_a_short_body_is_never_a_silent_partial(
    httptask_server: LoopbackServer, httptask_tasks: TaskRunner, wanted: str
) -> None:
    for fault in ("truncated", "cut-chunk", "cut-gzip"):
        uri = f"{httptask_server.url}/broken/{fault}"
        assert code_of(get(httptask_tasks, uri, response={"format": wanted}))
    stored = httptask_tasks.settings.files
    assert [path for path in stored.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        ("GZIP", gzip.compress(b'{"a": ') + gzip.compress(b"1}")),
        ("gzip", gzip.compress(b'{"a": 1}') + b"\0" * 40),
        ("x-gzip", gzip.compress(b'{"a": 1}') + b"\0"),
        ("gzip, gzip", gzip.compress(gzip.compress(b'{"a": 1}'))),
        ("identity", b'{"a": 1}'),
        ("deflate", zlib.compress(b'{"a": 1}')[2:-4]),
    ],
    ids=["members", "padded", "one-zero", "twice", "identity", "raw-deflate"],
)
def test_unusual_codings(
    httptask_server: LoopbackServer, httptask_tasks: TaskRunner, coding: str, body: bytes
) -> None:
    headers = (("Content-Type", "application/json"), ("Content-Encoding", coding))
    httptask_server.route("/gz", lambda _: Reply(200, headers, [body[:5], body[5:]]))
    result = get(httptask_tasks, f"{httptask_server.url}/gz")
    assert result.output["response"]["body"] == {"a": 1}, result.reason


@pytest.mark.parametrize(
    "coding", ["br", "zstd", "compress", "X-Compress", "dcb", "dcz", "gzip, br"]
)
def test_a_coding_that_cannot_be_undone_is_named(
    httptask_server: LoopbackServer, httptask_tasks: TaskRunner, coding: str
) -> None:
    headers = (("Content-Type", "application/json"), ("Content-Encoding", coding))
    httptask_server.route("/coded", lambda _: Reply(404, headers, b"\x0b\x02\x80{}\x03"))
    httptask_server.route("/empty", lambda _: Reply(404, headers, b""))
    result = get(httptask_tasks, f"{httptask_server.url}/coded")
    assert code_of(result) == "content_coding_unknown"
    assert result.output["response"]["statusCode"] == 404
    empty = get(httptask_tasks, f"{httptask_server.url}/empty")
    assert code_of(empty) == "status_not_accepted"
    assert empty.output["response"]["body"] is None


@pytest.mark.parametrize(
    "value",
    [
        "utf-8",
        "UTF-8",
        "none",
        "8bit",
        "binary",
        "",
        "application/json",
        "aws-chunked",
        "utf-8, none",
    ],
)
def test_what_is_not_a_coding_changes_nothing(
    httptask_server: LoopbackServer, httptask_tasks: TaskRunner, value: str
) -> None:
    headers = (("Content-Type", "application/json"), ("Content-Encoding", value))
    httptask_server.route("/plain", lambda _: Reply(200, headers, b'{"a": 1}'))
    result = get(httptask_tasks, f"{httptask_server.url}/plain")
    assert result.output["response"]["body"] == {"a": 1}, result.reason
    coded = (("Content-Encoding", f"{value}, gzip"),)
    httptask_server.route("/both", lambda _: Reply(200, coded, gzip.compress(b"end")))
    assert get(httptask_tasks, f"{httptask_server.url}/both").output["response"]["body"] == "end"


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_codings_are_undone(
    httptask_server: LoopbackServer, httptask_tasks: TaskRunner, coding: str
) -> None:
    result = get(httptask_tasks, f"{httptask_server.url}/compressed/{coding}")
    assert result.output["response"]["body"] == {"encoding": coding}


def test_a_bomb_stops_at_the_limit(
    httptask_server: LoopbackServer, httptask_tasks: TaskRunner
) -> None:
    uri = f"{httptask_server.url}/bomb?bytes={80 * 2**20}"
    for options in ({"response": {"maxBytes": 100_000}}, {}):
        result = get(httptask_tasks, uri, **options)
        assert code_of(result) == "response_too_large"
        assert result.error is not None
        assert result.error.retryable is False
    assert code_of(get(httptask_tasks, uri, response={"format": "file", "maxBytes": 10**6}))
    files = httptask_tasks.settings.files
    assert [path for path in files.rglob("*") if path.is_file()] == []


@pytest.fixture
def blackhole() -> Iterator[str]:
    """An address that accepts no further connection: its backlog is full."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        address = listener.getsockname()
        waiting = []
        for _ in range(3):
            sock = socket.socket()
            sock.setblocking(False)
            sock.connect_ex(address)
            waiting.append(sock)
        yield f"http://127.0.0.1:{address[1]}/"
        for sock in waiting:
            sock.close()


def test_connect_timeout(blackhole: str, httptask_tasks: TaskRunner) -> None:
    began = time.monotonic()
    result = get(httptask_tasks, blackhole, connectionTimeOut=150)
    assert time.monotonic() - began < SOON
    assert code_of(result) == "connect_timeout"


def test_the_deadline_holds_while_connecting(blackhole: str, httptask_tasks: TaskRunner) -> None:
    began = time.monotonic()
    result = get(httptask_tasks, blackhole, connectionTimeOut=LATE * 1000, deadlineMs=200)
    assert time.monotonic() - began < SOON
    assert code_of(result) == "deadline_exceeded"


def test_read_timeout(httptask_server: LoopbackServer, httptask_tasks: TaskRunner) -> None:
    uri = f"{httptask_server.url}/slow?seconds={LATE}"
    began = time.monotonic()
    result = get(httptask_tasks, uri, readTimeOut=150)
    assert time.monotonic() - began < SOON
    assert code_of(result) == "read_timeout"
    assert result.error is not None
    assert "readTimeOut" in result.error.hint
    drip = get(httptask_tasks, f"{httptask_server.url}/drip?count=3&pause={LATE}", readTimeOut=150)
    assert code_of(drip) == "read_timeout"
    assert drip.output["response"]["statusCode"] == 200
    assert drip.output["response"]["headers"]["Content-Length"] == ["3"]
    assert drip.output["response"]["body"] is None


def head_drip() -> Iterator[bytes | float]:
    yield b"HTTP/1.1 200 OK\r\n"
    for number in range(20 * LATE):
        yield 0.05
        yield b"X-%d: y\r\n" % number


@pytest.mark.parametrize("wanted", ["auto", "events", "file"])
def test_a_drip_ends_at_the_deadline(
    httptask_server: LoopbackServer, httptask_tasks: TaskRunner, wanted: str
) -> None:
    httptask_server.route("/head", lambda _: RawReply(head_drip()))
    for path in ("/drip?count=1800&pause=0.05", "/head"):
        began = time.monotonic()
        options = {"deadlineMs": 250, "response": {"format": wanted}}
        result = get(httptask_tasks, httptask_server.url + path, readTimeOut=200, **options)
        assert 0.2 < time.monotonic() - began < SOON
        assert code_of(result) == "deadline_exceeded"
        assert result.error is not None
        assert "deadlineMs" in result.error.hint


def test_a_server_that_never_pauses_ends_at_the_deadline(
    httptask_server: LoopbackServer, httptask_tasks: TaskRunner
) -> None:
    def endless() -> Iterator[bytes | float]:
        yield b"HTTP/1.1 200 OK\r\n\r\n"
        while True:
            yield b"x" * 16

    httptask_server.route("/endless", lambda _: RawReply(endless()))
    began = time.monotonic()
    result = get(httptask_tasks, f"{httptask_server.url}/endless", deadlineMs=250)
    assert time.monotonic() - began < SOON
    assert code_of(result) == "deadline_exceeded"


def test_one_deadline_over_all_attempts(
    httptask_server: LoopbackServer, httptask_tasks: TaskRunner
) -> None:
    uri = f"{httptask_server.url}/slow?seconds={LATE}"
    retry = {"maxAttempts": 50, "initialDelayMs": 20, "jitter": False, "multiplier": 1}
    began = time.monotonic()
    result = get(httptask_tasks, uri, readTimeOut=100, deadlineMs=400, retry=retry)
    assert time.monotonic() - began < SOON
    assert 2 <= len(httptask_server.requests) <= 5
    assert code_of(result) in {"deadline_exceeded", "read_timeout"}


def test_the_deadline_is_five_minutes_by_default(
    httptask_server: LoopbackServer, httptask_tasks: TaskRunner
) -> None:
    result = get(httptask_tasks, f"{httptask_server.url}/echo")
    assert result.status is TaskStatus.COMPLETED
    inputs = {"http_request": {"uri": httptask_server.url, "method": "GET"}}
    stopped = httptask_tasks.run(inputs, stop_after="resolve_inputs")
    assert stopped.trace is not None
    resolved = httptask_tasks.pipeline.options_model()
    assert resolved.deadline_ms == 300_000


@pytest.mark.parametrize(
    "path",
    ["/slow?seconds=90", "/drip?count=1800&pause=0.05", "/stream/events?count=1800&pause=0.05"],
)
def test_cancelling_stops_a_running_call(
    httptask_server: LoopbackServer, httptask_tasks: TaskRunner, path: str
) -> None:
    cancelled = threading.Event()
    moments: list[float] = []

    def cancel() -> None:
        httptask_server.wait_for(1)
        time.sleep(0.1)
        moments.append(time.monotonic())
        cancelled.set()

    threading.Thread(target=cancel).start()
    result = get(
        httptask_tasks, httptask_server.url + path, readTimeOut=LATE * 1000, cancelled=cancelled
    )
    assert time.monotonic() - moments[0] < SOON
    assert code_of(result) == "cancelled"


def test_cancelled_before_the_start(
    httptask_server: LoopbackServer, httptask_tasks: TaskRunner
) -> None:
    cancelled = threading.Event()
    cancelled.set()
    result = get(httptask_tasks, f"{httptask_server.url}/echo", cancelled=cancelled)
    assert code_of(result) == "cancelled"
    assert httptask_server.requests == []


def test_cancelling_while_connecting(blackhole: str, httptask_tasks: TaskRunner) -> None:
    cancelled = threading.Event()
    threading.Timer(0.15, cancelled.set).start()
    began = time.monotonic()
    result = get(httptask_tasks, blackhole, connectionTimeOut=LATE * 1000, cancelled=cancelled)
    assert time.monotonic() - began < SOON
    assert code_of(result) == "cancelled"


def test_an_upload_may_take_longer_than_a_silence(
    httptask_loopback: Any, httptask_tasks: TaskRunner
) -> None:
    """A server that reads slowly is not a silent one."""
    size = 12 * 2**20
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 64 * 1024)

        def serve() -> None:
            sock, _ = listener.accept()
            with sock:
                read = 0
                while read < size:
                    read += len(sock.recv(2**16))
                    time.sleep(0.01 if read < size / 2 else 0)  # what is left may be in buffers
                sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")

        threading.Thread(target=serve, daemon=True).start()
        request = {
            "uri": f"http://127.0.0.1:{listener.getsockname()[1]}/",
            "method": "POST",
            "contentType": "text/plain",
            "body": "x" * size,
            "connectionTimeOut": 900,
            "readTimeOut": 900,
        }
        began = time.monotonic()
        result = httptask_tasks.run({"http_request": request})
    assert result.status is TaskStatus.COMPLETED, result.reason
    assert time.monotonic() - began > 0.9


def test_many_calls_at_once(httptask_server: LoopbackServer, httptask_tasks: TaskRunner) -> None:
    results: list[TaskResult] = []

    def work(number: int) -> None:
        uri = f"{httptask_server.url}/echo/{number}"
        results.append(get(httptask_tasks, uri, deadlineMs=5000, cancelled=threading.Event()))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(32)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    paths = {result.output["response"]["body"]["path"] for result in results}
    assert paths == {f"/echo/{number}" for number in range(32)}
