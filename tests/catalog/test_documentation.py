"""Documentation pages: everything described, nothing harmful."""

from __future__ import annotations

from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from rich.console import Console
from rich.markdown import Markdown

from httptask.catalog import Catalog, Operation, render_documentation
from httptask.catalog.markdown import block, code, line

Json = Any


def test_the_bundled_page_says_everything(catalog: Catalog) -> None:
    page = render_documentation(catalog.get("digitalocean-inference"))
    for text in (
        "# POST `/v1/images/generations`",
        "0. `https://inference.do-ai.run` production",
        "`inference_bearer_auth`: bearer",
        "| `Content-Type` | string | yes | The media type of the request body. Default:",
        "Must be between 1 and 10. Limits: ≥ `1`, ≤ `10`. |",
        "One of `auto`, `1024x1536`, `1536x1024`.",
        "When stream is true, partial_images must be greater than 0.",
        "| `data[].b64_json` | string (image/png) | yes |",
        "### 200",
        "### default",
        "`image_generation.partial_image`",
    ):
        assert text in page


HOSTILE = (
    "<script>alert(1)</script> <img src=x onerror=y> <scr<b>ipt> \x1b[31mred\x1b]0;t\x07 \x9b31m"
    " [a](javascript:alert(1)) ![i](https://x/i.png) \u202eabc | # head\n\n# Heading\n\n"
    "[r]: javascript:x"
)


def test_the_page_says_how_a_token_is_asked_for(
    read: Callable[..., Operation], describe: Any
) -> None:
    flows = {
        "authorizationCode": {
            "authorizationUrl": "https://login.example.com/authorize",
            "tokenUrl": "https://login.example.com/token",
            "scopes": {"pets:read": "Read pets", "pets:write": "Change pets"},
        }
    }
    metadata = "https://login.example.com/.well-known/openid-configuration"
    schemes = {
        "code": {"type": "oauth2", "flows": flows},
        "open": {"type": "openIdConnect", "openIdConnectUrl": metadata},
    }
    get = {"security": [{"code": ["pets:read"]}, {"open": []}]}
    document = describe({"/a": {"get": get}}, components={"securitySchemes": schemes})
    page = render_documentation(read(document))
    assert "- `code`: oauth2 (pets:read)" in page
    urls = "`https://login.example.com/authorize` `https://login.example.com/token`"
    assert f"  - `authorization_code` {urls}; scopes `pets:read`, `pets:write`" in page
    assert f"  - endpoints: `{metadata}`" in page


def test_hostile_texts_are_harmless_everywhere(
    read: Callable[..., Operation], describe: Any
) -> None:
    schema = {"type": "object", "description": HOSTILE, "properties": {HOSTILE: {
        "type": "string", "enum": [HOSTILE], "default": HOSTILE, "pattern": "a|b",
        "description": HOSTILE}}}  # fmt: skip
    content = {"application/json": {"schema": schema}}
    operation = {
        "summary": HOSTILE, "description": HOSTILE, "tags": [HOSTILE],
        "parameters": [{"name": HOSTILE, "in": "query", "description": HOSTILE, "schema": schema}],
        "requestBody": {"description": HOSTILE, "content": content},
        "responses": {"200": {"description": HOSTILE, "content": content,
                              "headers": {HOSTILE: {}}}},
    }  # fmt: skip
    servers = [{"url": "https://x.example.com", "description": HOSTILE}]
    info = {"title": HOSTILE, "version": HOSTILE}
    page = render_documentation(
        read(describe({"/a": {"post": operation}}, servers=servers, info=info))
    )
    assert not set(page) & {"\x1b", "\x07", "\x9b", "\u202e"}
    html = MarkdownIt("commonmark", {"html": True}).enable("table").render(page)
    for bad in ("<script", "<img", "onerror=y>", 'href="javascript', "<h1>Heading"):
        assert bad not in html
    assert html.count("<h1>") == 1


def test_rich_renders_the_page(catalog: Catalog) -> None:
    console = Console(file=StringIO(), width=100)
    console.print(Markdown(render_documentation(catalog.get("digitalocean-inference"))))
    assert "partial_images" in console.file.getvalue()  # type: ignore[attr-defined]


@given(st.text() | st.text(alphabet="<>[]()!a/-`:# \n"))
def test_a_block_never_has_html_or_images(text: str) -> None:
    tokens = MarkdownIt("commonmark", {"html": True}).parse(block(text))
    kinds = {child.type for token in tokens for child in [token, *(token.children or [])]}
    assert not kinds & {"html_inline", "html_block", "image"}


@given(st.text())
def test_a_line_is_one_cell(text: str) -> None:
    assert "\n" not in line(text)
    assert line(text).count("|") == line(text).count("\\|")


@pytest.mark.parametrize(
    ("text", "shown"),
    [("a", "`a`"), ("a`b", "``a`b``"), ("`", "`` ` ``"), ("", "`` ``"), ("a|b\nc", "`a\\|b c`")],
)
def test_code_spans(text: str, shown: str) -> None:
    assert code(text) == shown
