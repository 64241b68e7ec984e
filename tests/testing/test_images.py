from __future__ import annotations

import base64
import hashlib
import json
import struct
import time
import zlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

from httptask.testing import ImageService
from httptask.testing.images import GENERATIONS

ORDER: dict[str, Any] = {"prompt": "a lighthouse at dusk", "n": 1, "model": "openai-gpt-image-1"}
Post = Callable[..., requests.Response]


@pytest.fixture
def post(httptask_images: ImageService) -> Iterator[Post]:
    with requests.Session() as session:
        session.trust_env = False
        session.headers["Authorization"] = f"Bearer {httptask_images.token}"

        def send(path: str = GENERATIONS, **options: object) -> requests.Response:
            return session.post(httptask_images.url + path, timeout=60, **options)

        yield send


def chunks(png: bytes) -> list[tuple[bytes, bytes]]:
    """Read a PNG strictly: signature, every length, every checksum."""
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    found, at = [], 8
    while at < len(png):
        (length,) = struct.unpack_from(">I", png, at)
        kind, data = png[at + 4 : at + 8], png[at + 8 : at + 8 + length]
        (checksum,) = struct.unpack_from(">I", png, at + 8 + length)
        assert checksum == zlib.crc32(kind + data)
        found.append((kind, data))
        at += 12 + length
    return found


def pixels(b64_json: str) -> tuple[int, int, list[bytes]]:
    parts = dict(chunks(base64.b64decode(b64_json, validate=True)))
    width, height, *kind = struct.unpack(">IIBBBBB", parts[b"IHDR"])
    assert kind == [8, 3, 0, 0, 0]
    assert len(parts[b"PLTE"]) == 3 * 256
    data = zlib.decompress(parts[b"IDAT"])
    assert len(data) == (width + 1) * height
    return width, height, [data[y * (width + 1) + 1 : (y + 1) * (width + 1)] for y in range(height)]


def events(response: requests.Response) -> list[tuple[str, dict[str, Any]]]:
    found = []
    for block in response.text.removesuffix("\n\n").split("\n\n"):
        name, data = block.split("\n")
        found.append((name.removeprefix("event: "), json.loads(data.removeprefix("data: "))))
    return found


@pytest.mark.parametrize(
    ("size", "told", "shape"),
    [
        ("auto", "1024x1024", (256, 256)),
        ("1536x1024", "1536x1024", (384, 256)),
        ("1024x1536", "1024x1536", (256, 384)),
    ],
)
def test_a_picture_is_a_valid_png_in_the_ratio_asked_for(
    post: Post, size: str, told: str, shape: tuple[int, int]
) -> None:
    document = post(json={**ORDER, "size": size}).json()
    assert document["size"] == told
    assert pixels(document["data"][0]["b64_json"])[:2] == shape


def test_the_response_has_the_documented_fields(post: Post) -> None:
    document = post(json={**ORDER, "n": 2, "quality": "low", "background": "opaque"}).json()
    assert abs(document.pop("created") - time.time()) < 60
    assert len(document.pop("data")) == 2
    assert document == {
        "background": "opaque",
        "output_format": "png",
        "quality": "low",
        "size": "1024x1024",
        "usage": {
            "input_tokens": 5,
            "input_tokens_details": {"text_tokens": 5, "image_tokens": 0},
            "output_tokens": 544,
            "total_tokens": 549,
        },
    }


def test_pictures_differ_by_prompt_and_number_and_by_nothing_else(post: Post) -> None:
    def painted(**changes: Any) -> list[str]:
        return [item["b64_json"] for item in post(json={**ORDER, **changes}).json()["data"]]

    ten = painted(n=10)
    assert len(set(ten)) == 10
    assert painted() == ten[:1]
    assert painted(prompt="another") != ten[:1]


def test_a_transparent_background_has_an_alpha(post: Post) -> None:
    def kinds(background: str) -> list[bytes]:
        data = post(json={**ORDER, "background": background}).json()["data"]
        return [kind for kind, _ in chunks(base64.b64decode(data[0]["b64_json"]))]

    assert b"tRNS" in kinds("transparent")
    assert b"tRNS" not in kinds("opaque")


