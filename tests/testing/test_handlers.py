from __future__ import annotations

import gzip
import http.client
import json
import socket
import time
from collections.abc import Callable, Iterator

import pytest
import requests

from httptask.testing import LoopbackServer, standard_routes
from httptask.testing.handlers.broken import FAULTS
from httptask.testing.handlers.content import BODIES
from httptask.testing.handlers.standard import PASSWORD, TOKEN, USERNAME

Get = Callable[..., requests.Response]


@pytest.fixture
def get(httptask_server: LoopbackServer) -> Iterator[Get]:
    with requests.Session() as session:
        session.trust_env = False

        def send(target: str, method: str = "GET", **options: object) -> requests.Response:
            return session.request(method, httptask_server.url + target, timeout=60, **options)

        yield send


def raw(server: LoopbackServer, target: str) -> bytes:
    """The exact bytes of a response, until the server closes."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as sock:
        sock.sendall(f"GET {target} HTTP/1.1\r\nConnection: close\r\n\r\n".encode())
        received = b""
        try:
            while more := sock.recv(1 << 16):
                received += more
        except ConnectionResetError:
            return received + b"<reset>"
        return received


def test_echo_tells_what_arrived(get: Get) -> None:
    seen = get("/echo/a%2Fb?x=1&x=2", "POST", json={"é": 1}, headers={"X-Own": "v"}).json()
    assert (seen["method"], seen["path"]) == ("POST", "/echo/a%2Fb")
    assert seen["query"] == [["x", "1"], ["x", "2"]]
    assert ["X-Own", "v"] in seen["headers"]
    assert seen["json"] == {"é": 1}
    seen = get("/echo", "POST", data=b"\xff").json()
    assert (seen["body"], seen["bodyBase64"], seen["json"]) == (None, "/w==", None)


def test_status_has_the_code_of_the_path_and_a_retry_after(get: Get) -> None:
    response = get("/status/429?retry-after=7")
    assert (response.status_code, response.headers["Retry-After"]) == (429, "7")
    assert response.json() == {"error": {"message": "status 429", "code": "E429"}}
    assert get("/status/500?text=boom").text == "boom"
    assert get("/status/500?empty=1").content == b""


def test_slow_waits_before_the_first_byte_and_drip_between_bytes(get: Get) -> None:
    started = time.monotonic()
    assert get("/slow?seconds=0.1").json() == {"slept": 0.1}
    assert time.monotonic() - started >= 0.1
    response = get("/drip?count=3&pause=0.05", stream=True)
    arrivals = [time.monotonic() for _ in response.iter_content(1)]
    assert len(arrivals) == 3
    assert arrivals[2] - arrivals[0] >= 0.08


def test_flaky_fails_and_then_echoes_each_path_for_itself(get: Get) -> None:
    target = "/flaky/a?failures=2&status=500&retry-after=0"
    responses = [get(target) for _ in range(3)]
    assert [response.status_code for response in responses] == [500, 500, 200]
    assert responses[0].headers["Retry-After"] == "0"
    assert get("/flaky/b?failures=1").status_code == 503


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ("closed", b""),
        ("reset", b"<reset>"),
        ("garbage", b"this is not HTTP\r\n\r\n"),
        ("cut-head", b"Content-Ty"),
        ("truncated", b'Content-Length: 100\r\n\r\n{"only": "a bit'),
        ("bad-length", b"Content-Length: many"),
        ("bad-chunk", b"\r\nzz\r\n"),
        ("cut-chunk", b'64\r\n{"a": 1'),
        ("cut-events", b"\n\ndata: 2"),
        ("bad-gzip", b'{"gzip": "not at all"}'),
        ("cut-gzip", b"Content-Encoding: gzip"),
        ("bad-deflate", b"\0" * 9),
        ("long-header", b"x" * 300_000),
        ("many-headers", b"X-Many: x\r\n" * 30_000),
    ],
)
def test_each_fault_is_on_the_wire(
    httptask_server: LoopbackServer, fault: str, expected: bytes
) -> None:
    received = raw(httptask_server, f"/broken/{fault}")
    assert expected in received
    assert received or fault == "closed"


def test_every_fault_is_tested_and_another_name_lists_them(get: Get) -> None:
    marks = test_each_fault_is_on_the_wire.pytestmark
    assert {case[0] for case in marks[0].args[1]} == set(FAULTS)
    assert get("/broken/nonsense").json() == {"faults": list(FAULTS)}


def test_a_cut_gzip_is_cut(httptask_server: LoopbackServer) -> None:
    body = raw(httptask_server, "/broken/cut-gzip").partition(b"\r\n\r\n")[2]
    with pytest.raises(EOFError):
        gzip.decompress(body)


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_a_redirect_goes_to_another_origin(
    get: Get, httptask_other_server: LoopbackServer, code: int
) -> None:
    target = f"{httptask_other_server.url}/echo?from=redirect"
    response = get(f"/redirect/{code}", "POST", params={"to": target}, data=b"x")
    assert response.history[0].status_code == code
    assert response.json()["method"] == ("POST" if code in (307, 308) else "GET")
    assert httptask_other_server.requests[0].query == "from=redirect"


def test_redirects_in_a_chain_relative_in_a_loop_and_nowhere(get: Get) -> None:
    assert len(get("/redirect/chain/3").history) == 3
    assert get("/redirect/relative").json()["query"] == [["from", "relative"]]
    assert get("/redirect/loop", allow_redirects=False).headers["Location"] == "/redirect/loop"
    nowhere = get("/redirect/nowhere")
    assert (nowhere.status_code, "Location" in nowhere.headers) == (302, False)


@pytest.mark.parametrize("algorithm", ["", "/sha256"])
def test_digest_wants_the_right_pair(get: Get, algorithm: str) -> None:
    def response(password: str) -> requests.Response:
        auth = requests.auth.HTTPDigestAuth(USERNAME, password)
        return get(f"/auth/digest{algorithm}?a=b", auth=auth)

    assert response(PASSWORD).status_code == 200
    assert response("wrong").status_code == 401
    assert get(f"/auth/digest{algorithm}").headers["WWW-Authenticate"].startswith("Digest ")


@pytest.mark.parametrize(
    ("target", "right", "wrong"),
    [
        (
            "/auth/basic",
            {"auth": (USERNAME.encode(), PASSWORD.encode())},
            {"auth": (USERNAME, "wrong")},
        ),
        (
            "/auth/bearer",
            {"headers": {"Authorization": f"Bearer {TOKEN}"}},
            {"headers": {"Authorization": TOKEN}},
        ),
        ("/auth/key/header", {"headers": {"x-api-key": TOKEN}}, {"params": {"X-Api-Key": TOKEN}}),
        ("/auth/key/query", {"params": {"api_key": TOKEN}}, {"params": {"api_key": "wrong"}}),
        ("/auth/key/cookie", {"cookies": {"session": TOKEN}}, {"cookies": {"other": TOKEN}}),
    ],
)
def test_auth_wants_the_right_credentials(
    get: Get, target: str, right: dict[str, object], wrong: dict[str, object]
) -> None:
    assert get(target, **right).json()["path"] == target
    refused = get(target, **wrong)
    assert (refused.status_code, refused.json()["error"]["code"]) == (401, "unauthorized")
    assert get(target).status_code == 401


def test_paging_by_number_offset_and_cursor_gives_every_item_once(get: Get) -> None:
    pages = [get(f"/paging/number?page={page}&size=4").json() for page in (1, 2, 3)]
    assert [item["id"] for page in pages for item in page["items"]] == list(range(1, 11))
    assert pages[0]["pages"] == 3
    offsets = [get(f"/paging/offset?offset={start}&limit=6").json() for start in (0, 6)]
    assert [item["id"] for page in offsets for item in page["items"]] == list(range(1, 11))
    cursor, seen = "c0", []
    while cursor:
        page = get(f"/paging/cursor?cursor={cursor}").json()
        seen += [item["id"] for item in page["items"]]
        cursor = page["next"]
    assert seen == list(range(1, 11))


def test_paging_by_link_ends_and_endless_does_not(get: Get) -> None:
    target, seen = "/paging/link", []
    while target:
        response = get(target)
        seen += [item["id"] for item in response.json()]
        target = response.links.get("next", {}).get("url", "")
    assert seen == list(range(1, 11))
    assert get("/paging/endless?cursor=c0").json()["next"] == "c0"


def test_streams_arrive_piece_by_piece(get: Get) -> None:
    response = get("/stream/events?count=3&pause=0.05", stream=True)
    pieces = [(time.monotonic(), piece) for piece in response.raw.read_chunked()]
    assert b"".join(piece for _, piece in pieces).decode() == "".join(
        f'event: tick\nid: {number}\ndata: {{"n": {number}}}\n\n' for number in range(3)
    )
    assert pieces[2][0] - pieces[0][0] >= 0.08
    response = get("/stream/ndjson?count=2&pause=0")
    assert [json.loads(line) for line in response.text.splitlines()] == [{"n": 0}, {"n": 1}]


@pytest.mark.parametrize("framing", ["length", "chunked"])
def test_big_has_the_size_and_the_framing_asked_for(get: Get, framing: str) -> None:
    response = get(f"/big?bytes=1000001&chunk=1000&framing={framing}&type=text/plain")
    assert len(response.content) == 1_000_001
    assert ("Content-Length" in response.headers) == (framing == "length")
    assert response.headers["Content-Type"] == "text/plain"


def test_bomb_is_small_on_the_wire(httptask_server: LoopbackServer) -> None:
    client = http.client.HTTPConnection("127.0.0.1", httptask_server.port, timeout=60)
    client.request("GET", "/bomb?bytes=5000000")
    body = client.getresponse().read()
    client.close()
    assert len(body) < 10_000
    assert gzip.decompress(body) == b" " * 5_000_000


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_compressed_is_in_the_coding_of_the_path(get: Get, coding: str) -> None:
    response = get(f"/compressed/{coding}")
    assert response.headers["Content-Encoding"] == coding
    assert response.json() == {"encoding": coding}


@pytest.mark.parametrize("name", BODIES)
def test_content_is_byte_for_byte(get: Get, name: str) -> None:
    kind, body = BODIES[name]
    response = get(f"/content/{name}")
    assert response.content == body
    assert response.headers.get("Content-Type") == kind


def test_another_content_lists_the_names(get: Get) -> None:
    assert get("/content/nonsense").json() == {"names": list(BODIES)}


def test_download_carries_a_name_not_to_be_trusted(get: Get) -> None:
    disposition = get("/download").headers["Content-Disposition"]
    assert disposition == 'attachment; filename="../../evil.sh"'


def test_cookies_repeat_their_headers(httptask_server: LoopbackServer) -> None:
    received = raw(httptask_server, "/cookies")
    assert received.count(b"Set-Cookie: ") == 2
    assert b"\r\nX-Multi: one\r\nx-multi: two, three\r\n" in received


def test_every_standard_route_belongs_to_a_new_table() -> None:
    assert standard_routes()["/flaky/"] is not standard_routes()["/flaky/"]
