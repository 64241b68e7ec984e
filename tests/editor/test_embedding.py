"""The editor inside other pages: a plain one, a frame, React 18 and 19, Conductor's UI."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles


@pytest.fixture
def hosted(start_editor: Any, examples: Path, serve: Any) -> Any:
    """An editor, and the examples served from another origin that it knows."""
    origin = serve(Starlette(routes=[Mount("/", StaticFiles(directory=examples, html=True))]))
    editor = start_editor(embed_origins=frozenset({origin}))

    def link(folder: str) -> str:
        return f"{origin}/{folder}/?server={editor.url}#token={editor.token}"

    return link


@pytest.mark.parametrize("folder", ["plain", "react18", "react19", "conductor-ui"])
def test_the_element_works_in_a_page_of_another_origin(page: Any, hosted: Any, folder: str) -> None:
    page.goto(hosted(folder))
    box = page.get_by_label("URL", exact=True)
    box.wait_for()
    assert box.input_value() == "https://api.example.com/items/1"
    box.fill("https://api.example.com/items/2")
    page.locator("#task").get_by_text("items/2").wait_for()
    shown = json.loads(page.locator("#task").inner_text())
    assert shown["inputParameters"]["http_request"]["uri"] == "https://api.example.com/items/2"
    assert box.input_value() == "https://api.example.com/items/2"
    page.get_by_role("combobox", name="Search APIs").fill("generate image")
    page.locator(".hit").first.wait_for()


def test_a_frame_speaks_to_its_host_only(page: Any, hosted: Any) -> None:
    page.goto(hosted("frame"))
    frame = page.frame_locator("iframe")
    box = frame.get_by_label("URL", exact=True)
    box.wait_for()
    box.fill("https://api.example.com/items/3")
    page.locator("#task").get_by_text("items/3").wait_for()
    shown = json.loads(page.locator("#task").inner_text())
    assert shown["inputParameters"]["http_request"]["uri"] == "https://api.example.com/items/3"


def test_a_foreign_page_can_neither_frame_nor_load_nor_call(
    page: Any, seen: Any, start_editor: Any, examples: Path, serve: Any
) -> None:
    seen.tolerated.append("")
    evil = serve(Starlette(routes=[Mount("/", StaticFiles(directory=examples, html=True))]))
    editor = start_editor(embed_origins=frozenset({"https://flows.example"}))
    page.goto(f"{evil}/frame/?server={editor.url}#token={editor.token}")
    page.wait_for_timeout(800)
    assert page.frame_locator("iframe").locator("http-task-editor").count() == 0
    page.goto(f"{evil}/plain/?server={editor.url}#token={editor.token}")
    page.wait_for_timeout(800)
    assert page.evaluate("customElements.get('http-task-editor') === undefined")
    called = page.evaluate(
        """([url, token]) => fetch(url, {headers: {Authorization: `Bearer ${token}`}})
             .then(() => 'answered', () => 'refused')""",
        [f"{editor.url}/api/session", editor.token],
    )
    assert called == "refused"


def test_messages_of_strangers_are_ignored(
    page: Any, start_editor: Any, serve: Any, tmp_path: Path
) -> None:
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "index.html").write_text(
        "<!doctype html><title>host</title><link rel=icon href=data:,><iframe></iframe>"
    )
    origin = serve(Starlette(routes=[Mount("/", StaticFiles(directory=folder, html=True))]))
    other = serve(Starlette(routes=[Mount("/", StaticFiles(directory=folder, html=True))]))
    editor = start_editor(embed_origins=frozenset({origin}))
    page.goto(f"{origin}/")
    heard = page.evaluate(
        """([url, editor]) => new Promise(resolve => {
             const heard = [];
             addEventListener('message', ({origin, data}) => {
               heard.push([origin, data.type]);
               setTimeout(() => resolve(heard), 500); });
             document.querySelector('iframe').src = `${editor}/embed`; })""",
        [other, editor.url],
    )
    assert heard == [[editor.url, "httptask:ready"]]
    inside = page.frames[1]
    inside.evaluate("window.postMessage({type: 'httptask:open', token: 'stolen'}, '*')")
    page.wait_for_timeout(200)
    assert inside.evaluate("document.querySelector('http-task-editor').token") == ""