def test_a_stream_sharpens_step_by_step_and_completes(post: Post) -> None:
    response = post(json={**ORDER, "stream": True, "partial_images": 3})
    assert response.headers["Content-Type"] == "text/event-stream"
    found = events(response)
    assert [name.removeprefix("image_generation.") for name, _ in found] == [
        "partial_image",
        "partial_image",
        "partial_image",
        "completed",
    ]
    assert all(name == data["type"] for name, data in found)
    assert [data.get("partial_image_index") for _, data in found] == [0, 1, 2, None]
    distinct = [len(set(pixels(data["b64_json"])[2])) for _, data in found]
    assert distinct == sorted(distinct)
    assert len({data["b64_json"] for _, data in found}) == 4
    assert ["usage" in data for _, data in found] == [False, False, False, True]
    plain = post(json=ORDER).json()["data"][0]["b64_json"]
    assert found[-1][1]["b64_json"] == plain


def test_a_stream_of_several_pictures_completes_each(post: Post) -> None:
    found = events(post(json={**ORDER, "n": 2, "stream": True, "partial_images": 1}))
    names = [name.removeprefix("image_generation.") for name, _ in found]
    assert names == ["partial_image", "completed"] * 2


def test_the_delay_is_before_responses_and_between_events() -> None:
    with ImageService(delay=0.1) as service:
        headers = {"Authorization": f"Bearer {service.token}"}
        body = {**ORDER, "stream": True, "partial_images": 2}
        started = time.monotonic()
        response = requests.post(
            service.url + GENERATIONS, json=body, headers=headers, stream=True, timeout=5
        )
        arrivals = [time.monotonic() for _ in response.raw.read_chunked()]
    assert arrivals[0] - started >= 0.1
    assert arrivals[2] - arrivals[0] >= 0.18


@pytest.mark.parametrize(
    ("change", "param", "code"),
    [
        ({"prompt": ...}, "prompt", "missing_required_parameter"),
        ({"n": ...}, "n", "missing_required_parameter"),
        ({"model": ...}, "model", "missing_required_parameter"),
        ({"promt": "x"}, "promt", "unknown_parameter"),
        ({"prompt": "x" * 32_001}, "prompt", "string_above_max_length"),
        ({"prompt": None}, "prompt", "invalid_type"),
        ({"model": 1}, "model", "invalid_type"),
        ({"user": 1}, "user", "invalid_type"),
        ({"n": 0}, "n", "integer_out_of_range"),
        ({"n": 11}, "n", "integer_out_of_range"),
        ({"n": "1"}, "n", "invalid_type"),
        ({"n": 1.5}, "n", "invalid_type"),
        ({"n": True}, "n", "invalid_type"),
        ({"output_compression": -1}, "output_compression", "integer_out_of_range"),
        ({"output_compression": 101}, "output_compression", "integer_out_of_range"),
        ({"partial_images": -1}, "partial_images", "integer_out_of_range"),
        ({"stream": "true"}, "stream", "invalid_type"),
        ({"stream": True}, "partial_images", "invalid_value"),
        ({"stream": True, "partial_images": 0}, "partial_images", "invalid_value"),
        ({"size": "1024x1024"}, "size", "invalid_value"),
        ({"quality": "best"}, "quality", "invalid_value"),
        ({"background": "blue"}, "background", "invalid_value"),
        ({"moderation": "high"}, "moderation", "invalid_value"),
        ({"output_format": "gif"}, "output_format", "invalid_value"),
        ({"output_format": "webp"}, "output_format", "unsupported_value"),
        ({"output_format": "jpeg"}, "output_format", "unsupported_value"),
    ],
)
def test_each_rule_of_the_page_is_kept(
    post: Post, change: dict[str, Any], param: str, code: str
) -> None:
    body = {name: value for name, value in {**ORDER, **change}.items() if value is not ...}
    response = post(json=body)
    assert response.status_code == 400
    error = response.json()["error"]
    assert (error["type"], error["param"], error["code"]) == ("invalid_request_error", param, code)
    assert error["message"]


@pytest.mark.parametrize(
    "change",
    [
        {"prompt": "😀" * 32_000},
        {"n": 10},
        {"n": 1.0},
        {"stream": False, "partial_images": 0},
        {"partial_images": 3},
        {"output_compression": 0, "output_format": "png", "moderation": "low", "user": "u"},
        {"quality": "auto", "background": "auto", "size": "auto", "moderation": "auto"},
    ],
)
def test_what_the_page_allows_gets_a_response(post: Post, change: dict[str, Any]) -> None:
    assert post(json={**ORDER, **change}).status_code == 200


def test_webp_and_jpeg_are_refused_honestly(post: Post) -> None:
    message = post(json={**ORDER, "output_format": "webp"}).json()["error"]["message"]
    assert message == "stand-in renders png only."


@pytest.mark.parametrize(
    ("data", "kind", "code"),
    [
        (b"{", "application/json", "invalid_json"),
        (b"\xff", "application/json; charset=utf-8", "invalid_json"),
        (b"[]", "application/json", "invalid_type"),
        (b"{}", "text/plain", "unsupported_content_type"),
        (b"{}", None, "unsupported_content_type"),
    ],
)
def test_a_body_that_is_not_a_json_object_is_refused(
    post: Post, data: bytes, kind: str | None, code: str
) -> None:
    response = post(data=data, headers={"Content-Type": kind})
    assert (response.status_code, response.json()["error"]["code"]) == (400, code)


@pytest.mark.parametrize(
    ("value", "code"), [(None, "missing_api_key"), ("Bearer wrong", "invalid_api_key")]
)
@pytest.mark.parametrize("path", [GENERATIONS, "/uploads"])
def test_without_the_token_it_is_401(post: Post, path: str, value: str | None, code: str) -> None:
    response = post(path, json=ORDER, headers={"Authorization": value})
    error = response.json()["error"]
    assert (response.status_code, error["type"]) == (401, "authentication_error")
    assert error["code"] == code


def test_another_path_or_method_is_404(post: Post) -> None:
    assert post("/v1/images/variations").json()["error"]["code"] == "unknown_url"
    assert post("/uploads/x").status_code == 404


def test_an_upload_is_described_and_can_be_fetched(
    post: Post, httptask_images: ImageService
) -> None:
    content = b"\x89PNG\r\n--not-the-boundary\r\n\r\n\x00"
    response = post(
        "/uploads",
        files={"file": ("dusk.png", content, "image/png")},
        data={"title": "Žluťoučký", "prompt": "a\nb"},
    )
    assert response.status_code == 201
    document = response.json()
    sha256 = hashlib.sha256(content).hexdigest()
    assert document == {
        "id": f"up_{sha256[:16]}",
        "url": f"{httptask_images.url}/uploads/up_{sha256[:16]}",
        "size": len(content),
        "sha256": sha256,
        "title": "Žluťoučký",
        "prompt": "a\nb",
        "mediaType": "image/png",
    }
    headers = {"Authorization": f"Bearer {httptask_images.token}"}
    fetched = requests.get(document["url"], headers=headers, timeout=60)
    assert (fetched.content, fetched.headers["Content-Type"]) == (content, "image/png")
    missing = requests.get(f"{httptask_images.url}/uploads/none", headers=headers, timeout=60)
    assert missing.status_code == 404


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"json": {}}, "invalid_form"),
        ({"files": {"other": ("a", b"")}}, "missing_required_parameter"),
        ({"files": {"file": (None, b"a plain field")}}, "missing_required_parameter"),
    ],
)
def test_an_upload_without_a_file_is_refused(
    post: Post, options: dict[str, Any], code: str
) -> None:
    response = post("/uploads", **options)
    assert (response.status_code, response.json()["error"]["code"]) == (400, code)
